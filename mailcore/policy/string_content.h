// string_content.h: how is content in memory given to a scanner?
//
//   StringContent content("Subject: x\r\n\r\nhello\r\n");
//   scanner.Scan(request, content);

#ifndef MAILCORE_POLICY_STRING_CONTENT_H_
#define MAILCORE_POLICY_STRING_CONTENT_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mailcore/base/string_view.h"
#include "mailcore/policy/scanner.h"

namespace mailsec::policy {

// Thread safety: none.
class StringContent : public ScanContent {
 public:
  // `content` is not copied and must outlive this. It is given in pieces of
  // `piece_octets`, at least 1.
  explicit StringContent(base::StringView content,
                         size_t piece_octets = 64 * 1024)
      : content_(content), piece_octets_(std::max<size_t>(piece_octets, 1)) {}

  uint64_t octets() const override { return content_.size(); }
  absl::Status Rewind() override {
    at_ = 0;
    return absl::OkStatus();
  }
  absl::StatusOr<absl::string_view> Next() override {
    const absl::string_view piece = content_.substr(at_, piece_octets_);
    at_ += piece.size();
    return piece;
  }

 private:
  const absl::string_view content_;
  const size_t piece_octets_;
  size_t at_ = 0;
};

}  // namespace mailsec::policy

#endif  // MAILCORE_POLICY_STRING_CONTENT_H_
