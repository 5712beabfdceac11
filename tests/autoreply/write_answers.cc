// Writes the golden files anew into a folder.

#include <cstdio>
#include <fstream>

#include "tests/autoreply/samples.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: write_answers FOLDER\n");
    return 2;
  }
  for (const mailsec::autoreply::Sample& sample :
       mailsec::autoreply::Samples()) {
    std::ofstream(std::string(argv[1]) + "/" + sample.name + ".eml",
                  std::ios::binary)
        << sample.message.content;
  }
  return 0;
}
