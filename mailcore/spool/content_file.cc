#include "mailcore/spool/content_file.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mailcore/spool/crc32c.h"
#include "mailcore/spool/record.h"
#include "openssl/rand.h"

namespace mailsec::spool {
namespace {

constexpr size_t kPieceOctets = 64 << 10;
constexpr size_t kTrailerOctets = Sealer::kTagOctets;
// Flushed as it grows, so that little is left for the end.
constexpr uint64_t kSyncEvery = 4 << 20;

// The header block is a segment's, with the queue id for the number.
std::string Context(const SegmentHeader& header, uint64_t piece) {
  return absl::StrCat(header.salt, header.number, "/", piece);
}

class Writer : public ContentFile {
 public:
  Writer(Disk* disk, std::unique_ptr<DiskFile> file, SegmentHeader header,
         std::vector<SpoolKey> keys, std::optional<Sealer> sealer)
      : disk_(disk),
        file_(std::move(file)),
        header_(std::move(header)),
        keys_(std::move(keys)),
        sealer_(std::move(sealer)) {}

  ~Writer() override {
    if (!kept_) {
      (void)disk_->Remove(BigFileName(QueueId(header_.number)));
    }
  }

  absl::Status WriteHeader(absl::string_view block) {
    return file_->WriteAt(0, block);
  }

  absl::Status Append(absl::string_view octets) override {
    octets_ += octets.size();
    while (!octets.empty() && status_.ok()) {
      const size_t take = std::min(octets.size(), kPieceOctets - piece_.size());
      piece_.append(octets.data(), take);
      octets.remove_prefix(take);
      if (piece_.size() == kPieceOctets) status_ = WritePiece();
    }
    return status_;
  }

  absl::Status Finish() override {
    if (finished_ || !status_.ok()) return status_;
    if (!piece_.empty()) status_ = WritePiece();
    if (status_.ok()) status_ = file_->Sync();
    finished_ = true;
    return status_;
  }

  absl::StatusOr<std::unique_ptr<ContentReader>> Read() const override {
    return OpenContentFile(disk_, QueueId(header_.number), octets_, keys_);
  }

  void Keep() override { kept_ = true; }

 private:
  absl::Status WritePiece() {
    std::string out(piece_.size() + kTrailerOctets, '\0');
    const std::string context = Context(header_, pieces_);
    if (sealer_) {
      absl::Status status = sealer_->Seal(pieces_, context, piece_, out.data());
      if (!status.ok()) return status;
    } else {
      std::memcpy(out.data(), piece_.data(), piece_.size());
      const uint32_t crc = Crc32c(piece_, Crc32c(context));
      std::memcpy(out.data() + piece_.size(), &crc, sizeof(crc));
    }
    absl::Status status = file_->WriteAt(offset_, out);
    if (!status.ok()) return status;
    offset_ += out.size();
    ++pieces_;
    piece_.clear();
    if (offset_ - synced_ < kSyncEvery) return absl::OkStatus();
    synced_ = offset_;
    return file_->Sync();
  }

  Disk* const disk_;
  std::unique_ptr<DiskFile> file_;
  const SegmentHeader header_;
  const std::vector<SpoolKey> keys_;  // None, or the one that seals.
  const std::optional<Sealer> sealer_;
  std::string piece_;
  uint64_t octets_ = 0;
  uint64_t pieces_ = 0;
  uint64_t offset_ = kBlockOctets;
  uint64_t synced_ = 0;
  absl::Status status_;
  bool finished_ = false;
  bool kept_ = false;
};

class Reader : public ContentReader {
 public:
  Reader(std::unique_ptr<DiskFile> file, SegmentHeader header,
         std::optional<Sealer> sealer, uint64_t octets)
      : file_(std::move(file)),
        header_(std::move(header)),
        sealer_(std::move(sealer)),
        left_(octets) {}

  absl::StatusOr<absl::string_view> Next() override {
    if (left_ == 0) return absl::string_view();
    const size_t length = std::min<uint64_t>(left_, kPieceOctets);
    std::string stored(length + kTrailerOctets, '\0');
    const uint64_t at =
        kBlockOctets + pieces_ * (kPieceOctets + kTrailerOctets);
    absl::StatusOr<size_t> got =
        file_->ReadAt(at, stored.size(), stored.data());
    if (!got.ok()) return got.status();
    if (*got != stored.size()) {
      return absl::DataLossError("the content's file is too short");
    }
    const std::string context = Context(header_, pieces_);
    if (sealer_) {
      absl::StatusOr<std::string> clear =
          sealer_->Open(pieces_, context, stored);
      if (!clear.ok()) return clear.status();
      piece_ = *std::move(clear);
    } else {
      uint32_t crc;
      std::memcpy(&crc, stored.data() + length, sizeof(crc));
      stored.resize(length);
      if (crc != Crc32c(stored, Crc32c(context))) {
        return absl::DataLossError("the content's file is damaged");
      }
      piece_ = std::move(stored);
    }
    ++pieces_;
    left_ -= length;
    return absl::string_view(piece_);
  }

 private:
  std::unique_ptr<DiskFile> file_;
  const SegmentHeader header_;
  const std::optional<Sealer> sealer_;
  uint64_t left_;
  uint64_t pieces_ = 0;
  std::string piece_;
};

}  // namespace

std::string NewSalt() {
  std::string salt(kSaltOctets, '\0');
  RAND_bytes(reinterpret_cast<uint8_t*>(salt.data()), salt.size());
  return salt;
}

std::string BigFileName(QueueId id) {
  return absl::StrCat("big/", id.ToString());
}

absl::StatusOr<std::unique_ptr<ContentFile>> CreateContentFile(
    Disk* disk, QueueId id, const SpoolKey* key) {
  SegmentHeader header;
  header.number = id.value();
  header.salt = NewSalt();
  std::vector<SpoolKey> keys;
  std::optional<Sealer> sealer;
  if (key != nullptr) {
    keys.push_back(*key);
    absl::StatusOr<Sealer> created = Sealer::Create(*key, header.salt);
    if (!created.ok()) return created.status();
    absl::StatusOr<std::string> check = created->Check();
    if (!check.ok()) return check.status();
    sealer = *std::move(created);
    header.key_id = key->id;
    header.key_check = *std::move(check);
  }
  absl::StatusOr<std::unique_ptr<DiskFile>> file =
      disk->Open(BigFileName(id), Disk::Mode::kCreate);
  if (!file.ok()) return file.status();
  const std::string block = EncodeSegmentHeader(header);
  auto writer = std::make_unique<Writer>(disk, *std::move(file), header,
                                         std::move(keys), std::move(sealer));
  absl::Status status = writer->WriteHeader(block);
  if (!status.ok()) return status;
  return writer;
}

absl::StatusOr<std::unique_ptr<ContentReader>> OpenContentFile(
    Disk* disk, QueueId id, uint64_t octets,
    const std::vector<SpoolKey>& keys) {
  absl::StatusOr<std::unique_ptr<DiskFile>> file =
      disk->Open(BigFileName(id), Disk::Mode::kOpen);
  if (absl::IsNotFound(file.status())) {
    return absl::DataLossError("the content's file is gone");
  }
  if (!file.ok()) return file.status();
  std::string block(kBlockOctets, '\0');
  absl::StatusOr<size_t> got = (*file)->ReadAt(0, block.size(), block.data());
  if (!got.ok()) return got.status();
  std::optional<SegmentHeader> header = DecodeSegmentHeader(block);
  if (!header || header->number != id.value()) {
    return absl::DataLossError("the content's file has no right header");
  }
  std::optional<Sealer> sealer;
  if (header->key_id != 0) {
    absl::StatusOr<std::optional<Sealer>> found =
        Sealer::Find(keys, header->key_id, header->salt, header->key_check);
    if (!found.ok()) return found.status();
    if (!found->has_value()) return MissingKey(header->key_id);
    sealer = *std::move(found);
  }
  return std::make_unique<Reader>(*std::move(file), *std::move(header),
                                  std::move(sealer), octets);
}

}  // namespace mailsec::spool
