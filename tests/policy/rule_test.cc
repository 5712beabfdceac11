#include "mailcore/policy/rule.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace mailsec::policy {
namespace {

constexpr Rule kClosed = {"demo.closed", "R14", "accepted if it were open"};
constexpr Rule kSameTexts = {"demo.closed", "R14", "accepted if it were open"};

TEST(RulePtrTest, PointsToAConstant) {
  const RulePtr rule = &kClosed;
  EXPECT_EQ(&*rule, &kClosed);
  EXPECT_EQ(rule->name, "demo.closed");
}

TEST(RulePtrTest, IsOfNoRuleUnlessItIsSet) {
  EXPECT_EQ(RulePtr()->name, "");
  EXPECT_EQ(RulePtr()->refusal, nullptr);
  EXPECT_TRUE(RulePtr() == RulePtr());
}

TEST(RulePtrTest, ComparesRulesAndNotTheirNames) {
  const RulePtr rule = &kClosed;
  EXPECT_TRUE(rule == &kClosed);
  EXPECT_FALSE(rule == &kSameTexts);
  EXPECT_FALSE(rule == RulePtr::Make("demo.closed"));
}

TEST(RulePtrTest, ARuleMadeAtRunTimeLivesWithItsLastPointer) {
  RulePtr last;
  {
    // Short and long texts: a short one stands inside its string object.
    const RulePtr made = RulePtr::Make("a.b", std::string(100, 's'), "o");
    last = made;
    EXPECT_TRUE(last == made);
  }
  EXPECT_EQ(last->name, "a.b");
  EXPECT_EQ(last->source, std::string(100, 's'));
  EXPECT_EQ(last->otherwise, "o");
}

TEST(RulePtrTest, RulesMadeAtRunTimeAreEachTheirOwn) {
  std::vector<RulePtr> rules;
  for (int i = 0; i < 100; ++i) {
    rules.push_back(RulePtr::Make(std::to_string(i), std::string(i, 's')));
  }
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(rules[i]->name, std::to_string(i));
    EXPECT_EQ(rules[i]->source, std::string(i, 's'));
  }
}

}  // namespace
}  // namespace mailsec::policy
