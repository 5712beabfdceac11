// What does an absence cost at each delivery, and how many senders can be
// remembered a second, each on the disk before the notice goes out?

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "benchmark/benchmark.h"
#include "mailcore/address/address.h"
#include "mailcore/address/path.h"
#include "mailcore/autoreply/absence_notice.h"
#include "mailcore/autoreply/autoresponder.h"
#include "mailcore/autoreply/memory_reply_memory.h"
#include "mailcore/io/sqlite_absence_store.h"
#include "mailcore/io/sqlite_database.h"
#include "mailcore/io/sqlite_reply_memory.h"
#include "mailcore/message/header_scanner.h"

namespace mailsec::autoreply {
namespace {

using address::Address;
using address::ReversePath;
using message::HeaderScanner;

const absl::Time kNow = absl::FromUnixSeconds(1'767'261'600);

AbsenceSettings Away() {
  return {.owner = *Address::Parse("anna@example.org"),
          .outside_texts = {{"de", "", "Nicht im Haus."}, {"en", "", "Away."}},
          .set_at = kNow};
}

// As mail comes: 20 fields, and four in To.
std::string Mail() {
  std::string mail;
  for (int i = 0; i < 15; ++i) {
    absl::StrAppend(&mail, "Received: from a", i,
                    ".example.net by b.example.org with ESMTPS;\r\n Thu, 1 Jan "
                    "2026 10:00:00 +0000\r\n");
  }
  return mail +
         "From: Bob <bob@example.net>\r\n"
         "To: Carol <carol@example.net>, \"Smith, D\" <d@example.net>,\r\n"
         " e@example.net, Anna <anna@example.org>\r\n"
         "Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\n"
         "Message-ID: <1@example.net>\r\n\r\nx\r\n";
}

void Decide(benchmark::State& state) {
  const std::string mail = Mail();
  const Autoresponder responder = *Autoresponder::Create({});
  const AbsenceSettings settings = Away();
  const ReversePath sender = *ReversePath::Parse("<bob@example.net>");
  for (auto _ : state) {
    const HeaderScanner header(mail);
    benchmark::DoNotOptimize(responder.Decide(
        {.header = &header, .settings = &settings, .sender = sender}, kNow));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(Decide);

void BuildNotice(benchmark::State& state) {
  const std::string mail = Mail();
  const AbsenceSettings settings = Away();
  const HeaderScanner header(mail);
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        BuildAbsenceNotice({.settings = &settings,
                            .original = &header,
                            .target = *Address::Parse("bob@example.net"),
                            .unique = "1"},
                           kNow));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BuildNotice);

// A file in a folder of its own, which goes with it.
class TemporaryDatabase {
 public:
  TemporaryDatabase() {
    std::string name =
        std::filesystem::temp_directory_path() / "autoreplyXXXXXX";
    folder_ = mkdtemp(name.data());
    database_ = *io::SqliteDatabase::Open(folder_ + "/small.db", {});
  }
  ~TemporaryDatabase() {
    database_.reset();
    std::filesystem::remove_all(folder_);
  }
  io::SqliteDatabase* get() const { return database_.get(); }

 private:
  std::string folder_;
  std::unique_ptr<io::SqliteDatabase> database_;
};

void RememberAll(benchmark::State& state, ReplyMemory& memory) {
  int64_t i = 0;
  for (auto _ : state) {
    const ReplyKey key = {
        .owner = absl::StrCat("user", i % 1000, "@example.org"),
        .occasion = "1767261600000000-0123456789abcdef",
        .whom = absl::StrCat("sender", i, "@example.net")};
    ++i;
    benchmark::DoNotOptimize(
        memory.Remember(key, kNow, absl::InfiniteDuration()));
  }
  state.SetItemsProcessed(state.iterations());
}

void RememberInMemory(benchmark::State& state) {
  MemoryReplyMemory memory;
  RememberAll(state, memory);
}
BENCHMARK(RememberInMemory);

void RememberInSqlite(benchmark::State& state) {
  const TemporaryDatabase database;
  const auto memory = *io::SqliteReplyMemory::Create(database.get());
  RememberAll(state, *memory);
}
BENCHMARK(RememberInSqlite);

// Who was answered before: what most mails of a correspondence cost.
void RememberedBeforeInSqlite(benchmark::State& state) {
  const TemporaryDatabase database;
  const auto memory = *io::SqliteReplyMemory::Create(database.get());
  const ReplyKey key = {.owner = "a", .occasion = "b", .whom = "c"};
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        memory->Remember(key, kNow, absl::InfiniteDuration()));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(RememberedBeforeInSqlite);

// What each local delivery asks: has this user set an absence?
void FindNoAbsenceInSqlite(benchmark::State& state) {
  const TemporaryDatabase database;
  const auto store = *io::SqliteAbsenceStore::Create(database.get());
  const Address owner = *Address::Parse("anna@example.org");
  for (auto _ : state) {
    benchmark::DoNotOptimize(store->Find(owner));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(FindNoAbsenceInSqlite);

}  // namespace
}  // namespace mailsec::autoreply
