"""A mail server on asyncio: mailsec decides, asyncio does the I/O.

    PYTHONPATH=bazel-bin/bindings/python python3 examples/asyncio_server.py 2525

It takes mail for ours.example from anyone, and for everyone from 127.0.0.2; it
prints what it takes and stores nothing, so it is for trying only.
"""
import asyncio
import sys
from collections.abc import Callable, Sequence

import mailsec

IDLE_SECONDS = 300  # RFC 5321, 4.5.3.2.7

# Takes a message: its sender, its recipients, its content.
Take = Callable[[mailsec.ReversePath, Sequence[mailsec.ForwardPath], bytes], None]

POLICY = mailsec.RelayPolicy(
    mx=mailsec.StaticMxAuthority(["ours.example"]),
    authorised_networks=["127.0.0.2/32"],
)


class Dialogue:
    """One session: what was said so far, and what to answer."""

    def __init__(self, client_ip: str, take: Take) -> None:
        self.client_ip = client_ip
        self.take = take
        self.session = mailsec.ServerSession("mx.ours.example")
        self.clear()

    def clear(self) -> None:
        self.sender = mailsec.ReversePath()
        self.recipients: list[mailsec.ForwardPath] = []
        self.content = bytearray()

    def answer(self, event: mailsec.ServerEvent) -> mailsec.Reply | None:
        """The Reply to an event that wants one, and None for the others."""
        match event:
            case mailsec.Hello():
                return mailsec.Reply(250, "mx.ours.example")
            case mailsec.MailFrom(path=path):
                self.clear()
                self.sender = path
                return mailsec.Reply(250, "Sender is fine", status=(2, 1, 0))
            case mailsec.RcptTo(path=path):
                decision = POLICY.decide(client_ip=self.client_ip, recipient=path)
                if decision.accepted:
                    self.recipients.append(path)
                return decision.reply
            case mailsec.DataBegin():
                return mailsec.Reply(354, "Go ahead")
            case mailsec.DataChunk(octets=octets):
                self.content += octets
            case mailsec.DataEnd():
                self.take(self.sender, self.recipients, bytes(self.content))
                return mailsec.Reply(250, "Message is accepted", status=(2, 6, 0))
            case mailsec.TransactionAborted():
                self.clear()
            case _:
                pass
        return None

    async def run(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            event = self.session.next_event()
            reply = self.answer(event)
            if reply is not None:
                self.session.respond(reply)
            writer.write(self.session.take_output())
            if isinstance(event, mailsec.Closed):
                return
            if isinstance(event, mailsec.NeedInput):
                await writer.drain()
                self.session.receive(
                    await asyncio.wait_for(reader.read(65536), IDLE_SECONDS)
                )


async def serve(port: int, take: Take) -> asyncio.Server:
    """Starts to listen on the loopback interface; returns the asyncio server."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        dialogue = Dialogue(writer.get_extra_info("peername")[0], take)
        try:
            await dialogue.run(reader, writer)
            await writer.drain()
        except (ConnectionError, TimeoutError):
            pass  # The client is gone.
        finally:
            writer.close()

    return await asyncio.start_server(connected, "127.0.0.1", port)


def show(
    sender: mailsec.ReversePath, recipients: Sequence[mailsec.ForwardPath], content: bytes
) -> None:
    print(f"{sender} to {', '.join(map(str, recipients))}: {len(content)} octets")


async def main() -> None:
    server = await serve(int(sys.argv[1]), show)
    print("listening on", server.sockets[0].getsockname(), flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
