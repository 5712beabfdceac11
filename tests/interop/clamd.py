"""A real clamd with a signature database of the test's own."""
import hashlib
import socket
import struct

from testbed import Process, wait_until

MALWARE = b"MAILSEC-TEST-MALWARE-0123456789"  # What the database knows; harms nobody.
SIGNATURE = "Mailsec.Test.Malware.UNOFFICIAL"


class Clamd:
    """Serves at `address` and takes streams of at most `limit`; `config` is what scans with it."""

    def __init__(self, folder, limit="100K", tcp_port=0, known=()):
        """Finds MALWARE, and the files `known` wherever they are packed."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "db").mkdir()
        (folder / "db" / "test.ndb").write_text(f"Mailsec.Test.Malware:0:*:{MALWARE.hex()}\n")
        if known:  # clamd does not start with an empty one.
            (folder / "db" / "test.hdb").write_text("".join(
                f"{hashlib.md5(octets).hexdigest()}:{len(octets)}:Mailsec.Test.File\n"
                for octets in (path.read_bytes() for path in known)))
        self.socket_path = folder / "clamd.sock"
        tcp = f"TCPSocket {tcp_port}\nTCPAddr 127.0.0.1\n" if tcp_port else ""
        (folder / "clamd.conf").write_text(
            f"LocalSocket {self.socket_path}\n{tcp}DatabaseDirectory {folder / 'db'}\n"
            f"TemporaryDirectory {folder}\nForeground yes\nAlertEncrypted yes\n"
            f"AlertExceedsMax yes\nStreamMaxLength {limit}\n")
        self.address = f"unix:{self.socket_path}"
        self.config = f'scanner {{ clamd: "{self.address}" }}\n'
        self.process = Process(["clamd", "-c", str(folder / "clamd.conf")], folder / "log")
        wait_until(self.is_up, lambda: self.process.log.read_text(), 60)

    def ask(self, command):
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(self.socket_path))
            client.sendall(b"z" + command + b"\0")
            return client.recv(1000)

    def scan(self, content):
        """What clamd itself says, without us."""
        return self.ask(b"INSTREAM\0" + struct.pack(">I", len(content)) + content
                        + struct.pack(">I", 0)[:-1])

    def is_up(self):
        try:
            return self.ask(b"PING") == b"PONG\0"
        except OSError:
            return False

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.process.stop()
