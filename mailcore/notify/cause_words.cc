#include "mailcore/notify/cause_words.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace mailsec::notify {
namespace {

constexpr size_t kMaxTextOctets = 2000;

// Words between two that belong together, at most. Ours.
constexpr int kNear = 6;

// Holds if one of `what` stands in the text, and one of `which` near it; an
// empty `which` stands everywhere. Each is a list with '|' between its phrases,
// in the form of Normalised(): lower case, no accents, no punctuation. A '~' at
// the end of a phrase: the word may go on.
struct Rule {
  Cause cause;
  const char* what;
  const char* which;
  int near = kNear;
};

// What is about the sender or about us comes first, whatever else it quotes.
// Then what is about the message, the domain, the mailbox.
constexpr Rule kRules[] = {
    // ---- Nothing is said about this message.
    {Cause::kOther,
     "temporary system problem|temporary server error|server busy|agent busy|"
     "internal resources|name server reply|"
     "temporarily unavailable|service not available|service not active|"
     "temporary failure|temporarily rejected message",
     ""},
    // ---- Spam, where it is said in so many words.
    {Cause::kRefusedAsSpam,
     "spam classification|spam detected|spam content|as spam|is spam|like spam|"
     "spam message|spam score|spam filter~|spamassassin|anti spam|antispam|"
     "virus~|malware|phishing|trojan|infected|als spam|comme spam|como spam",
     ""},
    {Cause::kRefusedAsSpam, "url|urls", "blacklist~|listed|blocked|reputation"},
    // ---- The sender.
    {Cause::kRefusedByPolicy,
     "sender|senders|mail from|from address|emetteur|expediteur|absender|"
     "mittente|remitente|remetente|null sender|return address|from domain|"
     "valid from|blank from",
     "rejected|reject|blocked|block|denied|deny|refused|blacklist~|black list|"
     "banned|invalid|invalide|ungultig|unknown|unroutable|unrouteable|verify|"
     "verified|verification|not allowed|not permitted|not authorized|"
     "not accepted|not exist|not found|isn't|empty|spammer|domain|required|"
     "abgelehnt|gesperrt|pre approved|too many|bogus|owned|suspicious|"
     "specific"},
    // ---- Our host and our network.
    {Cause::kRefusedByPolicy,
     "ip|ips|ip address|client host|your host|hosts|hostname|helo|ehlo|"
     "mail server|mail servers|mailserver|your server|server access|network|"
     "remotehost|relay host name|proxy|client|connections|mta|your address",
     "blocked|block|blacklist~|black list|denied|rejected|refused|banned|bad|"
     "forbidden|not allowed|listed|list|reputation|missing|invalid|failed|"
     "abusive|dynamic|suspicious~|not accepted|unverifyable|not found|find|"
     "resolve|lookup|no access|open|profile|rate|authentication|confirm|"
     "not currently accepting|complaints|without|must have|too many|sending|"
     "unwanted|mismatches"},
    {Cause::kRefusedByPolicy,
     "reputation|spf|dkim|dmarc|batv|ptr|rdns|reverse dns|dnsbl|rbl|blocked "
     "using|"
     "blocked by|was blocked|email blocked|are blocked|is blocked|"
     "blacklist~|black list|block list|blocklist|spamhaus|spamcop|"
     "user complaints|greylist~|graylist~|slow down|slower|rate limit~|"
     "too quickly|receiving mail too|too many "
     "connections|throttl~|backscatter~|"
     "currently sending|you are sending|unwanted messages|dns lookup failure|"
     "of your isp|purported responsible address|connection refused by|"
     "not accepting connections|"
     "connection dropped|connection was dropped|connection reset|go away|"
     "not allowed to connect|does not accept mail from|spammer",
     ""},
    // ---- Who may relay, and who has said who they are.
    {Cause::kRefusedByPolicy, "relay|relaying|relayed|gateway|rcpthost~",
     "denied|not permitted|not allowed|not authorized|unable|cannot|prohibited|"
     "rejected|refused|configured|insecure|open|access|isn't|isnt|unresolvable|"
     "no|"
     "not|as a"},
    {Cause::kRefusedByPolicy,
     "authenticat~|authentification|authrequired|unauthenticated|autentica~|"
     "authentifizier~|anmeldung",
     ""},
    {Cause::kRefusedByPolicy,
     "we don't handle mail for|not local host|relaying mail to", ""},
    // ---- How much at a time.
    {Cause::kOther, "too many recipients", ""},
    {Cause::kRefusedByPolicy,
     "rate|frequency|hour|per session|per day|daily|relay|receive|sending|"
     "submission|concurrent|sessions|thread|outbound~",
     "limit|limits|limited|exceeded|exceeds|too many|quota|prevents"},
    // ---- Round in a circle.
    {Cause::kLoop,
     "mail loop|loops back|too many hops|hop count|looping|forwarding loop|"
     "loop detected|routing loop|mail schleife",
     ""},
    // ---- Our storage is not the mailbox's.
    {Cause::kOther, "system storage|system full|system is full|system memory",
     ""},
    // ---- The mailbox has no room.
    {Cause::kMailboxFull,
     "quota|overquota|quotaexceeded|mailbox_size_limit|mailbox size limit|"
     "maildir over|storage allocation|out of storage|too much mail data|"
     "too many messages on",
     ""},
    {Cause::kMailboxFull,
     "mailbox|mail box|inbox|mailfolder|folder|box|storage|disk space|disk|"
     "space|account|postfach|speicherplatz|boite|casella|buzon|caixa|postbus|"
     "receiving limits",
     "full|exceeded|exceeding|exceed|exceeds|over|not enough|enough space|"
     "insufficient|used up|too many messages|too much mail|no "
     "space|voll|pleine|"
     "piena|lleno|llena|cheia|vol|depasse~|uberschritten|ueberschritten|"
     "esaurito|agotado"},
    // ---- Its form.
    {Cause::kCannotConvert,
     "header|headers|mime|8 bit|8bit|charset|rfc 5322|rfc 822|base64|"
     "subject headers|date field|line endings",
     "invalid|malformed|improper|improperly|illegal|missing|not compliant|"
     "noncompliant|multiple|duplicate|unnecessary|violat~|not valid|complexity|"
     "unencoded"},
    {Cause::kCannotConvert,
     "malformed|invalid characters|message depth|invalid message content|"
     "improperly formatted",
     ""},
    // ---- The message is too large.
    {Cause::kTooLarge,
     "message|mail|email|size|header size|nachricht|mensaje|messaggio|mensagem|"
     "line",
     "too large|too big|exceeds|exceeded|larger than|maximum size|size limit|"
     "fixed limit|limit exceeded|zu gross|trop gros~|trop volumineux|"
     "demasiado grande|troppo grande|muito grande"},
    {Cause::kTooLarge,
     "my databytes|recipsizelimit|size limit|taille limite|file too big", ""},
    // ---- The domain.
    {Cause::kTakesNoMail,
     "null mx|nullmx|does not accept mail|does not accept email|takes no mail|"
     "no mx record|name server host not found|nimmt keine mail~",
     ""},
    {Cause::kTakesNoMail, "domain", "suspended|disabled|expired", 3},
    {Cause::kNoSuchDomain,
     "domain|domains|domain name|host|hosts|domaine|dominio|mail exchanger",
     "not found|does not exist|doesn't exist|must exist|may not exist|"
     "not reachable|unreachable|is unknown|unknown|n'existe pas|no existe|"
     "non esiste|existiert nicht|nicht gefunden|nao existe|mentioned",
     2},
    {Cause::kNoSuchDomain,
     "no such domain|no such host|unknown domain|unknown host|domain may not|"
     "service not known|mail domain mentioned",
     ""},
    // ---- A mailbox that is there and takes nothing.
    {Cause::kTakesNoMail,
     "account|mailbox|user|recipient|boite|konto|postfach|cuenta|conta|casella|"
     "address|service",
     "disabled|suspended|suspend|deactivated|frozen|locked|closed|archivee|"
     "temporarily inactive|gesperrt|deaktiviert|suspendida|disattivata|"
     "desactivada|desativada|inactive|inactivity"},
    {Cause::kTakesNoMail,
     "currently suspended|been suspended|is suspended|temporary locked|"
     "temporarily locked|is locked",
     ""},
    // ---- Who decides about their own mail.
    {Cause::kRefusedByPolicy,
     "recipient|user rules|user reject|group|mailing list|members only list|"
     "notauthorized",
     "preferences|rejected due to|only accepting|not accepting mail with|"
     "blocked by|not accepting|not subscribed|not allowed to post|non member|"
     "closed|protected|refuse to receive|user rules|user reject"},
    {Cause::kRefusedByPolicy,
     "user reject|user rules|has restricted|notauthorized|is protected by", ""},
    // ---- Nobody of that name.
    {Cause::kNoSuchRecipient,
     "user|users|mailbox|mail box|recipient|recipients|address|addresses|"
     "account|person|persona|local part|email name|rcpt|spectator|subscriber|"
     "utente|utilisateur|destinataire|adresse|benutzer|empfanger|empfaenger|"
     "postfach|usuario|destinatario|casella|gebruiker|no one|inbox|mailbox "
     "path|"
     "list of allowed|envelope recipient",
     "unknown|not found|wasn't found|not be found|does not exist|do not exist|"
     "doesn't exist|doesn't have|doesnt have|not exist|no such|invalid|bad|"
     "nonexistent|non existent|no valid|not a valid|not a known|not known|"
     "not valid|not local|unrouteable|unroutable|undeliverable|unavailable|"
     "not present|not listed|not recognized|not active|not an active|"
     "not a local|wrong|missing|no longer|replaced|moved|at this address|"
     "can't accept|not ok|refuses to accept|archived|is not in|is not accepted|"
     "has been denied|rejected recipients|badrcptto|is in my badrecipientto|"
     "unbekannt|existiert nicht|nicht gefunden|nicht bekannt|ungultig|inconnu|"
     "inconnue|invalide|n'existe pas|inexistant~|desconocido|desconocida|"
     "no existe|inexistente|sconosciuto|non esiste|inesistente|desconhecido|"
     "nao existe|onbekend|bestaat niet|nessun|kein|keine"},
    {Cause::kNoSuchRecipient, "_address_",
     "not found|does not exist|doesn't exist|is unknown|unknown|no such|"
     "was not found|isn't known",
     1},
    {Cause::kNoSuchRecipient,
     "recipientnotfound|no mailbox|no mail box|no account|badrcptto|"
     "not email addresses|in name directory|no thank you|"
     "matches to nameserver|unknown in virtual",
     ""},
    // ---- Spam, of which there are many other words.
    {Cause::kRefusedAsSpam,
     "spam|spams|spamming|spammy|unsolicited|junk|bulk|mass mailer|uribl|"
     "advertising|content filter|mail content|message content|banned content|"
     "unacceptable content|message filtered|mail score|our filter|"
     "pattern detection|spamprofiler|executable attachment",
     ""},
};

// Less certain words, for those whose status says nothing either.
constexpr Rule kHints[] = {
    {Cause::kOther, "connection refused", ""},
    {Cause::kRefusedByPolicy,
     "policy|policies|tls|cipher~|certificate|prohibit~|forbidden|access "
     "denied|not authorized|"
     "not allowed|not permitted|not permit|denied|blocked|organizational|"
     "attachment~|captcha|starttls|encryption|bounce~|"
     "administrative~|not accepted here|third party|unsigned|confirmation|"
     "low priority|multiple addresses|header error|header are not|service "
     "refused|"
     "dead domain|user complaints|rejected based|owned by",
     ""},
    {Cause::kExpired,
     "expired|timed out|timeout|time out|retry time|retry timeout|in the queue "
     "too long|"
     "giving up|has been delayed|queue period|did not respond|multiple retries|"
     "for more than|for a long time|not been collected|delivery attempts|"
     "could not find a gateway|failed to deliver to domain",
     ""},
    {Cause::kRefusedByPolicy,
     "rejected|refused|abgelehnt|rejete~|rechazad~|rifiutat~|violation", ""},
};

// A link or the name of a host says nothing: "spam.example". Codes of Exchange
// look like one.
bool IsName(absl::string_view word) {
  if (absl::StrContains(word, "://")) return true;
  if (absl::StartsWithIgnoreCase(word, "resolver.") ||
      absl::StartsWithIgnoreCase(word, "storedrv.")) {
    return false;
  }
  const size_t dot = word.rfind('.', word.size() - 2);
  if (dot == absl::string_view::npos || dot == 0) return false;
  absl::string_view last = word.substr(dot + 1);
  while (!last.empty() &&
         !absl::ascii_isalnum(static_cast<unsigned char>(last.back()))) {
    last.remove_suffix(1);
  }
  return last.size() >= 2 &&
         std::all_of(last.begin(), last.end(),
                     [](unsigned char c) { return absl::ascii_islower(c); }) &&
         absl::ascii_isalnum(static_cast<unsigned char>(word[dot - 1]));
}

// Stands for an address.
constexpr absl::string_view kAddress = "_address_";

bool IsLetterOrDigit(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c));
}

// In lower case, without names, what is neither letter nor digit nor "'" nor "_"
// a space, runs of spaces one, and one at each end. A letter with an accent is a
// '?' in the text of a Reply, and remains one, but not at the end of a word,
// where it may be a question mark.
std::string Normalised(absl::string_view text) {
  std::string out = " ";
  for (const absl::string_view word : absl::StrSplit(
           text.substr(0, kMaxTextOctets), absl::ByAnyChar(" \t\r\n<>()[]\",;"),
           absl::SkipEmpty())) {
    if (word.size() > 2 && absl::StrContains(word, '@')) {
      absl::StrAppend(&out, kAddress, " ");
      continue;
    }
    if (word.size() > 2 && IsName(word)) continue;
    for (size_t i = 0; i < word.size(); ++i) {
      const char c = word[i];
      const bool is_accented =
          c == '?' && i + 1 < word.size() && IsLetterOrDigit(word[i + 1]);
      if (IsLetterOrDigit(c) || c == '\'' || c == '_' || is_accented) {
        out += absl::ascii_tolower(static_cast<unsigned char>(c));
      } else if (out.back() != ' ') {
        out += ' ';
      }
    }
    if (out.back() != ' ') out += ' ';
  }
  return out;
}

// Where a phrase stands in the text.
struct Place {
  size_t begin;
  size_t end;  // Behind its last octet.
};

// `words` ends in a space, or the phrase may go on.
bool StandsAt(absl::string_view text, size_t at, absl::string_view words) {
  if (text.size() - at < words.size()) return false;
  for (size_t i = 0; i < words.size(); ++i) {
    if (text[at + i] == words[i]) continue;
    if (text[at + i] != '?' || words[i] == ' ') return false;
  }
  return true;
}

std::vector<Place> PlacesOf(absl::string_view text, absl::string_view phrases) {
  std::vector<Place> places;
  for (absl::string_view phrase : absl::StrSplit(phrases, '|')) {
    const bool goes_on = absl::ConsumeSuffix(&phrase, "~");
    const std::string words = absl::StrCat(phrase, goes_on ? "" : " ");
    for (size_t space = text.find(' '); space + 1 < text.size();
         space = text.find(' ', space + 1)) {
      if (!StandsAt(text, space + 1, words)) continue;
      places.push_back({space + 1, space + 1 + phrase.size()});
    }
  }
  return places;
}

bool AreNear(absl::string_view text, const Place& a, const Place& b, int near) {
  if (a.begin < b.end && b.begin < a.end) return true;  // They overlap.
  const Place& first = a.begin < b.begin ? a : b;
  const Place& second = a.begin < b.begin ? b : a;
  const absl::string_view between =
      text.substr(first.end, second.begin - first.end);
  return std::count(between.begin(), between.end(), ' ') <= near + 1;
}

bool Holds(const Rule& rule, absl::string_view text) {
  const std::vector<Place> what = PlacesOf(text, rule.what);
  if (what.empty() || rule.which[0] == '\0') return !what.empty();
  for (const Place& which : PlacesOf(text, rule.which)) {
    for (const Place& place : what) {
      if (AreNear(text, place, which, rule.near)) return true;
    }
  }
  return false;
}

template <size_t n>
std::optional<Cause> FirstOf(const Rule (&rules)[n], absl::string_view text) {
  const std::string words = Normalised(text);
  for (const Rule& rule : rules) {
    if (Holds(rule, words)) return rule.cause;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Cause> CauseInWords(absl::string_view text) {
  return FirstOf(kRules, text);
}

std::optional<Cause> CauseInHints(absl::string_view text) {
  return FirstOf(kHints, text);
}

}  // namespace mailsec::notify
