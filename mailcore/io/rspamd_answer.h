// rspamd_answer.h: what does this answer of rspamd mean?
//
//   a symbol of `malware`           malware
//   action reject, discard          spam, and it would refuse
//   is_skipped otherwise            cannot tell: it did not look
//   a symbol of `fault`             cannot tell
//   action soft reject              cannot tell, with its message
//   a symbol of `unscannable`       unscannable
//   action add header, rewrite subject, quarantine
//                                   spam
//   action no action, greylist      clean
//   anything else                   cannot tell
//
// The first line that holds decides. Score and symbols are kept in any case.
// (GTUBE is skipped and rejected at once: hence this order.)
//
//   policy::ScanResult said = ReadRspamdAnswer(body, {});

#ifndef MAILCORE_IO_RSPAMD_ANSWER_H_
#define MAILCORE_IO_RSPAMD_ANSWER_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "mailcore/policy/scanner.h"

namespace mailsec::io {

// Which of rspamd's symbols have a meaning of their own: names in which "*"
// stands for any text. Thread safety: a value.
struct RspamdSymbols {
  // Those of its modules mime_types and antivirus.
  std::vector<std::string> unscannable = {"ENCRYPTED_PGP", "ENCRYPTED_SMIME",
                                          "MIME_ENCRYPTED_ARCHIVE",
                                          "*_VIRUS_ENCRYPTED"};
  std::vector<std::string> malware = {"*_VIRUS"};
  // A scanner behind it could not tell.
  std::vector<std::string> fault = {"*_VIRUS_FAIL"};
};

// Reads the JSON object with which /checkv2 answers: "action", "score", which
// must be a finite number, and "symbols" must be in it. More than 32 levels or
// 1 MiB is no answer. At most 100 symbols are kept, those that weigh most
// first. Thread safety: a pure function.
policy::ScanResult ReadRspamdAnswer(absl::string_view json,
                                    const RspamdSymbols& symbols);

}  // namespace mailsec::io

#endif  // MAILCORE_IO_RSPAMD_ANSWER_H_
