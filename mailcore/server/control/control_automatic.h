// control_automatic.h: what does `mailsec` want to know of automatic mail?
//
// The answers about absences, scanners and the governor. None of them sends
// anything.

#ifndef MAILCORE_SERVER_CONTROL_CONTROL_AUTOMATIC_H_
#define MAILCORE_SERVER_CONTROL_CONTROL_AUTOMATIC_H_

#include <functional>

#include "mailcore/policy/decision.h"
#include "mailcore/server/control/control.pb.h"
#include "mailcore/server/runtime/current.h"
#include "mailcore/server/runtime/parts.h"
#include "mailcore/server/snapshot/snapshot.h"
#include "mailcore/server/tell/absences.h"

namespace mailsec::server {

// Thread safety: all methods may be called concurrently. They block on the
// store, the scanners and the directories.
class ControlAutomatic {
 public:
  using Send = std::function<void(const control::Response&)>;

  // None is owned; all must outlive this. `absences` is null if everything
  // automatic is off.
  ControlAutomatic(const Parts* parts, const Current<Snapshot>* current,
                   Absences* absences)
      : parts_(parts), current_(current), absences_(absences) {}

  control::Response Set(const control::AbsenceSet& request) const;
  void Show(const control::AbsenceShow& request, const Send& send) const;
  control::Response Clear(const control::AbsenceClear& request) const;
  control::Response Scan(const control::Scan& request) const;
  control::Response Explain(const control::ExplainAutomatic& request) const;

 private:
  // The mailbox that `text` names, by the main name of its domain; an alias of
  // one mailbox is that one. NotFound if there is none.
  absl::StatusOr<address::Address> Mailbox(const std::string& text) const;
  void ShowAll(const Send& send) const;

  const Parts* const parts_;
  const Current<Snapshot>* const current_;
  Absences* const absences_;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_CONTROL_CONTROL_AUTOMATIC_H_
