#include "mailcore/notify/report_parts.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"

namespace mailsec::notify {
namespace {

using message::ContentType;
using message::MimeEntity;
using message::MimeReader;

// True if a multipart/report without a status may yet be a delivery report.
bool IsDeliveryReport(const ContentType& type) {
  if (!type.Is("multipart/report")) return false;
  const std::string* kind = type.Find("report-type");
  return kind == nullptr || absl::EqualsIgnoreCase(*kind, "delivery-status") ||
         absl::EqualsIgnoreCase(*kind, "global-delivery-status");
}

// The parts of `report`, whose status, if it has one, is child `status_at`.
ReportParts Describe(const MimeReader& message, const MimeEntity& report,
                     size_t status_at) {
  ReportParts out;
  out.report = &report;
  for (size_t i = 0; i < report.children.size(); ++i) {
    const MimeEntity& child = message.parts()[report.children[i]];
    if (i == status_at) {
      out.status = &child;
    } else if (i == 0) {
      out.explanation = &child;
    } else if (out.returned == nullptr && IsReturnedType(child.type)) {
      out.returned = &child;
    }
  }
  return out;
}

}  // namespace

bool IsStatusType(const ContentType& type) {
  return type.Is("message/delivery-status") ||
         type.Is("message/global-delivery-status");
}

bool IsReturnedType(const ContentType& type) {
  return type.Is("message/rfc822") || type.Is("text/rfc822-headers") ||
         type.Is("message/global") || type.Is("message/global-headers") ||
         type.Is("message/rfc822-headers");
}

std::optional<ReportParts> FindReportParts(const MimeReader& message) {
  const std::vector<MimeEntity>& parts = message.parts();
  if (IsStatusType(message.root().type)) {
    ReportParts out;
    out.status = &message.root();
    return out;
  }
  for (const MimeEntity& part : parts) {
    for (size_t i = 0; i < part.children.size(); ++i) {
      if (IsStatusType(parts[part.children[i]].type)) {
        return Describe(message, part, i);
      }
    }
  }
  for (const MimeEntity& part : parts) {
    if (IsDeliveryReport(part.type)) {
      return Describe(message, part, part.children.size());
    }
  }
  return std::nullopt;
}

const MimeEntity* FindText(const MimeReader& message, const MimeEntity& part) {
  const MimeEntity* text = part.type.type == "text" ? &part : nullptr;
  if (part.type.Is("text/plain")) return text;
  for (const size_t child : part.children) {
    const MimeEntity* found = FindText(message, message.parts()[child]);
    if (found != nullptr && found->type.Is("text/plain")) return found;
    if (text == nullptr) text = found;
  }
  return text;
}

}  // namespace mailsec::notify
