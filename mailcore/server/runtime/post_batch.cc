#include "mailcore/server/runtime/post_batch.h"

#include <algorithm>

#include "boost/asio/post.hpp"

namespace mailsec::server {
namespace {

thread_local PostBatch* current = nullptr;

}  // namespace

PostBatch::PostBatch() { current = this; }

PostBatch::~PostBatch() {
  current = nullptr;
  for (Loop& loop : loops_) {
    boost::asio::post(loop.executor, [tasks = std::move(loop.tasks)]() mutable {
      for (Task& task : tasks) std::move(task)();
    });
  }
  for (Task& task : afterwards_) std::move(task)();
}

void PostBatch::Post(const boost::asio::any_io_executor& executor, Task task) {
  if (current == nullptr) {
    boost::asio::post(executor, std::move(task));
    return;
  }
  auto loop =
      std::find_if(current->loops_.begin(), current->loops_.end(),
                   [&](const Loop& l) { return l.executor == executor; });
  if (loop == current->loops_.end()) {
    current->loops_.push_back({.executor = executor, .tasks = {}});
    loop = std::prev(current->loops_.end());
  }
  loop->tasks.push_back(std::move(task));
}

void PostBatch::Afterwards(Task task) {
  if (current == nullptr) {
    std::move(task)();
  } else {
    current->afterwards_.push_back(std::move(task));
  }
}

}  // namespace mailsec::server
