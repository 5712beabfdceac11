"""Long work in C++ leaves the interpreter to other threads."""
import pathlib
import threading

import mailsec
import mailsec.ndn
import mailsec.route
import pytest

RECIPIENTS = "postmaster@example.org\nabuse@example.org\n" + "".join(
    f"user{i}@example.org\n" for i in range(300_000))
LINES = b"Subject: x\r\n" + b"X-Field: some words that make it long\r\n" * 400_000


TEXT_OF_ALIASES = "".join(f"alias{i}@example.org: user@example.org\n" for i in range(200_000))


def aliases(text):
    mailsec.route.AliasTable(text, served=["example.org"])


@pytest.fixture(name="server", scope="module")
def server_of_many(tmp_path_factory):
    """A server whose configuration names 300,000 recipients, and its folder."""
    folder = tmp_path_factory.mktemp("many") / "demo"
    with mailsec.Server.demo(str(folder)) as server:
        with open(folder / "recipients", "a", encoding="utf-8") as file:
            file.write("\n" + RECIPIENTS.partition("abuse@example.org\n")[2])
        yield server, str(folder)


def test_others_run_while_a_configuration_is_read(server):
    running, folder = server
    file = next(str(path) for path in pathlib.Path(folder).glob("*.textproto"))
    assert_others_run(running.reload_file, file)


def ndn(content):
    with pytest.raises((LookupError, ValueError)):
        mailsec.ndn.parse(content)


def assert_others_run(work, argument):
    """Another thread gets on between the beginning and the end of one call."""
    inside, done, turns = threading.Event(), threading.Event(), []

    def count():
        inside.wait()
        while not done.is_set():
            turns.append(1)
            threading.Event().wait(0.0001)

    thread = threading.Thread(target=count)
    thread.start()
    inside.set()
    work(argument)
    during = len(turns)
    done.set()
    thread.join()
    assert during > 2


@pytest.mark.parametrize("work, argument", [
    (aliases, TEXT_OF_ALIASES),
    (mailsec.TextRecipientDirectory, RECIPIENTS),
    (mailsec.HeaderScanner, LINES),
    (mailsec.remove_fields, LINES),
    (mailsec.ndn.lint, LINES),
    (ndn, LINES),
])
def test_others_run_meanwhile(work, argument):
    assert_others_run(work, argument)
