#include "mailcore/autoreply/memory_srs_table.h"

#include <algorithm>

namespace mailsec::autoreply {

MemorySrsTable::MemorySrsTable(size_t max_addresses)
    : max_addresses_(std::max<size_t>(max_addresses, 1)) {}

absl::Status MemorySrsTable::Put(absl::string_view token,
                                 absl::string_view address, absl::Time expires,
                                 absl::Time now) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = rows_.find(token);
  if (found != rows_.end()) {
    Row& row = found->second;
    if (row.expires < now) {
      row = {std::string(address), expires};
      return absl::OkStatus();
    }
    if (row.address != address) {
      return absl::AlreadyExistsError("another address has this token");
    }
    row.expires = std::max(row.expires, expires);
    return absl::OkStatus();
  }
  if (rows_.size() >= max_addresses_) {
    absl::erase_if(rows_,
                   [&](const auto& row) { return row.second.expires < now; });
  }
  if (rows_.size() >= max_addresses_) {
    return absl::ResourceExhaustedError("no room for another address");
  }
  rows_[token] = {std::string(address), expires};
  return absl::OkStatus();
}

absl::StatusOr<std::string> MemorySrsTable::Find(absl::string_view token,
                                                 absl::Time now) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = rows_.find(token);
  if (found == rows_.end() || found->second.expires < now) {
    return absl::NotFoundError("no address has this token");
  }
  return found->second.address;
}

size_t MemorySrsTable::size() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return rows_.size();
}

}  // namespace mailsec::autoreply
