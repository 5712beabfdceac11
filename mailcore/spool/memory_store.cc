#include "mailcore/spool/memory_store.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace mailsec::spool {
namespace {

absl::Status NoSuchMessage(QueueId id) {
  return absl::NotFoundError(
      absl::StrCat("there is no message ", id.ToString()));
}

}  // namespace

class MemoryStore::Reader : public ContentReader {
 public:
  explicit Reader(std::shared_ptr<const std::string> content)
      : content_(std::move(content)) {}
  absl::StatusOr<absl::string_view> Next() override {
    if (std::exchange(done_, true)) return absl::string_view();
    return absl::string_view(*content_);
  }

 private:
  const std::shared_ptr<const std::string> content_;
  bool done_ = false;
};

class MemoryStore::File : public ContentFile {
 public:
  absl::Status Append(absl::string_view octets) override {
    content_->append(octets.data(), octets.size());
    return absl::OkStatus();
  }
  absl::Status Finish() override { return absl::OkStatus(); }
  absl::StatusOr<std::unique_ptr<ContentReader>> Read() const override {
    return std::make_unique<Reader>(content_);
  }
  void Keep() override {}

  std::shared_ptr<const std::string> content() const { return content_; }

 private:
  const std::shared_ptr<std::string> content_ = std::make_shared<std::string>();
};

absl::StatusOr<SpoolStore::Recovered> MemoryStore::Recover() {
  return Recovered();
}

absl::Status MemoryStore::Commit(const StoreBatch& batch) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const StoreBatch::NewMessage& message : batch.messages) {
    Message& stored = messages_[message.state.id.value()];
    stored.envelope = std::string(message.envelope);
    if (message.file == nullptr) {
      stored.content =
          std::make_shared<const std::string>(std::string(message.content));
    } else {
      // NewContentFile() makes no other kind.
      stored.content = static_cast<File*>(message.file)->content();
      message.file->Keep();
    }
  }
  for (const StoreBatch::Update& update : batch.updates) {
    const auto found = messages_.find(update.state.id.value());
    if (found == messages_.end()) continue;
    found->second.envelope = std::string(update.envelope);
  }
  for (const QueueId id : batch.done) messages_.erase(id.value());
  return absl::OkStatus();
}

absl::StatusOr<std::string> MemoryStore::ReadEnvelope(QueueId id) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = messages_.find(id.value());
  if (found == messages_.end()) return NoSuchMessage(id);
  return found->second.envelope;
}

absl::StatusOr<std::unique_ptr<ContentReader>> MemoryStore::OpenContent(
    QueueId id) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = messages_.find(id.value());
  if (found == messages_.end()) return NoSuchMessage(id);
  return std::make_unique<Reader>(found->second.content);
}

absl::StatusOr<std::unique_ptr<ContentFile>> MemoryStore::NewContentFile(
    QueueId) {
  return std::make_unique<File>();
}

absl::StatusOr<bool> MemoryStore::Maintain() { return false; }

}  // namespace mailsec::spool
