"""A clamd whose verdicts are words in the message, for tests of what follows.

"X-Test: malware" is malware, "X-Test: encrypted" an encrypted archive; after
"X-Test: fault" the connection ends without an answer; all else is clean.
"""
import socketserver
import struct
import threading

VERDICTS = {b"X-Test: malware": "Test.Signature.A FOUND",
            b"X-Test: encrypted": "Heuristics.Encrypted.Zip FOUND"}


class Handler(socketserver.StreamRequestHandler):
    def command(self):
        octets = b""
        while not octets.endswith(b"\0"):
            octet = self.rfile.read(1)
            if not octet:
                return None
            octets += octet
        return octets[1:-1].decode()

    def content(self):
        octets = b""
        while True:
            length, = struct.unpack(">I", self.rfile.read(4))
            if length == 0:
                return octets
            octets += self.rfile.read(length)

    def handle(self):
        number, session = 0, False
        while (command := self.command()) is not None:
            number += 1
            if command == "IDSESSION":
                session, number = True, 0
            elif command == "END":
                return
            elif command == "VERSION":
                self.answer(number if session else 0, self.server.version)
            elif command == "INSTREAM":
                content = self.content()
                self.server.contents.append(content)
                if b"X-Test: fault" in content:
                    return
                said = next((v for mark, v in VERDICTS.items() if mark in content), "OK")
                self.answer(number if session else 0, "stream: " + said)
            if not session:
                return

    def answer(self, number, text):
        prefix = f"{number}: " if number else ""
        self.wfile.write(f"{prefix}{text}\0".encode())


class FakeClamd(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port=0, version="ClamAV 1.4.6"):
        super().__init__(("127.0.0.1", port), Handler)
        self.version = version
        self.contents = []
        self.port = self.server_address[1]
        self.config = f'scanner {{ clamd: "127.0.0.1:{self.port}" }}\n'
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def __exit__(self, *unused):
        self.shutdown()
        self.server_close()
