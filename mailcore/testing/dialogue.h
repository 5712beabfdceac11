// dialogue.h: does a session behave as this written dialogue says?
//
// Golden dialogues are files that a postmaster can read, and are played against
// a ServerSession or a ClientSession:
//
//   # RFC 5321, 4.1.4: RCPT needs MAIL.
//   C: EHLO c.example.com
//   S: 250 PIPELINING
//   C: RCPT TO:<bob@example.org>
//   S: 503 5.5.1
//
// "C: x" is x and CRLF; "C(raw): x" exactly these octets, with the escapes \r
// \n \t \0 \\ \xHH and *N after a quoted word ("A"*5000 is 5000 octets). "S:
// 503 words" is one reply of that code, however many lines it has, that holds
// the words. "-- word …" is an order to the player or something that must have
// happened; dialogue.cc lists them. '#' begins a comment line.
//
// The side that is under test may say nothing that the dialogue does not have.

#ifndef MAILCORE_TESTING_DIALOGUE_H_
#define MAILCORE_TESTING_DIALOGUE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace mailsec {

// Thread safety: a value.
struct DialogueLine {
  enum class Kind {
    kClient,  // C
    kServer,  // S
    kOrder,   // --
  };
  int number;  // In the file, from 1.
  Kind kind;
  bool raw;
  std::string text;  // Escapes undone if raw.
};

std::vector<DialogueLine> ParseDialogue(absl::string_view text);

// Plays `text` and returns what differed, one sentence each with its line;
// empty if all was as written. `octet_by_octet`: the peer's octets come singly,
// which must make no difference.
std::vector<std::string> PlayServerDialogue(absl::string_view text,
                                            bool octet_by_octet);
std::vector<std::string> PlayClientDialogue(absl::string_view text,
                                            bool octet_by_octet);

}  // namespace mailsec

#endif  // MAILCORE_TESTING_DIALOGUE_H_
