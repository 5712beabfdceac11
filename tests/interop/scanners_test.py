"""The scanners against the real clamd and the real rspamd (R27)."""
import subprocess

import clamd
import rspamd
from testbed import ROOT, new_folder


def scan(kind, address, folder, contents):
    """What the scanner says of each content."""
    paths = []
    for number, content in enumerate(contents):
        paths.append(folder / f"content{number}")
        paths[-1].write_bytes(content)
    program = ROOT / "tests" / "io" / "scan_file"
    done = subprocess.run([program, kind, address, *paths], capture_output=True, text=True,
                          check=True, timeout=120)
    return done.stdout.splitlines()


def test_clamd():
    sizes = [0, 1, 65535, 65536, 65537]
    with new_folder() as folder, clamd.Clamd(folder) as server:
        said = scan("clamd", server.address, folder,
                    [b"x" * size for size in sizes]
                    + [b"Subject: x\r\n\r\n" + clamd.MALWARE + b"\r\n", b"x" * 200000, b"y"])
    assert said[:len(sizes)] == ["clean"] * len(sizes)
    assert said[len(sizes):] == [f"malware ({clamd.SIGNATURE})",
                                 "too large (above clamd's StreamMaxLength)", "clean"]


def test_rspamd():
    head = b"Subject: x\r\n\r\n"
    with new_folder() as folder, rspamd.Rspamd(folder) as server:
        said = scan("rspamd", server.address, folder,
                    [head + b"hello\r\n", b"Subject: SPAMMY\r\n\r\nhello\r\n",
                     head + rspamd.GTUBE + b"\r\n"])
    assert said == ["clean (score 0)", "spam (score 8; symbols TEST_SPAM)",
                    "spam (score 15; would refuse; symbols GTUBE)"]
