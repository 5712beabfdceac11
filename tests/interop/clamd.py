"""clamd with a signature database that a test makes."""
import shutil

from testbed import Process, wait_until

MALWARE = b"MAILSEC-TEST-MALWARE-1"
SIGNATURE = "Mailsec.Test.Malware.UNOFFICIAL"

CONFIG = """
Foreground yes
LocalSocket {folder}/clamd.sock
DatabaseDirectory {folder}/db
LogFile {folder}/clamd.log
StreamMaxLength {limit}
MaxThreads 4
AlertEncrypted yes
AlertExceedsMax yes
OfficialDatabaseOnly no
ConcurrentDatabaseReload no
"""


def is_installed():
    return shutil.which("clamd") is not None


class Clamd:
    """Finds MALWARE; takes streams of at most `limit`. Serves at `address`."""

    def __init__(self, folder, limit="100K"):
        self.folder = folder
        self.address = f"unix:{folder}/clamd.sock"
        (folder / "db").mkdir()
        (folder / "db" / "test.ndb").write_text(f"Mailsec.Test.Malware:0:*:{MALWARE.hex()}\n")
        (folder / "clamd.conf").write_text(CONFIG.format(folder=folder, limit=limit))

    def __enter__(self):
        self.process = Process(["clamd", "-c", str(self.folder / "clamd.conf")],
                               self.folder / "start.log")
        wait_until(lambda: (self.folder / "clamd.sock").exists(),
                   lambda: "clamd's start: " + self.process.log.read_text())
        return self

    def __exit__(self, *unused):
        self.process.stop()
