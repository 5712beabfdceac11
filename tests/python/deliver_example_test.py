"""examples/deliver.py hands mail to this server, and to sinks that misbehave."""
import asyncio
import io
import os
import socket
import sys
import threading

import mailsec
import pytest
from mailsec import ndn
from mailsec.route import Destination

EXAMPLES = os.path.join(
    os.environ["TEST_SRCDIR"], os.environ["TEST_WORKSPACE"], "examples"
)
sys.path.insert(0, EXAMPLES)
import deliver  # pylint: disable=wrong-import-position

MAIL = b"From: alice@example.com\nSubject: lunch\n\nAt noon?\n.\n"


class Keeper:
    """Takes every message itself."""

    def __init__(self):
        self.taken = []

    def message(self, session, envelope, content):
        self.taken.append((str(envelope.sender), content))
        return mailsec.Taken(mailsec.Reply(250, "Kept", status=(2, 6, 0)))


@pytest.fixture(name="server")
def demo_server(tmp_path):
    """mx.example.org, where bob lives; yields its port, and what it took."""
    keeper = Keeper()
    with mailsec.Server.demo(str(tmp_path), handler=keeper) as server:
        yield server.port, keeper.taken


def run(smarthost, recipient="bob@example.org", sender="alice@example.com", mail=MAIL):
    """Returns the program's status and what it wrote."""
    out = io.BytesIO()
    status = deliver.main(
        ["--smarthost", smarthost, "--hostname", "client.example", sender, recipient],
        io.BytesIO(mail), out,
    )
    return status, out.getvalue()


def test_a_message_is_handed_on(server):
    port, taken = server
    assert run(f"127.0.0.1:{port}") == (0, b"")
    sender, content = taken[0]
    assert sender == "<alice@example.com>"
    assert content.endswith(MAIL.replace(b"\n", b"\r\n"))


def test_a_refusal_comes_back_as_a_notification(server):
    status, out = run(f"127.0.0.1:{server[0]}", recipient="nobody@example.org")
    assert status == 1
    assert ndn.lint(out) == []
    report = ndn.parse(out)
    (nobody,) = report.report.recipients
    assert nobody.final_recipient.value == "nobody@example.org"
    assert str(nobody.status) == "5.1.1"
    assert str(nobody.remote_mta) == "dns; 127.0.0.1"
    assert nobody.diagnostic_code.value.startswith("550 5.1.1")
    assert "Subject: lunch" in report.original_headers


def test_a_machine_gets_a_notification_too(server):
    mail = b"Auto-Submitted: auto-generated\n" + MAIL
    status, out = run(f"127.0.0.1:{server[0]}", recipient="nobody@example.org", mail=mail)
    assert status == 1 and ndn.lint(out) == []
    assert ndn.parse(out).original_headers.startswith("Auto-Submitted: auto-generated")


class Sink:
    """Takes one connection and answers each piece it gets with the next line."""

    def __init__(self, *replies):
        self.replies = replies
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self.run)

    def run(self):
        connection, _ = self.listener.accept()
        with connection:
            for reply in self.replies:
                connection.sendall(reply)
                connection.recv(65536)

    def __enter__(self):
        self.thread.start()
        return "127.0.0.1:" + str(self.listener.getsockname()[1])

    def __exit__(self, *error):
        self.thread.join()
        self.listener.close()


HELLO = (b"220 sink\r\n", b"250 sink\r\n")
CASES = [
    ("it hangs up at once", (), 75),
    ("it greets with a refusal", (b"554 5.7.1 Go away\r\n",), 1),
    ("the sender must wait", HELLO + (b"451 4.7.1 Later\r\n", b"221 Bye\r\n"), 75),
    ("a code without a status is a refusal", HELLO + (b"550 No\r\n", b"221 Bye\r\n"), 1),
    ("it hangs up before its verdict",
     HELLO + (b"250 OK\r\n", b"250 OK\r\n", b"354 Go\r\n"), 75),
]


@pytest.mark.parametrize("words, replies, status", CASES)
def test_whatever_a_hop_does_has_a_status(words, replies, status):
    with Sink(*replies) as smarthost:
        found, out = run(smarthost)
    assert found == status, words
    assert ndn.lint(out) == [] if status == 1 else out == b""


def test_a_host_that_is_down_is_tried_later():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert run(f"127.0.0.1:{port}") == (75, b"")


class Zone(mailsec.Resolver):
    """No domain takes mail: each has a null MX (RFC 7505)."""

    def look_up_mx(self, domain):
        return mailsec.MxAnswer([mailsec.MxRecord(0, "")])


def test_a_domain_without_mail_is_refused_without_a_connection():
    alice, bob = mailsec.Address("alice@example.com"), mailsec.Address("bob@example.org")
    content = MAIL.replace(b"\n", b"\r\n")
    reply, hop = asyncio.run(
        deliver.deliver(
            Zone(), Destination.mx("example.org"), "client.example",
            deliver.make_transaction(alice, bob, content), content,
        )
    )
    assert (str(reply.status), hop) == ("5.1.10", None)
    written, _ = deliver.notification("client.example", alice, bob, content, reply, hop)
    assert ndn.lint(written) == []
    assert str(ndn.parse(written).report.recipients[0].status) == "5.1.10"
