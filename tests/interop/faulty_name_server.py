"""A name server whose answers are broken in a way that the name asks for."""
import socket
import struct
import threading

TYPE_A, TYPE_MX = 1, 15
NOERROR, SERVFAIL = 0, 2
TRUNCATED = 0x0200


def wire(name):
    """A name as it is sent (RFC 1035, 3.1)."""
    labels = [label.encode() for label in name.split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def record(owner, kind, data, length=None):
    return owner + struct.pack(">HHIH", kind, 1, 60, len(data) if length is None else length) + data


# By the first label of the domain: the data of its MX record, and the length
# that is claimed for it if that is another. RFC 9267 lists such faults.
BROKEN_MX = {
    "label-past-end": (b"\0\x0a\x3fmail", None),
    "pointer-to-itself": (b"\0\x0a\xc0\x2c", None),
    "pointer-past-end": (b"\0\x0a\xff\xff", None),
    "no-name": (b"\0\x0a", None),
    "one-octet": (b"\0", None),
    "empty": (b"", None),
    "short-length": (b"\0\x0a" + wire("mail.good.example"), 4),
    "long-length": (b"\0\x0a" + wire("mail.good.example"), 500),
    "long-name": (b"\0\x0a" + (b"\x3f" + b"a" * 63) * 4 + b"\0", None),
    "after-the-name": (b"\0\x0a" + wire("mail.good.example") + b"xyz", None),
}


class FaultyNameServer:
    """Listens on one port, UDP and TCP. Counts the questions for each name."""

    def __init__(self):
        self.questions = {}
        self.tcp_questions = 0
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        self.port = self.udp.getsockname()[1]
        self.tcp = socket.create_server(("127.0.0.1", self.port))
        for serve in (self.serve_udp, self.serve_tcp):
            threading.Thread(target=serve, daemon=True).start()

    def serve_udp(self):
        while True:
            query, peer = self.udp.recvfrom(4096)
            answer = self.answer(query, is_tcp=False)
            if answer is not None:
                self.udp.sendto(answer, peer)

    def serve_tcp(self):
        while True:
            connection, _ = self.tcp.accept()
            with connection:
                connection.settimeout(2)
                try:
                    self.serve_connection(connection)
                except OSError:
                    pass

    def serve_connection(self, connection):
        size = connection.recv(2, socket.MSG_WAITALL)
        query = connection.recv(struct.unpack(">H", size)[0], socket.MSG_WAITALL)
        answer = self.answer(query, is_tcp=True)
        if answer is not None:
            connection.sendall(struct.pack(">H", len(answer)) + answer)

    def answer(self, query, is_tcp):
        end = query.index(b"\0", 12) + 5
        question = query[12:end]
        kind = struct.unpack(">H", question[-4:-2])[0]
        fault = question[1:1 + question[0]].decode().lower()
        self.questions[fault] = self.questions.get(fault, 0) + 1
        self.tcp_questions += is_tcp
        return self.play(fault, query[:2], question, kind, is_tcp)

    def play(self, fault, number, question, kind, is_tcp):
        def reply(flags, *records):
            return (number + struct.pack(">HHHHH", 0x8180 | flags, 1, len(records), 0, 0)
                    + question + b"".join(records))

        if fault == "servfail":
            return reply(SERVFAIL)
        if fault == "silent":
            return None
        if fault == "garbage":
            return number + b"\xff" * 40
        if fault == "cut":
            return reply(NOERROR)[:9]
        if fault in ("truncated", "truncated-for-ever"):
            if not is_tcp:
                return reply(TRUNCATED)
            if fault == "truncated-for-ever":
                return None
        if kind == TYPE_MX and fault in BROKEN_MX:
            data, length = BROKEN_MX[fault]
            return reply(NOERROR, record(b"\xc0\x0c", TYPE_MX, data, length))
        if kind == TYPE_MX:
            return reply(NOERROR, record(b"\xc0\x0c", TYPE_MX,
                                         b"\0\x0a" + wire("mail.good.example")))
        if kind == TYPE_A:
            return reply(NOERROR, record(b"\xc0\x0c", TYPE_A, bytes([198, 51, 100, 1])))
        return reply(NOERROR)
