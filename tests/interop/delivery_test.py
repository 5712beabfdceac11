"""Deliveries to next hops that refuse, break and come back."""
import json
import os
import socket
import threading
import time

import pytest

from testbed import Client, Mailsecd, Sink, free_port, new_folder, wait_until

CONFIG = """
hostname: "mx.example.org" administrator: "a@example.org" deputy: "b@example.org"
listen {{ address: "127.0.0.1" }}
local_domain {{ name: "example.org" recipients_file: "recipients" maildir_root: "mail" }}
authorised_network: "127.0.0.2/32"
smarthost {{ host: "127.0.0.1" port: {port} }}
spool {{ segment_megabytes: 1 }}
retry {{ first_seconds: 1 max_seconds: 2 {retry} }}
{more}
"""


@pytest.fixture(name="serve")
def fixture_serve():
    servers = []
    with new_folder() as folder:
        def serve(port, retry="", more=""):
            home = folder / f"s{len(servers)}"
            (home / "mail").mkdir(parents=True)
            os.chmod(home, 0o700)
            (home / "recipients").write_text("".join(
                f"{name}@example.org mailbox={name}\n" for name in ("postmaster", "abuse", "alice")))
            servers.append(Mailsecd(home, config=CONFIG.format(port=port, retry=retry, more=more)))
            return servers[-1]

        yield serve
        for server in servers:
            server.stop()


def submit(server, recipients, content=b"Subject: x\r\n\r\nhello\r\n"):
    with Client(server.port, source="127.0.0.2") as client:
        replies = client.message("alice@example.org", recipients, content)
        assert replies[-1].startswith("250"), replies


def queue(server):
    listing = server.command("queue", "list", "--json").stdout
    return [json.loads(line) for line in listing.splitlines()]


def show(server):
    entries = queue(server)
    return server.command("queue", "show", entries[0]["id"]).stdout if entries else ""


class Breaker(threading.Thread):
    """A next hop that says what a script says: a list of (what to wait for,
    what to answer); None hangs up. Plays it for each connection."""

    def __init__(self, script):
        super().__init__(daemon=True)
        self.script = script
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.connections = 0
        self.start()

    def run(self):
        while True:
            connection, _ = self.listener.accept()
            self.connections += 1
            with connection:
                for wanted, answer in self.script:
                    octets = b""
                    while wanted not in octets:
                        more = connection.recv(65536)
                        if not more:
                            break
                        octets += more
                    if answer is None:
                        break
                    connection.sendall(answer)


HELLO = [(b"", b"220 hop.example\r\n"), (b"EHLO", b"250 hop.example\r\n")]
BROKEN = {
    "no_greeting": [(b"", None)],
    "421_greeting": [(b"", b"421 4.3.2 busy\r\n"), (b"", None)],
    "554_greeting": [(b"", b"554 5.7.1 go away\r\n"), (b"", None)],
    "garbage_greeting": [(b"", b"\x00\xff\x1b[2J\r\n")],
    "hangs_up_after_mail": HELLO + [(b"MAIL", None)],
    "450_recipient": HELLO + [(b"MAIL", b"250 ok\r\n"), (b"RCPT", b"450 4.2.0 later\r\n")],
    "hangs_up_in_content": HELLO + [(b"MAIL", b"250 ok\r\n"), (b"RCPT", b"250 ok\r\n"),
                                    (b"DATA", b"354 go\r\n"), (b"Subject", None)],
    "451_content": HELLO + [(b"MAIL", b"250 ok\r\n"), (b"RCPT", b"250 ok\r\n"),
                            (b"DATA", b"354 go\r\n"), (b"\r\n.\r\n", b"451 4.3.0 no disk\r\n")],
}


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_whatever_breaks_the_mail_stays_and_is_tried_again(serve, name):
    hop = Breaker(BROKEN[name])
    server = serve(hop.port)
    submit(server, ["carol@elsewhere.example"])
    wait_until(lambda: hop.connections >= 2, "a second attempt", 30)
    entries = queue(server)
    assert len(entries) == 1 and entries[0]["state"] in ("waiting", "active")
    assert "delivery.deferred" in server.log()
    assert "\x1b" not in server.log()


def test_a_dead_hop_that_comes_back(serve):
    port = free_port()
    server = serve(port)
    submit(server, ["carol@elsewhere.example"])
    wait_until(lambda: "451 4.4.1" in show(server), "the first attempt")
    with Sink(port=port) as sink:
        server.command("queue", "flush")
        wait_until(lambda: server.command("queue", "flush").returncode == 0 and sink.received,
                   "the delivery", 60)
        wait_until(lambda: not queue(server), "an empty queue")
        assert len(sink.received) == 1


def test_one_message_for_many_goes_once_and_refusals_are_kept_apart(serve):
    with Sink(answers={"gone@": "550 5.1.1 no such user"}) as sink:
        server = serve(sink.port)
        submit(server, ["a@elsewhere.example", "b@elsewhere.example", "gone@elsewhere.example",
                        "alice@example.org"])
        ((envelope, _),) = sink.wait_for(1)
        assert sum(line.startswith("RCPT") for line in envelope) == 3
        server.wait_for_mail("alice")
        wait_until(lambda: "held" in show(server), "the hold")
        shown = show(server)
        assert shown.count(": delivered") == 3
        assert "gone@elsewhere.example>: failed (550 5.1.1" in shown
        time.sleep(1.5)
        assert len(sink.received) == 1 and len(server.mailbox("alice")) == 1


# SMUG-09, SMUG-12
def test_what_came_by_bdat_leaves_by_data_with_its_dots(serve):
    body = b"Subject: x\r\n\r\na\r\n.\r\nb\r\n..\r\n"
    with Sink() as sink:
        server = serve(sink.port)
        with Client(server.port, source="127.0.0.2") as client:
            client.ask("MAIL FROM:<alice@example.org>")
            client.ask("RCPT TO:<carol@elsewhere.example>")
            client.send(b"BDAT %d LAST\r\n" % len(body) + body)
            assert client.reply().startswith("250")
        ((_, content),) = sink.wait_for(1)
        assert content.endswith(b"\r\n\r\na\r\n..\r\nb\r\n...\r\n.\r\n")


def test_a_hop_that_cannot_take_8_bit_headers_gets_nothing(serve):
    with Sink(extensions=["PIPELINING"]) as sink:
        server = serve(sink.port)
        with Client(server.port, source="127.0.0.2") as client:
            client.send("MAIL FROM:<gr\u00fc\u00dfe@example.org> SMTPUTF8\r\n".encode())
            assert client.reply().startswith("250")
            client.ask("RCPT TO:<carol@elsewhere.example>")
            client.ask("DATA")
            client.send("Subject: \u20ac\r\n\r\nx\r\n.\r\n".encode())
            assert client.reply().startswith("250")
        wait_until(lambda: "5.6.7" in show(server), "the verdict")
        assert sink.received == []


# SPOOL-08
def test_a_dead_destination_is_asked_by_one_message_at_a_time(serve):
    hop = Breaker([(b"", None)])
    server = serve(hop.port)
    for _ in range(30):
        submit(server, ["carol@elsewhere.example"])
    time.sleep(3)
    assert len(queue(server)) == 30
    # Without a memory of the destination, 30 messages that are due every 1 to
    # 2 s would make 60 connections and more.
    assert 1 <= hop.connections < 10


def test_a_message_that_is_too_old_is_given_up_and_held(serve):
    server = serve(free_port(), retry="lifetime_seconds: 1")
    submit(server, ["carol@elsewhere.example"])
    time.sleep(1.2)

    def is_held():
        server.command("queue", "flush")
        return any(entry["state"] == "held" for entry in queue(server))

    wait_until(is_held, "giving up", 60)
    assert "delivery.failed" in server.log()


def test_a_release_tries_again_what_was_given_up(serve):
    with Sink(answers={"carol@": "550 5.1.1 not yet"}) as sink:
        server = serve(sink.port)
        submit(server, ["carol@elsewhere.example"])
        wait_until(lambda: "held" in show(server), "the hold")
        sink.answers.clear()
        assert server.command("queue", "release", queue(server)[0]["id"]).returncode == 0
        sink.wait_for(1)
        wait_until(lambda: not queue(server), "an empty queue")


def test_waiting_for_a_busy_destination_is_no_attempt(serve):
    hop = Breaker([(b"", None)])
    server = serve(hop.port, more="limits { stop_seconds: 1 }")
    for _ in range(10):
        submit(server, ["carol@elsewhere.example"])
    time.sleep(3)
    assert sum(entry["attempts"] for entry in queue(server)) <= hop.connections


def test_a_hop_without_8bitmime_gets_no_8_bit_content(serve):
    with Sink(extensions=["PIPELINING"]) as sink:
        server = serve(sink.port)
        submit(server, ["carol@elsewhere.example"],
               "Subject: x\r\n\r\n\u20ac\r\n".encode())
        wait_until(lambda: "5.6.3" in show(server), "the verdict")
        assert sink.received == []
