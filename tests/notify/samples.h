// samples.h: which notifications do the tests look at?
//
// One of each kind, with fixed times and names: the golden files show them,
// and readers that we did not write read them.

#ifndef TESTS_NOTIFY_SAMPLES_H_
#define TESTS_NOTIFY_SAMPLES_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "mailcore/notify/ndn_builder.h"

namespace mailsec::notify {

// Thread safety: a value.
struct Sample {
  std::string name;  // What it shows; the golden file's too.
  std::vector<Language> languages;
  NdnRequest request;
};

// Wed, 25 Nov 2026 10:00:00 +0000.
absl::Time SampleTime();

std::vector<Sample> Samples();

// Its notification, written by mx.example.org at SampleTime().
Notification BuildSample(const Sample& sample);

}  // namespace mailsec::notify

#endif  // TESTS_NOTIFY_SAMPLES_H_
