// Every fault of a Maildir: its reply, its alarm, and that the mail is
// delivered once it is mended (NEW-09).

#include "mailcore/server/deliver/local_delivery.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "mailcore/spool/memory_store.h"
#include "mailcore/testing/fake_recipient_directory.h"
#include "mailcore/testing/manual_clock.h"
#include "mailcore/testing/recording_event_sink.h"

namespace mailsec::server {
namespace {

namespace fs = std::filesystem;

class LocalDeliveryTest : public testing::Test {
 protected:
  LocalDeliveryTest() {
    std::string name = testing::TempDir() + "/localXXXXXX";
    folder_ = mkdtemp(name.data());
    root_ = folder_ + "/mail";
    fs::create_directory(root_);
    directory_.Add("alice@example.org", {.name = "alice"});
    directory_.Add("bob@example.org", {.name = "bob"});
    directory_.Add("long@example.org", {.name = std::string(256, 'x')});
    spool_ = *spool::Spool::OpenStore(spool::SpoolOptions(),
                                      std::make_unique<spool::MemoryStore>(),
                                      nullptr, &clock_);
    id_ = spool_->NewMessage().id();
  }
  ~LocalDeliveryTest() override { fs::remove_all(folder_); }

  smtp::Reply Deliver(const std::string& who = "alice") {
    const LocalMail mail = {
        .id = id_,
        .sender = *address::ReversePath::Parse("<carol@example.com>"),
        .received = absl::FromUnixSeconds(1000000),
        .mailbox = *address::Address::Parse(who + "@example.org"),
        .root = root_,
        .host_name = host_,
        .quota = quota_,
        .full_is_transient = full_is_transient_,
        .now = absl::Now(),
        .content = std::make_shared<const std::string>(content_)};
    return DeliverLocally(mail, directory_.Find(mail.mailbox), *spool_,
                          &stores_);
  }

  // "file: error" of each event with this id.
  std::vector<std::string> Events(const std::string& id) {
    std::vector<std::string> found;
    for (const base::Event& event : events_.events()) {
      if (event.type().id != id) continue;
      found.push_back(std::string(event.Get("file")) + ": " +
                      std::string(event.Get("error")));
    }
    return found;
  }

  size_t Delivered(const std::string& mailbox) {
    const fs::path path = root_ + "/" + mailbox + "/new";
    return fs::exists(path) ? static_cast<size_t>(std::distance(
                                  fs::directory_iterator(path), {}))
                            : 0;
  }

  std::string folder_, root_;
  std::string host_ = "mx.example.org";
  std::optional<io::MaildirQuota> quota_;
  bool full_is_transient_ = false;
  std::string content_ = "Subject: x\r\n\r\nhello\r\n";
  ManualClock clock_;
  RecordingEventSink events_;
  StoreWatch stores_{&clock_, &events_};
  policy::FakeRecipientDirectory directory_;
  std::unique_ptr<spool::Spool> spool_;
  spool::QueueId id_;
};

// Runs out of files that may be open.
class NoMoreFiles {
 public:
  NoMoreFiles() {
    getrlimit(RLIMIT_NOFILE, &before_);
    const int next = dup(0);
    close(next);
    const rlimit none = {static_cast<rlim_t>(next), before_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoMoreFiles() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_;
};

TEST_F(LocalDeliveryTest, EachFaultIsAnAlarmWithItsNameAndMailWaits) {
  const struct {
    const char* name;
    std::function<void()> make;
    std::function<void()> mend;
    std::string alarm;
  } kCases[] = {
      {"NoRoot", [&] { fs::remove_all(root_); },
       [&] { fs::create_directory(root_); },
       root_ + ": cannot open " + root_ + ": No such file or directory"},
      {"TheRootIsAFile",
       [&] {
         fs::remove_all(root_);
         std::ofstream(root_) << "x";
       },
       [&] {
         fs::remove(root_);
         fs::create_directory(root_);
       },
       root_ + ": cannot open " + root_ + ": Not a directory"},
      {"TheMailboxIsAFile", [&] { std::ofstream(root_ + "/alice") << "x"; },
       [&] { fs::remove(root_ + "/alice"); },
       root_ + "/alice: the folder " + root_ + "/alice is a link or a file"},
      {"TheMailboxIsALink",
       [&] { fs::create_symlink(folder_, root_ + "/alice"); },
       [&] { fs::remove(root_ + "/alice"); },
       root_ + "/alice: the folder " + root_ + "/alice is a link or a file"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    events_.Clear();
    c.make();
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(Deliver().ToString(),
                "451 4.3.0 The mail store has a fault; the mail waits");
    }
    EXPECT_EQ(Events("delivery.store_fault"),
              std::vector<std::string>{c.alarm});
    c.mend();
    EXPECT_EQ(Deliver().code(), 250);
    EXPECT_EQ(Delivered("alice"), 1u);
    EXPECT_EQ(Events("delivery.store_works").size(), 1u);
    fs::remove_all(root_ + "/alice");
  }
}

TEST_F(LocalDeliveryTest, TooManyOpenFiles) {
  {
    const NoMoreFiles limit;
    EXPECT_EQ(Deliver().ToString().substr(0, 9), "451 4.3.0");
  }
  const std::vector<std::string> alarms = Events("delivery.store_fault");
  ASSERT_EQ(alarms.size(), 1u);
  EXPECT_NE(alarms[0].find("Too many open files"), std::string::npos);
  EXPECT_EQ(Deliver().code(), 250);
}

TEST_F(LocalDeliveryTest, AMailboxThatCanBeNoFolderIsAnAlarmToo) {
  EXPECT_EQ(Deliver("long").ToString().substr(0, 9), "451 4.3.0");
  EXPECT_EQ(Events("delivery.store_fault").size(), 1u);
}

// A file's name holds the host's, which may be as long as 253 octets.
TEST_F(LocalDeliveryTest, ALongHostNameDoesNotMakeTheFilesNameTooLong) {
  host_ = std::string(253, 'h');
  EXPECT_EQ(Deliver().code(), 250);
  EXPECT_EQ(Deliver().code(), 250);
  EXPECT_EQ(Delivered("alice"), 1u);
}

TEST_F(LocalDeliveryTest, AFaultOfOneMailboxIsTheOthersNoMatter) {
  std::ofstream(root_ + "/alice") << "x";
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Deliver("alice").code(), 451);
    EXPECT_EQ(Deliver("bob").code(), 250);
  }
  EXPECT_EQ(Events("delivery.store_fault").size(), 1u);
  EXPECT_TRUE(Events("delivery.store_works").empty());
}

// What is delivered goes on with none of our fields.
TEST_F(LocalDeliveryTest, ContentIsNoPartOfOurFields) {
  content_ = " by mail.bank.example\r\n";
  EXPECT_EQ(Deliver().code(), 250);
  for (const auto& entry : fs::directory_iterator(root_ + "/alice/new")) {
    std::ifstream file(entry.path());
    EXPECT_EQ(std::string((std::istreambuf_iterator<char>(file)), {}),
              "Return-Path: <carol@example.com>\r\n"
              "Delivered-To: alice@example.org\r\n\r\n"
              " by mail.bank.example\r\n");
  }
  EXPECT_EQ(Delivered("alice"), 1u);
}

// R19: it is full by our count, and says so; a copy that is there stays.
TEST_F(LocalDeliveryTest, AFullMailboxIsFull) {
  quota_ = io::MaildirQuota{.octets = 250};
  EXPECT_EQ(Deliver().code(), 250);
  EXPECT_EQ(Deliver().code(), 250) << "it is the same message";
  const auto size_file = [&] {
    std::ifstream file(root_ + "/alice/maildirsize");
    return std::string((std::istreambuf_iterator<char>(file)), {});
  };
  EXPECT_EQ(size_file().substr(0, 9), "250S\n0 0\n");
  id_ = spool_->NewMessage().id();
  EXPECT_EQ(Deliver().code(), 250);
  const std::string counted = size_file();
  EXPECT_EQ(counted.substr(0, 5), "250S\n");
  EXPECT_NE(counted.find(" 1\n"), counted.rfind(" 1\n")) << counted;
  id_ = spool_->NewMessage().id();
  EXPECT_EQ(Deliver().ToString(), "552 5.2.2 The mailbox is full");
  full_is_transient_ = true;
  EXPECT_EQ(Deliver().ToString(), "452 4.2.2 The mailbox is full");
  EXPECT_EQ(Delivered("alice"), 2u);
  EXPECT_TRUE(fs::is_empty(root_ + "/alice/tmp"));
  EXPECT_TRUE(Events("delivery.store_fault").empty());
  quota_ = io::MaildirQuota{};  // What the file says.
  EXPECT_EQ(Deliver().code(), 452);
  quota_.reset();
  EXPECT_EQ(Deliver().code(), 250);
}

// RFC 5321, 4.4: ours is the only one, and the first.
TEST_F(LocalDeliveryTest, ForeignReturnPathsAreLeftOut) {
  const struct {
    const char* content;
    const char* left;
  } kCases[] = {
      {"Return-Path: <eve@example.net>\r\nSubject: x\r\n\r\nhello\r\n",
       "Subject: x\r\n\r\nhello\r\n"},
      {"Subject: x\r\nRETURN-path :\r\n <eve@example.net>\r\nReturn-Path: "
       "<>\r\nX-Mailsec-Verdict: clean\r\n\r\nReturn-Path: body\r\n",
       "Subject: x\r\nX-Mailsec-Verdict: clean\r\n\r\nReturn-Path: body\r\n"},
      {"Return-Path: <eve@example.net>\r\n\r\nhello\r\n", "\r\nhello\r\n"},
      {"Return-Path: <eve@example.net>\r\n", ""},
      {"Return-Paths: <eve@example.net>\r\n\r\n",
       "Return-Paths: <eve@example.net>\r\n\r\n"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.content);
    content_ = c.content;
    fs::remove_all(root_ + "/alice");
    EXPECT_EQ(Deliver().code(), 250);
    ASSERT_EQ(Delivered("alice"), 1u);
    std::ifstream file(fs::directory_iterator(root_ + "/alice/new")->path());
    EXPECT_EQ(std::string((std::istreambuf_iterator<char>(file)), {}),
              std::string("Return-Path: <carol@example.com>\r\n"
                          "Delivered-To: alice@example.org\r\n") +
                  c.left);
  }
}

TEST_F(LocalDeliveryTest, ALoopIsNoFaultOfTheStore) {
  content_ = "Delivered-To: alice@example.org\r\n\r\nhello\r\n";
  EXPECT_EQ(Deliver().ToString().substr(0, 9), "554 5.4.6");
  EXPECT_TRUE(Events("delivery.store_fault").empty());
}

TEST_F(LocalDeliveryTest, WhoIsUnknownHasNoStore) {
  EXPECT_EQ(Deliver("eve").ToString().substr(0, 9), "550 5.1.1");
  EXPECT_TRUE(events_.events().empty());
}

}  // namespace
}  // namespace mailsec::server
