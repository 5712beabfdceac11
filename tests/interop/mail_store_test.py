"""Faults of the local mail store (NEW-09): told before the start, an alarm with
their true name while it runs, never "mailbox full", and the mail waits."""
import subprocess

import pytest

from house import House
from testbed import new_folder, program, wait_until

ALARM = "delivery.store_fault"


def mounted(folder, options):
    """A wrapper that starts the program where `folder` is a file system of its
    own; other programs do not see it. Needs user namespaces."""
    return ("unshare", "--map-root-user", "--mount", "sh", "-c",
            f'mount -t tmpfs -o mode=0700,{options} none {folder} && exec "$@"', "sh")


def can_mount():
    with new_folder() as folder:
        return subprocess.run([*mounted(folder, "size=64k"), "true"],
                              capture_output=True, check=False).returncode == 0


class Mounted(House):
    """A House whose Maildirs are on a file system of their own."""

    def __init__(self, folder, options):
        self.wrapper = mounted(folder / "mail", options)
        super().__init__(folder, "")


def deferred(server):
    return wait_until(lambda: server.events("delivery.deferred"), "a deferral")[0]["reply"]


def test_a_missing_root_is_told_at_once_and_mail_waits_for_it():
    with new_folder() as folder, House(folder / "s", "") as server:
        server.stop()
        root = folder / "s" / "mail"
        root.rmdir()
        check = subprocess.run(
            [program("mailsecd"), "--config", str(server.folder / "mailsecd.textproto"), "--check"],
            capture_output=True, text=True, check=False)
        assert check.returncode == 1
        where = f"{server.folder}/mailsecd.textproto:7:"
        assert check.stderr.startswith(where), check.stderr
        assert (f"maildir_root: cannot open {root}: No such file or directory\n"
                in check.stderr)
        server.start()
        alarm = server.wait_for_event(ALARM)
        assert alarm["severity"] == "alarm" and alarm["file"] == str(root)
        assert alarm["error"] == f"cannot open {root}: No such file or directory"
        server.submit(["alice@example.org", "bob@example.org"])
        assert deferred(server).startswith("451 4.3.0 ")
        assert len(server.events(ALARM)) == 1  # For the root, not for each message.
        root.mkdir()
        server.wait_for_mail("alice")
        server.wait_for_mail("bob")
        assert server.wait_for_event("delivery.store_works")["file"] == str(root)
        assert server.events("delivery.failed") == []


def test_a_root_that_is_a_file():
    with new_folder() as folder, House(folder / "s", "") as server:
        root = folder / "s" / "mail"
        root.rmdir()
        root.write_text("x")
        server.submit(["alice@example.org"])
        assert server.wait_for_event(ALARM)["error"] == f"cannot open {root}: Not a directory"
        assert deferred(server).startswith("451 4.3.0 ")


@pytest.mark.skipif(not can_mount(), reason="this system allows no user namespaces")
@pytest.mark.parametrize("options, status, error", [
    ("size=64k", "452 4.3.1", "No space left on device"),
    ("size=1m,nr_inodes=2", "452 4.3.1", "No space left on device"),
    ("size=1m,ro", "451 4.3.0", "Read-only file system"),
])
def test_a_full_or_read_only_file_system_is_no_full_mailbox(options, status, error):
    content = b"Subject: x\r\n\r\n" + (b"x" * 76 + b"\r\n") * 2000
    with new_folder() as folder, Mounted(folder / "s", options) as server:
        server.submit(["alice@example.org"], content)
        reply = deferred(server)
        assert reply.startswith(status + " ") and "4.2.2" not in reply
        alarm = server.wait_for_event(ALARM)
        assert alarm["file"] == str(folder / "s" / "mail") and error in alarm["error"]
        assert server.queue() != []


def test_an_lmtp_socket_that_is_missing_is_a_warning():
    local = ('local_domain { name: "example.org" recipients_file: "recipients"\n'
             'lmtp { host: "unix:run/lmtp" } }')
    with new_folder() as folder, House(folder / "s", "", local=local) as server:
        path = folder / "s" / "run" / "lmtp"
        check = subprocess.run(
            [program("mailsecd"), "--config", str(server.folder / "mailsecd.textproto"), "--check"],
            capture_output=True, text=True, check=False)
        assert check.returncode == 0
        assert f"lmtp: warning: cannot look at {path}: No such file or directory" in check.stderr
        assert server.wait_for_event(ALARM)["file"] == str(path)
