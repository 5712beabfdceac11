"""What the interoperability tests share: a running mailsecd, and peers.

Every server is started by the test that needs it, in a folder of its own, on
loopback and a free port, and is stopped by its process id.
"""
import contextlib
import email
import os
import pathlib
import shutil
import signal
import socket
import socketserver
import subprocess
import tempfile
import threading
import time

HERE = pathlib.Path(os.path.abspath(__file__)).parent
ROOT = HERE.parent.parent
# Servers live where an unprivileged PATH does not look.
os.environ["PATH"] += ":/usr/local/sbin:/usr/sbin:/sbin"
PROGRAMS = ROOT / "examples" / "reference_server"


def program(name):
    """The path of mailsecd or mailsec, as built for this test."""
    path = PROGRAMS / name
    if path.exists():
        return str(path)
    return str(ROOT / "bazel-bin" / "examples" / "reference_server" / name)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def new_folder():
    """A folder with a short path (Unix sockets), removed at the end."""
    base = os.environ.get("TEST_TMPDIR")
    if base is None or len(base) > 60:
        base = None
    path = tempfile.mkdtemp(prefix="ms", dir=base)
    try:
        yield pathlib.Path(path)
    finally:
        shutil.rmtree(path, ignore_errors=True)


def wait_until(question, what, seconds=20):
    """Asks until the answer is true, and returns it. `what` may be called."""
    end = time.monotonic() + seconds
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > end:
            what = what() if callable(what) else what
            raise AssertionError(f"{what} did not happen in {seconds} s")
        time.sleep(0.02)


def is_listening(port, host="127.0.0.1"):
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex((host, port)) == 0


class Process:
    """A server that the test started; stopped by its process id."""

    def __init__(self, arguments, log, **options):
        self.log = pathlib.Path(log)
        with open(self.log, "ab") as output:
            self.process = subprocess.Popen(arguments, stdout=output, stderr=subprocess.STDOUT,
                                            stdin=subprocess.DEVNULL, **options)

    def stop(self, how=signal.SIGTERM, seconds=40):
        if self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        return self.process.returncode


class Mailsecd:
    """mailsecd --demo, or with a configuration of the test's."""

    # Before the program's name; it has to end in exec, for the process id.
    wrapper = ()

    def __init__(self, folder, smarthost=None, config=None, port=0):
        self.folder = pathlib.Path(folder)
        self.smarthost = smarthost
        self.config = config
        self.fixed_port = port
        self.errors = self.folder.parent / (self.folder.name + ".log")
        self.process = None
        self.port = 0
        self.start()

    def start(self):
        arguments = [*self.wrapper, program("mailsecd")]
        if self.config is None:
            arguments += ["--demo", str(self.folder), "--port", str(self.fixed_port)]
            if self.smarthost:
                arguments += ["--smarthost", self.smarthost]
        else:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            (self.folder / "mailsecd.textproto").write_text(self.config)
            arguments += ["--config", str(self.folder / "mailsecd.textproto")]
        with open(self.errors, "ab") as log:
            self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=log,
                                            stdin=subprocess.DEVNULL, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("ready "):
            self.process.wait(10)
            raise AssertionError("mailsecd did not start:\n" + self.log())
        self.port = int(line.strip().rsplit(":", 1)[1])

    def log(self):
        return self.errors.read_text(errors="replace")

    def stop(self, how=signal.SIGTERM):
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(how)
        code = self.process.wait(40)
        self.process.stdout.close()
        self.process = None
        return code

    def command(self, *words):
        """Runs `mailsec` on this server."""
        where = (["--demo", str(self.folder)] if self.config is None
                 else ["--config", str(self.folder / "mailsecd.textproto")])
        return subprocess.run([program("mailsec"), *where, *words], capture_output=True,
                              text=True, timeout=30, check=False)

    def mailbox(self, name):
        """The messages in a mailbox, as octets."""
        folder = self.folder / "mail" / name / "new"
        return [path.read_bytes() for path in sorted(folder.glob("*"))] if folder.exists() else []

    def wait_for_mail(self, name, count=1):
        return wait_until(lambda: len(self.mailbox(name)) >= count and self.mailbox(name),
                          f"{count} messages for {name}")

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.stop()


class Client:
    """An SMTP client that sends exactly what it is told."""

    def __init__(self, port, source="127.0.0.1", greet=True):
        self.socket = socket.create_connection(("127.0.0.1", port), 20,
                                               source_address=(source, 0))
        self.input = self.socket.makefile("rb")
        if greet:
            assert self.reply().startswith("220")
            assert self.ask("EHLO client.example").startswith("250")

    def reply(self):
        """One whole reply; empty if the server has hung up."""
        lines = []
        while True:
            line = self.input.readline()
            if not line:
                return "\n".join(lines)
            assert line.endswith(b"\r\n"), line
            assert len(line) <= 512, line
            lines.append(line[:-2].decode())
            if line[3:4] != b"-":
                return "\n".join(lines)

    def send(self, octets):
        self.socket.sendall(octets)

    def ask(self, line):
        self.send(line.encode() + b"\r\n")
        return self.reply()

    def message(self, sender, recipients, content):
        """MAIL to the end of the data; returns all replies."""
        replies = [self.ask(f"MAIL FROM:<{sender}>")]
        replies += [self.ask(f"RCPT TO:<{r}>") for r in recipients]
        replies.append(self.ask("DATA"))
        if replies[-1].startswith("354"):
            self.send(content + b".\r\n")
            replies.append(self.reply())
        return replies

    def is_closed(self):
        try:
            return self.input.read(1) == b""
        except ConnectionResetError:
            return True

    def close(self):
        self.input.close()
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()


class SinkHandler(socketserver.StreamRequestHandler):
    """A next hop that takes everything, octet by octet as it was sent."""

    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self):
        sink = self.server.sink
        self.say("220 sink.example ESMTP")
        envelope = []
        while True:
            line = self.rfile.readline()
            if not line:
                return
            verb = line[:4].upper()
            if verb in (b"EHLO", b"LHLO"):
                lines = ["sink.example"] + sink.extensions
                for i, text in enumerate(lines):
                    self.say(("250 " if i == len(lines) - 1 else "250-") + text)
            elif verb in (b"MAIL", b"RCPT"):
                envelope.append(line.decode().strip())
                self.say(sink.answer(line.decode().strip()))
            elif verb == b"DATA":
                self.say("354 go on")
                content = b""
                while not (content.endswith(b"\r\n.\r\n") or content == b".\r\n"):
                    more = self.rfile.readline()
                    if not more:
                        return
                    content += more
                with sink.lock:
                    sink.received.append((list(envelope), content))
                envelope = []
                self.say("250 2.0.0 taken")
            elif verb == b"QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 2.0.0 fine")


class Sink:
    """A next hop on a free port; `answers` maps what a MAIL or RCPT line ends
    with to a reply."""

    def __init__(self, extensions=("PIPELINING", "8BITMIME", "SMTPUTF8", "DSN"), answers=None,
                 port=0):
        self.extensions = list(extensions)
        self.answers = dict(answers or {})
        self.received = []
        self.lock = threading.Lock()
        socketserver.ThreadingTCPServer.allow_reuse_address = True
        socketserver.ThreadingTCPServer.daemon_threads = True
        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", port), SinkHandler)
        self.server.sink = self
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def answer(self, line):
        for part, reply in self.answers.items():
            if part in line:
                return reply
        return "250 2.1.0 fine"

    def wait_for(self, count):
        return wait_until(lambda: len(self.received) >= count and self.received,
                          f"{count} messages at the sink")

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.server.shutdown()
        self.server.server_close()


def subject(octets):
    return email.message_from_bytes(octets)["Subject"]
