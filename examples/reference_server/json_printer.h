// json_printer.h: how does a message of the control protocol look in JSON?

#ifndef EXAMPLES_REFERENCE_SERVER_JSON_PRINTER_H_
#define EXAMPLES_REFERENCE_SERVER_JSON_PRINTER_H_

#include <string>

#include "google/protobuf/message.h"

// One JSON object on one line, with every field under its name in the schema,
// whether it is set or not. Numbers are numbers (protobuf's own printer makes
// strings of those with 64 bits). Thread safety: a pure function.
std::string ToJson(const google::protobuf::Message& message);

#endif  // EXAMPLES_REFERENCE_SERVER_JSON_PRINTER_H_
