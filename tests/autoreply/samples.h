// samples.h: one automatic answer of each kind, as the golden files have it.

#ifndef TESTS_AUTOREPLY_SAMPLES_H_
#define TESTS_AUTOREPLY_SAMPLES_H_

#include <string>
#include <vector>

#include "mailcore/autoreply/automatic_message.h"

namespace mailsec::autoreply {

// Thread safety: a value.
struct Sample {
  std::string name;  // Of the golden file, without ".eml".
  AutomaticMessage message;
};

std::vector<Sample> Samples();

}  // namespace mailsec::autoreply

#endif  // TESTS_AUTOREPLY_SAMPLES_H_
