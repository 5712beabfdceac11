#include "bindings/python/message_gatherer.h"

#include <limits>
#include <string>
#include <utility>

#include "absl/status/status.h"

namespace mailsec::python {
namespace {

// Where a gathered message would go if it could leave the memory: nowhere.
class NoFiles : public spool::SpoolStore {
 public:
  absl::StatusOr<Recovered> Recover() override { return Recovered(); }
  absl::Status Commit(const spool::StoreBatch&) override { return Full(); }
  absl::StatusOr<std::string> ReadEnvelope(spool::QueueId) const override {
    return absl::NotFoundError("gathered messages are not stored");
  }
  absl::StatusOr<std::unique_ptr<spool::ContentReader>> OpenContent(
      spool::QueueId) const override {
    return absl::NotFoundError("gathered messages are not stored");
  }
  absl::StatusOr<std::unique_ptr<spool::ContentFile>> NewContentFile(
      spool::QueueId) override {
    return Full();
  }
  absl::StatusOr<bool> Maintain() override { return false; }

 private:
  static absl::Status Full() {
    return absl::ResourceExhaustedError(
        "messages that come in hold all the memory they may");
  }
};

}  // namespace

// Lives as long as the writer that was handed out, by way of its budget.
struct MessageGatherer::Kept {
  ~Kept() {
    const std::lock_guard<std::mutex> lock(gatherer->mutex_);
    gatherer->kept_.erase(id);
  }
  MessageGatherer* gatherer;
  spool::QueueId id;
  spool::MessageWriter own;
};

MessageGatherer::MessageGatherer(uint64_t max_octets)
    : no_files_(std::make_unique<NoFiles>()) {
  budget_.max_octets = max_octets;
  budget_.max_message_octets = std::numeric_limits<uint64_t>::max();
}

MessageGatherer::~MessageGatherer() = default;

spool::MessageWriter MessageGatherer::Gather(spool::MessageWriter own) {
  const spool::QueueId id = own.id();
  const std::shared_ptr<Kept> kept(new Kept{this, id, std::move(own)});
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    kept_[id] = kept.get();
  }
  return spool::MessageWriter(
      id, no_files_.get(),
      std::shared_ptr<spool::GatherBudget>(kept, &budget_));
}

spool::MessageWriter MessageGatherer::Take(spool::QueueId id) {
  const std::lock_guard<std::mutex> lock(mutex_);
  return std::move(kept_.at(id)->own);
}

}  // namespace mailsec::python
