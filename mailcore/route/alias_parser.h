// alias_parser.h: which aliases does this text hold, and what is wrong in it?
//
// The implementation of AliasTable::Parse().

#ifndef MAILCORE_ROUTE_ALIAS_PARSER_H_
#define MAILCORE_ROUTE_ALIAS_PARSER_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mailcore/address/address.h"
#include "mailcore/base/text_error.h"
#include "mailcore/route/address_lines.h"
#include "mailcore/route/alias_table.h"

namespace mailsec::route {

// Thread safety: none; for one call of Parse().
class AliasParser {
 public:
  // `table` is not owned and must outlive the parser.
  AliasParser(AliasTable* table, const std::vector<address::Domain>& served);
  AliasParser(const AliasParser&) = delete;
  AliasParser& operator=(const AliasParser&) = delete;

  // Fills the table; InvalidArgument lists the errors, in which case the table
  // is of no use.
  absl::Status Parse(absl::string_view text);
  std::vector<base::TextError> TakeErrors() {
    return lines_of_text_.TakeErrors();
  }

 private:
  // A line of the file.
  struct Line {
    std::string key;  // The alias's.
    TextPlace place;
    std::vector<std::string> target_keys;
    std::vector<TextPlace> target_places;
    std::vector<bool> is_mailbox;  // The target is never an alias.
  };

  // The address by its main name, or what is wrong with it.
  absl::StatusOr<address::Address> CheckAddress(
      const address::Address& address) const;
  void Add(const AddressLine& line);
  // The line of an alias that is a target of `line`, or nothing: a mailbox.
  std::optional<size_t> AliasAt(const Line& line, size_t target) const;
  void CheckCircles();
  void FollowFrom(size_t start, std::vector<int>& colours);
  void CheckSizes();
  size_t CountBehind(const Line& line) const;
  std::string DescribeCircle(const std::vector<size_t>& path,
                             size_t target) const;

  AliasTable* table_;  // Not owned.
  absl::flat_hash_set<address::Domain> served_;
  std::vector<Line> lines_;
  absl::flat_hash_map<std::string, size_t> index_;  // Into lines_, by key.
  AddressLines lines_of_text_;
};

}  // namespace mailsec::route

#endif  // MAILCORE_ROUTE_ALIAS_PARSER_H_
