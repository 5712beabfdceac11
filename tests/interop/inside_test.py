"""Mail that stays inside (R3), aliases, and mail that goes round in circles."""
import shutil
import signal

import pytest

from faulty_hop import FaultyHop
from house import MAILDIRS, OUTSIDE, House
from name_server import NameServer
from notifications import wait_for_notifications
from testbed import Client, free_port, new_folder, wait_until

ALIASES = """
office@example.org: alice@example.org, bob@example.org
help@example.org: office@example.org
postmaster@example.org: carol@example.org
branch@example.org: dora@branch.example
"""
PEOPLE = ("abuse", "alice", "bob", "carol")


@pytest.fixture(name="folder")
def fixture_folder():
    with new_folder() as folder:
        yield folder


@pytest.fixture(name="smarthost")
def fixture_smarthost():
    with FaultyHop() as hop:
        yield hop


def config(smarthost, more=""):
    return (f'smarthost {{ host: "127.0.0.1" port: {smarthost.port} }} '
            f'aliases_file: "aliases"\n{more}')


@pytest.fixture(name="server")
def fixture_server(folder, smarthost):
    branch = (f'relay_domain {{ name: "branch.example" '
              f'next_hop {{ host: "127.0.0.1" port: {smarthost.port} }} }}')
    with House(folder / "s", config(smarthost, branch), people=PEOPLE,
               files={"aliases": ALIASES}) as server:
        yield server


def test_an_alias_reaches_everybody_behind_it_once(server, smarthost):
    server.submit(["office@example.org", "help@example.org", "alice@example.org"],
                  source=OUTSIDE, sender="eve@far.example")
    server.wait_for_empty_queue()
    for name in ("alice", "bob"):
        (mail,) = server.mailbox(name)
        assert f"Delivered-To: {name}@example.org\r\n".encode() in mail
    assert smarthost.taken == []


@pytest.mark.parametrize("recipient", ["postmaster@example.org> NOTIFY=FAILURE",
                                       "PostMaster"])
def test_postmaster_may_be_an_alias(server, recipient):
    server.submit([recipient], source=OUTSIDE, sender="eve@far.example")
    server.wait_for_empty_queue()
    assert len(server.mailbox("carol")) == 1


def test_an_alias_may_lead_to_a_domain_that_we_relay_for(server, smarthost):
    server.submit(["branch@example.org"], source=OUTSIDE, sender="eve@far.example")
    smarthost.wait_for(1)
    assert smarthost.copies("dora@branch.example") == 1


# RFC 3461, 5.2.7.
def test_an_alias_with_several_behind_it_is_told_as_expanded(server):
    server.submit(["office@example.org> NOTIFY=SUCCESS"], sender="carol@example.org")
    (ndn,) = wait_for_notifications(server, mailbox="carol")
    assert ndn.fate("office@example.org")[:2] == ("expanded", "2.1.5")
    server.wait_for_empty_queue()
    wait_for_notifications(server, 1, "carol")  # None from behind the list.


def test_an_alias_with_one_behind_it_is_told_by_its_own_name(server):
    server.submit(["branch@example.org> NOTIFY=SUCCESS"], sender="carol@example.org")
    (ndn,) = wait_for_notifications(server, mailbox="carol")
    assert ndn.fate("branch@example.org")[0] == "relayed"
    assert "dora" not in ndn.text
    assert ndn.recipients["branch@example.org"]["Original-Recipient"] == (
        "rfc822; branch@example.org")


@pytest.mark.parametrize("aliases, complaint", [
    ("a@example.org: b@example.org\nb@example.org: a@example.org\n", "circle"),
    ("a@example.org: eve@far.example\n", "far.example"),
    ("a@example.org: nobody@example.org\n", "nobody@example.org"),
])
def test_a_bad_alias_stops_the_start(folder, smarthost, aliases, complaint):
    with pytest.raises(AssertionError, match=complaint):
        House(folder / "s", config(smarthost), files={"aliases": aliases})


def test_a_message_that_was_delivered_to_this_mailbox_before_is_refused(server):
    loop = b"Delivered-To: bob@example.org\r\nSubject: x\r\n\r\nx\r\n"
    with Client(server.port, source=OUTSIDE) as client:
        replies = client.message("eve@far.example", ["bob@example.org"], loop)
    assert replies[-1].startswith("554 5.4.6")
    assert server.wait_for_event("mail.loop")["recipient"] == "<bob@example.org>"
    # A stranger's message to others goes on. Nothing fails later on, and nothing
    # is held: otherwise anybody could have mail held at will.
    with Client(server.port, source=OUTSIDE) as client:
        replies = client.message("eve@far.example", ["alice@example.org", "bob@example.org"],
                                 loop)
    assert replies[-1].startswith("250")
    server.wait_for_empty_queue()
    assert len(server.mailbox("alice")) == 1 and server.mailbox("bob") == []
    assert not server.events("ndn.held") and not server.events("mail.failed")
    # For the others it is no loop; who has it already gets it no more.
    server.submit(["alice@example.org", "bob@example.org"], loop, sender="carol@example.org")
    (ndn,) = wait_for_notifications(server, mailbox="carol")
    assert list(ndn.recipients) == ["bob@example.org"]
    assert ndn.fate("bob@example.org")[:2] == ("failed", "5.4.6")
    assert len(server.mailbox("alice")) == 2 and server.mailbox("bob") == []


# R3: whatever happens to mail between our own, nothing of it is seen outside.

def test_mail_inside_whose_mailbox_is_gone_comes_back_inside(server, smarthost):
    recipients = server.folder / "recipients"
    # Accepted, and the mailbox cannot be written: it waits.
    shutil.rmtree(server.folder / "mail" / "bob", ignore_errors=True)
    (server.folder / "mail" / "bob").write_text("no folder")
    server.submit(["office@example.org"])
    wait_until(lambda: server.events("delivery.deferred"), "the first attempt")
    # Then it is gone for good.
    recipients.write_text(recipients.read_text().replace("bob@example.org mailbox=bob\n", ""))
    (server.folder / "aliases").write_text(ALIASES.replace(", bob@example.org", ""))
    server.process.send_signal(signal.SIGHUP)
    (ndn,) = wait_for_notifications(server)
    assert ndn.fate("office@example.org")[:2] == ("failed", "5.1.1")
    server.wait_for_empty_queue()
    assert len(server.mailbox("alice")) == 2
    assert smarthost.connections == 0


def test_mail_inside_for_a_dead_mailbox_server_waits_and_is_given_up_inside(folder, smarthost):
    dead = (f'local_domain {{ name: "boxes.example" recipients_file: "boxes" '
            f'lmtp {{ host: "127.0.0.1" port: {free_port()} verify_recipients: false '
            'cut_through: false } }\n')
    boxes = "".join(f"{name}@boxes.example\n" for name in ("postmaster", "abuse", "bob"))
    with House(folder / "s", config(smarthost), local=MAILDIRS + dead,
               retry="lifetime_seconds: 3", files={"aliases": "", "boxes": boxes}) as server:
        server.submit(["bob@boxes.example"])
        wait_until(lambda: server.events("delivery.deferred"), "the first attempt")
        assert "bob@boxes.example>: pending (451 4.4.1" in server.show()
        (ndn,) = wait_for_notifications(server)
        assert ndn.fate("bob@boxes.example")[:2] == ("failed", "4.4.7")
        server.wait_for_empty_queue()
    assert smarthost.connections == 0


@pytest.mark.skipif(shutil.which("unbound") is None, reason="unbound is not installed")
def test_mail_inside_to_a_mailbox_server_that_moved_outside_is_kept_and_alarms(folder, smarthost):
    outside = ('local_domain { name: "boxes.example" recipients_file: "boxes" '
               'lmtp { host: "lmtp.example" port: 24 verify_recipients: false '
               'cut_through: false } }\n')
    boxes = "".join(f"{name}@boxes.example\n" for name in ("postmaster", "abuse", "bob"))
    with NameServer(folder, "lmtp.example A 192.0.2.1") as dns:
        resolver = f'resolver {{ forward: "127.0.0.1@{dns.port}" }}'
        with House(folder / "s", config(smarthost, resolver), local=MAILDIRS + outside,
                   files={"aliases": "", "boxes": boxes}) as server:
            server.submit(["bob@boxes.example"])
            failed = server.wait_for_event("delivery.failed")
            assert "lmtp.example" in failed["reply"] and failed["reply"].startswith("550 5.7.1")
            (ndn,) = wait_for_notifications(server)
            assert ndn.fate("bob@boxes.example")[:2] == ("failed", "5.7.1")
            alarm = server.wait_for_event("ndn.sent")
            assert (alarm["severity"], alarm["cause"]) == ("alarm", "may-not-leave")
            server.wait_for_empty_queue()
    assert smarthost.connections == 0


def test_a_mailbox_server_known_to_be_outside_stops_the_start(folder, smarthost):
    outside = ('local_domain { name: "boxes.example" recipients_file: "recipients" '
               'lmtp { host: "192.0.2.1" } }\n')
    with pytest.raises(AssertionError, match="192.0.2.1 is not in an inside_network"):
        House(folder / "s", config(smarthost), local=outside, files={"aliases": ""})


def test_ordinary_mail_does_go_outside(server, smarthost):
    server.submit(["eve@far.example", "bob@example.org"])
    smarthost.wait_for(1)
    assert list(smarthost.all_copies()) == ["eve@far.example"]
