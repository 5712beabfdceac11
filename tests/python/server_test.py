"""mailsec.Server with handlers in Python, and what it leaves in its spool."""
import asyncio
import concurrent.futures
import logging
import os
import pickle
import smtplib
import stat
import subprocess
import sys
import threading
import time

import mailsec
import pytest

STRANGER, TRUSTED = "127.0.0.1", "127.0.0.2"


def send(server, recipient, content="Subject: x\r\n\r\nhello\r\n", source=STRANGER):
    with smtplib.SMTP(
        "127.0.0.1", server.port, "client.example", 20, (source, 0)
    ) as smtp:
        return smtp.sendmail("a@client.example", [recipient], content)


def refusal(server, recipient="alice@example.org", **options):
    """The reply code with which a message is refused."""
    try:
        send(server, recipient, **options)
    except smtplib.SMTPRecipientsRefused as refused:
        return refused.recipients[recipient][0]
    except smtplib.SMTPResponseException as refused:
        return refused.smtp_code
    return None


@pytest.fixture(name="folder")
def demo_folder(tmp_path):
    return str(tmp_path / "demo")


@pytest.fixture(name="unraisable")
def unraisable_list(monkeypatch):
    seen = []
    monkeypatch.setattr(sys, "unraisablehook", seen.append)
    return seen


class Recorder:
    """Objects to nothing and keeps what it was asked."""

    def __init__(self):
        self.asked = []

    def mail(self, session, mail):
        self.asked.append(("mail", session, mail))

    def rcpt(self, session, envelope, rcpt):
        self.asked.append(("rcpt", session, envelope, rcpt))

    def message(self, session, envelope, content):
        self.asked.append(("message", session, envelope, content))


def test_a_handler_sees_the_whole_mail(folder):
    handler = Recorder()
    with mailsec.Server.demo(folder, handler=handler) as server:
        assert refusal(server) is None
    assert [call[0] for call in handler.asked] == ["mail", "rcpt", "message"]
    session, mail = handler.asked[0][1:]
    assert session.client == mailsec.IpAddress(STRANGER)
    assert session.client_name == "client.example" and session.extended
    assert str(mail.path) == "<a@client.example>"
    assert str(handler.asked[1][3].path) == "<alice@example.org>"
    envelope, content = handler.asked[2][2:]
    assert [str(r.path) for r in envelope.recipients] == ["<alice@example.org>"]
    assert content.startswith(b"Received: ")
    assert content.endswith(b"\r\n\r\nhello\r\n")


def delivered(folder, mailbox, wait_seconds=20):
    """The content of the one message in a Maildir."""
    new = os.path.join(folder, "mail", mailbox, "new")
    end = time.monotonic() + wait_seconds
    while time.monotonic() < end:
        if os.path.isdir(new) and os.listdir(new):
            with open(os.path.join(new, os.listdir(new)[0]), "rb") as file:
                return file.read()
        time.sleep(0.02)
    return None


class Silent(mailsec.MailHandler, mailsec.RcptHandler, mailsec.MessageHandler):
    """Has the methods that are declared, which object to nothing."""


@pytest.mark.parametrize("handler", [None, Recorder(), Silent()])
def test_what_is_accepted_is_delivered(folder, handler):
    with mailsec.Server.demo(folder, handler=handler) as server:
        assert refusal(server) is None
        lines = delivered(folder, "alice").splitlines()
        assert lines[-3:] == [b"Subject: x", b"", b"hello"]


def test_a_large_message_reaches_handler_and_mailbox(folder):
    handler = Recorder()
    line = "x" * 76 + "\r\n"
    with mailsec.Server.demo(folder, handler=handler) as server:
        assert refusal(server, content="\r\n" + line * 50000) is None
        assert len(handler.asked[2][3]) > 50000 * len(line)
        assert delivered(folder, "alice").count(b"x" * 76) == 50000


class Answering:
    """Answers every question with the same."""

    def __init__(self, method, answer):
        self.answer = answer
        setattr(self, method, self.reply)

    def reply(self, *_):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


NO = mailsec.Reply(550, "Not today", status=(5, 7, 1))
YES = mailsec.Reply(250, "Yes")
ANSWERS = [
    ("None goes on", None, None, 0),
    ("a refusing Reply refuses", NO, 550, 0),
    ("a Decision decides", mailsec.Decision(NO, rule="demo"), 550, 0),
    ("an exception defers", KeyError("x"), 451, 1),
    ("a wrong type defers", "250 yes", 451, 1),
    ("3yz decides nothing", mailsec.Reply(354, "Go"), 451, 1),
]


@pytest.mark.parametrize("method", ["mail", "rcpt", "message"])
@pytest.mark.parametrize("words, answer, code, reported", ANSWERS)
def test_answers(folder, unraisable, method, words, answer, code, reported):
    handler = Answering(method, answer)
    with mailsec.Server.demo(folder, handler=handler) as server:
        assert refusal(server) == code
    assert len(unraisable) == reported


def test_a_handler_cannot_open_the_relay(folder):
    handler = Answering("rcpt", YES)
    with mailsec.Server.demo(folder, handler=handler) as server:
        assert refusal(server, "b@far.example") == 550
        assert refusal(server, "nobody@example.org") == 550
        assert refusal(server, "b@far.example", source=TRUSTED) is None


def queued(folder):
    """What a server that has ended left in its spool."""
    with mailsec.SpoolReader(os.path.join(folder, "spool")) as spool:
        return spool.entries()


def test_a_message_that_the_handler_takes_is_not_kept(folder):
    for taken in (mailsec.Taken(), mailsec.Taken(mailsec.Reply(250, "Mine now"))):
        with mailsec.Server.demo(folder, handler=Answering("message", taken)) as server:
            assert refusal(server, "b@far.example", source=TRUSTED) is None
        assert queued(folder) == []


@pytest.mark.parametrize("method", ["mail", "rcpt"])
def test_only_a_message_can_be_taken(folder, unraisable, method):
    with mailsec.Server.demo(folder, handler=Answering(method, mailsec.Taken())) as server:
        assert refusal(server) == 451
    assert [type(seen.exc_value) for seen in unraisable] == [TypeError]


@pytest.mark.parametrize("answer", [YES, mailsec.Decision(YES, rule="demo"), True])
def test_a_yes_of_message_loses_no_mail(folder, unraisable, answer):
    """`return policy.decide(...)` means "no objection" and not "I have it"."""
    with mailsec.Server.demo(folder, handler=Answering("message", answer)) as server:
        assert refusal(server, "b@far.example", source=TRUSTED) == 451
    assert len(unraisable) == 1
    if answer is not True:
        assert "mailsec.Taken()" in str(unraisable[0].exc_value)
    with mailsec.Server.demo(folder, handler=Answering("mail", YES)) as server:
        assert refusal(server, "b@far.example", source=TRUSTED) is None
    assert len(queued(folder)) == 1


class NoText(Exception):
    def __str__(self):
        raise ValueError("no text")


@pytest.mark.parametrize("method", ["mail", "rcpt", "message"])
@pytest.mark.parametrize("raised", [NoText(), ValueError("\ud800"), SystemExit(3)])
def test_an_exception_without_a_text_defers_too(folder, unraisable, method, raised):
    class Raising:
        def __getattr__(self, name):
            if name != method:
                raise AttributeError(name)
            return self.fail

        def fail(self, *_):
            raise raised

    with mailsec.Server.demo(folder, handler=Raising()) as server:
        assert refusal(server) == 451
        assert refusal(server) == 451
    assert [seen.exc_value for seen in unraisable] == [raised, raised]


class Awaiting:
    """Awaits before each answer, in the loop it was told."""

    def __init__(self, answer=None):
        self.loops = set()
        self.answer = answer

    async def ask(self, *_):
        await asyncio.sleep(0.01)
        self.loops.add(asyncio.get_running_loop())
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def mail(self, session, mail):
        await self.ask()

    async def rcpt(self, session, envelope, rcpt):
        await self.ask()

    async def message(self, session, envelope, content):
        return await self.ask()


@pytest.mark.parametrize("answer, code, reported", [
    (None, None, 0), (NO, 550, 0), (mailsec.Taken(), None, 0), (YES, 451, 1),
    (KeyError("x"), 451, 1), (mailsec.Decision(NO), 550, 0),
])
def test_coroutines_answer_in_the_callers_loop(folder, unraisable, answer, code, reported):
    async def serve():
        loop = asyncio.get_running_loop()
        handler = Awaiting(answer) if not isinstance(answer, Exception) else Awaiting()
        if isinstance(answer, Exception):
            async def message(*_):
                raise answer
            handler.message = message
        async with mailsec.Server.demo(folder, handler=handler, loop=loop) as server:
            assert await asyncio.to_thread(refusal, server) == code
        assert not server.is_running
        assert handler.loops == {loop}

    asyncio.run(serve())
    assert len(unraisable) == reported


def test_many_coroutines_wait_at_the_same_time(folder):
    class Gate:
        def __init__(self):
            self.inside = 0
            self.all = asyncio.Event()

        async def message(self, session, envelope, content):
            self.inside += 1
            if self.inside == 20:
                self.all.set()
            await self.all.wait()

    async def serve():
        loop = asyncio.get_running_loop()
        async with mailsec.Server.demo(folder, handler=Gate(), loop=loop) as server:
            pool = concurrent.futures.ThreadPoolExecutor(20)
            codes = await asyncio.gather(
                *[loop.run_in_executor(pool, refusal, server) for _ in range(20)])
        assert codes == [None] * 20

    asyncio.run(serve())


def test_stop_in_the_loop_of_the_handler_would_wait_for_ever(folder):
    async def serve():
        loop = asyncio.get_running_loop()
        async with mailsec.Server.demo(folder, handler=Awaiting(), loop=loop) as server:
            with pytest.raises(RuntimeError, match="to_thread"):
                server.stop()
            assert server.is_running

    asyncio.run(serve())


def test_a_loop_that_ended_defers(folder, unraisable):
    async def serve():
        loop = asyncio.get_running_loop()
        return mailsec.Server.demo(folder, handler=Awaiting(), loop=loop)

    with asyncio.run(serve()) as server:
        assert refusal(server) == 451
    assert "closed" in str(unraisable[0].exc_value)


def test_a_handler_that_no_server_can_ask_is_refused_at_the_start(folder):
    for handler, words in [
        (Awaiting(), r"mail\(\) is a coroutine function; .*loop="),
        (Recorder, "Recorder is a class"),
    ]:
        with pytest.raises(TypeError, match=words):
            mailsec.Server.demo(folder, handler=handler)
    with pytest.raises(TypeError, match="loop: not an asyncio event loop"):
        mailsec.Server.demo(folder, handler=Recorder(), loop="loop")
    with pytest.raises(TypeError, match="scanners: each is a mailsec.Scanner"):
        mailsec.Server.demo(folder, scanners=[object()])
    with mailsec.Server.demo(folder):  # Nothing of those is left.
        pass


def test_a_coroutine_that_nobody_announced_defers(folder, unraisable):
    class Hidden:
        def message(self, *_):
            return Awaiting().ask()

    with mailsec.Server.demo(folder, handler=Hidden()) as server:
        assert refusal(server) == 451
    assert "no event loop" in str(unraisable[0].exc_value)


def test_what_a_handler_is_given_can_go_to_another_process(folder):
    handler = Recorder()
    with mailsec.Server.demo(folder, handler=handler) as server:
        send(server, "b@far.example", source=TRUSTED)
    given = [value for call in handler.asked for value in call[1:]]
    given += queued(folder) + handler.asked[-1][2].recipients
    kinds = set()
    for value in given:
        again = pickle.loads(pickle.dumps(value))
        assert again == value and hash(again) == hash(value) and repr(again) == repr(value)
        kinds.add(type(value).__name__)
    assert kinds >= {"SessionInfo", "MailFrom", "Envelope", "Recipient", "RcptTo", "QueueEntry"}


def test_its_queue_can_be_looked_at_and_changed(folder):
    with mailsec.Server.demo(folder) as server:
        send(server, "b@far.example", source=TRUSTED)
        send(server, "c@far.example", source=TRUSTED)
        first, second = server.queue()
        assert str(server.envelope(first.id).recipients[0].path) == "<b@far.example>"
        for entry in (first, second):
            server.hold(entry.id)
        while {entry.state for entry in server.queue()} != {mailsec.QueueState.HELD}:
            time.sleep(0.02)  # An attempt is under way.
        assert server.flush() == 0
        server.release(first.id)
        server.remove(second.id)
        assert [entry.id for entry in server.queue()] == [first.id]
        assert not server.envelope(first.id).given_up
        while True:
            try:
                server.give_up(first.id)
                break
            except RuntimeError:
                time.sleep(0.02)  # An attempt is under way.
        while first.id in [entry.id for entry in server.queue()
                           if entry.state != mailsec.QueueState.HELD]:
            time.sleep(0.02)
        for change in (server.remove, server.give_up):
            with pytest.raises(LookupError):
                change(second.id)
        with pytest.raises(ValueError):
            server.hold("not an id")
    for call in (server.queue, server.flush, server.stats, lambda: server.reload("")):
        with pytest.raises((RuntimeError, ValueError)):
            call()


def test_it_counts_what_it_did(folder):
    with mailsec.Server.demo(folder) as server:
        assert refusal(server) is None and refusal(server, "nobody@example.org") == 550
        assert delivered(folder, "alice")
        counts = server.stats()
    assert counts["accepted"] == 1 and counts["refused"] == 1
    assert sorted(counts) == [
        "accepted", "automatic", "connections", "content_refused", "contradictions",
        "delivered", "notified", "refused"]


def test_a_new_configuration_is_put_in_force_whole(folder):
    with mailsec.Server.demo(folder) as server:
        path = os.path.join(folder, "mailsecd.textproto")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        server.reload_file(path)
        server.reload(text, base_directory=folder)
        with pytest.raises(ValueError, match=":1:"):
            server.reload("foo: 1\n" + text, base_directory=folder)
        with pytest.raises(RuntimeError, match="restart"):
            server.reload(text.replace("mx.example.org", "other.example.org"),
                          base_directory=folder)
        assert refusal(server) is None


class Records(logging.Handler):
    def __init__(self, raised=None):
        super().__init__()
        self.records = []
        self.raised = raised

    def emit(self, record):
        self.records.append(record)
        if self.raised:
            raise self.raised


def make_logger(handler):
    logger = logging.Logger("mailsec.test", logging.DEBUG)
    logger.addHandler(handler)
    return logger


def test_events_go_to_a_logger(folder):
    handler = Records()
    with mailsec.Server.demo(folder, logger=make_logger(handler)) as server:
        assert refusal(server) is None
        assert refusal(server, "a%0aforged@far.example") == 550
    seen = {record.event: record for record in handler.records}
    assert {"server.started", "smtp.connected", "mail.accepted", "server.stopped"} <= seen.keys()
    accepted = seen["mail.accepted"]
    assert accepted.levelno == logging.INFO and accepted.event_class == "personal"
    assert accepted.event_requirement == "R2" and accepted.event_severity == "info"
    assert accepted.getMessage().startswith("mail.accepted ")
    assert accepted.event_fields and "\n" not in accepted.getMessage()


def test_a_logger_that_raises_harms_nobody(folder, unraisable):
    handler = Records(ValueError("disk full"))
    with mailsec.Server.demo(folder, logger=make_logger(handler)) as server:
        assert refusal(server) is None
    assert handler.records and len(unraisable) == len(handler.records)
    with pytest.raises(TypeError, match="logger"):
        mailsec.Server.demo(folder, logger="log")


class Meeting:
    """Returns from message() only when two threads are in it."""

    def __init__(self):
        self.both = threading.Barrier(2, timeout=20)

    def message(self, session, envelope, content):
        self.both.wait()


def test_sessions_are_served_side_by_side(folder):
    codes = []
    with mailsec.Server.demo(folder, handler=Meeting()) as server:
        threads = [
            threading.Thread(target=lambda: codes.append(refusal(server)))
            for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert codes == [None, None]


class Slow:
    """Tells when message() has begun, and takes its time."""

    def __init__(self):
        self.begun = threading.Event()

    def message(self, session, envelope, content):
        self.begun.set()
        time.sleep(0.5)


def test_stop_waits_for_a_message_under_way(folder):
    handler, refused = Slow(), []
    server = mailsec.Server.demo(folder, handler=handler)
    smtp = smtplib.SMTP("127.0.0.1", server.port, "client.example", 20)
    mail = ("a@client.example", ["alice@example.org"], "x\r\n")
    thread = threading.Thread(target=lambda: refused.append(smtp.sendmail(*mail)))
    thread.start()
    assert handler.begun.wait(20)
    server.stop()
    thread.join()
    smtp.close()
    assert refused == [{}]
    assert not server.is_running
    server.stop()  # Again: nothing happens.
    with pytest.raises(RuntimeError):
        server.port  # pylint: disable=pointless-statement


def test_the_spool_can_be_read_once_the_server_is_gone(folder):
    spool_folder = os.path.join(folder, "spool")
    with mailsec.Server.demo(folder) as server:
        send(server, "b@far.example",
             "Message-ID: <1@client.example>\r\nSubject: wait\r\n\r\nhere\r\n", TRUSTED)
        with pytest.raises(RuntimeError):
            mailsec.SpoolReader(spool_folder)
    with mailsec.SpoolReader(spool_folder) as spool:
        (entry,) = spool.entries()
        assert entry.state == mailsec.QueueState.WAITING
        envelope = spool.envelope(entry.id)
        assert str(envelope.sender) == "<a@client.example>"
        assert envelope.client == mailsec.IpAddress(TRUSTED)
        assert envelope.recipients[0].state == mailsec.RecipientState.PENDING
        assert envelope.message_id == "<1@client.example>" and not envelope.given_up
        assert envelope.received == entry.received
        content = spool.content(entry.id)
        assert content.endswith(b"Subject: wait\r\n\r\nhere\r\n")
        assert len(content) == entry.octets
        with pytest.raises(LookupError):
            spool.envelope("ZZZ")
        with pytest.raises(ValueError):
            spool.content("not an id")
    with pytest.raises(RuntimeError):
        spool.entries()


def test_a_spool_that_others_can_read_is_refused(folder):
    with mailsec.Server.demo(folder):
        pass
    spool_folder = os.path.join(folder, "spool")
    os.chmod(spool_folder, stat.S_IRWXU | stat.S_IRGRP)
    with pytest.raises(RuntimeError):
        mailsec.SpoolReader(spool_folder)
    with pytest.raises(LookupError):
        mailsec.SpoolReader(spool_folder + "-absent")


def test_errors_in_the_text_are_listed_with_their_places(tmp_path):
    with pytest.raises(ValueError) as raised:
        mailsec.Server("hostname: 'x y'\nfoo: 1\n", base_directory=str(tmp_path))
    assert ":2:" in str(raised.value)


def test_text_and_file_configure_alike(folder):
    with mailsec.Server.demo(folder):
        pass
    path = os.path.join(folder, "mailsecd.textproto")
    with mailsec.Server.from_file(path) as server:
        assert refusal(server) is None
    with open(path, encoding="utf-8") as file:
        text = file.read()
    with mailsec.Server(text, base_directory=folder) as server:
        assert server.ports == [server.port]
        assert refusal(server) is None


def test_python_may_end_while_a_server_runs(folder):
    code = (
        "import mailsec, sys\n"
        "class Handler:\n"
        "    def message(self, *_): pass\n"
        "server = mailsec.Server.demo(sys.argv[1], handler=Handler())\n"
        "print(server.port)\n"
    )
    package = os.path.dirname(os.path.dirname(mailsec.__file__))
    done = subprocess.run(
        [sys.executable, "-c", code, folder],
        env={**os.environ, "PYTHONPATH": package},
        capture_output=True, text=True, timeout=60, check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 0
