"""Live MX records as the ground for accepting mail (R14, REL-10): asked of a
real unbound and of a name server that fails."""
import os
import shutil
import socket
import struct
import threading

import pytest

from name_server import NameServer
from testbed import Mailsecd, free_port, new_folder

CONFIG = """
hostname: "mx.example.org" administrator: "a@example.org" deputy: "b@example.org"
listen {{ address: "127.0.0.1" }}
local_domain {{ name: "example.org" recipients_file: "recipients" maildir_root: "mail" }}
live_mx {{ own_name: "mx.example.org" {live} }}
resolver {{ forward: "127.0.0.1@{port}" }}
"""

RECORDS = """
ours.example MX 10 MX.Example.ORG.
backup.example MX 10 mail.backup.example.
backup.example MX 20 mx.example.org.
theirs.example MX 10 mail.theirs.example.
null.example MX 0 .
nothing.example A 192.0.2.1
"""


@pytest.fixture(name="folder")
def fixture_folder():
    with new_folder() as folder:
        yield folder


def start(folder, port, live):
    home = folder / "s"
    (home / "mail").mkdir(parents=True)
    os.chmod(home, 0o700)
    (home / "recipients").write_text("postmaster@example.org\nabuse@example.org\n")
    return Mailsecd(home, config=CONFIG.format(port=port, live=live))


def answer(server, domain):
    done = server.command("explain", "--client", "198.51.100.7", "--to", f"a@{domain}")
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(shutil.which("unbound") is None, reason="unbound is not installed")
def test_a_real_name_server(folder):
    with NameServer(folder, RECORDS) as dns, start(folder, dns.port, 'domain: "*"') as server:
        assert "250" in answer(server, "ours.example")
        # An MX that names us as a second choice is no consent.
        for domain in ("backup.example", "theirs.example", "null.example", "nothing.example",
                       "missing.example"):
            assert "550 5.7.1" in answer(server, domain), domain


def test_only_listed_domains_are_asked_about(folder):
    port = free_port()
    with start(folder, port, 'domain: "ours.example"') as server:
        # Nobody answers on that port: what is not listed is refused all the same.
        assert "550 5.7.1" in answer(server, "theirs.example")


class FailingNameServer(threading.Thread):
    """Answers every question with SERVFAIL."""

    def __init__(self):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]

    def run(self):
        while True:
            query, peer = self.socket.recvfrom(4096)
            servfail = 0x8182
            header = query[:2] + struct.pack(">HHHHH", servfail, 1, 0, 0, 0)
            end = query.index(b"\0", 12) + 5
            self.socket.sendto(header + query[12:end], peer)


def test_a_name_server_that_fails_defers_and_never_relays(folder):
    dns = FailingNameServer()
    dns.start()
    with start(folder, dns.port, 'domain: "*"') as server:
        assert "451 4.4.3" in answer(server, "ours.example")
