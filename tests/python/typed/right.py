"""What a type checker knows of the module; types_test.py checks this file."""
import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import assert_never, assert_type

import mailsec
from mailsec import autoreply, ndn, route, srs


def values() -> None:
    address = mailsec.Address("a@example.org")
    assert_type(address.domain, mailsec.Domain | None)
    assert_type(address.host, mailsec.Domain | mailsec.AddressLiteral)
    assert_type(mailsec.Address.create("a", "example.org"), mailsec.Address)
    assert_type(mailsec.Reply(550, "No", (5, 7, 1)).status, mailsec.EnhancedStatus)
    assert_type("192.0.2.1" in mailsec.NetworkSet(["192.0.2.0/24"]), bool)
    assert_type(mailsec.Reply(250, "OK").to_wire(), bytes)
    assert_type(mailsec.Decision(mailsec.Reply(250, "OK")).inputs, dict[str, str])
    assert_type(mailsec.log_safe(b"x"), str)


def texts_and_values(domains: Sequence[str | mailsec.Domain], ip: mailsec.IpAddress) -> None:
    mx = mailsec.StaticMxAuthority(domains)
    policy = mailsec.RelayPolicy(mx=mx, own_addresses=[ip, "192.0.2.1"])
    made = policy.decide(client_ip=ip, recipient=mailsec.ForwardPath.postmaster())
    assert_type(made, mailsec.Decision)
    assert_type(mx.holds_mx_for("example.org").answer, mailsec.Answer)


class Staff(mailsec.RecipientDirectory):
    def find(self, address: mailsec.Address) -> mailsec.RecipientAnswer:
        if address.local_part == "alice":
            return mailsec.RecipientAnswer.known(mailsec.Mailbox("alice"))
        return mailsec.RecipientAnswer.unknown()


class Scanner(mailsec.Scanner):
    def scan(self, request: mailsec.ScanRequest, content: bytes) -> mailsec.ScanResult:
        return mailsec.ScanResult(mailsec.ScanOutcome.CLEAN, score=0)

    def signature_time(self) -> datetime | None:
        return datetime.now(timezone.utc)


class Zone(mailsec.Resolver):
    def look_up_mx(self, domain: mailsec.Domain) -> mailsec.MxAnswer:
        return mailsec.MxAnswer([mailsec.MxRecord(10, str(domain))])

    def look_up_addresses(self, host: str) -> mailsec.AddressAnswer:
        return mailsec.AddressAnswer(["192.0.2.1", mailsec.IpAddress("::1")])


class Authority(mailsec.MxAuthority):
    def holds_mx_for(self, domain: mailsec.Domain) -> mailsec.MxVerdict:
        return mailsec.MxVerdict(mailsec.Answer.NO)


class Verifier(mailsec.RecipientVerifier):
    def verify(
        self, recipient: mailsec.ForwardPath, octets: int
    ) -> mailsec.VerifierAnswer | None:
        return None


def policies() -> None:
    policy = mailsec.AcceptancePolicy(
        local_domains=["example.org"], directory=Staff(), live_mx=Authority(),
        relay_domains={"example.net": Staff(), mailsec.Domain("example.com"): None},
        has_space=lambda octets: octets < 1000, verifier=mailsec.CachingVerifier(Verifier()),
    )
    made = policy.decide_mail(client_ip="192.0.2.1", sender="<>")
    assert_type(made.because, list[mailsec.Decision])
    content = mailsec.ContentPolicy([Scanner("a"), mailsec.ScanStep(Scanner("b"))])
    assert_type(content.decide(bytearray(b"x")).opinions, list[mailsec.ScanOpinion])
    assert_type(mailsec.ClamdScanner("127.0.0.1:3310").signature_time(), datetime | None)
    governor = mailsec.Governor(["example.org"], per_address=(1, timedelta(hours=1)))
    assert_type(governor.save_bounds(), bytes)


def name_of(event: mailsec.ServerEvent) -> str:
    match event:
        case mailsec.Hello(name, extended):
            assert_type(extended, bool)
            return name
        case mailsec.MailFrom(path=path, parameters=parameters):
            assert_type(path, mailsec.ReversePath)
            return parameters.envelope_id
        case mailsec.RcptTo(path):
            return str(path)
        case mailsec.DataChunk(octets):
            return octets.decode()
        case mailsec.Auth(_, response):
            return response or ""
        case mailsec.AuthResponse(text) | mailsec.TransactionAborted(text) | mailsec.Closed(text):
            return text
        case mailsec.NeedInput() | mailsec.ReplyOwed() | mailsec.StartTls():
            return ""
        case mailsec.DataBegin() | mailsec.DataEnd():
            return ""
        case _:
            assert_never(event)


def sessions(server: mailsec.ServerSession, client: mailsec.ClientSession) -> None:
    server.receive(memoryview(b"x"))
    name_of(server.next_event())
    assert_type(server.take_output(), bytes)
    assert_type(server.take_pause(), timedelta)
    event: mailsec.ClientEvent = client.next_event()
    if isinstance(event, mailsec.TransactionDone):
        assert_type(event.outcomes, list[mailsec.RecipientOutcome])
    assert_type(client.stage, mailsec.Stage)


def submodules(secrets: Sequence[bytes]) -> None:
    router = route.Router(local_domains=[
        route.LocalDomain("example.org", route.Destination.maildir("/x"))])
    assert_type(router.route("<a@example.org>").kind, route.DestinationKind)
    assert_type(ndn.Cause.OTHER.log_name, str)
    assert_type(ndn.Cause.classify(mailsec.Reply(550, "No")), ndn.Cause)
    assert_type(ndn.parse(b"").report.recipients, list[ndn.RecipientStatus])
    away = autoreply.AbsenceSettings("a@example.org", outside_texts=[
        ("en", "Away."), autoreply.AbsenceText("de", "Weg.")])
    assert_type(away.period(), timedelta | None)
    rewritten = srs.Srs("example.org", secrets=secrets, table=srs.MemorySrsTable())
    assert_type(rewritten.forward("<>"), mailsec.ReversePath)


class Plain:
    def rcpt(
        self, session: mailsec.SessionInfo, envelope: mailsec.Envelope, rcpt: mailsec.RcptTo
    ) -> mailsec.Reply | None:
        return None if session.authenticated else mailsec.Reply(550, "No")


class Waiting(mailsec.MailHandler, mailsec.MessageHandler):
    async def mail(
        self, session: mailsec.SessionInfo, mail: mailsec.MailFrom
    ) -> mailsec.Decision | None:
        await asyncio.sleep(0)
        return None

    async def message(
        self, session: mailsec.SessionInfo, envelope: mailsec.Envelope, content: bytes
    ) -> mailsec.Taken | None:
        return mailsec.Taken()


async def servers(config: str) -> None:
    with mailsec.Server(config, handler=Plain(), scanners=[Scanner("a")]) as plain:
        assert_type(plain, mailsec.Server)
        assert_type(plain.queue(), list[mailsec.QueueEntry])
        assert_type(plain.stats(), dict[str, int])
    loop = asyncio.get_running_loop()
    async with mailsec.Server.demo(
        "x", handler=Waiting(), loop=loop, logger=logging.getLogger("mail")
    ) as waiting:
        assert_type(waiting.ports, list[int])
        waiting.stop(timedelta(seconds=5))
