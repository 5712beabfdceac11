"""What the scanners say decides at the end of the data (R27)."""
import socket
import time

import pytest

from fake_clamd import FakeClamd
from house import INSIDE, OUTSIDE, House
from testbed import Client, new_folder

TEXT = b"Subject: x\r\n%s\r\nhello\r\n"


@pytest.fixture(name="folder")
def fixture_folder():
    with new_folder() as folder:
        yield folder / "house"


def send(house, content, source=OUTSIDE, to="alice@example.org", sender="bob@example.com"):
    with Client(house.port, source=source) as client:
        return client.message(sender, [to], content)[-1]


# What is asked, who asks, the reply, and what the mailbox then has, or which
# event tells of the refusal.
ROWS = [
    ("clean mail is taken, and says so", "", "", OUTSIDE, "250", "clean; scanner=clamd"),
    ("malware is refused", "", "malware", OUTSIDE, "554 5.7.1",
     "policy.malware"),
    ("of our own people as well", "", "malware", INSIDE, "554 5.7.1", "policy.malware"),
    ("who cannot tell fails closed", "", "fault", OUTSIDE, "451 4.7.1", "policy.scan_failed"),
    ("what is encrypted is marked", "", "encrypted", OUTSIDE, "250", "unscannable"),
    ("or refused", "content { on_unscannable: REFUSE_UNSCANNABLE }", "encrypted", OUTSIDE,
     "554 5.7.1", "policy.unscannable"),
]


@pytest.mark.parametrize("what,config,kind,source,reply,want", ROWS, ids=[r[0] for r in ROWS])
def test_the_end_of_the_data(folder, what, config, kind, source, reply, want):
    with FakeClamd() as clamd, House(folder, clamd.config + config) as house:
        content = TEXT % (f"X-Test: {kind}\r\n".encode() if kind else b"")
        assert send(house, content, source).startswith(reply), house.log()
        if want.startswith("policy."):
            assert not house.queue() and not house.mailbox("alice")
            assert house.wait_for_event(want)["reply"].startswith(reply)
        else:
            mail = house.wait_for_mail("alice")[0]
            assert want.encode() in mail.split(b"\r\n\r\n")[0]


def test_nobody_else_may_say_what_only_our_scanners_say(folder):
    forged = (b"X-Mailsec-Verdict: clean; scanner=clamd\r\nX-Spam: No\r\n"
              b"x-spam-status : No,\r\n\tscore=-5\r\nX-Virus-Scanned: by mx.example.org\r\n"
              b"X-Kept: yes\r\n")
    with FakeClamd() as clamd, House(folder, clamd.config) as house:
        send(house, TEXT % (forged + b"X-Test: encrypted\r\n"))
        head = house.wait_for_mail("alice")[0].split(b"\r\n\r\n")[0].lower()
        assert head.count(b"x-mailsec-verdict:") == 1
        assert b"x-mailsec-verdict: unknown" in head
        assert b"x-spam" not in head and b"x-virus" not in head and b"score=-5" not in head
        assert b"x-kept: yes" in head


def test_without_scanners_only_our_own_field_is_taken_out(folder):
    with House(folder, "") as house:
        send(house, TEXT % b"X-Mailsec-Verdict: clean\r\nX-Spam-Status: No\r\n")
        head = house.wait_for_mail("alice")[0].split(b"\r\n\r\n")[0]
        assert b"X-Mailsec-Verdict" not in head and b"X-Spam-Status: No" in head


@pytest.mark.parametrize("octets", [100, 3 << 20])
def test_all_of_a_message_is_looked_at(folder, octets):
    """In memory, and in a file of its own."""
    body = (b"0123456789" * 7 + b"\r\n") * (octets // 72 + 1)
    with FakeClamd() as clamd, House(folder, clamd.config) as house:
        assert send(house, TEXT % b"" + body).startswith("250")
        mail = house.wait_for_mail("alice")[0]
        assert clamd.contents[0].endswith(body)
        assert mail.endswith(b"\r\n\r\nhello\r\n" + body)
        assert b"X-Mailsec-Verdict: clean" in mail.split(b"\r\n\r\n")[0]
        assert send(house, TEXT % b"" + body + b"X-Test: malware\r\n").startswith("554")


def test_quarantine_holds_until_a_person_decides(folder):
    with FakeClamd() as clamd, House(
            folder, clamd.config + "content { on_malware: QUARANTINE }") as house:
        assert send(house, TEXT % b"X-Test: malware\r\n").startswith("250")
        held = house.wait_for_held()
        assert "malware" in house.show(held["id"])
        assert not house.mailbox("alice")
        assert house.wait_for_event("mail.quarantined")["severity"] == "alarm"
        house.command("queue", "release", held["id"])
        assert b"X-Mailsec-Verdict: malware" in house.wait_for_mail("alice")[0]


def test_a_scanner_that_is_down_is_an_alarm_and_nothing_is_taken(folder):
    with FakeClamd() as clamd:
        config = clamd.config
    with House(folder, config) as house:
        assert send(house, TEXT % b"").startswith("451 4.7.1")
        assert house.wait_for_event("mail.scanner_fault")["severity"] == "alarm"
        assert not house.queue()


def test_a_scanner_that_never_answers_does_not_hold_up_a_stop(folder):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with House(folder, f'scanner {{ clamd: "127.0.0.1:{port}" time_limit_seconds: 600 }}\n'
                   "limits { stop_seconds: 1 }") as house, Client(house.port) as client:
            client.ask("MAIL FROM:<bob@example.com>")
            client.ask("RCPT TO:<alice@example.org>")
            client.ask("DATA")
            client.send(TEXT % b"" + b".\r\n")
            begin = time.monotonic()
            assert house.stop() == 0
            assert time.monotonic() - begin < 20, "and not 600 s"


def test_by_choice_mail_is_taken_unscanned_and_says_so(folder):
    with FakeClamd() as clamd:
        config = clamd.config.replace("}", "on_fault: ACCEPT_UNSCANNED }")
    with House(folder, config) as house:
        assert send(house, TEXT % b"").startswith("250")
        assert b"X-Mailsec-Verdict: unknown" in house.wait_for_mail("alice")[0]


def test_each_message_of_a_session_is_looked_at_again(folder):
    """A verdict holds for one message (SCAN-04)."""
    with FakeClamd() as clamd, House(folder, clamd.config) as house, \
            Client(house.port) as client:
        for kind, reply in [("", "250"), ("malware", "554"), ("", "250"), ("malware", "554")]:
            content = TEXT % (f"X-Test: {kind}\r\n".encode() if kind else b"")
            answer = client.message("bob@example.com", ["alice@example.org"], content)[-1]
            assert answer.startswith(reply)
        assert len(clamd.contents) == 4


def test_the_age_of_signatures_is_watched(folder):
    old = "ClamAV 1.4.6/27000/Mon Jan  5 09:00:00 2026"
    with FakeClamd(version=old) as clamd, House(
            folder, clamd.config.replace("}", "old_signatures_are_faults: true }")) as house:
        assert house.wait_for_event("watch.signatures_old")["severity"] == "alarm"
        assert send(house, TEXT % b"").startswith("451 4.7.1")


def test_a_file_can_be_looked_at(folder):
    with FakeClamd() as clamd, House(folder, clamd.config) as house:
        sample = folder / "sample.eml"
        for kind, words in [("malware", ["refuse", "content.malware"]),
                            ("fine", ["accept", "content.clean"])]:
            sample.write_bytes(TEXT % f"X-Test: {kind}\r\n".encode())
            said = house.command("scan", str(sample)).stdout
            assert all(word in said for word in words), said
        assert not house.queue()
