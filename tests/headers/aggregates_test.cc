// A caller names the members of options and values that it sets, and gets no
// warning for those that it leaves: this compiles with -Wextra -Wpedantic.

#include "gtest/gtest.h"
#include "mailcore/autoreply/absence_settings.h"
#include "mailcore/autoreply/autoresponder.h"
#include "mailcore/autoreply/receipt.h"
#include "mailcore/autoreply/reply_memory.h"
#include "mailcore/autoreply/srs.h"
#include "mailcore/dns/resolver.h"
#include "mailcore/io/clamd_scanner.h"
#include "mailcore/io/rspamd_scanner.h"
#include "mailcore/io/unbound_resolver.h"
#include "mailcore/message/trace_field.h"
#include "mailcore/notify/delivery_report.h"
#include "mailcore/notify/ndn_builder.h"
#include "mailcore/notify/ndn_policy.h"
#include "mailcore/policy/acceptance_policy.h"
#include "mailcore/policy/content_policy.h"
#include "mailcore/policy/governor.h"
#include "mailcore/policy/live_mx_authority.h"
#include "mailcore/policy/recipient_directory.h"
#include "mailcore/policy/recipient_verifier.h"
#include "mailcore/policy/relay_policy.h"
#include "mailcore/policy/scanner.h"
#include "mailcore/rate/rate_limiter.h"
#include "mailcore/route/inside.h"
#include "mailcore/route/mx_planner.h"
#include "mailcore/route/router.h"
#include "mailcore/server/receive/mail_handler.h"
#include "mailcore/server/server.h"
#include "mailcore/smtp/client_session.h"
#include "mailcore/smtp/server_session.h"
#include "mailcore/spool/envelope.h"
#include "mailcore/spool/spool.h"

namespace mailsec {
namespace {

address::Address Anna() { return *address::Address::Parse("anna@a.example"); }
address::Domain Domain() { return *address::Domain::Parse("a.example"); }
address::ForwardPath Path() { return address::ForwardPath(Anna()); }

TEST(AggregatesTest, OfSessions) {
  EXPECT_EQ(smtp::ServerOptions{.hostname = "a"}.limits.max_recipients, 1000u);
  EXPECT_EQ(smtp::ServerLimits{.max_recipients = 5}.max_messages, 0u);
  EXPECT_EQ(smtp::ClientOptions{.hostname = "a"}.protocol,
            smtp::Protocol::kSmtp);
  EXPECT_TRUE(smtp::OutgoingRecipient{.path = Path()}.parameters ==
              smtp::RcptParameters{});
  EXPECT_FALSE(smtp::Transaction{.sender = {}}.has_8bit);
  EXPECT_TRUE(smtp::MailParameters{.declared_size = 1}.envelope_id.empty());
  EXPECT_FALSE(smtp::DsnNotify{.never = true}.delay);
  EXPECT_TRUE(smtp::RcptParameters{.notify = {}}.original_type.empty());
  EXPECT_TRUE(server::SessionInfo{.client = {}}.user.empty());
}

TEST(AggregatesTest, OfPolicies) {
  EXPECT_FALSE(policy::Client{.ip = {}}.authenticated);
  EXPECT_TRUE(policy::RelayPolicy::Options{.authorised_networks = {}}
                  .own_addresses.empty());
  EXPECT_EQ(
      policy::AcceptancePolicy::Options{.local_domains = {Domain()}}.verifier,
      nullptr);
  EXPECT_EQ(policy::RelayDomain{.domain = Domain()}.directory, nullptr);
  EXPECT_TRUE(policy::MxVerdict{.answer = policy::Answer::kNo}.reason.empty());
  EXPECT_TRUE(policy::Mailbox{.name = "a"}.has_room);
  EXPECT_FALSE(
      policy::RecipientAnswer{.answer = policy::Answer::kNo}.bounces_only);
  EXPECT_TRUE(
      policy::VerifierAnswer{.answer = policy::Answer::kNo}.hop.empty());
  EXPECT_FALSE(
      policy::LiveMxAuthority::Options{.own_names = {Domain()}}.require_dnssec);
  EXPECT_TRUE(policy::ScanRequest{.helo = "a"}.queue_id.empty());
  EXPECT_TRUE(policy::ScanResult{.why = "a"}.signature.empty());
  EXPECT_TRUE(policy::ContentPolicy::Options{.mark_score = 5}.scanners.empty());
  EXPECT_TRUE(
      policy::Governor::Options{.own_domains = {Domain()}}.operators.empty());
  EXPECT_TRUE(policy::AutomaticMail({.author = Anna(), .target = Anna()})
                  .exchangers.empty());
  EXPECT_EQ(rate::RateLimiter::Options{.burst = 5}.max_keys, 1000000u);
}

TEST(AggregatesTest, OfWhatIsSent) {
  EXPECT_TRUE(autoreply::AbsenceText{.language = "en"}.subject.empty());
  EXPECT_FALSE(autoreply::AbsenceSettings{.owner = Anna()}.end);
  EXPECT_FALSE(
      autoreply::AbsenceQuestion({.header = nullptr, .settings = nullptr})
          .sender_is_inside);
  EXPECT_TRUE(autoreply::ReplyKey{.owner = "a"}.whom.empty());
  const autoreply::Srs::Options srs = {.domain = Domain(),
                                       .secrets = {std::string(32, 'x')}};
  EXPECT_EQ(srs.valid_days, 21);
  EXPECT_TRUE(notify::TypedValue{.type = "dns"}.value.empty());
  EXPECT_TRUE(notify::RecipientStatus{.action = notify::Action::kFailed}
                  .final_log_id.empty());
  EXPECT_FALSE(notify::DeliveryReport{.recipients = {}}.arrival_date);
  EXPECT_TRUE(notify::NdnRequest{.target = Anna()}.causes.empty());
  const notify::NdnBuilder::Options builder = {.hostname = "a.example",
                                               .from = Anna()};
  EXPECT_EQ(builder.languages.size(), 1u);
  const notify::NdnQuestion question = {.recipient = Path(), .author = Anna()};
  EXPECT_FALSE(question.automatic);
  const message::TraceField trace = {.helo = "a", .own_name = "b"};
  EXPECT_FALSE(trace.lmtp);
}

TEST(AggregatesTest, OfRoutesAndTheSystem) {
  EXPECT_EQ(dns::MxRecord{.exchange = "a"}.preference, 0);
  EXPECT_TRUE(dns::AddressAnswer{.addresses = {}}.canonical_name.empty());
  EXPECT_TRUE(route::Router::LocalDomain{.domain = Domain()}.aliases.empty());
  EXPECT_TRUE(
      route::Router::Options{.allow_literals = true}.fixed_routes.empty());
  EXPECT_TRUE(route::Inside::Options{.own_domains = {Domain()}}
                  .networks.networks()
                  .empty());
  EXPECT_FALSE(
      route::MxPlanner::Options{.own_names = {Domain()}}.allow_loopback);
  EXPECT_TRUE(io::UnboundResolver::Options{.forward = {"192.0.2.53"}}
                  .trust_anchor_file.empty());
  EXPECT_EQ(io::ClamdScanner::Options{.name = "a"}.name, "a");
  EXPECT_TRUE(io::RspamdScanner::Options{.name = "a"}.password.empty());
  EXPECT_TRUE(spool::SpoolOptions{.reserve_inodes = 5}.keys.empty());
  EXPECT_TRUE(spool::Recipient{.path = Path()}.hop.empty());
  EXPECT_TRUE(spool::Envelope{.protocol = "SMTP"}.recipients.empty());
  EXPECT_TRUE(spool::Progress{.attempts = 1}.changes.empty());
  EXPECT_TRUE(spool::RecipientChange{.recipient = 1}.cause.empty());
  EXPECT_TRUE(server::Server::Options{.events = nullptr}.scanners.empty());
}

}  // namespace
}  // namespace mailsec
