#include "mailcore/server/config/section.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "mailcore/ip/ip_network.h"

namespace mailsec::server {

using address::Address;
using address::Domain;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::TextFormat;
using ip::IpAddress;
using ip::IpNetwork;

namespace {

// An address that ends in zeros, without a prefix length: a network is meant.
bool IsBareNetwork(absl::string_view text) {
  return !absl::StrContains(text, "/") &&
         (absl::EndsWith(text, ".0") || absl::EndsWith(text, "::"));
}

}  // namespace

const FieldDescriptor* Section::Descriptor(const std::string& field) const {
  return message_->GetDescriptor()->FindFieldByName(field);
}

Section::Location Section::Of(const std::string& field, int index) const {
  if (tree_ == nullptr) return start_;
  const FieldDescriptor* const descriptor = Descriptor(field);
  const Location at =
      tree_->GetLocation(descriptor, descriptor->is_repeated() ? index : -1);
  return at.line < 0 ? start_ : at;
}

Section Section::Nested(const std::string& field, int index,
                        const Message& message) const {
  Section nested(source_, message, nullptr);
  nested.start_ = Of(field, index);
  if (tree_ != nullptr) {
    const FieldDescriptor* const descriptor = Descriptor(field);
    nested.tree_ = tree_->GetTreeForNested(
        descriptor, descriptor->is_repeated() ? index : -1);
  }
  return nested;
}

ConfigPlace Section::PlaceOf(const std::string& field, int index) const {
  const Location at = Of(field, index);
  return {.file = source_->file, .line = at.line + 1, .column = at.column + 1};
}

void Section::Error(const std::string& field, int index,
                    absl::string_view message) const {
  source_->errors->push_back(
      ErrorAt(PlaceOf(field, index), absl::StrCat(field, ": ", message)));
}

void Section::ErrorIfWhole(const std::string& field, int index,
                           absl::string_view message) const {
  if (source_->is_whole) Error(field, index, message);
}

void Section::Warning(const std::string& field, int index,
                      absl::string_view message) const {
  source_->warnings->push_back(ErrorAt(
      PlaceOf(field, index), absl::StrCat(field, ": warning: ", message)));
}

std::optional<Domain> Section::ReadDomain(const std::string& field, int index,
                                          const std::string& value) const {
  absl::StatusOr<Domain> domain = Domain::ParseFqdn(value);
  if (domain.ok()) return *std::move(domain);
  if (value.empty()) {
    ErrorIfWhole(field, index, "is required: a domain name");
  } else {
    Error(field, index, domain.status().message());
  }
  return std::nullopt;
}

std::vector<Domain> Section::ReadDomains(const std::string& field,
                                         const Strings& values) const {
  std::vector<Domain> domains;
  for (int i = 0; i < values.size(); ++i) {
    std::optional<Domain> domain = ReadDomain(field, i, values[i]);
    if (domain) domains.push_back(*std::move(domain));
  }
  return domains;
}

std::optional<Address> Section::ReadAddress(const std::string& field,
                                            const std::string& value) const {
  absl::StatusOr<Address> address = Address::Parse(value);
  if (address.ok()) return *std::move(address);
  Error(field, -1, address.status().message());
  return std::nullopt;
}

std::vector<IpAddress> Section::ReadIpAddresses(const std::string& field,
                                                const Strings& values) const {
  std::vector<IpAddress> addresses;
  for (int i = 0; i < values.size(); ++i) {
    const absl::StatusOr<IpAddress> ip = IpAddress::Parse(values[i]);
    if (ip.ok()) {
      addresses.push_back(*ip);
    } else {
      Error(field, i, ip.status().message());
    }
  }
  return addresses;
}

ip::NetworkSet Section::ReadNetworks(const std::string& field,
                                     const Strings& values,
                                     absl::string_view everybody) const {
  std::vector<IpNetwork> networks;
  for (int i = 0; i < values.size(); ++i) {
    const absl::StatusOr<IpNetwork> network = IpNetwork::Parse(values[i]);
    if (!network.ok()) {
      Error(field, i, network.status().message());
    } else if (!everybody.empty() && network->prefix_length() == 0) {
      Error(field, i, absl::StrCat(values[i], " is everybody: ", everybody));
    } else if (IsBareNetwork(values[i])) {
      Error(field, i,
            absl::StrCat(values[i],
                         " is one host: add the prefix length of the network, "
                         "as /24 or /64, or /32 or /128 if it is a host"));
    } else if (!everybody.empty() && network->Contains(ip::IpAddress())) {
      Error(field, i,
            absl::StrCat(values[i],
                         " holds 0.0.0.0, which is no host's: it stands for "
                         "clients that a proxy does not name"));
    } else {
      networks.push_back(*network);
    }
  }
  return ip::NetworkSet(std::move(networks));
}

uint64_t Section::ReadNumber(const std::string& field, uint64_t value,
                             uint64_t fallback, uint64_t least,
                             uint64_t most) const {
  if (value == 0) value = fallback;
  if (value >= least && value <= most) return value;
  Error(field, -1, absl::StrCat("must be ", least, " to ", most));
  return fallback;
}

ConfigFile Section::ReadFile(const std::string& field, int index,
                             const std::string& value) const {
  return {.path = value.empty() ? "" : Resolve(value),
          .place = PlaceOf(field, index)};
}

std::string Section::Resolve(absl::string_view path) const {
  if (absl::StartsWith(path, "/") || source_->base_directory.empty()) {
    return std::string(path);
  }
  return absl::StrCat(source_->base_directory, "/", path);
}

}  // namespace mailsec::server
