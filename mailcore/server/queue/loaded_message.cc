#include "mailcore/server/queue/loaded_message.h"

namespace mailsec::server {
namespace {

constexpr uint64_t kLoadOctets = 16 * 1024;

}  // namespace

LoadedMessage LoadMessage(const spool::Spool& spool, spool::QueueId id) {
  LoadedMessage message;
  message.envelope = spool.ReadEnvelope(id);
  const absl::StatusOr<spool::QueueEntry> entry = spool.Find(id);
  message.octets = entry.ok() ? entry->octets : 0;
  if (!message.envelope.ok()) return message;
  message.age = message.envelope->age;
  if (entry.ok()) message.age += entry->waited;
  message.octets += message.envelope->added_fields.size();
  if (message.octets <= kLoadOctets) {
    message.content =
        LoadContent(spool, id, *message.envelope, kLoadOctets + 1);
  }
  return message;
}

std::shared_ptr<const std::string> LoadContent(const spool::Spool& spool,
                                               spool::QueueId id,
                                               const spool::Envelope& envelope,
                                               uint64_t most) {
  auto reader = spool.OpenContent(id, &envelope);
  if (!reader.ok()) return nullptr;
  auto content = std::make_shared<std::string>();
  while (content->size() < most) {
    const absl::StatusOr<absl::string_view> piece = (*reader)->Next();
    if (!piece.ok()) return nullptr;
    if (piece->empty()) break;
    content->append(piece->data(), piece->size());
  }
  return content;
}

}  // namespace mailsec::server
