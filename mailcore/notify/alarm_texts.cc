#include "mailcore/notify/alarm_texts.h"

namespace mailsec::notify {
namespace {

constexpr AlarmTexts kEnglish = {
    .tag = "en",
    .subject = "Alarms of the mail server $0: $1",
    .intro =
        "This is the mail server $0. It asks its administrator and the deputy "
        "to look at what follows. Alarms: $1. All times are UTC.",
    .kind = "$0 ($1, $2) Alarms: $3.",
    .cause = "Cause: $0 ($1)",
    .this_server = "this server",
    .more = "and $0 more, the last at $1; the log has them",
    .other_kinds = "There were $0 alarms of other kinds; the log has them.",
    .outlook =
        "If there are more alarms, the next mail comes $0 minutes after this "
        "one at the earliest.",
    .help =
        "`mailsec queue show MESSAGE` shows a message that is still here, "
        "`mailsec queue release` tries it again, `mailsec queue remove` "
        "forgets it. `mailsec explain` shows why a recipient is accepted."};

constexpr AlarmTexts kGerman = {
    .tag = "de",
    .subject = "Alarme des Mailservers $0: $1",
    .intro =
        "Dies ist der Mailserver $0. Er bittet Administrator und Vertretung, "
        "sich das Folgende anzusehen. Alarme: $1. Alle Zeiten in UTC.",
    .kind = "$0 ($1, $2) Alarme: $3.",
    .cause = "Ursache: $0 ($1)",
    .this_server = "dieser Server",
    .more = "und $0 weitere, der letzte um $1; sie stehen im Protokoll",
    .other_kinds = "Es gab $0 Alarme weiterer Arten; sie stehen im Protokoll.",
    .outlook =
        "Gibt es weitere Alarme, so kommt die nächste Mail frühestens $0 "
        "Minuten nach dieser.",
    .help =
        "„mailsec queue show NACHRICHT“ zeigt eine Nachricht, die noch hier "
        "ist, „mailsec queue release“ versucht sie noch einmal, „mailsec queue "
        "remove“ vergisst sie. „mailsec explain“ zeigt, warum ein Empfänger "
        "angenommen wird."};

struct Words {
  const char* key;
  const char* english;  // Null: as it comes.
  const char* german;
};

constexpr Words kLabels[] = {
    {"id", "message", "Nachricht"},
    {"sender", "sender", "Absender"},
    {"recipient", "recipient", "Empfänger"},
    {"action", "action", "Vorgang"},
    {"hop", "responsible", "zuständig"},
    {"reply", "its answer", "Antwort"},
    {"believed", "accepted as", "angenommen als"},
    {"rule", "rule", "Regel"},
    {"otherwise", "otherwise", "sonst"},
    {"error", "error", "Fehler"},
    {"client", "client", "Client"},
    {"file", "file", "Datei"},
};

constexpr Words kSummaries[] = {
    {"delivery.store_fault", nullptr,
     "In die Mailablage kann nicht geschrieben werden; Mail für ihre "
     "Postfächer "
     "wartet."},
    {"delivery.unreadable", nullptr,
     "Eine Nachricht im Spool ist nicht lesbar und wird angehalten."},
    {"mail.not_stored", nullptr,
     "Eine Nachricht, oder was aus ihr wurde, konnte nicht gespeichert werden; "
     "es wird noch einmal versucht."},
    {"ndn.contradiction", nullptr,
     "Ein nachgelagerter Server lehnt ab, was bei der Annahme geprüft worden "
     "war; die Nachricht wird für einen Menschen angehalten, und der Absender "
     "erfährt nichts."},
    {"ndn.held", nullptr,
     "Ein Fehlschlag, der nicht gemeldet werden darf; die Nachricht wird für "
     "einen Menschen angehalten."},
    {"ndn.kept_inside", nullptr,
     "Lokale Mail hätte das Haus verlassen und wurde zurückgehalten."},
    {"ndn.not_built", nullptr,
     "Eine Benachrichtigung konnte nicht geschrieben werden; die Nachricht "
     "wird angehalten."},
    {"ndn.sent", nullptr,
     "Ein Absender erfährt, dass eine Nachricht gescheitert ist oder sich "
     "verspätet."},
    {"policy.space_short", nullptr,
     "Mail wurde vertröstet, da der Platz im Spool knapp ist."},
    {"server.reload_refused", nullptr,
     "Die neue Konfiguration hat Fehler; die alte bleibt in Kraft."},
    {"spool.damage", nullptr,
     "Gespeicherte Mail wurde auf der Platte verändert oder ging verloren; was "
     "unversehrt ist, bleibt."},
    {"spool.write_failed", nullptr,
     "Ein Schreiben in den Spool misslang; die Absender wurden gebeten, es "
     "noch einmal zu versuchen."},
};

constexpr Words kRules[] = {
    {"automatic.automatic", nullptr,
     "gesendet, wäre die Nachricht nicht als Auto-Submitted gekennzeichnet"},
    {"automatic.bound", nullptr,
     "gesendet, wäre an diese Adresse, ihre Domain und deren Anbieter zuletzt "
     "weniger automatisch gesendet worden"},
    {"automatic.no-verdict", nullptr,
     "gesendet, hätte ein Scanner den Inhalt für unverdächtig erklärt; "
     "Benachrichtigungen auch, wäre der Absender einer der eigenen"},
    {"automatic.not-operator", nullptr,
     "gesendet, wäre der Empfänger Administrator oder Stellvertreter"},
    {"automatic.not-our-name", nullptr,
     "gesendet, käme es von einer Adresse in einer der eigenen Domains"},
    {"automatic.null-sender", nullptr,
     "gesendet, hätte die Nachricht einen Absender"},
    {"automatic.spam", nullptr, "gesendet, wäre der Inhalt unverdächtig"},
    {"ndn.contradiction", nullptr,
     "gemeldet, wäre der Absender einer der eigenen, oder stünde "
     "outside_contradiction auf NOTIFY; besser: beide Server sind sich über "
     "Empfänger, Größen und Quoten einig"},
    {"ndn.not-wanted", nullptr,
     "gemeldet, hätte der Absender mit NOTIFY darum gebeten"},
    {"ndn.spam-there", nullptr,
     "gemeldet, wäre der Absender einer der eigenen; besser: am Ende der Daten "
     "ablehnen, was der nächste Server Spam nennt"},
    {"ndn.told", nullptr,
     "nicht gemeldet, wäre der Absender leer oder wollte er nichts hören, wäre "
     "die Nachricht automatisch oder Spam, oder eine Schranke erreicht"},
};

// `otherwise` if there is no such key, or it has no words in this language.
template <size_t kCount>
absl::string_view Find(const Words (&table)[kCount], Language language,
                       absl::string_view key, absl::string_view otherwise) {
  for (const Words& words : table) {
    if (key != words.key) continue;
    const char* found = nullptr;
    switch (language) {
      case Language::kEnglish:
        found = words.english;
        break;
      case Language::kGerman:
        found = words.german;
        break;
    }
    return found == nullptr ? otherwise : absl::string_view(found);
  }
  return otherwise;
}

}  // namespace

const AlarmTexts& AlarmTextsOf(Language language) {
  switch (language) {
    case Language::kEnglish:
      return kEnglish;
    case Language::kGerman:
      return kGerman;
  }
  return kEnglish;
}

absl::string_view AlarmLabel(Language language, absl::string_view key) {
  return Find(kLabels, language, key, key);
}

absl::string_view EventSummary(Language language, absl::string_view id,
                               absl::string_view summary) {
  return Find(kSummaries, language, id, summary);
}

absl::string_view RuleOtherwise(Language language, absl::string_view rule,
                                absl::string_view otherwise) {
  return Find(kRules, language, rule, otherwise);
}

}  // namespace mailsec::notify
