"""FORMAT.md says enough to read a spool: a reader that knows nothing else does."""
import os
import pathlib
import re

import pytest

import spool_reader
from testbed import Client, Mailsecd, new_folder, wait_until

CONFIG = """
hostname: "mx.example.org" administrator: "a@example.org" deputy: "b@example.org"
listen { address: "127.0.0.1" }
local_domain { name: "example.org" recipients_file: "recipients" maildir_root: "mail" }
authorised_network: "127.0.0.2/32"
spool { segment_megabytes: 1 }
mx { off: true }
"""


@pytest.fixture(name="home")
def fixture_home():
    with new_folder() as folder:
        home = folder / "s"
        (home / "mail").mkdir(parents=True)
        os.chmod(home, 0o700)
        (home / "recipients").write_text("postmaster@example.org\nabuse@example.org\n"
                                         "broken@example.org mailbox=broken\n")
        yield home


def submit(server, recipients, content):
    with Client(server.port, source="127.0.0.2") as client:
        replies = client.message("a@example.org", recipients, content)
        assert replies[-1].startswith("250"), replies


def queue_ids(server):
    return server.command("queue", "list").stdout.split()


def test_a_reader_by_the_page_alone_finds_what_the_server_keeps(home):
    big = b"Subject: big\r\n\r\n" + b"x" * 76 + b"\r\n" + (b"y" * 76 + b"\r\n") * 20000
    with Mailsecd(home, config=CONFIG) as server:
        for i in range(30):
            submit(server, ["carol@far.example", f"dave{i}@far.example"],
                   f"Subject: {i}\r\n\r\nhello {i}\r\n".encode())
        submit(server, ["carol@far.example"], big)
        submit(server, ["postmaster@example.org"], b"Subject: local\r\n\r\nis delivered\r\n")
        wait_until(lambda: len(list((home / "mail").rglob("new/*"))) == 1, "delivery")
        first = list(spool_reader.read_spool(home / "spool"))[0].id
        assert server.command("queue", "hold", first).returncode == 0
        second = list(spool_reader.read_spool(home / "spool"))[1].id
        assert server.command("queue", "remove", second).returncode == 0
        wait_until(lambda: second not in queue_ids(server), "removal")
    messages = list(spool_reader.read_spool(home / "spool"))
    assert len(messages) == 30
    assert [m.id for m in messages if m.held] == [first]
    assert second not in [m.id for m in messages]
    assert all(m.sender == "<a@example.org>" for m in messages)
    assert messages[0].recipients == ["<carol@far.example>", "<dave0@far.example>"]
    assert messages[0].content.endswith(b"Subject: 0\r\n\r\nhello 0\r\n")
    assert messages[-1].content.endswith(big)


def test_what_an_operator_has_given_up_says_so_on_the_disk(home):
    (home / "mail" / "broken").write_text("This is no Maildir.")
    with Mailsecd(home, config=CONFIG) as server:
        with Client(server.port) as client:  # A stranger: nobody may be told.
            client.message("c@far.example", ["broken@example.org"], b"Subject: x\r\n\r\nx\r\n")
        (queue_id,) = wait_until(lambda: queue_ids(server)[:1], "the message")
        read = lambda: list(spool_reader.read_spool(home / "spool"))
        wait_until(lambda: read()[0].attempts == 1, "an attempt")
        assert not read()[0].given_up
        assert server.command("queue", "bounce", queue_id).returncode == 0
        wait_until(lambda: read()[0].held, "the hold")
        assert read()[0].given_up
        assert server.command("queue", "release", queue_id).returncode == 0
        assert not read()[0].given_up


def test_the_worked_example_is_right():
    text = pathlib.Path("mailcore/spool/FORMAT.md").read_text(encoding="utf-8")
    header, head = [bytes.fromhex("".join(re.findall(r"^[0-9a-f]{2}  ((?:[0-9a-f]{2} ?)+)", block, re.M)))
                    for block in re.findall(r"```hex\n(.*?)```", text, re.S)]
    read = spool_reader.read_header(header.ljust(4096, b"\0"))
    assert (read.number, read.salt, read.key_id) == (42, bytes(range(0xA0, 0xB0)), 0)
    record = spool_reader.read_head(head, read, 8192)
    assert (record.type, spool_reader.queue_id(record.id)) == (spool_reader.MESSAGE, "2QK9")
    assert (record.index, record.count, record.batch_octets) == (0, 1, 4096)
    assert (record.payload_offset, record.envelope_octets, record.content_octets) == (96, 70, 19)
    assert spool_reader.read_head(head, read, 12288) is None
