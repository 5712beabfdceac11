// current.h: what is in force now?
//
// A value that is replaced as a whole while others use it. Whoever begins a
// piece of work takes the value once and keeps it until the work is done, so
// that nothing in it is decided half by the old value and half by the new one.
// The old value lives as long as somebody works with it.
//
//   Current<int> current(std::make_shared<const int>(1));
//   const std::shared_ptr<const int> kept = current.Get();
//   current.Set(std::make_shared<const int>(2));
//   *kept == 1;
//   *current.Get() == 2;

#ifndef MAILCORE_SERVER_RUNTIME_CURRENT_H_
#define MAILCORE_SERVER_RUNTIME_CURRENT_H_

#include <memory>
#include <mutex>
#include <utility>

namespace mailsec::server {

// Thread safety: all methods may be called concurrently. The value is shared by
// threads and is never changed, hence const.
template <typename T>
class Current {
 public:
  explicit Current(std::shared_ptr<const T> value = nullptr)
      : value_(std::move(value)) {}
  Current(const Current&) = delete;
  Current& operator=(const Current&) = delete;

  // Never blocks for longer than a pointer is copied. Null before the first
  // Set() if there was no value in the constructor.
  std::shared_ptr<const T> Get() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return value_;
  }

  // On return every Get() that begins has `value`. The old value is destroyed
  // here if nobody holds it.
  void Set(std::shared_ptr<const T> value) {
    const std::lock_guard<std::mutex> lock(mutex_);
    value_.swap(value);
    // `value` is a parameter and outlives the lock: it is destroyed outside.
  }

 private:
  mutable std::mutex mutex_;  // Guards value_.
  std::shared_ptr<const T> value_;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_RUNTIME_CURRENT_H_
