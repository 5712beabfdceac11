// header_scanner.h: what do the header fields of this message say?
//
// Made for content from strangers: nothing makes it fail. Lines may have any
// length and hold any octet; a line ends at CRLF or LF, and a bare CR is an
// octet like others. Nothing is copied.
//
// The header section ends at the first empty line. A line before it that is
// neither a field nor the continuation of one is passed over, as some programs
// and FieldRemover do: it must not hide the fields behind it. A caller that
// must know where the body begins asks for the stricter reading (kEndsSection).
//
//   HeaderScanner header(content);
//   if (header.hops() > 50) return "a loop";
//   if (const HeaderField* id = header.Find("Message-ID")) id->Unfolded();

#ifndef MAILCORE_MESSAGE_HEADER_SCANNER_H_
#define MAILCORE_MESSAGE_HEADER_SCANNER_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "mailcore/address/address.h"
#include "mailcore/base/string_view.h"

namespace mailsec::message {

// One field. The views point into the scanned content.
// Thread safety: a value.
struct HeaderField {
  absl::string_view name;   // Before the colon, without trailing space.
  absl::string_view value;  // After the colon as it is, folded, without the
                            // last line end.

  // The value on one line: folding undone (RFC 5322, 2.2.3), spaces around it
  // gone, stray CRs made spaces. Never holds a CR or LF; may hold any other
  // octet, and is not decoded.
  std::string Unfolded() const;
};

// Thread safety: const methods may run concurrently.
class HeaderScanner {
 public:
  // What a line is that is neither a field nor the continuation of one.
  enum class OtherLines {
    kPassedOver,
    kEndsSection,  // The first line of the body (RFC 5322, 3.5; RFC 2046, 5.1).
  };
  struct Options {
    // Fields above this number are counted and not kept, so that a message of
    // nothing but colons costs no more memory than others. Ours.
    size_t max_fields = 10000;
    OtherLines other_lines = OtherLines::kPassedOver;
  };

  // Scans `content`, which may be cut anywhere (the head of a long message),
  // in linear time. It is not copied and must outlive the scanner.
  HeaderScanner(base::StringView content, const Options& options);
  explicit HeaderScanner(base::StringView content)
      : HeaderScanner(content, Options()) {}

  // In the order in which they stand; at most Options::max_fields.
  const std::vector<HeaderField>& fields() const { return fields_; }
  // How many there are, kept or not.
  size_t field_count() const { return field_count_; }

  // The first field of this name (ASCII case does not matter), or null. It
  // lives as long as the scanner.
  const HeaderField* Find(base::StringView name) const;
  bool Has(base::StringView name) const { return Find(name) != nullptr; }
  size_t Count(base::StringView name) const;

  // How many servers the message came through: the Received fields, kept or
  // not (RFC 5321, 6.3).
  size_t hops() const { return hops_; }

  // The mailboxes that Delivered-To fields name, by Address::CanonicalKey():
  // the message has been there before.
  absl::flat_hash_set<std::string> DeliveredTo() const;
  // For one mailbox.
  bool WasDeliveredTo(const address::Address& mailbox) const;

  // True if an octet of the header section is above 0x7F (RFC 6532).
  bool has_8bit() const { return has_8bit_; }

  // False if `content` ends within the header section: there is no body, or it
  // is in what was cut off.
  bool has_end() const { return has_end_; }
  // True if a line that is no field stands in the section, or ends it.
  bool has_other_lines() const { return has_other_lines_; }

  // Where the body begins, and where the header section ends (before the empty
  // line). Both are content.size() if !has_end().
  size_t body_offset() const { return body_offset_; }
  size_t header_octets() const { return header_octets_; }

 private:
  void Scan(absl::string_view content, OtherLines other_lines);
  void End(size_t header_octets, size_t body_offset);
  void Keep(const HeaderField& field);

  size_t max_fields_;
  std::vector<HeaderField> fields_;
  size_t field_count_ = 0;
  size_t hops_ = 0;
  bool has_8bit_ = false;
  bool has_end_ = false;
  bool has_other_lines_ = false;
  size_t body_offset_ = 0;
  size_t header_octets_ = 0;
};

}  // namespace mailsec::message

#endif  // MAILCORE_MESSAGE_HEADER_SCANNER_H_
