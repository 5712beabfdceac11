#include "mailcore/autoreply/srs.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "openssl/evp.h"
#include "openssl/hmac.h"
#include "openssl/mem.h"

namespace mailsec::autoreply {
namespace {

using address::Address;
using address::Domain;
using address::ReversePath;
using policy::Rule;
using policy::Verdict;
using smtp::Reply;

// RFC 4648, 6. Both cases stand for the same, unlike in base64.
constexpr absl::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr absl::string_view kSeparators = "=+-";

constexpr size_t kHashOctets = 10;  // 80 bits.
constexpr size_t kHashLetters = 16;
constexpr size_t kStampLetters = 2;
constexpr int kStamps = 1024;           // 10 bits, a day each.
constexpr size_t kTagLetters = 4;       // "SRS0"
constexpr size_t kMaxLocalOctets = 64;  // RFC 5321, 4.5.3.1.1.
constexpr int kMaxValidDays = 511;      // Half of what the stamp can tell.
// "SRS0=" HASH "=" TT "==" TOKEN "@", brackets: what the domain leaves free.
constexpr size_t kTokenPathOctets = 5 + 16 + 1 + 2 + 2 + 16 + 1 + 2;

std::string Mac(const std::string& secret, absl::string_view text) {
  std::array<uint8_t, EVP_MAX_MD_SIZE> mac;
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret.data(), secret.size(),
       reinterpret_cast<const uint8_t*>(text.data()), text.size(), mac.data(),
       &size);
  std::string letters;
  uint32_t bits = 0;
  int count = 0;
  for (size_t i = 0; i < kHashOctets; ++i) {
    bits = bits << 8 | mac[i];
    for (count += 8; count >= 5; count -= 5) {
      letters += kBase32[bits >> (count - 5) & 31];
    }
  }
  return letters;
}

// What is signed: all that stands in the local part, without regard to case.
// A line feed stands where the hash will: no part can hold one.
std::string SignedText(absl::string_view before, absl::string_view after) {
  return absl::AsciiStrToLower(absl::StrCat(before, "\n", after));
}

int DayOf(absl::Time now) {
  const int64_t days = absl::ToUnixSeconds(now) / (24 * 60 * 60);
  return static_cast<int>(std::max<int64_t>(days, 0) % kStamps);
}

std::string Stamp(int day) {
  return {kBase32[static_cast<size_t>(day) >> 5],
          kBase32[static_cast<size_t>(day) & 31]};
}

// The day, or -1.
int ParseStamp(absl::string_view stamp) {
  if (stamp.size() != kStampLetters) return -1;
  int day = 0;
  for (const char c : stamp) {
    const size_t value = kBase32.find(absl::ascii_toupper(c));
    if (value == absl::string_view::npos) return -1;
    day = day << 5 | static_cast<int>(value);
  }
  return day;
}

bool IsSeparator(char c) {
  return kSeparators.find(c) != absl::string_view::npos;
}

// Begins with `tag` and a separator.
bool HasTag(absl::string_view local, absl::string_view tag) {
  return local.size() > kTagLetters && absl::StartsWithIgnoreCase(local, tag) &&
         IsSeparator(local[kTagLetters]);
}

// The first hop of an SRS1 address and what stands after it, which begins with
// the separator of the SRS0 address that it was.
struct FirstHop {
  Domain domain;
  absl::string_view rest;
};

std::optional<FirstHop> ParseHop(absl::string_view hop,
                                 absl::string_view rest) {
  absl::StatusOr<Domain> domain = Domain::Parse(hop);
  if (!domain.ok() || rest.size() < 2 || !IsSeparator(rest[0])) return {};
  return FirstHop{*std::move(domain), rest};
}

// SRS1=hash=hop=rest: the hash is somebody's, and opaque.
std::optional<FirstHop> ParseSrs1(absl::string_view local) {
  const std::vector<absl::string_view> fields =
      absl::StrSplit(local.substr(kTagLetters + 1), absl::MaxSplits('=', 2));
  if (fields.size() != 3) return {};
  return ParseHop(fields[1], fields[2]);
}

// The address if its wire form is what stands here: no quotes, ASCII, and no
// longer than all servers take.
std::optional<Address> Plain(const std::string& local, const Domain& domain) {
  if (local.size() > kMaxLocalOctets) return {};
  absl::StatusOr<Address> address = Address::Create(local, domain);
  if (!address.ok() || address->needs_smtputf8() ||
      address->ToString() != absl::StrCat(local, "@", domain.ascii())) {
    return {};
  }
  return *std::move(address);
}

constexpr Rule kNotOurs = {
    "srs.not-ours", "RFC 5321, 3.6",
    "looked at if it were SRS0 or SRS1 in our domain for rewritten senders"};
constexpr Rule kMalformed = {"srs.malformed", "RFC 3463, 3.2",
                             "reversed if it had all its parts"};
// R14: else anybody could relay to anybody.
constexpr Rule kBadHash = {
    "srs.bad-hash", "R14, R23",
    "reversed if its hash were made with one of our secrets"};
constexpr Rule kExpired = {"srs.expired", "R23", "reversed within its days"};
constexpr Rule kUnknownToken = {"srs.unknown-token", "RFC 3463, 3.2",
                                "reversed if the table held its token"};
constexpr Rule kTable = {"srs.table", "RFC 3463, 3.4",
                         "decided once the table answers"};
constexpr Rule kReversed = {"srs.reversed", "R23",
                            "refused if its hash were wrong or its days over"};

SrsAnswer Answer(SrsOutcome outcome, Verdict verdict, Reply reply,
                 const Rule& rule, const Address& recipient) {
  return {.outcome = outcome,
          .decision = {.verdict = verdict,
                       .reply = std::move(reply),
                       .rule = &rule,
                       .inputs = {{"recipient", recipient.ToString()}}}};
}

SrsAnswer Refused(Reply reply, const Rule& rule, const Address& recipient) {
  return Answer(SrsOutcome::kRefused, Verdict::kRefuse, std::move(reply), rule,
                recipient);
}

SrsAnswer NotOurs(const Address& recipient) {
  return Answer(SrsOutcome::kNotOurs, Verdict::kAccept,
                Reply(250, {2, 0, 0}, "No rewritten address of ours"), kNotOurs,
                recipient);
}

SrsAnswer Malformed(const Address& recipient) {
  return Refused(Reply(550, {5, 1, 1}, "This is no address of ours"),
                 kMalformed, recipient);
}

SrsAnswer BadHash(const Address& recipient) {
  return Refused(Reply(550, {5, 7, 1}, "This address was not made here"),
                 kBadHash, recipient);
}

SrsAnswer Expired(const Address& recipient, int age, int valid_days) {
  SrsAnswer answer =
      Refused(Reply(550, {5, 1, 1}, "This address is not valid any more"),
              kExpired, recipient);
  // What is more than half a circle away is rather of tomorrow.
  answer.decision.inputs.emplace_back(
      "age-days", absl::StrCat(age > kStamps / 2 ? age - kStamps : age));
  answer.decision.inputs.emplace_back("valid-days", absl::StrCat(valid_days));
  return answer;
}

SrsAnswer UnknownToken(const Address& recipient) {
  return Refused(Reply(550, {5, 1, 1}, "Nobody knows this address any more"),
                 kUnknownToken, recipient);
}

// RFC 3463, 3.4: X.3.0, other or undefined mail system status.
SrsAnswer TableFault(const Address& recipient, const absl::Status& status) {
  SrsAnswer answer =
      Answer(SrsOutcome::kCannotTell, Verdict::kCannotTell,
             Reply(451, {4, 3, 0}, "Cannot tell now whose address this is"),
             kTable, recipient);
  answer.decision.inputs.emplace_back("error", std::string(status.message()));
  return answer;
}

SrsAnswer Reversed(const Address& recipient, Address original) {
  SrsAnswer answer =
      Answer(SrsOutcome::kOriginal, Verdict::kAccept,
             Reply(250, {2, 1, 5}, "Recipient accepted"), kReversed, recipient);
  answer.decision.inputs.emplace_back("original", original.ToString());
  answer.original = std::move(original);
  return answer;
}

absl::Status Check(const Srs::Options& options) {
  const auto invalid = [](absl::string_view why) {
    return absl::InvalidArgumentError(why);
  };
  if (options.secrets.empty()) return invalid("no secret");
  for (const std::string& secret : options.secrets) {
    if (secret.size() < Srs::kMinSecretOctets) {
      return invalid("a secret must have at least 32 octets");
    }
  }
  if (!IsSeparator(options.separator)) {
    return invalid("the separator must be '=', '+' or '-'");
  }
  if (options.valid_days < 1 || options.valid_days > kMaxValidDays) {
    return invalid("valid_days must be 1 to 511");
  }
  if (kTokenPathOctets + options.domain.ascii().size() >
      address::kMaxPathOctets) {
    return invalid("the domain is too long for rewritten addresses");
  }
  return absl::OkStatus();
}

}  // namespace

// What a local part of ours consists of; `signed_text` is what `hash` is of.
struct Srs::Parts {
  std::string signed_text;
  absl::string_view hash;
  absl::string_view stamp;
  // SRS0's domain ("": a token) and local part, or SRS1's first hop and rest.
  absl::string_view host;
  absl::string_view user;
  bool is_srs1 = false;
};

absl::StatusOr<Srs> Srs::Create(Options options, SrsTable* table) {
  const absl::Status checked = Check(options);
  if (!checked.ok()) return checked;
  return Srs(std::move(options), table);
}

Srs::Srs(Options options, SrsTable* table)
    : options_(std::move(options)), table_(table) {
  own_domains_.insert(options_.domain.ascii());
  for (const Domain& domain : options_.own_domains) {
    own_domains_.insert(domain.ascii());
  }
}

bool Srs::IsOurs(const Address& recipient) const {
  const Domain* domain = recipient.domain();
  return domain != nullptr && *domain == options_.domain &&
         (HasTag(recipient.local_part(), "SRS0") ||
          HasTag(recipient.local_part(), "SRS1"));
}

std::string Srs::MakeSrs0(absl::string_view host, absl::string_view user,
                          absl::Time now) const {
  const std::string tag =
      absl::StrCat("SRS0", std::string(1, options_.separator));
  const std::string after =
      absl::StrCat(Stamp(DayOf(now)), "=", host, "=", user);
  return absl::StrCat(tag, Mac(options_.secrets[0], SignedText(tag, after)),
                      "=", after);
}

std::string Srs::MakeSrs1(absl::string_view hop, absl::string_view rest,
                          absl::Time now) const {
  const std::string before = absl::StrCat(
      "SRS1", std::string(1, options_.separator), Stamp(DayOf(now)));
  const std::string after = absl::StrCat(hop, "=", rest);
  return absl::StrCat(
      before, Mac(options_.secrets[0], SignedText(before, after)), "=", after);
}

absl::StatusOr<ReversePath> Srs::Forward(const ReversePath& sender,
                                         absl::Time now) const {
  if (sender.IsNull()) return sender;
  const Address& address = *sender.address();
  const Domain* domain = address.domain();
  if (domain == nullptr) return ForwardByToken(address, now);
  if (own_domains_.contains(domain->ascii())) return sender;
  const std::string& local = address.local_part();
  std::string made;
  absl::StatusOr<Address> to = address;  // Where its bounces go.
  if (HasTag(local, "SRS0")) {
    made = MakeSrs1(domain->ascii(), local.substr(kTagLetters), now);
  } else if (const auto hop =
                 HasTag(local, "SRS1") ? ParseSrs1(local) : std::nullopt) {
    made = MakeSrs1(hop->domain.ascii(), hop->rest, now);
    to = Address::Create(absl::StrCat("SRS0", hop->rest), hop->domain);
    if (!to.ok()) to = address;
  } else {
    made = MakeSrs0(domain->ascii(), local, now);
  }
  if (std::optional<Address> plain = Plain(made, options_.domain)) {
    return ReversePath(*std::move(plain));
  }
  return ForwardByToken(*to, now);
}

// The token depends on the address alone, so that one sender has one row.
absl::StatusOr<ReversePath> Srs::ForwardByToken(const Address& original,
                                                absl::Time now) const {
  if (table_ == nullptr) {
    return absl::FailedPreconditionError(
        "the sender's address does not fit, and there is no table");
  }
  const std::string& text = original.ToString();
  const std::string token =
      Mac(options_.secrets[0], absl::StrCat("token\n", text));
  // Until the end of its last day, and a day more as clocks differ.
  const absl::Time expires = now + absl::Hours(24) * (options_.valid_days + 2);
  const absl::Status kept = table_->Put(token, text, expires, now);
  if (!kept.ok()) return kept;
  absl::StatusOr<Address> made =
      Address::Create(MakeSrs0("", token, now), options_.domain);
  if (!made.ok()) return made.status();
  return ReversePath(*std::move(made));
}

std::optional<Srs::Parts> Srs::Parse(absl::string_view local) {
  Parts parts;
  parts.is_srs1 = local[kTagLetters - 1] == '1';
  const absl::string_view tag = local.substr(0, kTagLetters + 1);
  const absl::string_view body = local.substr(kTagLetters + 1);
  const std::vector<absl::string_view> fields =
      absl::StrSplit(body, absl::MaxSplits('=', parts.is_srs1 ? 2 : 3));
  if (parts.is_srs1) {
    if (fields.size() != 3 || !ParseHop(fields[1], fields[2])) return {};
    parts.stamp = fields[0].substr(0, kStampLetters);
    parts.hash = fields[0].substr(parts.stamp.size());
    parts.host = fields[1];
    parts.user = fields[2];
    parts.signed_text = SignedText(absl::StrCat(tag, parts.stamp),
                                   absl::StrCat(parts.host, "=", parts.user));
    return parts;
  }
  if (fields.size() != 4 || (fields[2].empty() && fields[3].empty())) return {};
  parts.hash = fields[0];
  parts.stamp = fields[1];
  parts.host = fields[2];
  parts.user = fields[3];
  parts.signed_text = SignedText(tag, body.substr(parts.hash.size() + 1));
  return parts;
}

// Takes as long for each wrong hash, whatever is wrong with it.
bool Srs::Verifies(const Parts& parts) const {
  if (parts.hash.size() != kHashLetters) return false;
  const std::string hash = absl::AsciiStrToUpper(parts.hash);
  bool verifies = false;
  for (const std::string& secret : options_.secrets) {
    const std::string want = Mac(secret, parts.signed_text);
    verifies |= CRYPTO_memcmp(hash.data(), want.data(), kHashLetters) == 0;
  }
  return verifies;
}

SrsAnswer Srs::Reverse(const Address& recipient, absl::Time now) const {
  if (!IsOurs(recipient)) return NotOurs(recipient);
  const std::optional<Parts> parts = Parse(recipient.local_part());
  if (!parts) return Malformed(recipient);
  if (!Verifies(*parts)) return BadHash(recipient);
  const int day = ParseStamp(parts->stamp);
  if (day < 0) return Malformed(recipient);
  const int age = (DayOf(now) - day + kStamps) % kStamps;
  if (age > options_.valid_days) {
    return Expired(recipient, age, options_.valid_days);
  }
  if (parts->host.empty()) return ReverseToken(recipient, parts->user, now);
  const absl::StatusOr<Domain> host = Domain::Parse(parts->host);
  if (!host.ok()) return Malformed(recipient);
  absl::StatusOr<Address> original = Address::Create(
      absl::StrCat(parts->is_srs1 ? "SRS0" : "", parts->user), *host);
  if (!original.ok()) return Malformed(recipient);
  return Reversed(recipient, *std::move(original));
}

SrsAnswer Srs::ReverseToken(const Address& recipient, absl::string_view token,
                            absl::Time now) const {
  if (table_ == nullptr) return UnknownToken(recipient);
  const absl::StatusOr<std::string> text =
      table_->Find(absl::AsciiStrToUpper(token), now);
  if (absl::IsNotFound(text.status())) return UnknownToken(recipient);
  if (!text.ok()) return TableFault(recipient, text.status());
  absl::StatusOr<Address> original = Address::Parse(*text);
  if (!original.ok()) return TableFault(recipient, original.status());
  return Reversed(recipient, *std::move(original));
}

}  // namespace mailsec::autoreply
