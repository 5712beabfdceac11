#include "mailcore/policy/text_recipient_directory.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "mailcore/base/log_safe.h"

namespace mailsec::policy {
namespace {

using address::Address;
using base::QuotedText;

constexpr size_t kMaxNameOctets = 255;  // NAME_MAX of every file system.
constexpr absl::string_view kRefused = "refused";

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r'; }

// One component of a path, so that it can never lead out of a mail directory.
bool IsMailboxName(absl::string_view name) {
  return !name.empty() && name.size() <= kMaxNameOctets &&
         name.front() != '.' && base::IsLogSafe(name) &&
         !absl::StrContains(name, "/");
}

// A word of a line, and its column.
struct Word {
  absl::string_view text;
  size_t column;
};

// Splits a line at spaces outside of quoted strings, up to a comment.
std::vector<Word> Words(absl::string_view line) {
  std::vector<Word> words;
  size_t i = 0;
  for (;;) {
    while (i < line.size() && IsSpace(line[i])) ++i;
    if (i == line.size() || line[i] == '#') return words;
    const size_t begin = i;
    bool quoted = false;
    for (; i < line.size() && (quoted || !IsSpace(line[i])); ++i) {
      if (line[i] == '"') quoted = !quoted;
      if (line[i] == '\\' && quoted && i + 1 < line.size()) ++i;
    }
    words.push_back({line.substr(begin, i - begin), begin + 1});
  }
}

class Parser {
 public:
  explicit Parser(const std::vector<address::Domain>& domains)
      : domains_(domains) {}

  void ParseLine(absl::string_view line) {
    ++line_;
    const std::vector<Word> words = Words(line);
    if (words.empty()) return;
    const absl::StatusOr<Address> address = Address::Parse(words[0].text);
    if (!address.ok()) {
      return Fail(words[0], absl::StrCat(QuotedText(words[0].text), ": ",
                                         address.status().message()));
    }
    if (absl::StrContains(words[0].text, "*")) {
      return Fail(words[0],
                  absl::StrCat(QuotedText(words[0].text),
                               " is no pattern here: list every address, or "
                               "have the next hop asked (verify_recipients)"));
    }
    if (!domains_.empty() && !IsServed(*address)) {
      return Fail(words[0], absl::StrCat(QuotedText(words[0].text),
                                         " is in no domain that is served"));
    }
    std::string key = address->CanonicalKey();
    Mailbox mailbox;
    const bool refused = words.size() > 1 && words[1].text == kRefused;
    if (refused && words.size() > 2) {
      return Fail(words[2], "refused stands alone");
    }
    for (size_t i = 1; i < words.size() && !refused; ++i) {
      ParseOption(words[i], mailbox);
    }
    if (mailbox.name.empty()) mailbox.name = key;
    if (!IsMailboxName(mailbox.name)) {
      return Fail(words[0],
                  absl::StrCat(QuotedText(mailbox.name),
                               " cannot name a mailbox: add mailbox=NAME, at "
                               "most 255 octets, without '/' and not beginning "
                               "with '.'"));
    }
    const auto [first, inserted] = lines_.try_emplace(key, line_);
    if (!inserted) {
      return Fail(words[0],
                  absl::StrCat(QuotedText(words[0].text), " is on line ",
                               first->second, " already"));
    }
    if (refused) {
      refused_.insert(std::move(key));
    } else {
      mailboxes_.emplace(std::move(key), std::move(mailbox));
    }
  }

  base::TextErrors& errors() { return errors_; }
  absl::flat_hash_map<std::string, Mailbox> TakeMailboxes() {
    return std::move(mailboxes_);
  }
  absl::flat_hash_set<std::string> TakeRefused() { return std::move(refused_); }

 private:
  void ParseOption(const Word& word, Mailbox& mailbox) {
    constexpr absl::string_view kSize = "size=";
    constexpr absl::string_view kQuota = "quota=";
    constexpr absl::string_view kMailbox = "mailbox=";
    if (word.text == kRefused) {
      Fail(word, "refused stands alone");
    } else if (word.text == "full") {
      mailbox.has_room = false;
    } else if (absl::StartsWith(word.text, kSize)) {
      mailbox.max_message_octets = ParseOctets(word, kSize);
    } else if (absl::StartsWith(word.text, kQuota)) {
      mailbox.quota_octets = ParseOctets(word, kQuota);
    } else if (absl::StartsWith(word.text, kMailbox)) {
      const absl::string_view name = word.text.substr(kMailbox.size());
      if (!IsMailboxName(name)) {
        return Fail(word,
                    "mailbox= wants a name of at most 255 octets without '/' "
                    "that does not begin with '.'");
      }
      mailbox.name = std::string(name);
    } else {
      Fail(word,
           absl::StrCat(QuotedText(word.text),
                        " is none of size=N, quota=N, full, mailbox=NAME, "
                        "refused"));
    }
  }

  // Nothing after an error.
  std::optional<uint64_t> ParseOctets(const Word& word,
                                      absl::string_view option) {
    uint64_t octets = 0;
    const absl::string_view digits = word.text.substr(option.size());
    if (digits.find_first_not_of("0123456789") == absl::string_view::npos &&
        absl::SimpleAtoi(digits, &octets) && octets > 0) {
      return octets;
    }
    Fail(word, absl::StrCat(option, " wants a number of octets above 0"));
    return std::nullopt;
  }

  bool IsServed(const Address& address) const {
    return address.domain() != nullptr &&
           std::find(domains_.begin(), domains_.end(), *address.domain()) !=
               domains_.end();
  }

  void Fail(const Word& at, absl::string_view what) {
    errors_.Add(static_cast<int>(line_), static_cast<int>(at.column),
                std::string(what));
  }

  const std::vector<address::Domain>& domains_;
  size_t line_ = 0;
  base::TextErrors errors_;
  absl::flat_hash_map<std::string, size_t> lines_;  // Where each key was.
  absl::flat_hash_map<std::string, Mailbox> mailboxes_;
  absl::flat_hash_set<std::string> refused_;
};

}  // namespace

absl::StatusOr<TextRecipientDirectory> TextRecipientDirectory::Parse(
    base::StringView text, std::vector<base::TextError>* errors,
    const std::vector<address::Domain>& domains) {
  Parser parser(domains);
  while (!text.empty()) {
    const size_t end = text.find('\n');
    parser.ParseLine(text.substr(0, end));
    if (end == absl::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  absl::Status status = parser.errors().status();
  if (!status.ok()) {
    if (errors != nullptr) *errors = parser.errors().Take();
    return status;
  }
  return TextRecipientDirectory(parser.TakeMailboxes(), parser.TakeRefused());
}

bool TextRecipientDirectory::has_quotas() const {
  return std::any_of(mailboxes_.begin(), mailboxes_.end(), [](const auto& one) {
    return one.second.quota_octets.has_value();
  });
}

RecipientAnswer TextRecipientDirectory::Find(const Address& address) {
  const std::string key = address.CanonicalKey();
  const auto found = mailboxes_.find(key);
  if (found == mailboxes_.end()) {
    return {.answer = Answer::kNo, .listed_as_refused = refused_.contains(key)};
  }
  return {.answer = Answer::kYes, .mailbox = found->second};
}

}  // namespace mailsec::policy
