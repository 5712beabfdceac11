"""Postfix sends to us and receives from us."""
import grp
import os
import pathlib
import pwd
import shutil
import smtplib
import subprocess

import pytest

from house import House
from notifications import wait_for_notifications
from testbed import Client, Mailsecd, Sink, free_port, is_listening, new_folder, wait_until

DAEMONS = pathlib.Path("/usr/lib/postfix/sbin")
pytestmark = [
    pytest.mark.skipif(not (DAEMONS / "master").exists(), reason="postfix is not installed"),
    pytest.mark.skipif(os.geteuid() != 0, reason="Postfix starts only as root"),
]

MAIN = """
compatibility_level = 3.6
config_directory = {conf}
queue_directory = {folder}/queue
data_directory = {folder}/data
daemon_directory = /usr/lib/postfix/sbin
command_directory = /usr/sbin
shlib_directory = /usr/lib/postfix
meta_directory = /etc/postfix
mail_owner = postfix
setgid_group = postdrop
myhostname = postfix.example
mydestination =
mynetworks = 127.0.0.9/32
smtpd_relay_restrictions = reject_unauth_destination
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
relay_domains = example.org, elsewhere.example
transport_maps = inline:{{ {{example.org=smtp:[127.0.0.1]:{out}}}, {{elsewhere.example=smtp:[127.0.0.1]:{sink}}} }}
disable_dns_lookups = yes
smtp_dns_support_level = disabled
alias_maps =
alias_database =
local_recipient_maps =
biff = no
maillog_file_prefixes = {folder}
maillog_file = {folder}/mail.log
import_environment = MAIL_CONFIG MAIL_DEBUG MAIL_LOGTAG TZ
"""


class Postfix:
    """An instance of its own in `folder`, with mail for example.org sent to
    port `out` and mail for elsewhere.example to port `sink`."""

    def __init__(self, folder, out, sink):
        self.folder = pathlib.Path(folder)
        self.conf = self.folder / "conf"
        self.port = free_port()
        self.conf.mkdir()
        os.chmod(self.folder, 0o755)
        for name in ("queue", "data"):
            (self.folder / name).mkdir()
        shutil.chown(self.folder / "data", "postfix")
        (self.conf / "main.cf").write_text(
            MAIN.format(conf=self.conf, folder=self.folder, out=out, sink=sink))
        self.write_master()

    def write_master(self):
        lines = []
        source = pathlib.Path("/usr/share/postfix/master.cf.dist")
        for line in source.read_text().splitlines():
            words = line.split()
            if line.startswith("smtp ") and words[1] == "inet":
                lines.append(f"127.0.0.1:{self.port} inet n - n - - smtpd")
            elif len(words) > 7 and words[1] in ("unix", "inet", "fifo", "pass", "unix-dgram"):
                if not line.startswith("#"):
                    words[4] = "n"  # Not in a chroot.
                    lines.append(" ".join(words))
            elif line.startswith((" ", "\t")) and lines:
                lines.append(line)
        lines.append("postlog unix-dgram n - n - 1 postlogd")
        unique = {}
        for line in lines:
            if line.startswith((" ", "\t")):
                continue
            unique[tuple(line.split()[:2])] = line
        (self.conf / "master.cf").write_text("\n".join(unique.values()) + "\n")

    def run(self, *words):
        return subprocess.run(["postfix", "-c", str(self.conf), *words], capture_output=True,
                              text=True, timeout=60, check=False)

    def log(self):
        path = self.folder / "mail.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def __enter__(self):
        done = self.run("start")
        wait_until(lambda: is_listening(self.port),
                   f"Postfix's start ({done.stdout}{done.stderr})")
        return self

    def __exit__(self, *unused):
        self.run("stop")


@pytest.fixture(name="folder")
def fixture_folder():
    pwd.getpwnam("postfix"), grp.getgrnam("postdrop")  # Tells what is missing.
    with new_folder() as folder:
        os.chmod(folder, 0o755)
        yield folder


def test_postfix_sends_to_us(folder):
    with Mailsecd(folder / "demo") as server:
        with Postfix(make(folder / "pf"), server.port, free_port()) as postfix:
            with smtplib.SMTP("127.0.0.1", postfix.port, local_hostname="c.example") as client:
                for i in range(5):
                    client.sendmail("carol@example.net", ["alice@example.org"],
                                    f"Subject: number {i}\r\n\r\n.a dot\r\n".encode())
            mails = server.wait_for_mail("alice", 5)
            assert all(b"\r\n.a dot\r\n" in mail for mail in mails), postfix.log()
            assert all(b"with ESMTP id" in mail for mail in mails)


def test_we_send_to_postfix(folder):
    with Sink() as sink, Postfix(make(folder / "pf"), free_port(), sink.port) as postfix:
        with Mailsecd(folder / "demo", smarthost=f"127.0.0.1:{postfix.port}") as server:
            with Client(server.port, source="127.0.0.2") as client:
                replies = client.message("alice@example.org", ["carol@elsewhere.example"],
                                         b"Subject: out\r\n\r\n..a dot\r\n")
                assert replies[-1].startswith("250")
            ((envelope, content),) = sink.wait_for(1)
            assert b"\r\n..a dot\r\n.\r\n" in content
            assert any("carol@elsewhere.example" in line for line in envelope)
            wait_until(lambda: server.command("queue", "list").stdout == "", "an empty queue")


def test_who_is_refused_by_postfix_is_told(folder):
    with Postfix(make(folder / "pf"), free_port(), free_port()) as postfix:
        config = f'smarthost {{ host: "127.0.0.1" port: {postfix.port} }}'
        with House(folder / "s", config) as server:
            server.submit(["carol@nowhere.invalid"])
            (ndn,) = wait_for_notifications(server)
            action, status, diagnostic = ndn.fate("carol@nowhere.invalid")
            assert (action, status) == ("failed", "5.7.1")
            assert diagnostic.startswith("smtp; 554 5.7.1 <carol@nowhere.invalid>: Relay access")
            assert ndn.recipients["carol@nowhere.invalid"]["Remote-MTA"] == "dns; [127.0.0.1]"
            alarm = server.wait_for_event("ndn.sent")
            assert (alarm["severity"], alarm["cause"]) == ("alarm", "refused-by-policy")
            server.wait_for_empty_queue()


def make(path):
    path.mkdir()
    return path
