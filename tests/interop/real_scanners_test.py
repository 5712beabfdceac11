"""The real clamd and the real rspamd behind the server (R27)."""
import base64
import io
import pathlib
import zipfile

import pytest

from clamd import MALWARE, SIGNATURE, Clamd
from house import INSIDE, OUTSIDE, House
from rspamd import GTUBE, Rspamd
from testbed import Client, free_port, new_folder

HEAD = b"From: bob@example.com\r\nTo: alice@example.org\r\nSubject: %s\r\n\r\n"


@pytest.fixture(name="scene", scope="module")
def fixture_scene():
    with new_folder() as folder, Clamd(folder / "clamd", "1M") as clamd, \
            Rspamd(folder / "rspamd") as rspamd, \
            House(folder / "house", clamd.config.replace("}", "max_octets: 1000000 }")
                  + rspamd.config) as house:
        yield house


def send(house, subject=b"x", body=b"hello\r\n", source=OUTSIDE, sender="bob@example.com",
         to=("alice@example.org",)):
    with Client(house.port, source=source) as client:
        return client.message(sender, to, HEAD % subject + body)[-1]


def newest(house, name="alice"):
    """The message that came last, which the names of the files do not tell."""
    folder = house.folder / "mail" / name / "new"
    return max(folder.glob("*"), key=lambda f: f.stat().st_mtime_ns).read_bytes()


def test_clean_mail(scene):
    before = len(scene.mailbox("alice"))
    assert send(scene).startswith("250")
    scene.wait_for_mail("alice", before + 1)
    head = newest(scene).split(b"\r\n\r\n")[0]
    head = head.replace(b"\r\n ", b" ")
    assert b"X-Mailsec-Verdict: clean" in head and b"scanner=clamd," in head


def test_malware(scene):
    assert send(scene, body=MALWARE + b"\r\n").startswith("554 5.7.1")
    refused = scene.wait_for_event("policy.malware")
    assert SIGNATURE in refused["scanners"] and refused["rule"] == "content.malware"


def test_spam_is_marked_from_one_score_and_refused_from_another(scene):
    before = len(scene.mailbox("alice"))
    assert send(scene, b"SPAMMY").startswith("250")
    scene.wait_for_mail("alice", before + 1)
    head = newest(scene).split(b"\r\n\r\n")[0]
    assert b"X-Mailsec-Verdict: spam" in head and b"X-Spam-Flag: YES" in head
    assert b"TEST_SPAM" in head and b"score=8" in head
    assert send(scene, b"AWFUL").startswith("554 5.7.1")
    assert send(scene, b"AWFUL", source=INSIDE, sender="alice@example.org").startswith("554")
    assert send(scene, body=GTUBE + b"\r\n").startswith("554 5.7.1")


def attached(name, octets):
    return (b"MIME-Version: 1.0\r\nContent-Type: application/octet-stream; name=\"%s\"\r\n"
            b"Content-Transfer-Encoding: base64\r\n\r\n" % name.encode()
            + base64.encodebytes(octets).replace(b"\n", b"\r\n"))


def archive(encrypted):
    """A zip file; or one whose flags say that it needs a password."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as zipped:
        zipped.writestr("a.txt", b"0123456789" * 20)
    octets = bytearray(out.getvalue())
    if encrypted:
        octets[6] |= 1
        octets[octets.index(b"PK\x01\x02") + 8] |= 1
    return bytes(octets)


@pytest.mark.parametrize("encrypted,words", [(False, "content.clean"),
                                             (True, "content.unscannable")])
def test_an_archive_with_a_password_is_unscannable(scene, encrypted, words):
    sample = scene.folder / "sample"
    sample.write_bytes(b"From: bob@example.com\r\n" + attached("a.zip", archive(encrypted)))
    said = scene.command("scan", str(sample)).stdout
    assert words in said, said


def test_complaints_about_spam_arrive(scene):
    assert send(scene, b"AWFUL", to=["abuse@example.org"]).startswith("250")
    assert b"X-Mailsec-Verdict: spam" in scene.wait_for_mail("abuse")[0]


def test_the_envelope_is_handed_over(scene):
    before = len(scene.mailbox("alice"))
    assert send(scene, sender="envelope@example.com",
                to=["alice@example.org", "bob@example.org"]).startswith("250")
    scene.wait_for_mail("alice", before + 1)
    assert b"TEST_ENVELOPE" in newest(scene)


@pytest.mark.parametrize("octets,reply", [(990000, "250"), (1100000, "451 4.7.1")])
def test_too_large_for_clamd_fails_closed(scene, octets, reply):
    body = (b"0123456789" * 7 + b"\r\n") * (octets // 72)
    assert send(scene, body=body).startswith(reply)


def test_the_test_files_of_clamav_are_scanned_as_clamd_scans_them():
    """The database knows one of them, and clamd finds it in the archives of the others."""
    files = sorted(pathlib.Path("/usr/share/clamav-testfiles").glob("*"))
    assert len(files) > 20
    port = free_port()
    with new_folder() as folder, Clamd(
            folder / "clamd", "10M", port, [path for path in files if path.name == "clam.exe"]) as clamd, \
            House(folder / "house", f'scanner {{ clamd: "127.0.0.1:{port}" }}\n') as house:
        said = {}
        for path in files:
            if not path.is_file() or path.stat().st_size > 200000:
                continue
            content = attached(path.name, path.read_bytes())
            sample = folder / "sample"
            sample.write_bytes(content)
            ours = house.command("scan", str(sample)).stdout
            theirs = clamd.scan(content)
            said[path.name] = theirs
            rule = ("content.clean" if theirs == b"stream: OK\0"
                    else "content.unscannable" if b"Heuristics" in theirs else "content.malware")
            assert rule in ours, (path.name, theirs, ours)
        for name in ("clam.exe", "clam.zip", "clam.7z", "clam.cab", "clam.tar.gz"):
            assert b"Mailsec.Test.File" in said[name], said
        assert len(said) > 20 and not any(b"OK" in answer for answer in said.values()), said
