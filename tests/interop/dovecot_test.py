"""Dovecot as the mailbox server: delivery by LMTP."""
import getpass
import os
import pathlib
import shutil
import subprocess

import pytest

from house import OUTSIDE, House
from testbed import Client, Process, new_folder, wait_until

LMTP = pathlib.Path("/usr/lib/dovecot/lmtp")
pytestmark = pytest.mark.skipif(shutil.which("dovecot") is None or not LMTP.exists(),
                                reason="dovecot-lmtpd is not installed")

CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols = lmtp
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 0
first_valid_gid = 0
ssl = no
mail_location = maildir:{folder}/boxes/%n
service lmtp {{
  chroot =
  unix_listener {folder}/lmtp {{
    mode = 0600
  }}
}}
service anvil {{
  chroot =
}}
passdb {{
  driver = static
  args = nopassword=y
}}
userdb {{
  driver = passwd-file
  args = username_format=%n {folder}/users
}}
"""


@pytest.fixture(name="folder")
def fixture_folder():
    with new_folder() as folder:
        yield folder


@pytest.fixture(name="dovecot")
def fixture_dovecot(folder):
    user = getpass.getuser()
    group = subprocess.run(["id", "-gn"], capture_output=True, text=True, check=True).stdout.strip()
    (folder / "dovecot.conf").write_text(CONFIG.format(folder=folder, user=user, group=group))
    # Dovecot never delivers as root: then the mailboxes are nobody's.
    uid, gid = (65534, 65534) if os.geteuid() == 0 else (os.getuid(), os.getgid())
    os.chmod(folder, 0o755)
    (folder / "boxes").mkdir()
    os.chown(folder / "boxes", uid, gid)
    (folder / "users").write_text("".join(
        f"{name}:x:{uid}:{gid}::{folder}/boxes/{name}::\n"
        for name in ("alice", "bob", "postmaster", "abuse")))
    process = Process(["dovecot", "-F", "-c", str(folder / "dovecot.conf")], folder / "start.log")
    try:
        wait_until(lambda: (folder / "lmtp").exists() or process.process.poll() is not None,
                   "the LMTP socket")
        log = folder / "dovecot.log"
        assert process.process.poll() is None, (process.log.read_text()
                                                + (log.read_text() if log.exists() else ""))
        yield folder / "lmtp"
    finally:
        process.stop()


@pytest.fixture(name="server")
def fixture_server(folder, dovecot):
    local = f"""local_domain {{ name: "example.org" recipients_file: "recipients"
                               lmtp {{ host: "unix:{dovecot}" }} }}"""
    people = ("postmaster", "abuse", "alice", "bob", "ghost")
    with House(folder / "s", "", local=local, people=people) as server:
        yield server


def box(folder, name):
    new = folder / "boxes" / name / "new"
    return [path.read_bytes() for path in sorted(new.glob("*"))] if new.exists() else []


def test_mail_is_in_the_mailbox_when_its_sender_has_the_answer(folder, server):
    server.submit(["alice@example.org"], b"Subject: to dovecot\r\n\r\n..a dot\r\n", source=OUTSIDE)
    (mail,) = box(folder, "alice")
    assert b"Subject: to dovecot" in mail and b"\n.a dot" in mail
    server.wait_for_empty_queue()


def test_whom_dovecot_does_not_know_is_refused_at_rcpt(folder, server):
    # Our own list says that ghost exists; the mailbox server knows better.
    with Client(server.port, source=OUTSIDE) as client:
        replies = client.message("carol@example.net", ["alice@example.org", "ghost@example.org"],
                                 b"Subject: x\r\n\r\nx\r\n")
    assert [r[:3] for r in replies] == ["250", "250", "550", "354", "250"]
    assert replies[2].startswith("550 5.1.1 The next hop says: ")
    assert len(box(folder, "alice")) == 1
    server.wait_for_empty_queue()
    assert not server.events("delivery.failed") and not server.events("ndn.sent")
