"""Exim and OpenSMTPD, which are unpacked and not installed (tools/setup.sh).

Each runs in a mount namespace of its own, in which it finds its users and its
folders; the host sees nothing of them.
"""
import os
import pathlib
import subprocess

from testbed import Process, free_port, is_listening, wait_until

UNPACKED = pathlib.Path("/var/cache/libmailsec/unpacked")

# Run as root in the new namespace: $1 is the test's folder.
NAMESPACE = """
set -e
mount -t tmpfs tmpfs /var/spool
mount -t tmpfs tmpfs /var/lib
mount -t tmpfs tmpfs /run
mkdir -p /var/spool/smtpd /var/lib/opensmtpd/empty
chmod 711 /var/spool/smtpd
mount --bind "$1/passwd" /etc/passwd
mount --bind "$1/group" /etc/group
shift
exec "$@"
"""
USERS = ("Debian-exim", "opensmtpd", "opensmtpq")


def why_not(package):
    """Why a server cannot run here; empty if it can."""
    if not (UNPACKED / package).exists():
        return f"{package} is not unpacked"
    if os.geteuid() != 0:
        return "mount namespaces are root's"
    if subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode:
        return "no mount namespace may be made here"
    return ""


class UnpackedServer:
    """Takes mail up to 100 KiB for carol and dora at branch.example and sends
    it on to 127.0.0.1, port `onward`."""

    def __init__(self, folder, onward):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        os.chmod(self.folder, 0o755)
        self.port = free_port()
        self.write_users()
        self.config = self.folder / "config"
        self.config.write_text(self.CONFIG.format(
            folder=self.folder, port=self.port, onward=onward,
            program=UNPACKED / self.PACKAGE / self.PROGRAM))
        os.chmod(self.config, 0o644)

    def write_users(self):
        passwd = pathlib.Path("/etc/passwd").read_text()
        group = pathlib.Path("/etc/group").read_text()
        for i, name in enumerate(USERS):
            passwd += f"{name}:x:{64900 + i}:{64900 + i}::/nonexistent:/bin/false\n"
            group += f"{name}:x:{64900 + i}:\n"
        (self.folder / "passwd").write_text(passwd)
        (self.folder / "group").write_text(group)

    def __enter__(self):
        self.process = Process(
            ["unshare", "-m", "sh", "-c", NAMESPACE, "sh", str(self.folder),
             str(UNPACKED / self.PACKAGE / self.PROGRAM), *self.arguments()],
            self.folder / "log")
        wait_until(lambda: is_listening(self.port), lambda: f"the start: {self.log()}")
        return self

    def __exit__(self, *unused):
        self.process.stop()

    def log(self):
        return self.process.log.read_text(errors="replace")


class Exim(UnpackedServer):
    PACKAGE, PROGRAM = "exim4-daemon-light", "usr/sbin/exim4"
    CONFIG = """
primary_hostname = exim.example
exim_path = {program}
spool_directory = {folder}/spool
log_file_path = {folder}/%slog
pid_file_path = {folder}/pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
disable_ipv6
tls_advertise_hosts =
keep_environment =
host_lookup =
rfc1413_query_timeout = 0s
message_size_limit = 100K
acl_smtp_rcpt = rcpt
domainlist known = branch.example
begin acl
rcpt:
  deny domains = !+known
       message = relay not permitted
  require verify = recipient
  accept
begin routers
known:
  driver = manualroute
  domains = +known
  local_parts = carol : dora
  route_list = * 127.0.0.1
  self = send
  transport = onward
begin transports
onward:
  driver = smtp
  port = {onward}
  allow_localhost
begin retry
* * F,1h,1m
"""

    def __init__(self, folder, onward):
        super().__init__(folder, onward)
        (self.folder / "spool").mkdir()
        for path in (self.folder, self.folder / "spool"):
            os.chown(path, 64900, 64900)

    def arguments(self):
        return ["-C", str(self.config), "-bdf", "-q1h"]

    def log(self):
        main = self.folder / "mainlog"
        return super().log() + (main.read_text() if main.exists() else "")


class OpenSmtpd(UnpackedServer):
    PACKAGE, PROGRAM = "opensmtpd", "usr/sbin/smtpd"
    CONFIG = """
smtp max-message-size "100K"
listen on 127.0.0.1 port {port} hostname smtpd.example
table people {{ "carol@branch.example", "dora@branch.example" }}
action "onward" relay host "smtp://127.0.0.1:{onward}"
match from any for rcpt-to <people> action "onward"
"""

    def arguments(self):
        return ["-d", "-f", str(self.config)]
