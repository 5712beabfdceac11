#include "mailcore/message/field_remover.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "mailcore/message/sender_field.h"
#include "mailcore/message/verdict_field.h"

namespace mailsec::message {
namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t'; }

// RFC 5322, 3.6.8:
//   field-name = 1*ftext
//   ftext      = %d33-57 / %d59-126   ; all printable ASCII but ":"
bool IsFtext(char c) { return c >= 33 && c <= 126 && c != ':'; }

}  // namespace

std::vector<std::string> UsualScannerFields() {
  return {"X-Amavis*", "X-Barracuda-*", "X-Bogosity", "X-ClamAV*",
          "X-CRM114*", "X-DSPAM*",      "X-Rspamd*",  "X-Spam",
          "X-Spam-*",  "X-Spamd-*",     "X-Virus-*"};
}

FieldRemover::FieldRemover(const Options& options) {
  if (!options.keeps_ours) {
    names_.push_back({absl::AsciiStrToLower(kVerdictFieldName), false});
    names_.push_back({absl::AsciiStrToLower(kSenderFieldName), false});
  }
  for (absl::string_view name : options.names) {
    const bool is_prefix = !name.empty() && name.back() == '*';
    if (is_prefix) name.remove_suffix(1);
    if (name.empty() || !std::all_of(name.begin(), name.end(), IsFtext)) {
      continue;
    }
    names_.push_back({absl::AsciiStrToLower(name), is_prefix});
  }
  may_begin_.fill(false);
  for (const Name& name : names_) {
    const auto first = static_cast<unsigned char>(name.text.front());
    may_begin_[first] = true;
    may_begin_[static_cast<unsigned char>(absl::ascii_toupper(first))] = true;
  }
}

void FieldRemover::Feed(base::StringView piece, Keep keep) {
  size_t run = 0;  // What stands from here to `at` stays, and is not given yet.
  size_t at = 0;
  while (at < piece.size() && state_ != State::kBody) {
    switch (state_) {
      case State::kLineStart:
        at += StartLine(piece[at]);
        break;
      case State::kCr:
        state_ = piece[at] == '\n' ? State::kBody : State::kKeep;
        break;
      case State::kKeep:
        at = SkipLine(piece, at);
        break;
      case State::kName:
      case State::kRemove:
        if (run < at) keep(piece.substr(run, at - run));
        at = state_ == State::kName ? HoldName(piece, at, keep)
                                    : SkipLine(piece, at);
        run = at;
        break;
      case State::kBody:
        break;
    }
  }
  if (run < piece.size()) keep(piece.substr(run));
}

void FieldRemover::Finish(Keep keep) {
  Release(keep);
  state_ = State::kLineStart;
  removing_ = false;
}

size_t FieldRemover::StartLine(char first) {
  if (IsBlank(first) && removing_) {
    state_ = State::kRemove;  // The field goes on (RFC 5322, 2.2.3).
    return 0;
  }
  removing_ = false;
  if (first == '\n') {
    state_ = State::kBody;
  } else if (first == '\r') {
    state_ = State::kCr;
    return 1;
  } else if (may_begin_[static_cast<unsigned char>(first)]) {
    state_ = State::kName;
  } else {
    state_ = State::kKeep;
  }
  return 0;
}

size_t FieldRemover::HoldName(absl::string_view piece, size_t begin,
                              Keep keep) {
  const size_t end =
      std::min(piece.size(), begin + (kMaxHeldOctets - held_.size()));
  size_t at = begin;
  if (name_octets_ == 0) {
    while (at < end && IsFtext(piece[at])) ++at;
    if (at < end) name_octets_ = held_.size() + (at - begin);
  }
  if (name_octets_ > 0) {
    while (at < end && IsBlank(piece[at])) ++at;
  }
  absl::StrAppend(&held_, piece.substr(begin, at - begin));
  const bool is_too_long = held_.size() == kMaxHeldOctets;
  if (at == piece.size() && !is_too_long) return at;
  const absl::string_view name = absl::string_view(held_).substr(
      0, name_octets_ > 0 ? name_octets_ : held_.size());
  if (IsListed(name) && (is_too_long || piece[at] == ':')) {
    Remove();
  } else {
    Release(keep);
  }
  return at;
}

size_t FieldRemover::SkipLine(absl::string_view piece, size_t at) {
  const size_t line_feed = piece.find('\n', at);
  if (line_feed == absl::string_view::npos) return piece.size();
  state_ = State::kLineStart;
  return line_feed + 1;
}

bool FieldRemover::IsListed(absl::string_view name) const {
  for (const Name& listed : names_) {
    if (listed.is_prefix ? absl::StartsWithIgnoreCase(name, listed.text)
                         : absl::EqualsIgnoreCase(name, listed.text)) {
      return true;
    }
  }
  return false;
}

void FieldRemover::Remove() {
  held_.clear();
  name_octets_ = 0;
  state_ = State::kRemove;
  removing_ = true;
  ++removed_;
}

void FieldRemover::Release(Keep keep) {
  if (!held_.empty()) keep(held_);
  held_.clear();
  name_octets_ = 0;
  state_ = State::kKeep;
}

}  // namespace mailsec::message
