// section.h: what stands in this part of the configuration, and where?
//
// The readers of the settings take their values out of a Section: one message
// of config.proto with the places of its fields. Whatever is wrong is reported
// with the place of the field, so that all mistakes are found in one run.
//
//   const Section retry = root.Nested("retry", -1, proto.retry());
//   uint64_t s = retry.ReadNumber("first_seconds", value, 300, 1, 86400);
//
// Only this room uses it.

#ifndef MAILCORE_SERVER_CONFIG_SECTION_H_
#define MAILCORE_SERVER_CONFIG_SECTION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "google/protobuf/repeated_field.h"
#include "google/protobuf/text_format.h"
#include "mailcore/address/address.h"
#include "mailcore/address/domain.h"
#include "mailcore/ip/ip_address.h"
#include "mailcore/ip/network_set.h"
#include "mailcore/server/config/config_error.h"

namespace mailsec::server {

// The file that is read, and what is wrong with it so far.
struct ConfigSource {
  std::string file;
  std::string base_directory;  // Relative paths start here.
  std::vector<ConfigError>* errors;
  std::vector<ConfigError>* warnings;
  // False: a part of the text could not be read, and was left out.
  bool is_whole = true;
};

// One message of the configuration. Every reading method adds an error at the
// place of the field if the value is wrong, and then returns a value that is
// safe to go on with. An index of -1 goes with fields that are not repeated.
// Thread safety: none.
class Section {
 public:
  using Strings = google::protobuf::RepeatedPtrField<std::string>;

  // The whole configuration. The pointers are not owned and must outlive the
  // section and all that are made from it.
  Section(ConfigSource* source, const google::protobuf::Message& message,
          google::protobuf::TextFormat::ParseInfoTree* tree)
      : source_(source), message_(&message), tree_(tree) {}

  // The message in field `field`. If it was left out, its errors are reported
  // where this section begins.
  Section Nested(const std::string& field, int index,
                 const google::protobuf::Message& message) const;

  void Error(const std::string& field, int index,
             absl::string_view message) const;
  // The same, of what something else is missing for or does not fit to. Says
  // nothing if a part was left out: that may be what is missing.
  void ErrorIfWhole(const std::string& field, int index,
                    absl::string_view message) const;
  // The same, of what is allowed and hardly meant.
  void Warning(const std::string& field, int index,
               absl::string_view message) const;
  // Where the field stands; where the section begins if it was left out.
  ConfigPlace PlaceOf(const std::string& field, int index = -1) const;

  // A domain name; empty values are reported as required.
  std::optional<address::Domain> ReadDomain(const std::string& field, int index,
                                            const std::string& value) const;
  std::vector<address::Domain> ReadDomains(const std::string& field,
                                           const Strings& values) const;
  std::optional<address::Address> ReadAddress(const std::string& field,
                                              const std::string& value) const;
  std::vector<ip::IpAddress> ReadIpAddresses(const std::string& field,
                                             const Strings& values) const;
  // `everybody`: why 0.0.0.0/0 and ::/0 are refused; empty: they are not.
  ip::NetworkSet ReadNetworks(const std::string& field, const Strings& values,
                              absl::string_view everybody) const;
  // `fallback` if the value is 0, which means that it was left out; else the
  // value, which has to lie within the bounds.
  uint64_t ReadNumber(const std::string& field, uint64_t value,
                      uint64_t fallback, uint64_t least, uint64_t most) const;
  // The path as seen from the folder of the configuration.
  ConfigFile ReadFile(const std::string& field, int index,
                      const std::string& value) const;
  std::string Resolve(absl::string_view path) const;

 private:
  using Location = google::protobuf::TextFormat::ParseLocation;

  Location Of(const std::string& field, int index) const;
  const google::protobuf::FieldDescriptor* Descriptor(
      const std::string& field) const;

  ConfigSource* source_;
  const google::protobuf::Message* message_;
  Location start_{0, 0};
  google::protobuf::TextFormat::ParseInfoTree* tree_;  // Null: left out.
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_CONFIG_SECTION_H_
