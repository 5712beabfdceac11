"""Dovecot as the mailbox server: delivery by LMTP."""
import getpass
import os
import pathlib
import shutil
import subprocess

import pytest

from testbed import Client, Mailsecd, Process, new_folder, wait_until

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
        for name in ("alice", "postmaster", "abuse")))
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


def test_mail_reaches_a_dovecot_mailbox_and_a_refusal_is_kept(folder, dovecot):
    config = f"""
hostname: "mx.example.org" administrator: "a@example.org" deputy: "b@example.org"
listen {{ address: "127.0.0.1" }}
local_domain {{
  name: "example.org" recipients_file: "recipients"
  lmtp {{ host: "unix:{dovecot}" }}
}}
"""
    (folder / "s").mkdir(mode=0o700)
    (folder / "s" / "recipients").write_text(
        "postmaster@example.org\nabuse@example.org\nalice@example.org\nghost@example.org\n")
    with Mailsecd(folder / "s", config=config) as server:
        with Client(server.port) as client:
            replies = client.message("carol@example.net",
                                     ["alice@example.org", "ghost@example.org"],
                                     b"Subject: to dovecot\r\n\r\n..a dot\r\n")
            assert replies[-1].startswith("250"), replies
        box = folder / "boxes" / "alice" / "new"
        (path,) = wait_until(lambda: box.exists() and list(box.glob("*")),
                             lambda: "the delivery: " + server.log()
                             + (folder / "dovecot.log").read_text())
        mail = path.read_bytes()
        assert b"Subject: to dovecot" in mail and b"\n.a dot" in mail
        # Dovecot does not know ghost: a fault that a person must see; nothing
        # is dropped, and nobody is told wrongly.
        held = wait_until(lambda: "held" in server.command("queue", "list").stdout
                          and server.command("queue", "list").stdout, "the hold")
        shown = server.command("queue", "show", held.split()[0]).stdout
        assert "alice@example.org>: delivered" in shown
        assert "ghost@example.org>: failed" in shown
        assert "delivery.failed" in server.log()
