#include "mailcore/spool/message_writer.h"

namespace mailsec::spool {
namespace {

class ViewReader : public ContentReader {
 public:
  explicit ViewReader(absl::string_view content) : content_(content) {}
  absl::StatusOr<absl::string_view> Next() override {
    return std::exchange(content_, absl::string_view());
  }

 private:
  absl::string_view content_;
};

}  // namespace

MessageWriter::MessageWriter(QueueId id, SpoolStore* store,
                             std::shared_ptr<GatherBudget> budget)
    : id_(id), store_(store), budget_(std::move(budget)) {}

MessageWriter::MessageWriter(MessageWriter&& other) noexcept
    : id_(other.id_),
      store_(other.store_),
      budget_(std::move(other.budget_)),
      content_(std::move(other.content_)),
      reserved_(std::exchange(other.reserved_, 0)),
      file_(std::move(other.file_)),
      octets_(other.octets_),
      status_(std::move(other.status_)) {}

MessageWriter& MessageWriter::operator=(MessageWriter&& other) noexcept {
  if (this == &other) return *this;
  Release();
  id_ = other.id_;
  store_ = other.store_;
  budget_ = std::move(other.budget_);
  content_ = std::move(other.content_);
  reserved_ = std::exchange(other.reserved_, 0);
  file_ = std::move(other.file_);
  octets_ = other.octets_;
  status_ = std::move(other.status_);
  return *this;
}

MessageWriter::~MessageWriter() { Release(); }

void MessageWriter::Release() {
  if (budget_ != nullptr) budget_->octets -= reserved_;
  reserved_ = 0;
}

absl::Status MessageWriter::Append(base::StringView octets) {
  if (!status_.ok()) return status_;
  octets_ += octets.size();
  if (file_ == nullptr) {
    budget_->octets += octets.size();
    reserved_ += octets.size();
    if (octets_ <= budget_->max_message_octets &&
        budget_->octets <= budget_->max_octets) {
      content_.append(octets.data(), octets.size());
      return status_;
    }
    status_ = MoveToFile();
  }
  if (status_.ok()) status_ = file_->Append(octets);
  return status_;
}

absl::Status MessageWriter::MoveToFile() {
  absl::StatusOr<std::unique_ptr<ContentFile>> file =
      store_->NewContentFile(id_);
  if (!file.ok()) return file.status();
  file_ = *std::move(file);
  absl::Status status = file_->Append(content_);
  content_ = std::string();
  Release();
  return status;
}

absl::Status MessageWriter::Finish() {
  if (status_.ok() && file_ != nullptr) status_ = file_->Finish();
  return status_;
}

absl::StatusOr<std::unique_ptr<ContentReader>> MessageWriter::Read() {
  absl::Status status = Finish();
  if (!status.ok()) return status;
  if (file_ != nullptr) return file_->Read();
  return std::make_unique<ViewReader>(content_);
}

}  // namespace mailsec::spool
