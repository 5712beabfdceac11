// What every SpoolStore must do, whatever it keeps its messages on.

#include <atomic>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "mailcore/spool/store.h"
#include "tests/conformance/store_form.h"

namespace mailsec::spool {
namespace {

class SpoolStoreTest : public testing::TestWithParam<StoreFormCase> {
 protected:
  void SetUp() override {
    form_ = GetParam().make();
    Restart();
  }

  void Restart() {
    store_.reset();
    store_ = form_->Open();
    auto recovered = store_->Recover();
    ASSERT_TRUE(recovered.ok()) << recovered.status();
    recovered_ = *std::move(recovered);
    if (recovered_.next_id > next_id_) next_id_ = recovered_.next_id;
  }

  StoredState NewState(uint64_t octets) {
    return {.id = QueueId(next_id_++),
            .received = 1764064800123456,
            .next_attempt = INT64_MIN,
            .octets = octets,
            .attempts = 0,
            .held = false};
  }

  QueueId Add(const std::string& envelope, const std::string& content) {
    StoreBatch batch;
    batch.messages.push_back({.state = NewState(content.size()),
                              .envelope = envelope,
                              .content = content});
    const absl::Status status = store_->Commit(batch);
    EXPECT_TRUE(status.ok()) << status;
    return batch.messages[0].state.id;
  }

  // In pieces of 7,001 octets.
  QueueId AddFile(const std::string& envelope, const std::string& content) {
    StoreBatch batch;
    batch.messages.push_back({.state = NewState(content.size()),
                              .envelope = envelope,
                              .content = ""});
    auto file = store_->NewContentFile(batch.messages[0].state.id);
    EXPECT_TRUE(file.ok()) << file.status();
    for (size_t at = 0; at < content.size(); at += 7001) {
      EXPECT_TRUE((*file)->Append(content.substr(at, 7001)).ok());
    }
    EXPECT_TRUE((*file)->Finish().ok());
    EXPECT_TRUE((*file)->Finish().ok()) << "twice";
    batch.messages[0].file = file->get();
    const absl::Status status = store_->Commit(batch);
    EXPECT_TRUE(status.ok()) << status;
    return batch.messages[0].state.id;
  }

  absl::Status Update(const StoredState& state, const std::string& envelope) {
    StoreBatch batch;
    batch.updates.push_back({.state = state, .envelope = envelope});
    return store_->Commit(batch);
  }

  absl::Status Done(QueueId id) {
    StoreBatch batch;
    batch.done.push_back(id);
    return store_->Commit(batch);
  }

  absl::StatusOr<std::string> Read(QueueId id) {
    auto reader = store_->OpenContent(id);
    if (!reader.ok()) return reader.status();
    return Drain(**reader);
  }

  static absl::StatusOr<std::string> Drain(ContentReader& reader) {
    std::string content;
    for (;;) {
      const auto piece = reader.Next();
      if (!piece.ok()) return piece.status();
      if (piece->empty()) return content;
      content.append(piece->data(), piece->size());
    }
  }

  void MaintainToTheEnd() {
    for (int i = 0; i < 10000; ++i) {
      const auto more = store_->Maintain();
      ASSERT_TRUE(more.ok()) << more.status();
      if (!*more) return;
    }
    FAIL() << "maintenance does not end";
  }

  std::unique_ptr<StoreForm> form_;
  std::unique_ptr<SpoolStore> store_;
  SpoolStore::Recovered recovered_;
  uint64_t next_id_ = 1;
};

std::string Octets(size_t length, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::string octets(length, '\0');
  for (char& c : octets) c = static_cast<char>(random());
  return octets;
}

TEST_P(SpoolStoreTest, IsEmptyAtFirst) {
  EXPECT_TRUE(recovered_.messages.empty());
  EXPECT_GE(recovered_.next_id, 1u) << "0 is no queue id";
  EXPECT_TRUE(absl::IsNotFound(Read(QueueId(1)).status()));
}

TEST_P(SpoolStoreTest, GivesBackEveryOctet) {
  for (const size_t length : {0, 1, 95, 4096, 12000}) {
    const std::string envelope = Octets(1 + length / 10, length);
    const std::string content = Octets(length, length + 1);
    const QueueId id = Add(envelope, content);
    EXPECT_EQ(*store_->ReadEnvelope(id), envelope);
    EXPECT_EQ(*Read(id), content);
    EXPECT_EQ(*Read(id), content) << "a second time";
  }
}

TEST_P(SpoolStoreTest, GivesBackEveryOctetOfAFile) {
  for (const size_t length : {1, 65535, 65536, 65537, 200000}) {
    const std::string content = Octets(length, length);
    const QueueId id = AddFile("envelope", content);
    EXPECT_EQ(*Read(id), content);
    EXPECT_EQ(*store_->ReadEnvelope(id), "envelope");
  }
}

// A scanner looks at a content before it is anybody's.
TEST_P(SpoolStoreTest, AFileCanBeReadBeforeItIsCommitted) {
  for (const size_t length : {1, 65535, 65536, 65537, 200000}) {
    SCOPED_TRACE(length);
    const std::string content = Octets(length, length);
    auto file = store_->NewContentFile(NewState(length).id);
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE((*file)->Append(content).ok());
    ASSERT_TRUE((*file)->Finish().ok());
    for (int time = 0; time < 2; ++time) {
      auto reader = (*file)->Read();
      ASSERT_TRUE(reader.ok()) << reader.status();
      EXPECT_EQ(*Drain(**reader), content);
    }
  }
}

TEST_P(SpoolStoreTest, AFileThatIsNotCommittedIsNotThere) {
  const QueueId id = NewState(0).id;
  {
    auto file = store_->NewContentFile(id);
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE((*file)->Append("never sent").ok());
    ASSERT_TRUE((*file)->Finish().ok());
  }
  EXPECT_TRUE(absl::IsNotFound(Read(id).status()));
  Restart();
  EXPECT_TRUE(absl::IsNotFound(Read(id).status()));
  EXPECT_TRUE(recovered_.messages.empty());
}

// SPOOL-09.
TEST_P(SpoolStoreTest, ARestartKeepsContentEnvelopeAndState) {
  const QueueId small = Add("first", "content");
  const QueueId large = AddFile("second", Octets(70000, 1));
  const StoredState changed = {.id = small,
                               .received = 1764064800123456,
                               .next_attempt = 1764064900000001,
                               .octets = 7,
                               .attempts = 3,
                               .held = true};
  ASSERT_TRUE(Update(changed, "first, changed").ok());
  Restart();
  if (!form_->KeepsOverRestart()) {
    EXPECT_TRUE(recovered_.messages.empty());
    EXPECT_TRUE(absl::IsNotFound(Read(small).status()));
    return;
  }
  EXPECT_EQ(*store_->ReadEnvelope(small), "first, changed");
  EXPECT_EQ(*Read(small), "content");
  EXPECT_EQ(*Read(large), Octets(70000, 1));
  ASSERT_EQ(recovered_.messages.size(), 2u);
  std::map<QueueId, StoredState> states;
  for (const StoredState& state : recovered_.messages) states[state.id] = state;
  EXPECT_EQ(states[small].received, changed.received);
  EXPECT_EQ(states[small].next_attempt, changed.next_attempt);
  EXPECT_EQ(states[small].octets, changed.octets);
  EXPECT_EQ(states[small].attempts, changed.attempts);
  EXPECT_TRUE(states[small].held);
  EXPECT_EQ(states[large].octets, 70000u);
  EXPECT_FALSE(states[large].held);
}

TEST_P(SpoolStoreTest, AnUpdateReplacesTheEnvelopeAndNotTheContent) {
  const QueueId id = Add("before", "content");
  StoredState state = NewState(7);
  state.id = id;
  for (int i = 0; i < 20; ++i) {
    const std::string envelope = absl::StrCat("change ", i);
    ASSERT_TRUE(Update(state, envelope).ok());
    EXPECT_EQ(*store_->ReadEnvelope(id), envelope);
    EXPECT_EQ(*Read(id), "content");
  }
}

TEST_P(SpoolStoreTest, WhatIsDoneIsGoneForGood) {
  const QueueId small = Add("envelope", "content");
  const QueueId large = AddFile("envelope", Octets(70000, 1));
  ASSERT_TRUE(Done(small).ok());
  ASSERT_TRUE(Done(large).ok());
  for (int start = 0; start < 2; ++start) {
    for (const QueueId id : {small, large}) {
      EXPECT_TRUE(absl::IsNotFound(Read(id).status()));
      EXPECT_TRUE(absl::IsNotFound(store_->ReadEnvelope(id).status()));
    }
    Restart();
    EXPECT_TRUE(recovered_.messages.empty());
  }
}

TEST_P(SpoolStoreTest, ChangesToUnknownMessagesDoNothing) {
  const QueueId id = Add("envelope", "content");
  StoredState unknown = NewState(7);
  EXPECT_TRUE(Update(unknown, "x").ok());
  EXPECT_TRUE(Done(QueueId(next_id_ + 7)).ok());
  ASSERT_TRUE(Done(id).ok());
  EXPECT_TRUE(Done(id).ok()) << "a second time";
  unknown.id = id;
  EXPECT_TRUE(Update(unknown, "x").ok());
  EXPECT_TRUE(absl::IsNotFound(store_->ReadEnvelope(id).status()));
  Restart();
  EXPECT_TRUE(recovered_.messages.empty());
}

TEST_P(SpoolStoreTest, OneBatchMayDoEverything) {
  const QueueId changed = Add("before", "changed");
  const QueueId gone = Add("before", "gone");
  StoreBatch batch;
  batch.messages.push_back(
      {.state = NewState(3), .envelope = "new", .content = "new"});
  StoredState state = NewState(7);
  state.id = changed;
  batch.updates.push_back({.state = state, .envelope = "after"});
  batch.done.push_back(gone);
  ASSERT_TRUE(store_->Commit(batch).ok());
  EXPECT_EQ(*Read(batch.messages[0].state.id), "new");
  EXPECT_EQ(*store_->ReadEnvelope(changed), "after");
  EXPECT_TRUE(absl::IsNotFound(Read(gone).status()));
  EXPECT_TRUE(store_->Commit(StoreBatch()).ok()) << "an empty one";
}

TEST_P(SpoolStoreTest, ARestartGivesOutNoIdAgain) {
  uint64_t highest = 0;
  for (int start = 0; start < 5; ++start) {
    if (form_->KeepsOverRestart()) {
      EXPECT_GT(recovered_.next_id, highest);
    }
    highest = Add("envelope", "content").value();
    ASSERT_TRUE(Done(QueueId(highest)).ok());
    Restart();
  }
}

TEST_P(SpoolStoreTest, AReaderOutlivesItsMessage) {
  for (const bool file : {false, true}) {
    const std::string content = Octets(file ? 200000 : 3000, 1);
    const QueueId id =
        file ? AddFile("envelope", content) : Add("envelope", content);
    auto reader = store_->OpenContent(id);
    ASSERT_TRUE(reader.ok());
    ASSERT_TRUE(Done(id).ok());
    MaintainToTheEnd();
    EXPECT_EQ(*Drain(**reader), content);
  }
}

TEST_P(SpoolStoreTest, MaintenanceLosesNothing) {
  std::map<QueueId, std::string> kept;
  for (int i = 0; i < 200; ++i) {
    const std::string content = Octets(1000 + i, i);
    const QueueId id = Add(absl::StrCat("envelope ", i), content);
    if (i % 10 == 0) {
      kept[id] = content;
    } else {
      ASSERT_TRUE(Done(id).ok());
    }
    if (i % 20 == 0) MaintainToTheEnd();
  }
  MaintainToTheEnd();
  for (const auto& [id, content] : kept) EXPECT_EQ(*Read(id), content);
  Restart();
  if (!form_->KeepsOverRestart()) return;
  EXPECT_EQ(recovered_.messages.size(), kept.size());
  for (const auto& [id, content] : kept) EXPECT_EQ(*Read(id), content);
}

// Against the obvious store, a map.
TEST_P(SpoolStoreTest, AgreesWithAMapOverALongHistory) {
  struct Message {
    std::string envelope;
    std::string content;
  };
  std::map<QueueId, Message> model;
  std::mt19937_64 random(1);
  const auto pick = [&] {
    return std::next(model.begin(), random() % model.size())->first;
  };
  for (int i = 0; i < 600; ++i) {
    const uint64_t what = random() % 20;
    if (what < 9 || model.empty()) {
      Message message = {Octets(random() % 300, i), Octets(random() % 9000, i)};
      const QueueId id = what == 0 ? AddFile(message.envelope, message.content)
                                   : Add(message.envelope, message.content);
      model[id] = std::move(message);
    } else if (what < 12) {
      StoredState state = NewState(0);
      state.id = pick();
      state.octets = model[state.id].content.size();
      model[state.id].envelope = Octets(random() % 300, i);
      ASSERT_TRUE(Update(state, model[state.id].envelope).ok());
    } else if (what < 18) {
      const QueueId id = pick();
      ASSERT_TRUE(Done(id).ok());
      model.erase(id);
    } else if (what < 19) {
      ASSERT_TRUE(store_->Maintain().ok());
    } else {
      Restart();
      if (!form_->KeepsOverRestart()) model.clear();
      ASSERT_EQ(recovered_.messages.size(), model.size());
    }
    if (model.empty()) continue;
    const QueueId id = pick();
    ASSERT_EQ(*store_->ReadEnvelope(id), model[id].envelope);
    ASSERT_EQ(*Read(id), model[id].content);
  }
}

TEST_P(SpoolStoreTest, OthersReadWhileItCommitsAndMaintains) {
  if (!form_->HasThreads()) {
    GTEST_SKIP() << "the simulated disk belongs to one thread";
  }
  const QueueId small = Add("small", Octets(3000, 1));
  const QueueId large = AddFile("large", Octets(70000, 2));
  std::atomic<bool> stop = false;
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      while (!stop) {
        EXPECT_EQ(*Read(small), Octets(3000, 1));
        EXPECT_EQ(*Read(large), Octets(70000, 2));
        EXPECT_EQ(*store_->ReadEnvelope(small), "small");
      }
    });
  }
  for (int i = 0; i < 150; ++i) {
    ASSERT_TRUE(Done(Add("passes", Octets(5000, i))).ok());
    ASSERT_TRUE(store_->Maintain().ok());
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
}

INSTANTIATE_TEST_SUITE_P(Forms, SpoolStoreTest,
                         testing::ValuesIn(AllStoreForms()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace mailsec::spool
