// fake_recipient_directory.h: a directory of the recipients that a test names.
//
//   FakeRecipientDirectory directory;
//   directory.Add("bob@example.org", {.name = "bob"});

#ifndef MAILCORE_TESTING_FAKE_RECIPIENT_DIRECTORY_H_
#define MAILCORE_TESTING_FAKE_RECIPIENT_DIRECTORY_H_

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "mailcore/address/address.h"
#include "mailcore/policy/recipient_directory.h"

namespace mailsec::policy {

// Thread safety: all methods may run concurrently.
class FakeRecipientDirectory : public RecipientDirectory {
 public:
  // `key` as Address::CanonicalKey() has it.
  void Add(const std::string& key, Mailbox mailbox) {
    const std::lock_guard<std::mutex> lock(mutex_);
    mailboxes_[key] = std::move(mailbox);
  }
  // Mail to it may come from <> only.
  void AddBouncesOnly(const std::string& key) {
    const std::lock_guard<std::mutex> lock(mutex_);
    mailboxes_[key] = {.name = "bounces"};
    bounces_only_.insert(key);
  }
  void Remove(const std::string& key) {
    const std::lock_guard<std::mutex> lock(mutex_);
    mailboxes_.erase(key);
  }
  // From now on it cannot tell, because of `reason`; empty: it can again.
  void FailWith(const std::string& reason) {
    const std::lock_guard<std::mutex> lock(mutex_);
    failure_ = reason;
  }

  RecipientAnswer Find(const address::Address& address) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++questions_;
    if (!failure_.empty()) {
      return {.answer = Answer::kCannotTell, .mailbox = {}, .reason = failure_};
    }
    const auto found = mailboxes_.find(address.CanonicalKey());
    if (found == mailboxes_.end()) {
      return {.answer = Answer::kNo, .mailbox = {}, .reason = {}};
    }
    return {.answer = Answer::kYes,
            .mailbox = found->second,
            .bounces_only = bounces_only_.count(found->first) > 0,
            .reason = {}};
  }

  // How many questions were asked.
  int questions() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return questions_;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Mailbox> mailboxes_;
  std::set<std::string> bounces_only_;
  std::string failure_;
  int questions_ = 0;
};

}  // namespace mailsec::policy

#endif  // MAILCORE_TESTING_FAKE_RECIPIENT_DIRECTORY_H_
