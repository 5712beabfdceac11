#include "mailcore/io/unbound_resolver.h"

#include <poll.h>
#include <unbound.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <optional>
#include <thread>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace mailsec::io {
namespace {

constexpr int kClassIn = 1;
constexpr int kTypeA = 1;
constexpr int kTypeMx = 15;
constexpr int kTypeAaaa = 28;
constexpr int kRcodeNoError = 0;
constexpr int kRcodeNxDomain = 3;

struct FreeResult {
  void operator()(ub_result* result) const { ub_resolve_free(result); }
};
using Result = std::unique_ptr<ub_result, FreeResult>;

// One question under way. Shared by who waits and by the callback, as either
// may be gone first.
struct Question {
  std::mutex mutex;
  std::condition_variable answered;
  bool done = false;
  int error = 0;
  Result result;
};

void OnAnswer(void* data, int error, ub_result* result) {
  const std::unique_ptr<std::shared_ptr<Question>> owned(
      static_cast<std::shared_ptr<Question>*>(data));
  Question& question = **owned;
  const std::lock_guard<std::mutex> lock(question.mutex);
  question.error = error;
  question.result.reset(result);
  question.done = true;
  question.answered.notify_one();
}

policy::DnssecStatus Dnssec(const ub_result& result) {
  return result.secure ? policy::DnssecStatus::kSecure
                       : policy::DnssecStatus::kInsecure;
}

// A name in wire form (RFC 1035, 3.1) as text, lower case, without a trailing
// dot; nothing if it is broken or holds an octet that no host name has.
std::optional<std::string> NameFromWire(absl::string_view wire) {
  std::string name;
  while (!wire.empty()) {
    const auto length = static_cast<uint8_t>(wire[0]);
    if (length == 0) return name;
    if (length > 63 || wire.size() <= length) return std::nullopt;
    if (!name.empty()) name += '.';
    for (const char c : wire.substr(1, length)) {
      if (!absl::ascii_isalnum(c) && c != '-' && c != '_') return std::nullopt;
      name += absl::ascii_tolower(c);
    }
    wire.remove_prefix(1 + length);
  }
  return std::nullopt;
}

}  // namespace

class UnboundResolver::Context {
 public:
  static absl::StatusOr<std::unique_ptr<Context>> Create(Options options) {
    auto context = std::unique_ptr<Context>(new Context(options.timeout));
    const absl::Status status = context->Configure(options);
    if (!status.ok()) return status;
    context->thread_ = std::thread([c = context.get()] { c->Process(); });
    return context;
  }

  ~Context() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
    ub_ctx_delete(context_);
  }

  // NotFound if there is no such record, Unavailable if nobody can tell.
  absl::StatusOr<Result> Ask(const std::string& name, int type) {
    auto question = std::make_shared<Question>();
    auto* owned = new std::shared_ptr<Question>(question);
    const int error = ub_resolve_async(context_, name.c_str(), type, kClassIn,
                                       owned, OnAnswer, nullptr);
    if (error != 0) {
      delete owned;
      return absl::UnavailableError(
          absl::StrCat(name, ": ", ub_strerror(error)));
    }
    std::unique_lock<std::mutex> lock(question->mutex);
    if (!question->answered.wait_for(lock, absl::ToChronoMilliseconds(timeout_),
                                     [&] { return question->done; })) {
      return absl::UnavailableError(
          absl::StrCat(name, ": no answer from the DNS in ",
                       absl::FormatDuration(timeout_)));
    }
    return Check(name, question->error, std::move(question->result));
  }

 private:
  explicit Context(absl::Duration timeout)
      : context_(ub_ctx_create()), timeout_(timeout) {}

  absl::Status Configure(const Options& options) {
    if (context_ == nullptr) {
      return absl::ResourceExhaustedError("cannot start libunbound");
    }
    ub_ctx_async(context_, 1);  // Resolve in a thread, not in a process.
    if (options.forward.empty()) {
      // Without the file the root servers are asked.
      ub_ctx_resolvconf(context_, nullptr);
    }
    for (const std::string& server : options.forward) {
      const int error = ub_ctx_set_fwd(context_, server.c_str());
      if (error != 0) {
        return absl::InvalidArgumentError(
            absl::StrCat("name server ", server, ": ", ub_strerror(error)));
      }
    }
    if (!options.trust_anchor_file.empty()) {
      const int error =
          ub_ctx_add_ta_file(context_, options.trust_anchor_file.c_str());
      if (error != 0) {
        return absl::InvalidArgumentError(
            absl::StrCat(options.trust_anchor_file, ": ", ub_strerror(error)));
      }
    }
    // libunbound refuses to ask name servers on loopback unless told.
    ub_ctx_set_option(context_, "do-not-query-localhost:", "no");
    return absl::OkStatus();
  }

  void Process() {
    constexpr int kPollMilliseconds = 50;
    while (!stop_) {
      pollfd waiting = {ub_fd(context_), POLLIN, 0};
      if (poll(&waiting, 1, kPollMilliseconds) > 0) ub_process(context_);
    }
  }

  static absl::StatusOr<Result> Check(const std::string& name, int error,
                                      Result result) {
    if (error != 0 || result == nullptr) {
      return absl::UnavailableError(
          absl::StrCat(name, ": ", ub_strerror(error)));
    }
    if (result->bogus) {
      return absl::UnavailableError(absl::StrCat(
          name, ": DNSSEC validation failed",
          result->why_bogus ? absl::StrCat(" (", result->why_bogus, ")") : ""));
    }
    if (result->nxdomain || result->rcode == kRcodeNxDomain) {
      return absl::NotFoundError(absl::StrCat(name, " does not exist"));
    }
    if (result->rcode != kRcodeNoError) {
      return absl::UnavailableError(
          absl::StrCat(name, ": the DNS answered with code ", result->rcode));
    }
    if (!result->havedata) {
      return absl::NotFoundError(absl::StrCat(name, " has no such record"));
    }
    return result;
  }

  ub_ctx* context_;
  const absl::Duration timeout_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

UnboundResolver::UnboundResolver(std::unique_ptr<Context> context)
    : context_(std::move(context)) {}
UnboundResolver::~UnboundResolver() = default;

absl::StatusOr<std::unique_ptr<UnboundResolver>> UnboundResolver::Create(
    Options options) {
  absl::StatusOr<std::unique_ptr<Context>> context =
      Context::Create(std::move(options));
  if (!context.ok()) return context.status();
  return std::unique_ptr<UnboundResolver>(
      new UnboundResolver(*std::move(context)));
}

absl::StatusOr<policy::MxAnswer> UnboundResolver::LookUpMx(
    const Domain& domain) {
  const absl::StatusOr<Result> result = context_->Ask(domain.ascii(), kTypeMx);
  if (!result.ok()) return result.status();
  policy::MxAnswer answer = {.records = {}, .dnssec = Dnssec(**result)};
  for (int i = 0; (*result)->data[i] != nullptr; ++i) {
    const absl::string_view data((*result)->data[i],
                                 static_cast<size_t>((*result)->len[i]));
    if (data.size() < 3) continue;
    const auto preference = static_cast<uint16_t>(
        static_cast<uint8_t>(data[0]) << 8 | static_cast<uint8_t>(data[1]));
    const std::optional<std::string> name = NameFromWire(data.substr(2));
    if (name) answer.records.push_back({preference, *name});
  }
  std::sort(answer.records.begin(), answer.records.end(),
            [](const policy::MxRecord& a, const policy::MxRecord& b) {
              return std::pair(a.preference, a.exchange) <
                     std::pair(b.preference, b.exchange);
            });
  return answer;
}

absl::StatusOr<policy::AddressAnswer> UnboundResolver::LookUpAddresses(
    const std::string& host) {
  policy::AddressAnswer answer = {.addresses = {},
                                  .dnssec = policy::DnssecStatus::kSecure};
  absl::Status none = absl::OkStatus();
  for (const int type : {kTypeAaaa, kTypeA}) {
    const absl::StatusOr<Result> result = context_->Ask(host, type);
    if (absl::IsNotFound(result.status())) {
      none = result.status();
      continue;
    }
    if (!result.ok()) return result.status();
    if (Dnssec(**result) == policy::DnssecStatus::kInsecure) {
      answer.dnssec = policy::DnssecStatus::kInsecure;
    }
    for (int i = 0; (*result)->data[i] != nullptr; ++i) {
      const int length = (*result)->len[i];
      if (type == kTypeA && length == 4) {
        std::array<uint8_t, 4> octets;
        std::memcpy(octets.data(), (*result)->data[i], octets.size());
        answer.addresses.push_back(IpAddress::FromV4(octets));
      } else if (type == kTypeAaaa && length == 16) {
        std::array<uint8_t, 16> octets;
        std::memcpy(octets.data(), (*result)->data[i], octets.size());
        answer.addresses.push_back(IpAddress::FromV6(octets));
      }
    }
  }
  if (answer.addresses.empty()) return none;
  return answer;
}

}  // namespace mailsec::io
