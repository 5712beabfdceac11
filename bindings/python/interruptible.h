// interruptible.h: how does a long wait hear Ctrl-C?
//
// Python handles signals on its main thread only, and only between its own
// instructions. What waits there for a name server or a scanner does so on
// another thread, while the main one looks for signals; what a handler raises
// ends the wait, is kept (gil.h), and is raised once the library has returned.
// On every other thread the wait is what it always was.
//
//   InterruptibleResolver resolver(std::move(unbound));

#ifndef BINDINGS_PYTHON_INTERRUPTIBLE_H_
#define BINDINGS_PYTHON_INTERRUPTIBLE_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "mailcore/dns/resolver.h"
#include "mailcore/policy/scanner.h"

namespace mailsec::python {

// True if waits on this thread have to hear signals. The GIL need not be held.
bool MustHearSignals();

// Runs `wait` on another thread until it ends (true) or a signal's handler
// raises (false); then `wait` goes on alone, so it owns what it uses. The GIL is
// not held.
bool RunHearingSignals(std::function<void()> wait);

// What `ask` returns, or nothing if a signal ended the wait. Call it only if
// MustHearSignals(). `ask` owns what it uses.
template <typename Ask>
auto AskHearingSignals(Ask ask) -> std::optional<decltype(ask())> {
  auto answer = std::make_shared<std::optional<decltype(ask())>>();
  if (!RunHearingSignals([answer, ask] { *answer = ask(); })) {
    return std::nullopt;
  }
  return std::move(*answer);
}

// Thread safety: as the resolver in it.
class InterruptibleResolver : public dns::Resolver {
 public:
  explicit InterruptibleResolver(std::unique_ptr<dns::Resolver> resolver)
      : resolver_(std::move(resolver)) {}
  absl::StatusOr<dns::MxAnswer> LookUpMx(
      const address::Domain& domain) override;
  absl::StatusOr<dns::AddressAnswer> LookUpAddresses(
      const std::string& host) override;

 private:
  const std::shared_ptr<dns::Resolver> resolver_;
};

// Thread safety: as the scanner in it.
class InterruptibleScanner : public policy::Scanner {
 public:
  explicit InterruptibleScanner(std::unique_ptr<policy::Scanner> scanner)
      : scanner_(std::move(scanner)) {}
  std::string name() const override { return scanner_->name(); }
  policy::ScanResult Scan(const policy::ScanRequest& request,
                          policy::ScanContent& content) override;
  absl::StatusOr<absl::Time> SignatureTime() override {
    return scanner_->SignatureTime();
  }

 private:
  const std::shared_ptr<policy::Scanner> scanner_;
};

// All of `content`, from its beginning.
absl::StatusOr<std::string> ReadAll(policy::ScanContent& content);

}  // namespace mailsec::python

#endif  // BINDINGS_PYTHON_INTERRUPTIBLE_H_
