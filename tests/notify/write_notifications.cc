// write_notifications FOLDER: writes each sample as FOLDER/NAME.eml.

#include <fstream>
#include <iostream>
#include <string>

#include "tests/notify/samples.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: write_notifications FOLDER\n";
    return 2;
  }
  for (const mailsec::notify::Sample& sample : mailsec::notify::Samples()) {
    const std::string path = std::string(argv[1]) + "/" + sample.name + ".eml";
    std::ofstream file(path, std::ios::binary);
    file << mailsec::notify::BuildSample(sample).content;
    if (!file.flush()) {
      std::cerr << path << ": cannot be written\n";
      return 1;
    }
  }
  return 0;
}
