"""Deliveries to next hops that refuse, break and come back."""
import time

import pytest

from faulty_hop import Fault, FaultyHop, hang_up
from house import INSIDE, OUTSIDE, House
from notifications import wait_for_notifications
from testbed import Client, Sink, free_port, new_folder, wait_until


NEVER_UP = Fault("connect", hang_up, times=1000)


@pytest.fixture(name="serve")
def fixture_serve():
    servers = []
    with new_folder() as folder:
        def serve(port, retry="", more=""):
            config = f'smarthost {{ host: "127.0.0.1" port: {port} }}\n{more}'
            servers.append(House(folder / f"s{len(servers)}", config, retry=retry))
            return servers[-1]

        yield serve
        for server in servers:
            server.stop()


def test_a_dead_hop_that_comes_back(serve):
    port = free_port()
    server = serve(port)
    server.submit(["carol@elsewhere.example"])
    wait_until(lambda: "451 4.4.1" in server.show(), "the first attempt")
    with Sink(port=port) as sink:
        server.command("queue", "flush")
        wait_until(lambda: server.command("queue", "flush").returncode == 0 and sink.received,
                   "the delivery", 60)
        wait_until(lambda: not server.queue(), "an empty queue")
        assert len(sink.received) == 1


def test_one_message_for_many_goes_once_and_who_was_refused_is_told(serve):
    with Sink(answers={"gone@": "550 5.1.1 no such user"}) as sink:
        server = serve(sink.port)
        server.submit(["a@elsewhere.example", "b@elsewhere.example", "gone@elsewhere.example",
                       "bob@example.org"])
        ((envelope, _),) = sink.wait_for(1)
        assert sum(line.startswith("RCPT") for line in envelope) == 3
        server.wait_for_mail("bob")
        (ndn,) = wait_for_notifications(server)
        assert list(ndn.recipients) == ["gone@elsewhere.example"]
        assert ndn.fate("gone@elsewhere.example") == (
            "failed", "5.1.1", "smtp; 550 5.1.1 no such user")
        server.wait_for_empty_queue()
        time.sleep(1.5)
        assert len(sink.received) == 1 and len(server.mailbox("bob")) == 1


# SMUG-09, SMUG-12
def test_what_came_by_bdat_leaves_by_data_with_its_dots(serve):
    body = b"Subject: x\r\n\r\na\r\n.\r\nb\r\n..\r\n"
    with Sink() as sink:
        server = serve(sink.port)
        with Client(server.port, source=INSIDE) as client:
            client.ask("MAIL FROM:<alice@example.org>")
            client.ask("RCPT TO:<carol@elsewhere.example>")
            client.send(b"BDAT %d LAST\r\n" % len(body) + body)
            assert client.reply().startswith("250")
        ((_, content),) = sink.wait_for(1)
        assert content.endswith(b"\r\n\r\na\r\n..\r\nb\r\n...\r\n.\r\n")


def test_a_hop_that_cannot_take_8_bit_headers_gets_nothing(serve):
    with Sink(extensions=["PIPELINING"]) as sink:
        server = serve(sink.port)
        server.submit(["carol@elsewhere.example"], "Subject: \u20ac\r\n\r\nx\r\n".encode(),
                      sender="alice@example.org> SMTPUTF8")
        (ndn,) = wait_for_notifications(server)
        action, status, diagnostic = ndn.fate("carol@elsewhere.example")
        assert (action, status) == ("failed", "5.6.7")
        assert diagnostic.startswith("x-libmailsec; 550 5.6.7")
        assert server.events("ndn.sent")[0]["cause"] == "cannot-convert"
        server.wait_for_empty_queue()
        assert not [mail for mail, _ in sink.received if mail[0].startswith("MAIL FROM:<>")]


# Who sends raw octets in a header field without SMTPUTF8 breaks RFC 5322, but
# that is no reason to return the mail: 8BITMIME is enough for it.
def test_raw_octets_in_a_header_are_no_smtputf8(serve):
    with Sink(extensions=["PIPELINING", "8BITMIME"]) as sink:
        server = serve(sink.port)
        server.submit(["carol@elsewhere.example"], "Subject: M\u00fcller\r\n\r\nx\r\n".encode())
        ((envelope, content),) = sink.wait_for(1)
        assert "BODY=8BITMIME" in envelope[0] and "SMTPUTF8" not in envelope[0]
        assert "Subject: M\u00fcller\r\n".encode() in content


# SPOOL-08
def test_a_dead_destination_is_asked_by_one_message_at_a_time(serve):
    hop = FaultyHop(NEVER_UP)
    server = serve(hop.port)
    for _ in range(30):
        server.submit(["carol@elsewhere.example"])
    time.sleep(3)
    assert len(server.queue()) == 30
    # Without a memory of the destination, 30 messages that are due every 1 to
    # 2 s would make 60 connections and more.
    assert 1 <= hop.connections < 10


# DSN-08
def test_a_message_that_is_too_old_is_given_up_and_its_sender_is_told(serve):
    with FaultyHop(answers={"RCPT": "451 4.2.1 not now"}) as hop:
        server = serve(hop.port, retry="lifetime_seconds: 2")
        server.submit(["carol@elsewhere.example"])
        (ndn,) = wait_for_notifications(server)
        assert ndn.fate("carol@elsewhere.example") == (
            "failed", "4.4.7", "smtp; 451 4.2.1 not now")
        assert "Will-Retry-Until" not in ndn.recipients["carol@elsewhere.example"]
        server.wait_for_empty_queue()
        assert len(server.events("delivery.deferred")) >= 1
        assert server.events("ndn.sent")[0]["cause"] == "expired"


def test_what_nobody_could_be_asked_about_expires_too(serve):
    server = serve(free_port(), retry="lifetime_seconds: 2")
    server.submit(["carol@elsewhere.example"])
    (ndn,) = wait_for_notifications(server)
    action, status, diagnostic = ndn.fate("carol@elsewhere.example")
    assert (action, status) == ("failed", "4.4.7")
    assert diagnostic.startswith("x-libmailsec; 451 4.4.1")
    server.wait_for_empty_queue()


STRANGERS = """relay_domain {{ name: "branch.example"
                               next_hop {{ host: "127.0.0.1" port: {port} }} }}"""


@pytest.mark.parametrize("reply, cause", [
    ("550 5.1.1 no such user", "no-such-recipient"),
    ("552 5.2.2 full", "mailbox-full"),
    ("552 5.3.4 too large", "too-large"),
])
def test_a_contradiction_is_held_and_a_stranger_is_not_told(serve, reply, cause):
    with Sink(answers={"carol@": reply}) as sink:
        server = serve(sink.port, more=STRANGERS.format(port=sink.port))
        queue_id = server.submit(["carol@branch.example", "dora@branch.example"],
                                 source=OUTSIDE, sender="eve@far.example")
        entry = server.wait_for_held()
        assert entry["id"] == queue_id
        alarm = server.wait_for_event("ndn.contradiction")
        assert (alarm["severity"], alarm["id"], alarm["recipient"], alarm["cause"], alarm["hop"],
                alarm["reply"], alarm["rule"]) == (
                    "alarm", queue_id, "<carol@branch.example>", cause, "[127.0.0.1]", reply,
                    "ndn.contradiction")
        assert f"carol@branch.example>: failed ({reply}" in server.show()
        assert "dora@branch.example>: delivered" in server.show()
        # Nobody is told: what the hop got is the one message.
        time.sleep(1.2)
        assert len(sink.received) == 1 and len(server.queue()) == 1
        assert server.events("ndn.sent") == []


# R22, R27: whom the sender's address names may have sent nothing.
def test_a_real_failure_of_mail_that_nobody_scanned_is_held(serve):
    with Sink(answers={"carol@": "550 5.7.1 not from you"}) as sink:
        server = serve(sink.port, more=STRANGERS.format(port=sink.port))
        queue_id = server.submit(["carol@branch.example"], source=OUTSIDE,
                                 sender="eve@far.example")
        assert server.wait_for_held()["id"] == queue_id
        alarm = server.wait_for_event("ndn.held")
        assert (alarm["cause"], alarm["rule"]) == ("refused-by-policy", "automatic.no-verdict")
        assert "a scanner had looked" in alarm["otherwise"]
        assert server.events("ndn.sent") == []
        assert not [mail for mail, _ in sink.received if mail[0].startswith("MAIL FROM:<>")]


def test_a_release_tries_again_what_was_held(serve):
    with Sink(answers={"carol@": "550 5.1.1 not yet"}) as sink:
        server = serve(sink.port, more=STRANGERS.format(port=sink.port))
        queue_id = server.submit(["carol@branch.example"], source=OUTSIDE,
                                 sender="eve@far.example")
        server.wait_for_held()
        sink.answers.clear()
        assert server.command("queue", "release", queue_id).returncode == 0
        sink.wait_for(1)
        server.wait_for_empty_queue()


def test_waiting_for_a_busy_destination_is_no_attempt(serve):
    hop = FaultyHop(NEVER_UP)
    server = serve(hop.port, more="limits { stop_seconds: 1 }")
    for _ in range(10):
        server.submit(["carol@elsewhere.example"])
    time.sleep(3)
    assert sum(entry["attempts"] for entry in server.queue()) <= hop.connections


def test_a_hop_without_8bitmime_gets_no_8_bit_content(serve):
    with Sink(extensions=["PIPELINING"]) as sink:
        server = serve(sink.port)
        server.submit(["carol@elsewhere.example"], "Subject: x\r\n\r\n\u20ac\r\n".encode())
        (ndn,) = wait_for_notifications(server)
        assert ndn.fate("carol@elsewhere.example")[:2] == ("failed", "5.6.3")
        server.wait_for_empty_queue()
        assert not [mail for mail, _ in sink.received if mail[0].startswith("MAIL FROM:<>")]
