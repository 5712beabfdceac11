// store_form.h: the forms of a SpoolStore that the conformance suite tests.

#ifndef TESTS_CONFORMANCE_STORE_FORM_H_
#define TESTS_CONFORMANCE_STORE_FORM_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "mailcore/spool/store.h"

namespace mailsec {

// One store, over a disk of its own if it has one. Thread safety: none.
class StoreForm {
 public:
  virtual ~StoreForm() = default;
  // A store that has not recovered yet; the one before must be gone.
  virtual std::unique_ptr<spool::SpoolStore> Open() = 0;
  virtual bool KeepsOverRestart() const { return true; }
  virtual bool HasThreads() const { return true; }
};

struct StoreFormCase {
  std::string name;
  std::function<std::unique_ptr<StoreForm>()> make;
};

std::vector<StoreFormCase> AllStoreForms();

}  // namespace mailsec

#endif  // TESTS_CONFORMANCE_STORE_FORM_H_
