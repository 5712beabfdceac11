"""A next hop that breaks at every step: nothing is lost, nothing is doubled, and
the sender is told exactly when the hop has said a last word."""
import dataclasses

import pytest

from faulty_hop import Fault, FaultyHop, hang_up, reset, say, say_endlessly
from house import House
from notifications import Notification, is_report, wait_for_notifications
from testbed import new_folder, wait_until

SMALL = b"Subject: x\r\n\r\nhello\r\n"
LARGE = b"Subject: x\r\n\r\n" + (b"x" * 76 + b"\r\n") * 26000  # 2 MB.

PIPELINING = ("PIPELINING", "8BITMIME")
ONE_BY_ONE = ("8BITMIME",)
CHUNKING = ("PIPELINING", "8BITMIME", "CHUNKING")

# What becomes of a recipient: a status is that of the notification.
NOW = "delivered in the first attempt"
LATER = "delivered in a later attempt"
GARBAGE = say("\x00\xff\x1b[2J", "25", "250_ok")


@dataclasses.dataclass
class Row:
    """The fault comes in the first attempt; after it, the hop is a good one.
    Of a message for a@ and b@, what becomes of both?"""
    step: str
    what: object
    a: str
    b: str
    content: bytes = SMALL
    only: str = ""
    extensions: tuple = PIPELINING
    times: int = 1


def step_rows():
    """Every break at every step, with pipelining and without."""
    for step in ("connect", "greeting", "hello", "mail", "rcpt", "data", "amid", "end"):
        last_word = "5.0.0" if step in ("mail", "rcpt", "data", "amid", "end") else LATER
        content = LARGE if step == "amid" else SMALL
        for name, extensions in (("", PIPELINING), (" one by one", ONE_BY_ONE)):
            for what, fault, fate in (
                    ("hang-up", hang_up, LATER),
                    ("reset", reset, LATER),
                    ("421", say("421 4.3.2 closing", then_hang_up=True), LATER),
                    ("421 and stays", say("421 4.3.2 closing"), LATER),
                    ("450", say("450 4.2.0 later"), LATER),
                    ("550", say("550 never"), last_word),
                    ("550 and hang-up", say("550 never", then_hang_up=True), last_word),
                    ("garbage", GARBAGE, LATER),
                    ("endless lines", say_endlessly(b"250-more and more\r\n"), LATER),
                    ("an endless line", say_endlessly(b"250 more and more"), LATER),
            ):
                if (step, what) == ("hello", "550"):
                    fate = NOW  # By HELO.
                if (step, what) == ("rcpt", "550 and hang-up"):
                    continue  # CLI-06 below: it speaks of one recipient.
                yield f"{step}: {what}{name}", Row(
                    step, fault, fate, fate, content=content, extensions=extensions,
                    times=2 if step == "rcpt" else 1)


OTHER_ROWS = {
    "554 greeting speaks of the host, not of the mail": Row(
        "greeting", say("554 5.7.1 go away"), LATER, LATER),
    "greeting in several lines": Row("greeting", say("220-a", "220 b"), NOW, NOW),
    # CLI-11
    "421 to EHLO is final, no HELO": Row("hello", say("421 4.3.2 busy"), LATER, LATER),
    "502 to EHLO, then HELO": Row("hello", say("502 5.5.1 what?"), NOW, NOW),
    # CLI-06
    "refuses one pipelined recipient and hangs up": Row(
        "rcpt", say("550 5.1.1 no such user", then_hang_up=True), "5.1.1", LATER, only="a@"),
    "refuses one recipient and hangs up": Row(
        "rcpt", say("550 5.1.1 no such user", then_hang_up=True), "5.1.1", LATER, only="a@",
        extensions=ONE_BY_ONE),
    "refuses one recipient": Row("rcpt", say("550 5.1.1 no such user"), "5.1.1", NOW, only="a@"),
    # CLI-07
    "answers and hangs up amid the content": Row(
        "amid", say("552 5.3.4 too big", then_hang_up=True), "5.3.4", "5.3.4", content=LARGE),
    "answers amid the content and reads on": Row(
        "amid", say("552 5.3.4 too big"), "5.3.4", "5.3.4", content=LARGE),
    "refuses a chunk": Row("amid", say("552 5.3.4 too big"), "5.3.4", "5.3.4", content=LARGE,
                           extensions=CHUNKING),
    "hangs up amid the chunks": Row("amid", hang_up, LATER, LATER, content=LARGE,
                                    extensions=CHUNKING),
    # CLI-10
    "puts one recipient off and takes the next": Row(
        "rcpt", say("450 4.2.0 later"), LATER, NOW, only="a@"),
    # RFC 5321, 4.5.3.1.10: too many at once go at once in another transaction.
    "452 4.5.3 for one recipient": Row(
        "rcpt", say("452 4.5.3 too many"), NOW, NOW, only="a@"),
    "552 5.5.3 for one recipient": Row(
        "rcpt", say("552 5.5.3 too many recipients"), NOW, NOW, only="b@"),
    "552 without a status for one recipient": Row(
        "rcpt", say("552 too many recipients"), NOW, NOW, only="b@"),
    "552 5.2.2 for one recipient is final": Row(
        "rcpt", say("552 5.2.2 quota exceeded"), NOW, "5.2.2", only="b@"),
    # CLI-03
    "2yz to DATA": Row("data", say("250 2.0.0 fine"), LATER, LATER),
    "220 to EHLO": Row("hello", say("220 hello"), LATER, LATER),
    "354 to MAIL": Row("mail", say("354 go on"), LATER, LATER),
    # CLI-09
    "takes nobody and says 354": Row("rcpt", say("550 5.1.1 no"), "5.1.1", "5.1.1", times=2),
}
ROWS = {**dict(step_rows()), **OTHER_ROWS}


class Stage:
    """One server for all rows, with a domain and a hop for each."""

    def __init__(self, folder):
        self.hops = [FaultyHop(Fault(row.step, row.what, row.times, row.only), row.extensions)
                     for row in ROWS.values()]
        config = "notifications { address_burst: 1000 domain_burst: 1000 }\n" + "".join(
            f'route {{ domain: "{self.domain(i)}" next_hop {{ host: "127.0.0.1" port: {hop.port} '
            "} }\n" for i, hop in enumerate(self.hops))
        self.server = House(folder / "s", config)
        self.ids = [self.server.submit([f"a@{self.domain(i)}", f"b@{self.domain(i)}"], row.content)
                    for i, row in enumerate(ROWS.values())]
        self.told = {}  # Recipient: its statuses, one for each notification.
        self.read = 0

    @staticmethod
    def domain(index):
        return f"d{index}.example"

    def notified(self, address):
        """The statuses of all notifications about a recipient."""
        mails = self.server.mailbox("alice")
        for octets in mails[self.read:]:
            assert is_report(octets)
            for recipient, fields in Notification(octets).recipients.items():
                self.told.setdefault(recipient, []).append(fields["Status"])
        self.read = len(mails)
        return self.told.get(address, [])

    def deferred(self, index):
        """Who was tried again."""
        wanted = f' delivery.deferred req="RFC 5321, 4.5.4.1" id={self.ids[index]} '
        lines = [line for line in self.server.log().splitlines() if wanted in line]
        return {line.split("recipient=<")[1].split(">")[0] for line in lines}


@pytest.fixture(name="stage", scope="module")
def fixture_stage():
    with new_folder() as folder:
        stage = Stage(folder)
        yield stage
        stage.server.stop()


@pytest.mark.parametrize("name", ROWS)
def test_nothing_is_lost_and_nothing_is_doubled(stage, name):
    index = list(ROWS).index(name)
    row, hop = ROWS[name], stage.hops[index]
    fates = {f"a@{stage.domain(index)}": row.a, f"b@{stage.domain(index)}": row.b}
    wait_until(lambda: not any(e["id"] == stage.ids[index] for e in stage.server.queue()),
               lambda: f"the end of {stage.server.show(stage.ids[index])}")
    deferred = stage.deferred(index)
    for address, fate in fates.items():
        is_delivered = fate in (NOW, LATER)
        assert hop.copies(address) == (1 if is_delivered else 0)
        assert (address in deferred) == (fate == LATER)
        if not is_delivered:
            wait_until(lambda a=address: stage.notified(a), f"a notification about {address}")
        assert stage.notified(address) == ([] if is_delivered else [fate])
    for taken in hop.taken:
        assert taken.content.endswith(row.content + (b"" if row.extensions is CHUNKING
                                                     else b".\r\n"))


def test_at_the_end_nothing_is_left(stage):
    stage.server.wait_for_empty_queue()
    assert "\x1b" not in stage.server.log()


# CLI-07
def test_nothing_more_is_sent_to_a_hop_that_has_refused():
    content = b"Subject: x\r\n\r\n" + (b"x" * 76 + b"\r\n") * 200000  # 15 MB.
    fault = Fault("amid", say("552 5.3.4 too big"))
    with new_folder() as folder, FaultyHop(fault) as hop:
        with House(folder / "s", f'smarthost {{ host: "127.0.0.1" port: {hop.port} }}') as server:
            server.submit(["a@far.example"], content)
            (ndn,) = wait_for_notifications(server)
            assert ndn.fate("a@far.example")[1] == "5.3.4"
            (octets,) = wait_until(lambda: hop.abandoned, "the end of the connection")
            assert octets < len(content) / 2


def test_octets_that_drip_are_put_together():
    with new_folder() as folder, FaultyHop(drip_seconds=0.002) as hop:
        with House(folder / "s", f'smarthost {{ host: "127.0.0.1" port: {hop.port} }}') as server:
            server.submit(["a@far.example"])
            hop.wait_for(1)
            server.wait_for_empty_queue()
            assert hop.copies("a@far.example") == 1
