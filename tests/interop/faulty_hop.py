"""A next hop that follows SMTP (or LMTP), but for the fault that a test sets.

    with FaultyHop(fault=Fault("rcpt", say("450 4.2.0 later"), times=1)) as hop:
        ...
        hop.copies("carol@elsewhere.example")  # What it said 250 to.
"""
import collections
import contextlib
import dataclasses
import socket
import struct
import threading
import time
import typing

from testbed import wait_until

# Where a fault can be. "amid": once AMID octets of content have come.
STEPS = ("connect", "greeting", "hello", "mail", "rcpt", "data", "amid", "end")
AMID = 10000


# ---------------------------------------------------------------------------
# Faults: called with the connection in the place of the right reply. True: the
# dialogue goes on.

def hang_up(_):
    return False


def reset(connection):
    connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


def say(*lines, then_hang_up=False):
    octets = "".join(line + "\r\n" for line in lines).encode("latin-1")

    def fault(connection):
        connection.send(octets)
        return not then_hang_up

    return fault


def say_endlessly(piece):
    """Until the other side has enough."""
    def fault(connection):
        end = time.monotonic() + 20
        while time.monotonic() < end:
            connection.send(piece * 50)
        return False

    return fault


@dataclasses.dataclass
class Fault:
    step: str
    what: typing.Callable
    times: int = 1  # After that, the hop is a good one.
    only: str = ""  # At "rcpt": for recipients with this in their address.


class Connection:
    """One dialogue."""

    def __init__(self, connected, hop):
        self.socket = connected
        self.hop = hop
        self.since = time.monotonic()
        self.input = connected.makefile("rb")
        self.forget()

    def run(self):
        with self.hop.lock:
            self.hop.connections += 1
        try:
            self.talk(self.hop)
        except (BrokenPipeError, ConnectionResetError):
            pass
        finally:
            self.input.close()
            self.socket.close()

    def send(self, octets):
        drip = self.hop.drip_seconds
        if drip == 0:
            return self.socket.sendall(octets)
        for i in range(len(octets)):
            self.socket.sendall(octets[i:i + 1])
            time.sleep(drip)

    def step(self, name, reply):
        """Says `reply`, or has the fault. False: hang up."""
        fault = self.hop.take_fault(name, "")
        if fault is not None:
            return fault(self)
        if reply:
            self.send((reply + "\r\n").encode())
        return True

    def talk(self, hop):
        if not (self.step("connect", "") and self.step("greeting", "220 hop.example ESMTP")):
            return
        while True:
            line = self.input.readline().decode().rstrip("\r\n")
            verb = line[:4].upper()
            if verb in ("EHLO", "LHLO", "HELO"):
                lines = ["hop.example"] + (hop.extensions if verb != "HELO" else [])
                go_on = self.step("hello", "\r\n".join(
                    ("250 " if i == len(lines) - 1 else "250-") + text
                    for i, text in enumerate(lines)))
            elif verb == "MAIL":
                self.forget()
                go_on = self.take_sender(hop, line)
            elif verb == "RCPT":
                go_on = self.take_recipient(hop, line)
            elif verb == "DATA":
                go_on = self.take_data(hop)
            elif verb == "BDAT":
                go_on = self.take_chunk(hop, line.split())
            elif verb == "QUIT":
                self.send(b"221 bye\r\n")
                go_on = False
            elif verb:
                self.send(b"250 2.0.0 fine\r\n")
                go_on = True
            else:
                go_on = False
            if not go_on:
                return

    def forget(self):
        self.mail, self.recipients, self.content, self.answered = "", [], bytearray(), False

    def take_sender(self, hop, line):
        fault = hop.take_fault("mail", line)
        if fault is not None:
            return fault(self)
        self.mail = line
        self.send((hop.answer(line) + "\r\n").encode())
        return True

    def take_recipient(self, hop, line):
        reply = hop.answer(line) if self.mail else "503 5.5.1 no sender"
        fault = hop.take_fault("rcpt", line)
        if fault is not None:
            return fault(self)
        self.send((reply + "\r\n").encode())
        if reply.startswith("2"):
            self.recipients.append(line)
        return True

    def take_data(self, hop):
        if not self.recipients and not hop.has_fault("data"):
            self.send(b"554 5.5.1 no recipient\r\n")
            return True
        fault = hop.take_fault("data", "")
        if fault is not None:
            return fault(self)
        self.send(b"354 go on\r\n")
        while not (self.content.endswith(b"\r\n.\r\n") or self.content == b".\r\n"):
            fault = hop.take_fault("amid", "") if len(self.content) >= AMID else None
            if fault is not None:
                self.answered = True
                if not fault(self):
                    return False
            more = self.input.readline()
            if not more:
                hop.abandoned.append(len(self.content))
                return False
            self.content += more
        return self.finish(hop)

    def take_chunk(self, hop, words):
        self.content += self.input.read(int(words[1]))
        if words[-1].upper() != "LAST":
            return self.step("amid", "250 2.0.0 more")
        return self.finish(hop)

    def finish(self, hop):
        if self.answered:
            return True
        fault = hop.take_fault("end", "")
        if fault is not None:
            return fault(self)
        if hop.take_seconds:
            time.sleep(hop.take_seconds)
        # Ours from here: what is lost after this line was delivered.
        with hop.lock:
            hop.taken.append(Taken(self.since, time.monotonic(), self.mail, self.recipients,
                                   bytes(self.content)))
        replies = len(self.recipients) if hop.lmtp else 1
        self.send(b"250 2.0.0 taken\r\n" * replies)
        self.forget()
        return True


@dataclasses.dataclass
class Taken:
    since: float  # When its connection began, time.monotonic().
    at: float
    mail: str
    recipients: list
    content: bytes


class FaultyHop:
    """On loopback and a free port. `answers` maps a part of a MAIL or RCPT line
    to a reply that it always has."""

    def __init__(self, fault=None, extensions=("PIPELINING", "8BITMIME", "SMTPUTF8"),
                 answers=None, port=0, address="127.0.0.1", lmtp=False, drip_seconds=0,
                 take_seconds=0):
        self.fault = fault
        self.extensions = list(extensions)
        self.answers = dict(answers or {})
        self.lmtp = lmtp
        self.drip_seconds = drip_seconds  # Between two octets of its own.
        self.take_seconds = take_seconds  # Between the dot and 250.
        self.connections = 0
        self.taken = []
        self.abandoned = []  # Octets of each content that did not end.
        self.lock = threading.Lock()
        self.listener = socket.create_server((address, port), backlog=100)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connected, _ = self.listener.accept()
            except OSError:
                return
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
            threading.Thread(target=Connection(connected, self).run, daemon=True).start()

    def answer(self, line):
        for part, reply in self.answers.items():
            if part in line:
                return reply
        return "250 2.1.0 fine"

    def has_fault(self, step):
        return self.fault is not None and self.fault.step == step and self.fault.times > 0

    def take_fault(self, step, line):
        if not self.has_fault(step):
            return None
        with self.lock:
            if not self.has_fault(step) or self.fault.only not in line:
                return None
            self.fault.times -= 1
            return self.fault.what

    def copies(self, address):
        """How often each recipient was taken: {"a@b.example": 1}."""
        with self.lock:
            return sum(f"<{address}>" in line for t in self.taken for line in t.recipients)

    def all_copies(self):
        with self.lock:
            return collections.Counter(line.split("<")[1].split(">")[0]
                                       for t in self.taken for line in t.recipients)

    def wait_for(self, count):
        wait_until(lambda: len(self.taken) >= count, f"{count} messages at the hop")
        return self.taken

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
