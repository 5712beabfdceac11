"""Starts and stops the servers of the comparison.

Each one runs in a folder of its own, listens on 127.0.0.1 and a free port,
takes mail for bench.example from 127.0.0.1, stores it durably as it does by
default, and keeps it, or hands it on to `relay_to`, a port of 127.0.0.1. Each
logs to a file.
"""
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

POSTFIX_DAEMONS = pathlib.Path("/usr/lib/postfix/sbin")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_greeting(port, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as client:
                if client.recv(512).startswith(b"220"):
                    client.sendall(b"QUIT\r\n")
                    return
        except OSError:
            pass
        time.sleep(0.05)
    raise RuntimeError(f"no server answers on port {port}")


class Server:
    """`name` stands in the table; `pid` is the first process; `port` where."""
    name = ""

    def __init__(self, folder, relay_to=0):
        self.folder = pathlib.Path(folder)
        self.relay_to = relay_to
        self.port = 0
        self.pid = 0
        self.process = None

    def missing(self):
        """Why it cannot run here; empty if it can."""
        return ""

    def start(self):
        self.folder.mkdir(mode=0o755, parents=True)
        self.launch()

    def launch(self):
        raise NotImplementedError

    def run_program(self, *arguments, **options):
        """Starts a program that stays in the foreground."""
        with open(self.folder / "stderr", "ab") as errors:
            self.process = subprocess.Popen(arguments, stderr=errors, stdin=subprocess.DEVNULL,
                                            text=True, **options)
        self.pid = self.process.pid

    def run_program_and_wait(self, *arguments):
        """The same for one that prints "ready 127.0.0.1:PORT"."""
        self.run_program(*arguments, stdout=subprocess.PIPE)
        line = self.process.stdout.readline()
        if not line.startswith("ready "):
            raise RuntimeError(f"{self.name} did not start:\n{(self.folder / 'stderr').read_text()}")
        self.port = int(line.rsplit(":", 1)[1])

    def stop(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(40)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            if self.process.stdout:
                self.process.stdout.close()
        self.process, self.pid = None, 0

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class GroupCommitSink(Server):
    """The ceiling: no server, and one flush for all that has come."""
    name = "gcsink"

    def __init__(self, folder, program):
        super().__init__(folder)
        self.program = program

    def launch(self):
        self.run_program_and_wait(self.program, str(self.folder / "log"))


class CountingSink(Server):
    """Where the others relay to: takes everything at once and keeps nothing."""
    name = "counter"

    def __init__(self, folder, program):
        super().__init__(folder)
        self.program = program

    def launch(self):
        self.run_program_and_wait(self.program, "--count", str(self.folder / "count"))

    def count(self):
        return int.from_bytes((self.folder / "count").read_bytes(), "little")


class Mailsecd(Server):
    """What it accepts waits in its spool, or goes to a smarthost."""

    CONFIG = """
hostname: "mx.local.example"
administrator: "postmaster@local.example"
deputy: "deputy@local.example"
local_domain {{ name: "local.example" recipients_file: "recipients" maildir_root: "mail" }}
listen {{ address: "127.0.0.1" port: 0 }}
authorised_network: "127.0.0.0/8"
spool {{ directory: "spool" {key} }}
log {{ file: "log" }}
{route}
{extra}
"""

    def __init__(self, folder, program, sealed, extra="", relay_to=0):
        super().__init__(folder, relay_to)
        self.program = program
        self.sealed = sealed
        self.extra = extra
        self.name = "mailsecd sealed" if sealed else "mailsecd"

    def launch(self):
        os.chmod(self.folder, 0o700)
        key = ""
        if self.sealed:
            path = self.folder / "key"
            path.touch(mode=0o600)
            path.write_bytes(os.urandom(32))
            key = 'key { id: 1 file: "key" }'
        (self.folder / "recipients").write_text(
            "".join(f"{name}@local.example\n" for name in ("postmaster", "abuse", "deputy")))
        (self.folder / "mail").mkdir(mode=0o700, exist_ok=True)
        config = self.folder / "mailsecd.textproto"
        route = f'smarthost {{ host: "127.0.0.1" port: {self.relay_to} }}'
        config.write_text(self.CONFIG.format(
            key=key, extra=self.extra, route=route if self.relay_to else "mx { off: true }"))
        self.run_program_and_wait(self.program, "--config", str(config))


class Postfix(Server):
    """All mail goes to the hold queue or to a relay host; everything else is
    Postfix's default."""
    name = "postfix"

    MAIN = """
compatibility_level = 3.6
config_directory = {folder}/conf
queue_directory = {folder}/queue
data_directory = {folder}/data
daemon_directory = /usr/lib/postfix/sbin
command_directory = /usr/sbin
shlib_directory = /usr/lib/postfix
meta_directory = /etc/postfix
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.bench.example
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
relay_domains = bench.example
smtpd_recipient_restrictions = {hold} permit_mynetworks, reject
{route}
disable_dns_lookups = yes
smtp_dns_support_level = disabled
alias_maps =
alias_database =
local_recipient_maps =
biff = no
message_size_limit = 52428800
maillog_file_prefixes = {folder}
maillog_file = {folder}/mail.log
import_environment = MAIL_CONFIG MAIL_DEBUG MAIL_LOGTAG TZ
"""

    def missing(self):
        if not (POSTFIX_DAEMONS / "master").exists():
            return "not installed, left out"
        return "" if os.geteuid() == 0 else "starts only as root, left out"

    def launch(self):
        self.port = free_port()
        for name in ("conf", "queue", "data"):
            (self.folder / name).mkdir(mode=0o755)
        shutil.chown(self.folder / "data", "postfix")
        hold = "check_recipient_access inline:{ { bench.example = HOLD } },"
        (self.folder / "conf" / "main.cf").write_text(self.MAIN.format(
            folder=self.folder, hold="" if self.relay_to else hold,
            route=f"relayhost = [127.0.0.1]:{self.relay_to}" if self.relay_to else ""))
        (self.folder / "conf" / "master.cf").write_text("\n".join(self.services()) + "\n")
        self.control("start")
        wait_for_greeting(self.port)
        self.pid = int((self.folder / "queue" / "pid" / "master.pid").read_text())

    def services(self):
        """Debian's services, outside a chroot, with smtpd on our port."""
        for line in pathlib.Path("/usr/share/postfix/master.cf.dist").read_text().splitlines():
            words = line.split()
            if len(words) < 8 or line.startswith(("#", " ")) or words[7] in ("pipe", "postlogd"):
                continue
            if words[1] == "inet":
                if words[0] != "smtp":
                    continue
                words[0] = f"127.0.0.1:{self.port}"
            words[4] = "n"
            yield " ".join(words)
        yield "postlog unix-dgram n - n - 1 postlogd"

    def control(self, word):
        done = subprocess.run(["postfix", "-c", str(self.folder / "conf"), word],
                              capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"postfix {word}: {done.stdout}{done.stderr}")

    def stop(self):
        if self.pid:
            self.control("stop")
        self.pid = 0


class OpenSmtpd(Server):
    """Keeps mail because its deliveries are paused. It does not flush what it
    accepts (see by strace), so it is faster than a durable server could be."""
    name = "opensmtpd"

    def missing(self):
        if not shutil.which("smtpd") or not shutil.which("smtpctl"):
            return "not installed, left out (its Debian package excludes Postfix's)"
        return "" if os.geteuid() == 0 else "starts only as root, left out"

    def launch(self):
        self.port = free_port()
        spool = self.folder / "spool"
        spool.mkdir(mode=0o711)
        config = self.folder / "smtpd.conf"
        config.write_text(f"listen on 127.0.0.1 port {self.port} hostname mx.bench.example\n"
                          "smtp limit max-mails 100000\n"
                          'action "out" relay host "smtp://127.0.0.1:1"\n'
                          'match from any for domain "bench.example" action "out"\n')
        config.chmod(0o600)
        # The place of its queue is compiled in: give it a view of its own.
        script = 'mount --bind "$1" /var/spool/smtpd && exec smtpd -F -P mta -f "$2"'
        self.run_program("unshare", "--mount", "sh", "-c", script, "sh", str(spool), str(config),
                         stdout=subprocess.DEVNULL)
        wait_for_greeting(self.port)


class Haraka(Server):
    """Mail goes to its queue on disk; outbound.disabled keeps it there."""
    name = "haraka"

    FILES = {
        "me": "mx.bench.example\n",
        "plugins": "relay\n",
        "relay.ini": "[relay]\nacl=true\n",
        "relay_acl_allow": "127.0.0.0/8\n",
        "outbound.ini": "disabled=true\n",
    }

    def missing(self):
        return "" if shutil.which("haraka") else "not installed, left out"

    def launch(self):
        self.port = free_port()
        for name in ("config", "queue"):
            (self.folder / name).mkdir()
        for name, text in self.FILES.items():
            (self.folder / "config" / name).write_text(text)
        (self.folder / "config" / "smtp.ini").write_text(f"listen=127.0.0.1:{self.port}\n")
        with open(self.folder / "log", "ab") as log:
            self.run_program("haraka", "-c", str(self.folder), stdout=log)
        wait_for_greeting(self.port)
