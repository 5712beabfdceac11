// What does one message cost in a ServerSession, apart from I/O and policy?

#include <string>
#include <variant>

#include "benchmark/benchmark.h"
#include "mailcore/smtp/server_session.h"

namespace mailsec::smtp {
namespace {

void Pump(ServerSession& session) {
  for (;;) {
    const ServerEvent event = session.NextEvent();
    if (std::holds_alternative<NeedInput>(event)) return;
    if (const auto* chunk = std::get_if<DataChunk>(&event)) {
      benchmark::DoNotOptimize(chunk->octets.data());
      continue;
    }
    const bool data = std::holds_alternative<DataBegin>(event);
    (void)session.Respond(data ? Reply(354, "Go on")
                               : Reply(250, {2, 0, 0}, "OK"));
  }
}

void Message(benchmark::State& state) {
  ServerOptions options;
  options.hostname = "mx.example.org";
  ServerSession session(options);
  session.Receive("EHLO c.example.com\r\n");
  Pump(session);
  (void)session.TakeOutput();
  std::string content;
  while (content.size() < static_cast<size_t>(state.range(0))) {
    content += std::string(76, 'x') + "\r\n";
  }
  content += ".\r\n";
  for (auto _ : state) {
    session.Receive(
        "MAIL FROM:<a@example.com> SIZE=10240\r\n"
        "RCPT TO:<bob@example.org>\r\nDATA\r\n");
    Pump(session);
    benchmark::DoNotOptimize(session.TakeOutput());
    session.Receive(content);
    Pump(session);
    benchmark::DoNotOptimize(session.TakeOutput());
  }
}
BENCHMARK(Message)->Arg(1024)->Arg(10 * 1024)->Arg(64 * 1024);

}  // namespace
}  // namespace mailsec::smtp
