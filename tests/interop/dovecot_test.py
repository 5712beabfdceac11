"""Dovecot as the mailbox server: who is not there and who is full is refused
while the sender waits."""
import pytest

from dovecot import Dovecot, is_installed
from fake_clamd import FakeClamd
from house import INSIDE, OUTSIDE, House
from notifications import Notification, wait_for_notifications
from testbed import Client, Sink, new_folder

pytestmark = pytest.mark.skipif(not is_installed(), reason="dovecot-lmtpd is not installed")

SMALL = b"Subject: x\r\n\r\nx\r\n"
# More than bob has room for.
LARGE = b"Subject: x\r\n\r\n" + (b"x" * 76 + b"\r\n") * 100
BOB_IS_SMALL = {"bob": "*:bytes=2000"}


@pytest.fixture(name="start")
def fixture_start():
    started = []
    with new_folder() as folder:
        def start(**options):
            dovecot = Dovecot(folder, **options)
            started.append(dovecot.__enter__())
            local = f"""local_domain {{ name: "example.org" recipients_file: "recipients"
                                       lmtp {{ host: "unix:{dovecot.socket}" }} }}"""
            people = ("postmaster", "abuse", "alice", "bob", "ghost")
            started.append(House(folder / "s", "", local=local, people=people))
            return dovecot, started[-1]

        yield start
        for one in reversed(started):
            one.__exit__(None, None, None)


def test_mail_is_in_the_mailbox_when_its_sender_has_the_answer(start):
    dovecot, server = start()
    server.submit(["alice@example.org"], b"Subject: to dovecot\r\n\r\n..a dot\r\n",
                  source=OUTSIDE)
    (mail,) = dovecot.box("alice")
    assert b"Subject: to dovecot" in mail and b"\n.a dot" in mail
    server.wait_for_empty_queue()


def has_told_nobody(server):
    server.wait_for_empty_queue()
    return not any(server.events(name) for name in
                   ("ndn.sent", "ndn.contradiction", "ndn.held", "ndn.silent"))


def test_whom_dovecot_does_not_know_is_refused_at_rcpt(start):
    # Our own list says that ghost exists; the mailbox server knows better.
    dovecot, server = start()
    with Client(server.port, source=OUTSIDE) as client:
        replies = client.message("carol@example.net", ["alice@example.org", "ghost@example.org"],
                                 SMALL)
    assert [r[:3] for r in replies] == ["250", "250", "550", "354", "250"]
    assert replies[2].startswith("550 5.1.1 The next hop says: ")
    assert len(dovecot.box("alice")) == 1
    assert has_told_nobody(server)


@pytest.mark.parametrize("source", [INSIDE, OUTSIDE])
def test_who_is_full_is_refused_at_rcpt(start, source):
    dovecot, server = start(quotas={"bob": "*:messages=1"}, at_rcpt=True)
    dovecot_has(dovecot, server, "bob", 1)
    with Client(server.port, source=source) as client:
        client.ask("MAIL FROM:<alice@example.org>")
        assert client.ask("RCPT TO:<alice@example.org>").startswith("250")
        assert client.ask("RCPT TO:<bob@example.org>").startswith("552 5.2.2 ")
    assert has_told_nobody(server)


def dovecot_has(dovecot, server, name, count):
    """Fills a mailbox, and lets the server forget that it had room."""
    for _ in range(count):
        server.submit([f"{name}@example.org"])
    assert len(dovecot.box(name)) == count
    server.stop()
    server.start()


@pytest.mark.parametrize("source", [INSIDE, OUTSIDE])
def test_who_gets_full_by_this_message_refuses_it_at_the_end_of_the_data(start, source):
    dovecot, server = start(quotas=BOB_IS_SMALL)
    with Client(server.port, source=source) as client:
        replies = client.message("carol@example.net", ["bob@example.org"], LARGE)
    assert [r[:3] for r in replies[:-1]] == ["250", "250", "354"]
    assert replies[-1].startswith("552 5.2.2 ")
    assert dovecot.box("bob") == []
    assert has_told_nobody(server)


def test_a_client_with_prdr_gets_an_answer_for_each(start):
    dovecot, server = start(quotas=BOB_IS_SMALL)
    with Client(server.port, source=OUTSIDE) as client:
        assert "PRDR" in client.ask("EHLO client.example")
        client.ask("MAIL FROM:<carol@example.net> PRDR")
        client.ask("RCPT TO:<bob@example.org>")
        client.ask("RCPT TO:<alice@example.org>")
        client.ask("DATA")
        client.send(LARGE + b".\r\n")
        replies = [client.reply() for _ in range(4)]
    assert [r[:3] for r in replies] == ["353", "552", "250", "250"]
    assert replies[1].startswith("552 5.2.2 ")
    assert len(dovecot.box("alice")) == 1 and dovecot.box("bob") == []
    assert has_told_nobody(server)


def test_of_a_plain_clients_message_who_is_full_is_a_contradiction(start):
    dovecot, server = start(quotas=BOB_IS_SMALL)
    queue_id = server.submit(["bob@example.org", "alice@example.org"], LARGE, source=OUTSIDE,
                             sender="carol@example.net")
    assert server.wait_for_held()["id"] == queue_id
    alarm = server.wait_for_event("ndn.contradiction")
    assert (alarm["recipient"], alarm["cause"]) == ("<bob@example.org>", "mailbox-full")
    assert len(dovecot.box("alice")) == 1 and dovecot.box("bob") == []
    assert server.events("ndn.sent") == []


def test_of_a_plain_clients_message_our_own_sender_is_told_who_is_full(start):
    dovecot, server = start(quotas=BOB_IS_SMALL)
    server.submit(["bob@example.org", "abuse@example.org"], LARGE)
    server.wait_for_empty_queue()
    assert len(dovecot.box("abuse")) == 1 and dovecot.box("bob") == []
    (ndn,) = read_notifications(dovecot, "alice")
    action, status, diagnostic = ndn.fate("bob@example.org")
    assert (action, status) == ("failed", "5.2.2")
    assert diagnostic.startswith("smtp; 552 5.2.2 ")


def read_notifications(dovecot, name):
    """Dovecot ends lines by LF alone, and writes a Return-Path of its own."""
    return [Notification(octets.replace(b"\n", b"\r\n")) for octets in dovecot.box(name)]


def test_from_one_of_our_servers_to_the_next_prdr_tells_who_is_full(start):
    dovecot, server = start(quotas=BOB_IS_SMALL)
    outer = """local_domain { name: "outer.example" recipients_file: "recipients"
                              maildir_root: "mail" }"""
    route = f"""relay_domain {{ name: "example.org"
                               next_hop {{ host: "127.0.0.1" port: {server.port} }} }}"""
    with new_folder() as folder, House(folder / "s", route, local=outer, domain="outer.example",
                                       people=("postmaster", "abuse", "eve")) as first:
        first.submit(["bob@example.org", "alice@example.org"], LARGE, sender="eve@outer.example")
        (ndn,) = wait_for_notifications(first, mailbox="eve")
        assert ndn.fate("bob@example.org")[:2] == ("failed", "5.2.2")
        assert list(ndn.recipients) == ["bob@example.org"]
        first.wait_for_empty_queue()
    assert len(dovecot.box("alice")) == 1 and dovecot.box("bob") == []
    assert has_told_nobody(server)


def test_mailboxes_there_answer_and_forward_as_ours_do():
    """With LMTP the message is in the mailbox before anything is sent because of it; a rewritten
    sender is known to us and not to Dovecot (R22 to R24)."""
    content = (b"From: carol@example.com\r\nTo: alice@example.org\r\nSubject: x\r\n\r\nx\r\n")
    with new_folder() as folder, Dovecot(folder) as dovecot, FakeClamd() as clamd, \
            Sink() as sink:
        local = f"""local_domain {{ name: "example.org" recipients_file: "recipients"
                                   lmtp {{ host: "unix:{dovecot.socket}" }} }}"""
        config = (f'{clamd.config}smarthost {{ host: "127.0.0.1" port: {sink.port} }}\n'
                  'automatic { forwards_file: "forwards" }\n')
        with House(folder / "s", config, local=local,
                   files={"forwards": "alice@example.org: alice@example.net\n"}) as house:
            (folder / "text").write_text("Away.")
            assert house.command("absence", "set", "alice@example.org",
                                 f"--text=en:{folder / 'text'}").returncode == 0
            house.submit(["alice@example.org"], content, source=OUTSIDE,
                         sender="carol@example.com")
            sink.wait_for(2)
            house.wait_for_empty_queue()
            assert len(dovecot.box("alice")) == 1
            recipients = sorted(envelope[1].split()[1] for envelope, _ in sink.received)
            assert recipients == ["TO:<alice@example.net>", "TO:<carol@example.com>"]
            (rewritten,) = [envelope[0].split("<")[1].split(">")[0]
                            for envelope, _ in sink.received if "SRS0" in envelope[0]]
            with Client(house.port, source=OUTSIDE) as client:
                replies = client.message("", [rewritten], content)
            assert replies[-1].startswith("250"), replies
            sink.wait_for(3)
