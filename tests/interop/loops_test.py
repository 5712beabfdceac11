"""Absent people, a mailing list and forwards over three servers of ours: what they send by
themselves stays bounded, and nothing loops (R22 to R24)."""
import contextlib
import time

import pytest

from fake_clamd import FakeClamd
from house import OUTSIDE, House
from testbed import Client, free_port, new_folder, wait_until

DOMAINS = ("a.example", "b.example", "c.example")
MAIL = (b"From: %s\r\nTo: %s\r\nSubject: x\r\nMessage-ID: <1@example.com>\r\n%s\r\nhello\r\n")


@pytest.fixture(name="town")
def fixture_town():
    """A house for each domain; each knows where the others are."""
    ports = dict(zip(DOMAINS, (free_port() for _ in DOMAINS)))
    following = dict(zip(DOMAINS, DOMAINS[1:] + DOMAINS[:1]))
    with new_folder() as folder, FakeClamd() as clamd, contextlib.ExitStack() as stack:
        town = {}
        for domain in DOMAINS:
            routes = "".join(
                f'route {{ domain: "{other}" next_hop {{ host: "127.0.0.1" port: {port} }} }}\n'
                for other, port in ports.items() if other != domain)
            town[domain] = stack.enter_context(House(
                folder / domain[0],
                f'{clamd.config}{routes}mx {{ off: true }}\n'
                f'listen {{ address: "127.0.0.1" port: {ports[domain]} }}\n'
                'automatic { forwards_file: "forwards" }\n',
                local=(f'local_domain {{ name: "{domain}" recipients_file: "recipients" '
                       'maildir_root: "mail" }\n'),
                files={"forwards": f"alice@{domain}: alice@{following[domain]}\n"},
                domain=domain))
        yield town


def send(house, sender, recipients, fields=b""):
    with Client(house.port, source=OUTSIDE) as client:
        content = MAIL % (sender.encode(), ", ".join(recipients).encode(), fields)
        replies = client.message(sender, recipients, content)
        assert replies[-1].startswith("250"), replies


def sent(town, kind=None):
    return [event for house in town.values() for event in house.events("automatic.sent")
            if kind in (None, event["kind"])]


def settle(town):
    """All is quiet, and stays so."""
    for _ in range(3):
        for house in town.values():
            house.wait_for_empty_queue()
        time.sleep(0.1)


def set_absence(house, owner):
    text = house.folder / "text"
    text.write_text(f"{owner} is away.")
    done = house.command("absence", "set", owner, f"--text=en:{text}")
    assert done.returncode == 0, done.stderr


def test_a_forward_loop_over_three_servers_ends_where_it_began(town):
    send(town["a.example"], "carol@example.com", ["alice@a.example"])
    wait_until(lambda: town["c.example"].mailbox("alice"), town["c.example"].log)
    settle(town)
    assert [len(house.mailbox("alice")) for house in town.values()] == [1, 1, 1]
    assert len(sent(town, "forward")) == 3, "the third one comes home and is refused"
    assert len(sent(town)) == 3
    assert not any(house.events("ndn.sent") for house in town.values())


def test_a_bounce_finds_back_through_all_who_forwarded(town):
    send(town["a.example"], "carol@example.com", ["alice@a.example"])
    kept = wait_until(lambda: town["c.example"].mailbox("alice"), town["c.example"].log)[0]
    settle(town)
    rewritten = kept.split(b"<", 1)[1].split(b">", 1)[0].decode()
    assert rewritten.endswith("@b.example")
    send(town["b.example"], "", [rewritten])
    shown = wait_until(town["a.example"].show, town["b.example"].log)
    assert "to <carol@example.com>: pending" in shown and "from <>" in shown


def test_absent_people_on_two_servers_answer_each_other_once(town):
    set_absence(town["a.example"], "bob@a.example")
    set_absence(town["b.example"], "bob@b.example")
    for _ in range(3):
        send(town["b.example"], "bob@a.example", ["bob@b.example"])
    wait_until(lambda: town["a.example"].mailbox("bob"), town["b.example"].log)
    settle(town)
    assert len(sent(town, "absence-notice")) == len(sent(town)) == 1
    assert len(town["a.example"].mailbox("bob")) == 1
    assert len(town["b.example"].mailbox("bob")) == 3


def test_a_mailing_list_gets_no_answer_from_anybody(town):
    for domain, house in town.items():
        set_absence(house, f"bob@{domain}")
        for _ in range(3):
            send(house, "list-bounces@example.net", [f"bob@{domain}"],
                 b"List-Id: <list.example.net>\r\nPrecedence: list\r\n")
    settle(town)
    assert not sent(town)
    assert [len(house.mailbox("bob")) for house in town.values()] == [3, 3, 3]
