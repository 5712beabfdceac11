"""The sender waits while its message goes on to the mailbox server, which
breaks at every step: our answer is true, nothing is lost, nothing is doubled."""
import concurrent.futures
import dataclasses

import pytest

from faulty_hop import STEPS, Fault, FaultyHop, hang_up, say
from house import INSIDE, MAILDIRS, OUTSIDE, House
from testbed import Client, new_folder, wait_until

SMALL = b"Subject: x\r\n\r\nhello\r\n"
LARGE = b"Subject: x\r\n\r\n" + (b"x" * 76 + b"\r\n") * 5000

# What becomes of a recipient.
NOW = "delivered before our answer"
LATER = "delivered after it"
REFUSED = "not delivered (or by the fault itself)"
HELD = "held for a person"


@dataclasses.dataclass
class Row:
    """The answer at the end of the data for a@ and b@, and their fates."""
    step: str
    what: object
    answer: str
    a: str
    b: str
    source: str = OUTSIDE
    only: str = ""
    content: bytes = SMALL
    times: int = 1


def step_rows():
    for step in STEPS:
        answers = 2 if step in ("amid", "end") else 1  # One for each recipient.
        for what, fault, code in (
                ("hang-up", hang_up, "4"),
                ("421", say("421 4.3.2 closing", then_hang_up=True), "4"),
                ("450", say(*["450 4.2.0 later"] * answers), "4"),
                ("550", say(*["550 5.7.1 never"] * answers), "5"),
        ):
            if step in ("connect", "greeting", "hello"):
                code = "4"  # It speaks of the host, not of the mail.
            for source, who in ((OUTSIDE, "a stranger"), (INSIDE, "one of ours")):
                # Who is ours is answered by 250 if it can be tried again.
                stored = source == INSIDE and code == "4"
                fate = LATER if stored else REFUSED
                yield f"{step}: {what}, {who}", Row(
                    step, fault, "2" if stored else code, fate, fate, source=source,
                    content=LARGE if step == "amid" else SMALL, times=2 if step == "rcpt" else 1)


OTHER_ROWS = {
    "all is well": Row("none", None, "2", NOW, NOW),
    "one recipient is put off": Row("rcpt", say("450 4.2.0 later"), "2", LATER, NOW, only="a@"),
    "one recipient is refused": Row("rcpt", say("550 5.1.1 no such user"), "2", HELD, NOW,
                                    only="a@"),
    # What the fault takes, the hop does not count.
    "after the data, one is put off": Row(
        "end", say("451 4.2.0 later", "250 2.0.0 taken"), "2", LATER, REFUSED),
    "after the data, one is full": Row(
        "end", say("552 5.2.2 full", "250 2.0.0 taken"), "2", HELD, REFUSED),
    "one answer after the data, then the end": Row(
        "end", say("250 2.0.0 taken", then_hang_up=True), "2", REFUSED, LATER),
}
ROWS = {**dict(step_rows()), **OTHER_ROWS}
class Stage:
    """One server for all rows, with a domain and a mailbox server for each."""

    def __init__(self, folder):
        self.hops = [FaultyHop(row.what and Fault(row.step, row.what, row.times, row.only),
                               lmtp=True) for row in ROWS.values()]
        files, local = {}, MAILDIRS
        for i, hop in enumerate(self.hops):
            files[f"r{i}"] = "".join(f"{name}@d{i}.example\n"
                                     for name in ("a", "b", "postmaster", "abuse"))
            local += (f'local_domain {{ name: "d{i}.example" recipients_file: "r{i}" lmtp {{ host: '
                      f'"127.0.0.1" port: {hop.port} verify_recipients: false }} }}\n')
        self.server = House(folder / "s", "", local=local, files=files)
        with concurrent.futures.ThreadPoolExecutor(20) as clients:
            self.sent = list(clients.map(self.send, range(len(ROWS))))

    @staticmethod
    def recipients(index):
        return [f"a@d{index}.example", f"b@d{index}.example"]

    def send(self, index):
        """The replies to the message, and what the hop had taken by then."""
        row, hop = list(ROWS.values())[index], self.hops[index]
        with Client(self.server.port, source=row.source) as client:
            replies = client.message("carol@far.example", self.recipients(index), row.content)
        return replies, hop.all_copies()

    def is_waiting(self, queue_id):
        return any(e["id"] == queue_id and e["state"] != "held" for e in self.server.queue())


@pytest.fixture(name="stage", scope="module")
def fixture_stage():
    with new_folder() as folder:
        stage = Stage(folder)
        yield stage
        stage.server.stop()


@pytest.mark.parametrize("name", ROWS)
def test_what_we_answer_is_true(stage, name):
    index = list(ROWS).index(name)
    row, hop, server = ROWS[name], stage.hops[index], stage.server
    replies, taken_by_then = stage.sent[index]
    assert [r[0] for r in replies] == ["2", "2", "2", "3", row.answer], replies
    if row.answer == "2":
        queue_id = replies[-1].split()[-1]
        wait_until(lambda: not stage.is_waiting(queue_id),
                   lambda: f"the end\n{server.show(queue_id)}")
        is_held = any(e["id"] == queue_id for e in server.queue())
        assert is_held == (HELD in (row.a, row.b))
    for address, fate in zip(stage.recipients(index), (row.a, row.b)):
        assert taken_by_then[address] == (1 if fate == NOW else 0)
        assert hop.copies(address) == (1 if fate in (NOW, LATER) else 0)


def test_nobody_was_told_by_mail_and_nothing_else_is_left(stage):
    server = stage.server
    held = len([row for row in ROWS.values() if HELD in (row.a, row.b)])
    wait_until(lambda: len(server.queue()) == held, lambda: f"the end: {server.queue()}")
    assert server.events("ndn.sent") == []
    assert len(server.events("ndn.contradiction")) == held


@pytest.mark.parametrize("step, what, wanted", [
    ("rcpt", say("550 5.1.1 no such user"), "550 5.1.1 The next hop says: no such user"),
    ("rcpt", say("552 5.2.2 full"), "552 5.2.2 "),
    ("rcpt", say("450 4.2.0 later"), "450 4.2.0 "),
    ("rcpt", hang_up, "451 4.4."),
    ("rcpt", say("421 4.3.2 closing", then_hang_up=True), "451 4.4.2 The next hop says: closing"),
    ("rcpt", say("221 2.0.0 bye"), "451 4.4.2 "),
    ("rcpt", say("334 VXNlcm5hbWU6"), "451 4."),
    ("rcpt", say("535 5.7.8 wrong"), "451 4.7.0 "),
    ("rcpt", say("503 5.5.1 first MAIL"), "451 4.5.0 "),
    ("connect", hang_up, "451 4.4.1 "),
    ("greeting", say("554 5.7.1 go away"), "451 4.4.1 "),
    ("hello", say("421 4.3.2 closing"), "451 4.4.1 "),
    ("mail", say("552 5.3.4 too big"), "552 5.3.4 "),
    # It may mind our question, and not the mail: that will tell.
    ("mail", say("550 5.7.1 no null senders"), "250 "),
    ("none", None, "250 "),
])
def test_at_rcpt_the_mailbox_server_is_asked(step, what, wanted):
    with new_folder() as folder, FaultyHop(what and Fault(step, what), lmtp=True) as hop:
        local = (f'local_domain {{ name: "example.org" recipients_file: "recipients" lmtp {{ '
                 f'host: "127.0.0.1" port: {hop.port} }} }}')
        with House(folder / "s", "", local=local) as server:
            with Client(server.port, source=OUTSIDE) as client:
                client.ask("MAIL FROM:<carol@far.example> SIZE=1000")
                assert client.ask("RCPT TO:<bob@example.org>").startswith(wanted)
            assert hop.taken == [] and server.queue() == []


def test_a_hop_that_closes_ends_neither_our_session_nor_the_others():
    """NEW-06: at RCPT, and after the content."""
    with new_folder() as folder, FaultyHop(
            answers={"shut@": "421 4.3.2 closing"}, lmtp=True) as hop:
        local = MAILDIRS + (f'local_domain {{ name: "lmtp.example" recipients_file: "r" lmtp {{ '
                            f'host: "127.0.0.1" port: {hop.port} }} }}')
        names = "".join(f"{name}@lmtp.example\n"
                        for name in ("shut", "carol", "postmaster", "abuse"))
        with House(folder / "s", "", local=local, files={"r": names}) as server, \
                Client(server.port, source=OUTSIDE) as client:
            replies = client.message(
                "eve@far.example", ["alice@example.org", "shut@lmtp.example", "bob@example.org"],
                SMALL)
            assert replies[2].startswith("451 4.4.2 The next hop says: closing"), replies
            assert [r[:3] for r in replies] == ["250", "250", "451", "250", "354", "250"]
            server.wait_for_mail("alice")
            server.wait_for_mail("bob")
            hop.fault = Fault("end", say("421 4.3.2 shutting down", then_hang_up=True))
            replies = client.message("eve@far.example", ["carol@lmtp.example"], SMALL)
            assert replies[-1].startswith("451 4.4.2 "), replies
            assert client.ask("NOOP").startswith("250 ")


def test_another_name_of_a_domain_is_no_other_mailbox():
    """The mailbox server knows the main name only, and is asked about that and
    given it; a mailbox that is named twice gets one copy."""
    with new_folder() as folder, FaultyHop(
            answers={"@other.example": "550 5.1.1 no such domain"}, lmtp=True) as hop:
        local = (f'local_domain {{ name: "example.org" alias: "other.example" '
                 f'recipients_file: "recipients" lmtp {{ host: "127.0.0.1" port: {hop.port} }} }}')
        with House(folder / "s", 'aliases_file: "aliases"', local=local,
                   files={"aliases": "team@other.example: alice@other.example\n"}) as server:
            with Client(server.port, source=OUTSIDE) as client:
                for name in ("alice@other.example", "team@other.example", "Postmaster"):
                    shown = server.command("explain", "--client", OUTSIDE, "--to", name)
                    assert shown.stdout.startswith("accept: "), shown
                    replies = client.message("carol@far.example", [name], SMALL)
                    assert replies[-1].startswith("250 "), replies
                replies = client.message(
                    "carol@far.example", ["bob@example.org", "bob@other.example"], SMALL)
                assert replies[-1].startswith("250 "), replies
            assert hop.all_copies() == {"alice@example.org": 2, "postmaster@example.org": 1,
                                        "bob@example.org": 1}
            server.wait_for_empty_queue()
