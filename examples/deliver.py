"""Hands one message on, and writes a notification if that fails for good.

    PYTHONPATH=bazel-bin/bindings/python python3 examples/deliver.py \
        --smarthost mail.example.org:587 alice@example.com bob@example.org < mail

Without a smarthost, the recipient's mail exchangers are asked. mailsec finds the
next hops and knows what to say to them; asyncio does the I/O. The status is 0 if
the message was handed on and 75 if it should be tried again later; if it is 1,
a non-delivery notification to the sender is on the standard output, unless the
policy forbids one.
"""
import argparse
import asyncio
import random
import re
import socket
import sys
import uuid
from collections.abc import Sequence
from typing import BinaryIO

import mailsec
from mailsec import ndn
from mailsec.route import Destination, Inside, MailClass, MxPlanner, NextHop, NextHopFinder

CONNECT_SECONDS = 30
REPLY_SECONDS = {  # RFC 5321, 4.5.3.2; five minutes for the others.
    mailsec.Stage.DATA: 120,
    mailsec.Stage.CONTENT: 600,
}


async def talk(
    session: mailsec.ClientSession, reader: asyncio.StreamReader, writer: asyncio.StreamWriter,
    transaction: mailsec.Transaction, content: bytes,
) -> mailsec.Reply:
    """Speaks to one server; returns its Reply about the recipient."""
    verdict: mailsec.Reply | None = None
    while True:
        match session.next_event():
            case mailsec.Ready() if verdict is None:
                session.begin(transaction)
            case mailsec.Ready():
                session.quit()
            case mailsec.ContentWanted():
                session.content(content)
                session.content_end()
            case mailsec.TransactionDone(outcomes=outcomes):
                verdict = outcomes[0].reply  # Of the only recipient.
            case mailsec.ClientClosed(reply=last):
                return last if verdict is None else verdict
            case mailsec.NeedInput():
                seconds = REPLY_SECONDS.get(session.stage, 300)
                try:
                    writer.write(session.take_output())
                    octets = await asyncio.wait_for(reader.read(65536), seconds)
                    session.receive(octets)
                except TimeoutError:
                    session.timed_out()
                except ConnectionError:
                    session.receive(b"")  # It has hung up.


async def hand_over(
    hop: NextHop, hostname: str, transaction: mailsec.Transaction, content: bytes
) -> mailsec.Reply:
    """Connects to one next hop; returns its Reply about the recipient."""
    try:
        reader, writer = await asyncio.wait_for(
            asyncio.open_connection(str(hop.address), hop.port), CONNECT_SECONDS
        )
    except OSError as error:
        text = f"{hop.host} cannot be reached: {error}"
        return mailsec.Reply(451, text, status=(4, 4, 1))
    try:
        session = mailsec.ClientSession(hostname)
        return await talk(session, reader, writer, transaction, content)
    finally:
        writer.close()


async def deliver(
    resolver: mailsec.Resolver, destination: Destination, hostname: str,
    transaction: mailsec.Transaction, content: bytes,
) -> tuple[mailsec.Reply, NextHop | None]:
    """Tries one hop after the other; returns the last Reply, and whose it is."""
    inside = Inside(own_domains=[hostname])
    finder = NextHopFinder(inside, MxPlanner(resolver, own_names=[hostname]), resolver)
    found = await asyncio.to_thread(  # It blocks while the DNS is asked.
        finder.find, destination, MailClass.ORDINARY, random.getrandbits(64)
    )
    if found.failure is not None:
        return found.failure, None
    reply, last = mailsec.Reply(451, "No next hop", status=(4, 4, 4)), None
    for last in found.hops:
        reply = await hand_over(last, hostname, transaction, content)
        if not reply.is_transient:
            break
    return reply, last


def notification(
    hostname: str, sender: mailsec.Address, recipient: mailsec.Address, content: bytes,
    reply: mailsec.Reply, hop: NextHop | None,
) -> tuple[bytes | None, mailsec.Decision]:
    """The notification that goes back to the sender, or None, and why."""
    cause = ndn.Cause.classify(reply)
    author = f"postmaster@{hostname}"
    made = ndn.NdnPolicy(mailsec.Governor([hostname])).decide(
        sender=mailsec.ReversePath.from_address(sender),
        recipient=mailsec.ForwardPath.from_address(recipient), author=author,
        sender_is_ours=True, automatic=mailsec.HeaderScanner(content).auto_submitted, cause=cause,
        hop=hop.host if hop else "",
    )
    if made.outcome != ndn.NdnOutcome.NOTIFY:
        return None, made.decision
    status = ndn.RecipientStatus(
        final_recipient=f"rfc822; {recipient}",
        status="5.0.0" if reply.status.is_none else reply.status,
        remote_mta=f"dns; {hop.host}" if hop else "",
        # What we found ourselves is no reply of a remote host.
        diagnostic_code=f"{'smtp' if hop else 'x-mailsec'}; {reply}",
    )
    builder = ndn.Builder(hostname=hostname, from_address=author)
    written = builder.build(
        target=sender, report=ndn.DeliveryReport(recipients=[status]),
        causes=[cause], original=content, unique=uuid.uuid4().hex,
    )
    return written.content, made.decision


def make_transaction(
    sender: mailsec.Address, recipient: mailsec.Address, content: bytes
) -> mailsec.Transaction:
    return mailsec.Transaction(
        mailsec.ReversePath.from_address(sender),
        [mailsec.OutgoingRecipient(mailsec.ForwardPath.from_address(recipient))],
        parameters=mailsec.MailParameters(declared_size=len(content)),
        has_8bit=not content.isascii(),
        headers_utf8=mailsec.HeaderScanner(content).has_8bit,
    )


def smarthost(text: str) -> Destination:
    host, _, port = text.partition(":")
    return Destination.smtp(host, int(port or 25))


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Hands one message on.")
    parser.add_argument("--smarthost", type=smarthost, metavar="HOST[:PORT]")
    parser.add_argument("--hostname", default=socket.getfqdn(), help="what we are called")
    parser.add_argument("sender", type=mailsec.Address)
    parser.add_argument("recipient", type=mailsec.Address)
    return parser.parse_args(arguments)


def main(arguments: Sequence[str], mail: BinaryIO, out: BinaryIO) -> int:
    """`mail` is a binary stream with the message; `out` gets a notification."""
    options = parse(arguments)
    content = re.sub(rb"\r?\n", b"\r\n", mail.read())
    destination = options.smarthost or Destination.mx(options.recipient.domain)
    transaction = make_transaction(options.sender, options.recipient, content)
    reply, hop = asyncio.run(
        deliver(mailsec.UnboundResolver(), destination, options.hostname, transaction, content)
    )
    print(reply, file=sys.stderr)
    if not reply.is_permanent:
        return 0 if reply.is_positive else 75  # EX_TEMPFAIL
    ndn_content, decision = notification(
        options.hostname, options.sender, options.recipient, content, reply, hop
    )
    print(decision.explain(), file=sys.stderr)
    out.write(ndn_content or b"")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], sys.stdin.buffer, sys.stdout.buffer))
