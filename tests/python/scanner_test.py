"""Scanners in Python, and the policy and the server that ask them (R27)."""
import http.server
import json
import pathlib
import smtplib
import socketserver
import struct
import sys
import threading

import mailsec
import pytest
from mailsec import ContentVerdict, ScanOutcome, ScanResult

MAIL = b"From: a@example.com\r\nSubject: x\r\n\r\nhello\r\n"


class Saying(mailsec.Scanner):
    """Says one thing of everything, and remembers what it was asked."""

    def __init__(self, said, name="mine"):
        super().__init__(name)
        self.said = said
        self.asked = []

    def scan(self, request, content):
        self.asked.append((request.queue_id, str(request.sender), bytes(content)))
        if isinstance(self.said, Exception):
            raise self.said
        return self.said


# What one scanner says, the policy's options, and what is decided.
ROWS = [
    (ScanResult(ScanOutcome.CLEAN), {}, "ACCEPT", ContentVerdict.CLEAN, 250),
    (ScanResult(ScanOutcome.MALWARE, signature="A"), {}, "REFUSE", ContentVerdict.MALWARE, 554),
    (ScanResult(ScanOutcome.MALWARE, signature="A"),
     {"on_malware": mailsec.OnMalware.QUARANTINE}, "QUARANTINE", ContentVerdict.MALWARE, 250),
    (ScanResult(ScanOutcome.CLEAN, score=7), {}, "MARK", ContentVerdict.SPAM, 250),
    (ScanResult(ScanOutcome.CLEAN, score=7), {"mark_score": 8}, "ACCEPT", ContentVerdict.CLEAN,
     250),
    (ScanResult(ScanOutcome.SPAM, score=15), {}, "REFUSE", ContentVerdict.SPAM, 554),
    (ScanResult(ScanOutcome.CANNOT_TELL, why="down"), {}, "DEFER", ContentVerdict.UNKNOWN, 451),
    (ScanResult(ScanOutcome.UNSCANNABLE), {"on_unscannable": mailsec.OnUnscannable.REFUSE},
     "REFUSE", ContentVerdict.UNKNOWN, 554),
]


@pytest.mark.parametrize("said,options,outcome,verdict,code", ROWS)
def test_what_becomes_of_it(said, options, outcome, verdict, code):
    scanner = Saying(said)
    policy = mailsec.ContentPolicy([scanner], **options)
    made = policy.decide(MAIL, mailsec.ScanRequest(sender="<a@example.com>", queue_id="Q1"))
    assert (made.outcome.name, made.verdict, made.decision.reply.code) == (outcome, verdict, code)
    assert scanner.asked == [("Q1", "<a@example.com>", MAIL)]
    assert made.opinions[0].scanner == "mine" and "mine: " in made.report


def test_a_policy_keeps_its_scanners():
    policy = mailsec.ContentPolicy([Saying(ScanResult(ScanOutcome.CLEAN))])
    assert policy.decide(MAIL).verdict == ContentVerdict.CLEAN


@pytest.mark.parametrize("said", [KeyError("bug"), "clean", None])
def test_a_scanner_with_a_bug_cannot_tell(said, monkeypatch):
    seen = []
    monkeypatch.setattr(sys, "unraisablehook", seen.append)
    made = mailsec.ContentPolicy([Saying(said)]).decide(MAIL)
    assert made.outcome.name == "DEFER" and made.decision.rule == "content.cannot-tell"
    assert len(seen) == 1


def test_a_step_says_what_if_it_does_not_help():
    down, clean = Saying(KeyError(), "down"), Saying(ScanResult(ScanOutcome.CLEAN), "up")
    step = mailsec.ScanStep(down, on_fault=mailsec.OnFault.ACCEPT_UNSCANNED)
    made = mailsec.ContentPolicy([step, clean]).decide(MAIL)
    assert (made.outcome.name, made.verdict) == ("ACCEPT", ContentVerdict.UNKNOWN)
    assert [str(o.scanner) for o in made.opinions] == ["down", "up"]


@pytest.mark.parametrize("wrong,error", [
    (lambda: mailsec.ContentPolicy(["clamd"]), TypeError),
    (lambda: mailsec.ContentPolicy([Saying(None), Saying(None)]), ValueError),
    (lambda: mailsec.ContentPolicy([], refuse_score=1), ValueError),
    (lambda: mailsec.ContentPolicy([], mark_score=float("nan")), ValueError),
    (lambda: mailsec.ClamdScanner("localhost:3310"), ValueError),
    (lambda: mailsec.RspamdScanner("127.0.0.1"), ValueError),
    (lambda: mailsec.ScanRequest(sender="a@example.com, b@example.com"), ValueError),
])
def test_mistakes_raise(wrong, error):
    with pytest.raises(error):
        wrong()


def test_encrypted_mail_is_seen_by_its_header():
    policy = mailsec.ContentPolicy([Saying(ScanResult(ScanOutcome.CLEAN))])
    made = policy.decide(b"Content-Type: multipart/encrypted; boundary=x\r\n\r\n--x--\r\n")
    assert made.decision.rule == "content.unscannable"
    assert b"unscannable" in made.fields


def test_fields_of_others_are_removed():
    mail = b"X-Mailsec-Verdict: clean\r\nX-Spam: No\r\nX-Mine: 1\r\nTo: a\r\n\r\nX-Spam: 1\r\n"
    assert mailsec.remove_fields(mail) == b"X-Mine: 1\r\nTo: a\r\n\r\nX-Spam: 1\r\n"
    assert mailsec.remove_fields(mail, ["x-m*"]) == b"X-Spam: No\r\nTo: a\r\n\r\nX-Spam: 1\r\n"


class ClamdHandler(socketserver.StreamRequestHandler):
    """INSTREAM and IDSESSION of clamd(8); "EVIL" is malware."""

    def handle(self):
        number = -1
        while True:
            command = b""
            while not command.endswith(b"\0"):
                octet = self.rfile.read(1)
                if not octet:
                    return
                command += octet
            number += 1
            if command != b"zINSTREAM\0":
                continue
            content = b""
            while length := struct.unpack(">I", self.rfile.read(4))[0]:
                content += self.rfile.read(length)
            said = b"Evil.A FOUND" if b"EVIL" in content else b"OK"
            self.wfile.write(b"%d: stream: %s\0" % (number, said))


class RspamdHandler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):  # pylint: disable=invalid-name
        self.rfile.read(int(self.headers["Content-Length"]))
        score = 20.0 if "spammer" in self.headers["From"] else 0.5
        answer = json.dumps({
            "is_skipped": False, "score": score, "required_score": 15.0,
            "action": "reject" if score > 15 else "no action",
            "symbols": {"MINE": {"name": "MINE", "score": score}}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *unused):  # pylint: disable=arguments-differ
        pass


@pytest.fixture(name="serve")
def fixture_serve():
    started = []

    def serve(handler, kind=socketserver.ThreadingTCPServer):
        server = kind(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        started.append(server)
        return f"127.0.0.1:{server.server_address[1]}"

    yield serve
    for server in started:
        server.shutdown()
        server.server_close()


def test_clamd(serve):
    clamd = mailsec.ClamdScanner(serve(ClamdHandler))
    request = mailsec.ScanRequest()
    for _ in range(3):
        assert clamd.scan(request, MAIL).outcome == ScanOutcome.CLEAN
        said = clamd.scan(request, MAIL + b"EVIL\r\n")
        assert (said.outcome, said.signature) == (ScanOutcome.MALWARE, "Evil.A")


def test_rspamd(serve):
    rspamd = mailsec.RspamdScanner(serve(RspamdHandler, http.server.ThreadingHTTPServer))
    said = rspamd.scan(mailsec.ScanRequest(sender="<a@example.com>"), MAIL)
    assert (said.outcome, said.score, said.symbols) == (ScanOutcome.CLEAN, 0.5, ["MINE"])
    said = rspamd.scan(mailsec.ScanRequest(sender="<spammer@example.com>"), MAIL)
    assert said.would_refuse and said.outcome == ScanOutcome.SPAM


def test_nobody_there_cannot_tell():
    said = mailsec.ClamdScanner("unix:/nonexistent").scan(mailsec.ScanRequest(), MAIL)
    assert said.outcome == ScanOutcome.CANNOT_TELL and "/nonexistent" in said.why


class NoMonkeys(mailsec.Scanner):
    def scan(self, request, content):
        if b"monkey" in content:
            return ScanResult(ScanOutcome.MALWARE, signature="Monkey")
        return ScanResult(ScanOutcome.CLEAN)


def test_a_server_asks_scanners_in_python(tmp_path):
    forged = b"X-Mailsec-Verdict: clean; scanner=forged\r\n" + MAIL
    with mailsec.Server.demo(str(tmp_path / "demo"), scanners=[NoMonkeys("monkeys")]) as server:
        with smtplib.SMTP("127.0.0.1", server.port, "client.example") as smtp:
            smtp.sendmail("a@example.com", ["alice@example.org"], forged)
            with pytest.raises(smtplib.SMTPDataError) as refused:
                smtp.sendmail("a@example.com", ["alice@example.org"], MAIL + b"monkey\r\n")
            assert refused.value.smtp_code == 554
    # Stopped: what was accepted is delivered, or will be.
    with mailsec.Server.demo(str(tmp_path / "demo")) as server:
        folder = pathlib.Path(tmp_path / "demo" / "mail" / "alice" / "new")
        for _ in range(500):
            if folder.exists() and list(folder.glob("*")):
                break
            threading.Event().wait(0.02)
    (mail,) = [path.read_bytes() for path in folder.glob("*")]
    assert mail.count(b"X-Mailsec-Verdict: clean; scanner=monkeys\r\n") == 1
    assert b"forged" not in mail


def test_a_server_keeps_its_scanners_and_says_what_is_none(tmp_path):
    with pytest.raises((TypeError, RuntimeError)):
        mailsec.Server.demo(str(tmp_path / "demo"), scanners=["clamd"])
