"""examples/asyncio_server.py, served to Python's own SMTP client."""
import asyncio
import os
import smtplib
import sys
import threading

import pytest

EXAMPLES = os.path.join(
    os.environ["TEST_SRCDIR"], os.environ["TEST_WORKSPACE"], "examples"
)
sys.path.insert(0, EXAMPLES)
import asyncio_server  # pylint: disable=wrong-import-position


@pytest.fixture(name="running")
def running_server():
    """Yields the port, and the list that gets each message."""
    taken = []
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(
        asyncio_server.serve(0, lambda *mail: taken.append(mail)), loop
    ).result(20)
    yield server.sockets[0].getsockname()[1], taken
    loop.call_soon_threadsafe(server.close)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()


def client(port, address="127.0.0.1"):
    return smtplib.SMTP(
        "127.0.0.1", port, "client.example", timeout=20, source_address=(address, 0)
    )


def test_mail_to_us_is_taken(running):
    port, taken = running
    with client(port) as smtp:
        smtp.sendmail("a@client.example", ["b@ours.example"], "Subject: x\r\n\r\n.dot\r\n")
    sender, recipients, content = taken[0]
    assert str(sender) == "<a@client.example>"
    assert [str(r) for r in recipients] == ["<b@ours.example>"]
    assert content == b"Subject: x\r\n\r\n.dot\r\n"


def test_a_stranger_may_not_relay_and_our_own_network_may(running):
    port, taken = running
    with client(port) as smtp, pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        smtp.sendmail("a@client.example", ["b@far.example"], "x\r\n")
    assert refused.value.recipients["b@far.example"][0] == 550
    with client(port, "127.0.0.2") as smtp:
        smtp.sendmail("a@client.example", ["b@far.example"], "x\r\n")
    assert len(taken) == 1


def test_sessions_run_side_by_side(running):
    port, taken = running
    sessions = [client(port) for _ in range(10)]
    for smtp in sessions:
        smtp.sendmail("a@client.example", ["b@ours.example"], "x\r\n")
        smtp.sendmail("a@client.example", ["b@ours.example"], "y\r\n")
    for smtp in sessions:
        smtp.quit()
    assert len(taken) == 20
