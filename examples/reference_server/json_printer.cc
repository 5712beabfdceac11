#include "examples/reference_server/json_printer.h"

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "mailcore/base/json_string.h"

namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// `index` is -1 for a field that is not repeated.
void AppendValue(const Message& message, const FieldDescriptor& field,
                 int index, std::string& out) {
  const Reflection& of = *message.GetReflection();
  const bool one = index < 0;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      absl::StrAppend(&out, one ? of.GetInt32(message, &field)
                                : of.GetRepeatedInt32(message, &field, index));
      return;
    case FieldDescriptor::CPPTYPE_INT64:
      absl::StrAppend(&out, one ? of.GetInt64(message, &field)
                                : of.GetRepeatedInt64(message, &field, index));
      return;
    case FieldDescriptor::CPPTYPE_UINT32:
      absl::StrAppend(&out, one ? of.GetUInt32(message, &field)
                                : of.GetRepeatedUInt32(message, &field, index));
      return;
    case FieldDescriptor::CPPTYPE_UINT64:
      absl::StrAppend(&out, one ? of.GetUInt64(message, &field)
                                : of.GetRepeatedUInt64(message, &field, index));
      return;
    case FieldDescriptor::CPPTYPE_DOUBLE:
      absl::StrAppend(&out, one ? of.GetDouble(message, &field)
                                : of.GetRepeatedDouble(message, &field, index));
      return;
    case FieldDescriptor::CPPTYPE_FLOAT:
      absl::StrAppend(&out, one ? of.GetFloat(message, &field)
                                : of.GetRepeatedFloat(message, &field, index));
      return;
    case FieldDescriptor::CPPTYPE_BOOL:
      out += (one ? of.GetBool(message, &field)
                  : of.GetRepeatedBool(message, &field, index))
                 ? "true"
                 : "false";
      return;
    case FieldDescriptor::CPPTYPE_ENUM:
      mailsec::base::AppendJsonString(
          (one ? of.GetEnum(message, &field)
               : of.GetRepeatedEnum(message, &field, index))
              ->name(),
          out);
      return;
    case FieldDescriptor::CPPTYPE_STRING:
      mailsec::base::AppendJsonString(
          one ? of.GetString(message, &field)
              : of.GetRepeatedString(message, &field, index),
          out);
      return;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      out += ToJson(one ? of.GetMessage(message, &field)
                        : of.GetRepeatedMessage(message, &field, index));
      return;
  }
}

}  // namespace

std::string ToJson(const Message& message) {
  std::string out = "{";
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor& field = *message.GetDescriptor()->field(i);
    if (i > 0) out += ',';
    absl::StrAppend(&out, "\"", field.name(), "\":");
    if (!field.is_repeated()) {
      AppendValue(message, field, -1, out);
      continue;
    }
    out += '[';
    const int size = message.GetReflection()->FieldSize(message, &field);
    for (int n = 0; n < size; ++n) {
      if (n > 0) out += ',';
      AppendValue(message, field, n, out);
    }
    out += ']';
  }
  return out + "}";
}
