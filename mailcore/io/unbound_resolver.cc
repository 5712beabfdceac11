#include "mailcore/io/unbound_resolver.h"

#include <poll.h>
#include <unbound.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "mailcore/io/errno_status.h"

namespace mailsec::io {
namespace {

using ip::IpAddress;

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

dns::DnssecStatus Dnssec(const ub_result& result) {
  return result.secure ? dns::DnssecStatus::kSecure
                       : dns::DnssecStatus::kInsecure;
}

absl::Status Broken(const std::string& name) {
  return absl::UnavailableError(
      absl::StrCat(name, ": the DNS answered with a broken record"));
}

// An octet of a label as RFC 1035, 5.1 writes it, letters in lower case.
void AppendOctet(std::string& name, char c) {
  if (absl::ascii_isgraph(c) && c != '.' && c != '\\') {
    name += absl::ascii_tolower(c);
  } else {
    absl::StrAppend(
        &name, "\\",
        absl::Dec(static_cast<uint8_t>(c), absl::PadSpec::kZeroPad3));
  }
}

// A whole name in wire form (RFC 1035, 3.1) as text, lower case, without a
// trailing dot; nothing if it is broken.
std::optional<std::string> NameFromWire(absl::string_view wire) {
  if (wire.size() > 255) return std::nullopt;  // RFC 1035, 2.3.4.
  std::string name;
  while (!wire.empty()) {
    const auto length = static_cast<uint8_t>(wire[0]);
    if (length == 0 && wire.size() == 1) return name;
    if (length == 0 || length > 63 || wire.size() <= length) {
      return std::nullopt;
    }
    if (!name.empty()) name += '.';
    for (const char c : wire.substr(1, length)) AppendOctet(name, c);
    wire.remove_prefix(1 + length);
  }
  return std::nullopt;
}

// Adds the addresses of an A or AAAA answer. False if it is broken.
bool AppendAddresses(const ub_result& result, std::vector<IpAddress>& all) {
  for (int i = 0; result.data[i] != nullptr; ++i) {
    std::array<uint8_t, 4> v4;
    std::array<uint8_t, 16> v6;
    const auto length = static_cast<size_t>(result.len[i]);
    if (result.qtype == kTypeA && length == v4.size()) {
      std::memcpy(v4.data(), result.data[i], v4.size());
      all.push_back(IpAddress::FromV4(v4));
    } else if (result.qtype == kTypeAaaa && length == v6.size()) {
      std::memcpy(v6.data(), result.data[i], v6.size());
      all.push_back(IpAddress::FromV6(v6));
    } else {
      return false;
    }
  }
  return true;
}

// Cannot-tell outweighs that there is no such record, and that outweighs that
// there is no such name.
int Weight(const absl::Status& status) {
  if (!absl::IsNotFound(status)) return 2;
  return dns::IsNoSuchName(status) ? 0 : 1;
}

// Where CNAME records led to; empty if there was none.
std::string CanonicalName(const ub_result& result, absl::string_view asked) {
  if (result.canonname == nullptr) return "";
  std::string name = absl::AsciiStrToLower(result.canonname);
  if (absl::EndsWith(name, ".")) name.pop_back();
  return name == absl::AsciiStrToLower(asked) ? "" : name;
}

}  // namespace

class UnboundResolver::Context {
 public:
  static absl::StatusOr<std::unique_ptr<Context>> Create(Options options) {
    auto context = std::unique_ptr<Context>(new Context(options.timeout));
    const absl::Status status = context->Configure(options);
    if (!status.ok()) return status;
    try {
      context->thread_ = std::thread([c = context.get()] { c->Process(); });
    } catch (const std::system_error& error) {
      return ErrnoStatus(error.code().value(), "cannot start a thread");
    }
    return context;
  }

  ~Context() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
    ub_ctx_delete(context_);
  }

  // NotFound if there is no such record, Unavailable if nobody can tell; an
  // answer for each of `types`, all of which are asked at the same time.
  std::vector<absl::StatusOr<Result>> Ask(const std::string& name,
                                          const std::vector<int>& types) {
    const auto deadline =
        std::chrono::steady_clock::now() + absl::ToChronoMilliseconds(timeout_);
    std::vector<absl::StatusOr<std::shared_ptr<Question>>> questions;
    for (const int type : types) questions.push_back(Send(name, type));
    std::vector<absl::StatusOr<Result>> answers;
    for (auto& question : questions) {
      if (question.ok()) {
        answers.push_back(Wait(name, **question, deadline));
      } else {
        answers.push_back(question.status());
      }
    }
    return answers;
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

  // One question under way. Shared by the caller and by open_, as either may be
  // done with it first.
  struct Question {
    Context* context = nullptr;
    std::mutex mutex;
    std::condition_variable answered;
    bool done = false;
    int error = 0;
    Result result;
  };

  absl::StatusOr<std::shared_ptr<Question>> Send(const std::string& name,
                                                 int type) {
    auto question = std::make_shared<Question>();
    question->context = this;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      open_.emplace(question.get(), question);
    }
    const int error = ub_resolve_async(context_, name.c_str(), type, kClassIn,
                                       question.get(), OnAnswer, nullptr);
    if (error == 0) return question;
    Close(*question);
    return absl::UnavailableError(absl::StrCat(name, ": ", ub_strerror(error)));
  }

  absl::StatusOr<Result> Wait(const std::string& name, Question& question,
                              std::chrono::steady_clock::time_point deadline) {
    std::unique_lock<std::mutex> lock(question.mutex);
    if (!question.answered.wait_until(lock, deadline,
                                      [&] { return question.done; })) {
      return absl::UnavailableError(
          absl::StrCat(name, ": no answer from the DNS in ",
                       absl::FormatDuration(timeout_)));
    }
    return Check(name, question.error, std::move(question.result));
  }

  static void OnAnswer(void* data, int error, ub_result* result) {
    Question& open = *static_cast<Question*>(data);
    const std::shared_ptr<Question> question = open.context->Close(open);
    const std::lock_guard<std::mutex> lock(question->mutex);
    question->error = error;
    question->result.reset(result);
    question->done = true;
    question->answered.notify_one();
  }

  // libunbound knows `question` no more.
  std::shared_ptr<Question> Close(Question& question) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = open_.find(&question);
    std::shared_ptr<Question> closed = std::move(found->second);
    open_.erase(found);
    return closed;
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
      return dns::NoSuchNameError(absl::StrCat(name, " does not exist"));
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
  std::mutex mutex_;
  // What libunbound has still to answer, whether or not anybody waits for it.
  std::map<Question*, std::shared_ptr<Question>> open_;
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

absl::StatusOr<dns::MxAnswer> UnboundResolver::LookUpMx(
    const address::Domain& domain) {
  const absl::StatusOr<Result> result =
      std::move(context_->Ask(domain.ascii(), {kTypeMx})[0]);
  if (!result.ok()) return result.status();
  dns::MxAnswer answer = {.records = {}, .dnssec = Dnssec(**result)};
  for (int i = 0; (*result)->data[i] != nullptr; ++i) {
    const absl::string_view data((*result)->data[i],
                                 static_cast<size_t>((*result)->len[i]));
    if (data.size() < 3) return Broken(domain.ascii());
    const auto preference = static_cast<uint16_t>(
        static_cast<uint8_t>(data[0]) << 8 | static_cast<uint8_t>(data[1]));
    const std::optional<std::string> name = NameFromWire(data.substr(2));
    if (!name) return Broken(domain.ascii());
    answer.records.push_back({preference, *name});
  }
  std::sort(answer.records.begin(), answer.records.end(),
            [](const dns::MxRecord& a, const dns::MxRecord& b) {
              return std::pair(a.preference, a.exchange) <
                     std::pair(b.preference, b.exchange);
            });
  return answer;
}

absl::StatusOr<dns::AddressAnswer> UnboundResolver::LookUpAddresses(
    const std::string& host) {
  const std::vector<absl::StatusOr<Result>> results =
      context_->Ask(host, {kTypeAaaa, kTypeA});
  dns::AddressAnswer answer = {.addresses = {},
                               .dnssec = dns::DnssecStatus::kSecure};
  absl::Status none = absl::OkStatus();
  for (const absl::StatusOr<Result>& result : results) {
    if (!result.ok()) {
      if (none.ok() || Weight(result.status()) > Weight(none)) {
        none = result.status();
      }
      continue;
    }
    if (!AppendAddresses(**result, answer.addresses)) return Broken(host);
    if (Dnssec(**result) == dns::DnssecStatus::kInsecure) {
      answer.dnssec = dns::DnssecStatus::kInsecure;
    }
    answer.canonical_name = CanonicalName(**result, host);
  }
  if (answer.addresses.empty()) return none;
  return answer;
}

}  // namespace mailsec::io
