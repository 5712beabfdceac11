#include "mailcore/policy/rule.h"

namespace mailsec::policy {
namespace {

// A rule and the texts that it is made of.
struct OwnedRule {
  std::string name;
  std::string source;
  std::string otherwise;
  Rule rule;
};

}  // namespace

const Rule RulePtr::kNone = {};

RulePtr RulePtr::Make(std::string name, std::string source,
                      std::string otherwise) {
  auto owned = std::make_shared<OwnedRule>(
      OwnedRule{std::move(name), std::move(source), std::move(otherwise), {}});
  owned->rule = {owned->name, owned->source, owned->otherwise};
  const Rule* rule = &owned->rule;
  return RulePtr(std::shared_ptr<const Rule>(std::move(owned), rule));
}

}  // namespace mailsec::policy
