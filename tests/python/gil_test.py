"""Long work in C++ leaves the interpreter to other threads."""
import threading

import mailsec
import mailsec.ndn
import pytest

RECIPIENTS = "postmaster@example.org\nabuse@example.org\n" + "".join(
    f"user{i}@example.org\n" for i in range(300_000))
LINES = b"Subject: x\r\n" + b"X-Field: some words that make it long\r\n" * 400_000


def ndn(content):
    with pytest.raises((LookupError, ValueError)):
        mailsec.ndn.parse(content)


@pytest.mark.parametrize("work, argument", [
    (mailsec.TextRecipientDirectory, RECIPIENTS),
    (mailsec.HeaderScanner, LINES),
    (mailsec.remove_fields, LINES),
    (mailsec.ndn.lint, LINES),
    (ndn, LINES),
])
def test_others_run_meanwhile(work, argument):
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
