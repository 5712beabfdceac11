"""Mail to the exchangers of other domains: which, in how many transactions,
over how many connections."""
import shutil

import pytest

from faulty_hop import Fault, FaultyHop, hang_up, reset, say
from house import INSIDE, House
from name_server import NameServer
from notifications import wait_for_notifications
from testbed import Client, new_folder, wait_until

pytestmark = pytest.mark.skipif(shutil.which("unbound") is None,
                                reason="unbound is not installed")

# 127.0.0.5 and 127.0.0.6 listen; nobody listens on 127.0.0.7.
RECORDS = """
one.example MX 10 both
two.example MX 10 both
three.example MX 10 Both
four.example MX 10 other
both.example A 127.0.0.5
other.example A 127.0.0.6
dead.example A 127.0.0.7
null.example MX 0 .
nothing.example TXT "no"
fallback.example MX 10 dead
fallback.example MX 20 both
only-dead.example MX 10 dead
breaks.example MX 1 both
breaks.example MX 2 other
many-dead.example MX 1 dead1
dead1.example A 127.0.0.101
many-dead.example MX 2 dead2
dead2.example A 127.0.0.102
many-dead.example MX 3 dead3
dead3.example A 127.0.0.103
many-dead.example MX 4 dead4
dead4.example A 127.0.0.104
many-dead.example MX 5 dead5
dead5.example A 127.0.0.105
many-dead.example MX 6 dead6
dead6.example A 127.0.0.106
many-dead.example MX 7 dead7
dead7.example A 127.0.0.107
many-dead.example MX 8 dead8
dead8.example A 127.0.0.108
many-dead.example MX 20 both
us.example MX 10 mx.example.org.
later-us.example MX 10 dead
later-us.example MX 20 mx.example.org.
later-us.example MX 30 both
"""

@pytest.fixture(name="name_server", scope="module")
def fixture_name_server():
    with new_folder() as folder, NameServer(folder, RECORDS) as server:
        yield server.port


@pytest.fixture(name="start")
def fixture_start(name_server):
    started = []
    with new_folder() as folder:
        def start(retry="", **hop):
            five = FaultyHop(address="127.0.0.5", **hop)
            six = FaultyHop(address="127.0.0.6", port=five.port)
            server = House(folder / "s", f"""
                resolver {{ forward: "127.0.0.1@{name_server}" }}
                mx {{ port: {five.port} allow_loopback_for_tests: true }}""", retry=retry)
            started.extend([server, five, six])
            return server, five, six

        yield start
        for one in started:
            one.__exit__(None, None, None)


# Also if their exchangers are known already, as they are the second time.
@pytest.mark.parametrize("before", [[], ["x@one.example", "x@two.example"]])
def test_domains_with_the_same_exchangers_share_one_transaction(start, before):
    server, five, six = start()
    for recipient in before:
        server.submit([recipient])
        server.wait_for_empty_queue()
    five.taken.clear()
    server.submit(["a@one.example", "b@two.example", "c@three.example", "d@four.example"])
    server.wait_for_empty_queue()
    (taken,) = five.taken
    assert sorted(line.split("<")[1].split(">")[0] for line in taken.recipients) == [
        "a@one.example", "b@two.example", "c@three.example"]
    assert six.copies("d@four.example") == 1
    assert len(six.taken) == 1


def test_a_connection_carries_many_messages(start):
    server, five, _ = start(retry="concurrency_per_destination: 2")
    for i in range(20):
        server.submit([f"a{i}@one.example"])
    server.wait_for_empty_queue()
    assert len(five.taken) == 20 and set(five.all_copies().values()) == {1}
    assert five.connections <= 2


def test_a_connection_that_broke_while_idle_costs_no_attempt(start):
    server, five, _ = start()
    server.submit(["a@one.example"])
    server.wait_for_empty_queue()
    five.fault = Fault("mail", hang_up)  # As if it had hung up before.
    server.submit(["b@one.example"])
    server.wait_for_empty_queue()
    assert five.copies("b@one.example") == 1 and five.connections == 2
    assert server.events("delivery.deferred") == []


LARGE = b"Subject: x\r\n\r\n" + (b"x" * 76 + b"\r\n") * 26000


# RFC 5321, 5.1: a fault of a host leads to the next one, in the same attempt.
@pytest.mark.parametrize("step, what", [
    ("connect", hang_up), ("greeting", say("421 4.3.2 busy")), ("greeting", say("554 no")),
    ("greeting", say("220-hello", "554 no")), ("greeting", say("521 never")),
    ("hello", say("421 4.3.2 busy")), ("mail", say("421 4.7.0 busy")),
    ("mail", say("421 4.7.0 busy", then_hang_up=True)), ("mail", hang_up), ("rcpt", reset),
    ("rcpt", say("421 4.7.0 busy", then_hang_up=True)), ("data", hang_up),
    ("data", say("421 4.7.0 busy")), ("amid", hang_up), ("end", say("421 4.3.2 closing")),
])
def test_an_exchanger_that_breaks_off_every_time_hides_no_other(start, step, what):
    server, five, six = start(fault=Fault(step, what, times=1000))
    content = LARGE if step == "amid" else b"Subject: x\r\n\r\nhello\r\n"
    for number in range(3):
        server.submit([f"a{number}@breaks.example"], content)
    server.wait_for_empty_queue()
    assert five.taken == []
    assert six.all_copies() == {f"a{number}@breaks.example": 1 for number in range(3)}
    assert server.events("delivery.deferred") == []


# What may have been taken is not given to another host.
def test_a_lost_answer_to_the_last_dot_is_no_reason_to_ask_another_host(start):
    server, five, six = start(fault=Fault("end", hang_up))
    server.submit(["a@breaks.example"])
    server.wait_for_empty_queue()
    assert len(server.events("delivery.deferred")) == 1
    assert five.copies("a@breaks.example") + six.copies("a@breaks.example") == 1


def test_many_dead_exchangers_do_not_hide_the_living_one(start):
    server, five, _ = start()
    server.submit(["a@many-dead.example"])
    server.wait_for_empty_queue()
    assert five.copies("a@many-dead.example") == 1
    assert server.events("delivery.deferred") == []


# MX-01
@pytest.mark.parametrize("domain, wanted", [
    ("null.example", "556 5.1.10 "),  # RFC 7505.
    ("nothing.example", "550 5.1.2 "),
    ("missing.example", "550 5.1.2 "),
    ("us.example", "554 5.4.6 "),  # MX-05
])
def test_a_domain_that_takes_no_mail_is_told_at_rcpt(start, domain, wanted):
    server, five, six = start()
    with Client(server.port, source=INSIDE) as client:
        client.ask("MAIL FROM:<alice@example.org>")
        reply = client.ask(f"RCPT TO:<carol@{domain}>")
        assert reply.startswith(wanted) and domain in reply
        assert client.ask("RCPT TO:<carol@one.example>").startswith("250")
    assert five.connections == six.connections == 0 and server.queue() == []


# MX-10
def test_after_a_dead_exchanger_the_living_one_is_tried_in_the_same_attempt(start):
    server, five, _ = start()
    server.submit(["carol@fallback.example"])
    server.wait_for_empty_queue()
    assert five.copies("carol@fallback.example") == 1
    assert server.events("delivery.deferred") == []


# MX-05
def test_nobody_behind_us_in_the_list_is_asked(start):
    server, five, _ = start(retry="lifetime_seconds: 2")
    server.submit(["carol@later-us.example"])
    (ndn,) = wait_for_notifications(server)
    assert ndn.fate("carol@later-us.example")[:2] == ("failed", "4.4.7")
    assert five.connections == 0


def test_a_dead_destination_holds_up_nobody_else(start):
    server, five, _ = start()
    server.submit(["carol@only-dead.example", "dora@one.example"])
    for i in range(5):
        server.submit([f"a{i}@one.example"])
    wait_until(lambda: len(five.taken) == 6, "the deliveries")
    (entry,) = wait_until(lambda: len(server.queue()) == 1 and server.queue(), "the queue")
    assert "carol@only-dead.example>: pending" in server.show(entry["id"])
