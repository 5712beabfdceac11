"""Starts mailsecd in a folder of its own and sends it real mail.

  quickstart.py MAILSECD MAILSEC

Everything happens on loopback. The client is Python's smtplib; the next hop is
a few lines below.
"""
import pathlib
import signal
import smtplib
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable

Request = socket.socket | tuple[bytes, socket.socket]
Address = tuple[str, int]

STRANGER = ("127.0.0.1", 0)  # Any client of the world.
TRUSTED = ("127.0.0.2", 0)   # The only network that may send to anyone.


class NextHopHandler(socketserver.StreamRequestHandler):
    """Takes any mail."""

    def handle(self) -> None:
        assert isinstance(self.server, NextHop)
        self.wfile.write(b"220 hop.example ESMTP\r\n")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                while (text := self.rfile.readline()) not in (b".\r\n", b""):
                    if text.startswith(b"Subject: "):
                        self.server.subjects.append(text[9:].decode().strip())
            self.wfile.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 fine\r\n")
            if verb == b"QUIT":
                return


class NextHop(socketserver.ThreadingTCPServer):
    """The mail server of everybody else."""
    allow_reuse_address = daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), NextHopHandler)
        self.subjects: list[str] = []
        self.connections: list[socket.socket] = []
        self.port: int = self.socket.getsockname()[1]
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def process_request(self, request: Request, client_address: Address) -> None:
        if isinstance(request, socket.socket):
            self.connections.append(request)
        super().process_request(request, client_address)

    def stop(self) -> None:
        self.shutdown()
        self.server_close()
        for connection in self.connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # Closed already.


class Server:
    """One `mailsecd --demo`."""

    def __init__(self, programs: list[str], folder: str, smarthost: str) -> None:
        self.mailsecd, self.mailsec = programs
        self.folder = folder
        arguments = [self.mailsecd, "--demo", folder, "--smarthost", smarthost]
        self.log = open(folder + ".log", "ab")
        self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=self.log,
                                        text=True)
        assert self.process.stdout
        self.out = self.process.stdout
        ready = self.out.readline().split()
        if len(ready) != 2:
            sys.exit(f"mailsecd did not start; see {folder}.log")
        self.port = int(ready[1].rsplit(":", 1)[1])
        print(f"   mailsecd listens on port {self.port}, folder {folder}")

    def send(self, source: Address, sender: str, recipient: str, subject: str) -> str:
        """Sends one message and prints what the server said."""
        with smtplib.SMTP("127.0.0.1", self.port, local_hostname="client.example",
                          source_address=source) as client:
            try:
                client.sendmail(sender, [recipient], f"From: {sender}\r\nTo: {recipient}\r\n"
                                f"Subject: {subject}\r\n\r\nHello.\r\n")
                answer = "accepted"
            except smtplib.SMTPRecipientsRefused as refusal:
                code, text = next(iter(refusal.recipients.values()))
                answer = f"{code} {text.decode()}"
        print(f"   {source[0]}: {sender} -> {recipient}: {answer}")
        return answer

    def command(self, *words: str, quiet: bool = False) -> str:
        done = subprocess.run([self.mailsec, "--demo", self.folder, *words],
                              capture_output=True, text=True, check=False)
        if not quiet:
            print("   $ mailsec " + " ".join(words))
            for line in (done.stdout + done.stderr).splitlines():
                print("     " + line)
        return done.stdout

    def mailbox(self, name: str) -> list[pathlib.Path]:
        return list((pathlib.Path(self.folder) / "mail" / name / "new").glob("*"))

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        self.process.send_signal(how)
        self.process.wait()
        self.out.close()


def wait_for(question: Callable[[], object], what: str) -> None:
    for _ in range(500):
        if question():
            return
        time.sleep(0.02)
    sys.exit(f"{what} did not happen")


def must(condition: object, what: str) -> None:
    if not condition:
        sys.exit(f"this is wrong: {what}")


def main() -> None:
    programs = sys.argv[1:3]
    if len(programs) != 2:
        sys.exit(__doc__)
    base = tempfile.mkdtemp(prefix="mailsec-quickstart-")
    print("A server, and a next hop for mail to elsewhere:")
    hop = NextHop()
    smarthost = f"127.0.0.1:{hop.port}"
    server = Server(programs, base + "/demo", smarthost)

    print("\nAnyone may write to a mailbox that exists, and to nobody else:")
    must(server.send(STRANGER, "carol@example.net", "alice@example.org", "hello") == "accepted",
         "a mailbox of ours was refused")
    must(server.send(STRANGER, "carol@example.net", "nobody@example.org", "x")[:3] == "550",
         "an unknown recipient was accepted")
    must(server.send(STRANGER, "carol@example.net", "full@example.org", "x")[:3] == "552",
         "a full mailbox was accepted")
    must(server.send(STRANGER, "carol@example.net", "dave@example.com", "x")[:3] == "550",
         "a stranger could relay")
    wait_for(lambda: server.mailbox("alice"), "the delivery to alice")
    print(f"   delivered: {server.mailbox('alice')[0]}")

    print("\nWhy? The same code explains itself:")
    server.command("explain", "--client", "198.51.100.7", "--from", "carol@example.net",
                   "--to", "dave@example.com")

    print("\nThe trusted network may write to everybody; it is handed on:")
    must(server.send(TRUSTED, "alice@example.org", "dave@example.com", "first") == "accepted",
         "the trusted network was refused")
    wait_for(lambda: hop.subjects == ["first"], "the handing on")
    print("   the next hop has: first")

    print("\nThe next hop is down: mail waits.")
    hop.stop()
    must(server.send(TRUSTED, "alice@example.org", "dave@example.com", "second") == "accepted",
         "the trusted network was refused")
    wait_for(lambda: " waiting " in server.command("queue", "list", quiet=True), "the waiting")
    server.command("queue", "list")

    print("\nThe server is killed without warning (SIGKILL), and started again:")
    server.stop(signal.SIGKILL)
    server = Server(programs, base + "/demo", smarthost)
    must(server.command("queue", "list"), "the mail is lost")

    print("\nThe next hop is back:")
    hop = NextHop(hop.port)
    server.command("queue", "flush")
    wait_for(lambda: hop.subjects == ["second"], "the handing on")
    print("   the next hop has: second")
    server.stop()

    print("\nAll as it should be. To try more:")
    print(f"   {programs[0]} --demo {base}/demo --port 2525")
    print(f"   {programs[1]} --demo {base}/demo queue list")


if __name__ == "__main__":
    main()
