// scanning.h: who looks at content, as the configuration has it (R27).
//
//   std::shared_ptr<Scanning> scanning = Scanning::Create(
//       settings, {}, &clock, &events, nullptr, &errors);
//   policy::ContentDecision made = scanning->Decide(request, head, writer);

#ifndef MAILCORE_SERVER_SNAPSHOT_SCANNING_H_
#define MAILCORE_SERVER_SNAPSHOT_SCANNING_H_

#include <atomic>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "mailcore/base/clock.h"
#include "mailcore/base/event.h"
#include "mailcore/policy/content_policy.h"
#include "mailcore/policy/scanner.h"
#include "mailcore/server/config/content_settings.h"
#include "mailcore/spool/message_writer.h"
#include "mailcore/watch/signature_age.h"

namespace mailsec::server {

// Thread safety: the methods may be called concurrently.
class Scanning {
 public:
  // The scanners of `settings`, which are without errors, and before them those
  // of the caller, which must outlive the result as `clock` and `events` must.
  // Once `stopped` is true, scanners of the configuration cannot tell any more.
  // What is wrong is added to `errors`, each at the place of its scanner: files
  // with passwords that cannot be read. Null after an error.
  static std::shared_ptr<Scanning> Create(
      const ContentSettings& settings, const std::vector<policy::Scanner*>& own,
      const base::Clock* clock, base::EventSink* events,
      const std::atomic<bool>* stopped, std::vector<ConfigError>* errors);

  bool has_scanners() const { return !watched_.empty(); }

  // What becomes of the content that `writer` has gathered. Blocks on the
  // scanners and on the disk. A scanner that cannot tell is an event.
  policy::ContentDecision Decide(const policy::ScanRequest& request,
                                 absl::string_view head,
                                 spool::MessageWriter& writer) const;

  // Asks each scanner how old its signatures are. Blocks on them.
  void CheckSignatures();

 private:
  struct Watched {
    policy::Scanner* scanner;
    std::unique_ptr<policy::Scanner> owned;  // Null: the caller's.
    std::unique_ptr<watch::SignatureAge> age;
  };

  Scanning(const base::Clock* clock, base::EventSink* events)
      : clock_(clock), events_(events) {}
  absl::Status Add(const ScannerSettings& from,
                   const std::atomic<bool>* stopped,
                   policy::ContentPolicy::Options* options);

  const base::Clock* const clock_;
  base::EventSink* const events_;
  std::vector<Watched> watched_;
  std::unique_ptr<policy::ContentPolicy> policy_;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_SNAPSHOT_SCANNING_H_
