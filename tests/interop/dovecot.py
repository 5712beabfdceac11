"""Dovecot with LMTP, mailboxes with quotas, and a folder of its own."""
import getpass
import os
import pathlib
import shutil
import subprocess

from testbed import Process, wait_until

LMTP = pathlib.Path("/usr/lib/dovecot/lmtp")

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
mail_plugins = quota
lmtp_rcpt_check_quota = {at_rcpt}
plugin {{
  quota = maildir:User quota
}}
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


def is_installed():
    return shutil.which("dovecot") is not None and LMTP.exists()


class Dovecot:
    """Mailboxes alice, bob, postmaster and abuse; `quotas` maps a name to its
    rule, "*:messages=1". With `at_rcpt`, who is full is refused at RCPT."""

    def __init__(self, folder, quotas=(), at_rcpt=False):
        self.folder = pathlib.Path(folder)
        self.socket = self.folder / "lmtp"
        user = getpass.getuser()
        group = subprocess.run(["id", "-gn"], capture_output=True, text=True,
                               check=True).stdout.strip()
        self.config = self.folder / "dovecot.conf"
        self.config.write_text(CONFIG.format(folder=folder, user=user, group=group,
                                             at_rcpt="yes" if at_rcpt else "no"))
        # Dovecot never delivers as root: then the mailboxes are nobody's.
        uid, gid = (65534, 65534) if os.geteuid() == 0 else (os.getuid(), os.getgid())
        os.chmod(folder, 0o755)
        (self.folder / "boxes").mkdir()
        os.chown(self.folder / "boxes", uid, gid)
        rules = dict(quotas)
        (self.folder / "users").write_text("".join(
            f"{name}:x:{uid}:{gid}::{folder}/boxes/{name}::"
            + (f"userdb_quota_rule={rules[name]}" if name in rules else "") + "\n"
            for name in ("alice", "bob", "postmaster", "abuse")))

    def __enter__(self):
        self.process = Process(["dovecot", "-F", "-c", str(self.config)],
                               self.folder / "start.log")
        wait_until(lambda: self.socket.exists() or self.process.process.poll() is not None,
                   "the LMTP socket")
        assert self.process.process.poll() is None, self.log()
        return self

    def __exit__(self, *unused):
        self.process.stop()

    def log(self):
        log = self.folder / "dovecot.log"
        return self.process.log.read_text() + (log.read_text() if log.exists() else "")

    def box(self, name):
        """The messages in a mailbox."""
        new = self.folder / "boxes" / name / "new"
        return [path.read_bytes() for path in sorted(new.glob("*"))] if new.exists() else []
