// A server with a handler of the caller's, over a socket, in LMTP.

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/read_until.hpp"
#include "boost/asio/write.hpp"
#include "gtest/gtest.h"
#include "mailcore/server/config/demo_config.h"
#include "mailcore/server/server.h"
#include "mailcore/server/snapshot/load_settings.h"
#include "mailcore/testing/recording_event_sink.h"

namespace mailsec::server {
namespace {

namespace asio = boost::asio;

// Answers at the end of each message what it was given.
class Answering : public ForwardingHandler {
 public:
  Answering(MailHandler* own, std::vector<smtp::Reply> answers)
      : ForwardingHandler(own), answers_(std::move(answers)) {}
  void Accept(const SessionInfo&, IncomingMessage,
              std::function<void(std::vector<smtp::Reply>)> done) override {
    done(answers_);
  }

 private:
  const std::vector<smtp::Reply> answers_;
};

// The first characters of the replies to the content of a message to three
// recipients.
std::vector<std::string> AnswersOf(std::vector<smtp::Reply> answers) {
  // The path of a socket is short.
  std::string folder =
      std::filesystem::temp_directory_path() / "server_handler.XXXXXX";
  EXPECT_NE(mkdtemp(folder.data()), nullptr);
  const auto file = PrepareDemo(folder, 0, "");
  EXPECT_TRUE(file.ok()) << file.status();
  Settings settings;
  EXPECT_TRUE(LoadSettings(*file, &settings).empty());
  settings.listeners[0].protocol = smtp::Protocol::kLmtp;
  RecordingEventSink events;
  const auto server =
      Server::Start(std::move(settings),
                    {.events = &events, .wrap_handler = [&](MailHandler* own) {
                       return std::make_unique<Answering>(own, answers);
                     }});
  EXPECT_TRUE(server.ok()) << server.status();

  asio::io_context context;
  asio::ip::tcp::socket client(context);
  client.connect({asio::ip::make_address("127.0.0.1"), (*server)->port(0)});
  std::string unread;
  const auto read = [&] {
    std::string line;
    do {
      const size_t octets =
          asio::read_until(client, asio::dynamic_buffer(unread), "\r\n");
      line = unread.substr(0, octets);
      unread.erase(0, octets);
    } while (line.size() > 3 && line[3] == '-');
    return line.substr(0, 9);
  };
  (void)read();
  for (const char* line :
       {"LHLO client.example", "MAIL FROM:<a@example.com>",
        "RCPT TO:<alice@example.org>", "RCPT TO:<bob@example.org>",
        "RCPT TO:<postmaster@example.org>", "DATA"}) {
    asio::write(client, asio::buffer(absl::StrCat(line, "\r\n")));
    const std::string said = read();
    EXPECT_TRUE(said[0] == '2' || said[0] == '3') << line << ": " << said;
  }
  asio::write(client, asio::buffer(std::string("Subject: x\r\n\r\n.\r\n")));
  std::vector<std::string> said = {read(), read(), read()};
  (*server)->Stop();
  std::filesystem::remove_all(folder);
  return said;
}

using Answers = std::vector<std::string>;

TEST(ServerHandlerTest, OneAnswerIsForAllRecipients) {
  EXPECT_EQ(AnswersOf({smtp::Reply(250, {2, 0, 0}, "Taken")}),
            (Answers{"250 2.0.0", "250 2.0.0", "250 2.0.0"}));
}

TEST(ServerHandlerTest, WhoIsNotAnsweredForIsNotAccepted) {
  EXPECT_EQ(AnswersOf({}), (Answers{"451 4.3.0", "451 4.3.0", "451 4.3.0"}));
  EXPECT_EQ(AnswersOf({smtp::Reply(550, {5, 1, 1}, "No"),
                       smtp::Reply(250, {2, 0, 0}, "Taken")}),
            (Answers{"550 5.1.1", "250 2.0.0", "451 4.3.0"}));
}

TEST(ServerHandlerTest, AnswersForTooManyAreLeftOut) {
  const smtp::Reply no(550, {5, 1, 1}, "No");
  EXPECT_EQ(AnswersOf({no, no, no, no}),
            (Answers{"550 5.1.1", "550 5.1.1", "550 5.1.1"}));
}

}  // namespace
}  // namespace mailsec::server
