"""What the server sends by itself: absence notices, receipts, forwards (R22 to R24)."""
import email
import email.policy
import subprocess
import time

import pytest

from fake_clamd import FakeClamd
from house import INSIDE, OUTSIDE, House
from testbed import Client, Sink, new_folder, program, wait_until

MAIL = (b"From: Carol <carol@example.com>\r\nTo: alice@example.org\r\n"
        b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nMessage-ID: <1@example.com>\r\n"
        b"DKIM-Signature: v=1; a=rsa-sha256; d=example.com; h=from:to:subject; b=AAAA\r\n"
        b"%s\r\nhello\r\n")
CAROL, ALICE = "carol@example.com", "alice@example.org"


@pytest.fixture(name="scene")
def fixture_scene():
    """A house whose mail for others goes to a sink, with a scanner."""
    with new_folder() as folder, FakeClamd() as clamd, Sink() as sink:
        def make(config="", scanner=clamd.config, files=(), name="house", **options):
            return House(folder / name,
                         f'{scanner}smarthost {{ host: "127.0.0.1" port: {sink.port} }}\n{config}',
                         files=files, **options)
        yield make, sink


def send(house, content=MAIL % b"", sender=CAROL, to=ALICE, source=OUTSIDE):
    with Client(house.port, source=source) as client:
        return client.message(sender, [to], content)[-1]


def set_absence(house, *words, text="I am away."):
    (house.folder / "text").write_text(text)
    done = house.command("absence", "set", ALICE, f"--text=en:{house.folder / 'text'}", *words)
    assert done.returncode == 0, done.stderr
    return done.stdout


def settle(house, count):
    """Until the house has got so many messages and is done with them."""
    wait_until(lambda: len(house.events("delivery.delivered")) >= count, house.log)
    house.wait_for_empty_queue()


def taken(sink):
    """Each message there: its envelope, and its content without the last dot."""
    return [(envelope, content[:-3]) for envelope, content in sink.received]


def read(content):
    return email.message_from_bytes(content, policy=email.policy.default)


# ---------------------------------------------------------------------------
# Absence notices

def test_each_sender_is_answered_once_even_over_a_restart(scene):
    make, sink = scene
    with make() as house:
        set_absence(house)
        for _ in range(3):
            assert send(house).startswith("250")
        sink.wait_for(1)
        settle(house, 3)
        house.stop()
        house.start()
        send(house, sender="Carol+tag@EXAMPLE.com")
        settle(house, 4)
        envelope, content = taken(sink)[0]
        assert len(sink.received) == 1, house.log()
    assert envelope[0].startswith("MAIL FROM:<>") and "RCPT TO:<carol@example.com>" in envelope[1]
    answer = read(content)
    assert answer["Auto-Submitted"] == "auto-replied"
    assert answer["From"] == ALICE and answer["To"] == CAROL
    assert answer["Subject"] == "Auto: Gr\u00fc\u00dfe"
    assert answer["In-Reply-To"] == "<1@example.com>" == answer["References"]
    assert answer.get_content().strip() == "I am away."


def test_a_new_absence_answers_anew_and_none_when_cleared(scene):
    make, sink = scene
    with make() as house:
        for round_ in (1, 2):
            set_absence(house, text=f"Away {round_}.")
            send(house)
            sink.wait_for(round_)
        assert "cleared" in house.command("absence", "clear", ALICE).stdout
        send(house, sender="dave@example.net")
        settle(house, 3)
        assert len(sink.received) == 2


# What arrives, from whom, with which scanner, and the rule that keeps us silent.
SILENT = [
    ("spam is never answered", dict(content=MAIL % b"X-Test: encrypted\r\n"),
     "automatic.no-verdict"),
    ("bounces are not answered", dict(sender=""), "absence.null-sender"),
    ("lists are not answered", dict(content=MAIL % b"List-Id: <l.example.com>\r\n"),
     "absence.list"),
    ("nor other machines", dict(content=MAIL % b"Auto-Submitted: auto-generated\r\n"),
     "absence.auto-submitted"),
    ("nor bulk", dict(content=MAIL % b"Precedence: bulk\r\n"), "absence.precedence"),
    ("nor who is a machine by name", dict(sender="no-reply@example.com"),
     "absence.system-sender"),
    ("nor what was not addressed to her",
     dict(content=(MAIL % b"").replace(b"alice@example.org", b"team@example.org")),
     "absence.not-addressed"),
]


@pytest.mark.parametrize("what,mail,rule", SILENT, ids=[row[0] for row in SILENT])
def test_silence_and_its_rule(scene, what, mail, rule):
    make, sink = scene
    with make() as house:
        set_absence(house)
        assert send(house, **mail).startswith("250")
        settle(house, 1)
        assert [e["rule"] for e in house.events("automatic.not_sent")] == [rule], house.log()
        assert not sink.received
        assert len(house.mailbox("alice")) == 1, "the mail itself is there"


def test_without_a_scanner_strangers_get_no_answer(scene):
    make, sink = scene
    with make(scanner="") as house:
        set_absence(house)
        send(house)
        settle(house, 1)
        assert house.wait_for_event("automatic.not_sent")["rule"] == "automatic.no-verdict"
        assert not sink.received


def test_inside_and_outside_have_texts_of_their_own(scene):
    make, sink = scene
    with make() as house:
        (house.folder / "in").write_text("Ask Bob.")
        done = house.command("absence", "set", ALICE, f"--inside_text=en:{house.folder / 'in'}")
        assert done.returncode == 0, done.stderr
        send(house)
        send(house, sender="bob@example.org", source=INSIDE)
        answer = read(house.wait_for_mail("bob")[0])
        assert answer.get_content().strip() == "Ask Bob."
        house.wait_for_empty_queue()
        assert [e["rule"] for e in house.events("automatic.not_sent")] == ["absence.no-text"]
        assert not sink.received


def test_settings_can_be_seen_and_what_is_wrong_is_said(scene):
    make, _ = scene
    with make() as house:
        set_absence(house, "--start=2026-01-01", "--end=2099-12-31", "--days=7", "--name=Alice A.")
        shown = house.command("absence", "show").stdout
        for words in ("alice@example.org: absent now", "I am away.", "once in 7 days", "Alice A."):
            assert words in shown
        for words, error in [
                (["set", "nobody@example.org", "--text=en:" + str(house.folder / "text")],
                 "no mailbox"),
                (["set", ALICE], "needs --text"),
                (["set", ALICE, "--text=" + str(house.folder / "text")], "LANGUAGE:FILE"),
                (["set", ALICE, "--text=en:/nonexistent"], "nonexistent"),
                (["set", ALICE, "--text=en:" + str(house.folder / "text"), "--end=yesterday"],
                 "say a day"),
                (["set", ALICE, "--text=en:" + str(house.folder / "text"), "--start=2026-02-02",
                  "--end=2026-01-01"], "end"),
                (["show", "bob@example.org"], "no absence"),
                (["cancel"], "say set")]:
            done = house.command("absence", *words)
            assert done.returncode != 0 and error in done.stderr, (words, done.stderr)
        assert "I am away." in house.command("absence", "show", ALICE).stdout, "still there"


def test_a_text_may_come_from_the_standard_input(scene):
    make, _ = scene
    with make() as house:
        done = subprocess.run(
            [program("mailsec"), "--config", str(house.folder / "mailsecd.textproto"), "absence",
             "set", ALICE, "--text=en:-"], input="Until Monday.", capture_output=True, text=True,
            timeout=30, check=False)
        assert done.returncode == 0, done.stderr
        assert done.stdout.count("Until Monday.") == 2, "for both sides"


def test_two_absent_users_do_not_answer_each_other_for_ever(scene):
    make, _ = scene
    with make() as house:
        for name in ("alice", "bob"):
            (house.folder / "text").write_text(f"{name} is away.")
            house.command("absence", "set", f"{name}@example.org",
                          f"--text=en:{house.folder / 'text'}")
        content = (MAIL % b"").replace(b"alice@", b"bob@")
        send(house, content=content, sender=ALICE, to="bob@example.org", source=INSIDE)
        house.wait_for_mail("alice")
        settle(house, 2)
        time.sleep(0.2)
        assert len(house.mailbox("alice")) == len(house.mailbox("bob")) == 1
        assert len(house.events("automatic.sent")) == 1


def test_off_is_off(scene):
    make, sink = scene
    with make("automatic { off: true }") as house:
        (house.folder / "text").write_text("x")
        done = house.command("absence", "set", ALICE, f"--text=en:{house.folder / 'text'}")
        assert "automatic.off" in done.stderr
        send(house)
        settle(house, 1)
        assert not sink.received


def test_a_damaged_database_stops_automatic_mail_and_nothing_else(scene):
    make, sink = scene
    with make() as house:
        set_absence(house)
        house.stop()
        database = house.folder / "spool.automatic"
        octets = bytearray(database.read_bytes())
        octets[200:4000] = b"x" * 3800
        database.write_bytes(bytes(octets))
        house.start()
        assert house.wait_for_event("automatic.off")["severity"] == "alarm"
        assert send(house).startswith("250")
        house.wait_for_mail("alice")
        house.wait_for_empty_queue()
        assert not sink.received
        assert "damaged" in house.command("absence", "show").stderr
        house.stop()
        database.unlink()
        house.start()
        assert house.command("absence", "show").returncode == 0


# ---------------------------------------------------------------------------
# Receipts

def test_receipts_are_off_unless_switched_on(scene):
    make, sink = scene
    asks = MAIL % b"Disposition-Notification-To: carol@example.com\r\n"
    with make() as house:
        send(house, asks)
        settle(house, 1)
        assert not sink.received
    with make("automatic { receipts: true }", name="other") as house:
        send(house, asks)
        send(house, asks)
        sink.wait_for(1)
        settle(house, 2)
        assert len(sink.received) == 1
    receipt = read(taken(sink)[0][1])
    assert receipt.get_content_type() == "multipart/report"
    assert receipt.get_param("report-type") == "disposition-notification"
    report = receipt.get_payload()[1].as_string()
    assert "automatic-action/MDN-sent-automatically; processed" in report
    assert "Original-Message-ID: <1@example.com>" in report


# ---------------------------------------------------------------------------
# Forwards

FORWARDS = dict(config='automatic { forwards_file: "forwards" }',
                files={"forwards": "alice@example.org: alice@example.net\n"})


def test_a_forward_is_unaltered_and_from_our_own_name_space(scene):
    make, sink = scene
    with make(**FORWARDS) as house:
        send(house)
        sink.wait_for(1)
        settle(house, 2)
        kept = house.mailbox("alice")
    (mail, rcpt), content = taken(sink)[0]
    assert mail.lower().startswith("mail from:<srs0=") and "@example.org>" in mail
    assert "=example.com=carol@example.org" in mail
    assert "RCPT TO:<alice@example.net>" in rcpt
    assert content.startswith(b"Delivered-To: alice@example.org\r\nReceived: ")
    assert content.endswith(MAIL % b""), "whatever a signature covers"
    assert b"X-Mailsec-Verdict" not in content
    assert len(kept) == 1, "a copy always stays"


@pytest.mark.parametrize("what,mail,rule", [
    ("unscanned mail stays here", MAIL % b"X-Test: encrypted\r\n", "automatic.no-verdict"),
    ("looping mail stays here", b"Delivered-To: bob@example.org\r\n" + MAIL % b"", None),
], ids=["unscanned", "other mailbox"])
def test_what_is_not_forwarded_stays_in_the_mailbox(scene, what, mail, rule):
    make, sink = scene
    with make(**FORWARDS) as house:
        send(house, mail)
        settle(house, 1)
        assert len(house.mailbox("alice")) == 1
        if rule:
            assert house.wait_for_event("automatic.not_sent")["rule"] == rule
            assert not sink.received


def test_local_only_mail_is_not_forwarded_outside(scene):
    make, sink = scene
    with make(**FORWARDS) as house:
        send(house, sender="bob@example.org", source=INSIDE)
        settle(house, 1)
        assert house.wait_for_event("automatic.not_sent")["rule"] == "forward.local-only"
        assert not sink.received and len(house.mailbox("alice")) == 1


def test_a_forward_refused_as_spam_causes_no_notification(scene):
    make, sink = scene
    sink.answers["RCPT"] = "550 5.7.1 this is spam"
    with make(**FORWARDS) as house:
        send(house)
        house.wait_for_event("delivery.failed")
        house.wait_for_empty_queue()
        # DATA was pipelined, so an empty message may have been given up.
        assert all(content == b"" for _, content in taken(sink)), sink.received
        assert not house.events("ndn.sent") and len(house.events("automatic.sent")) == 1
        assert len(house.mailbox("alice")) == 1


def test_a_bounce_finds_back_and_nothing_else_uses_its_way(scene):
    make, sink = scene
    with make(**FORWARDS) as house:
        send(house)
        sink.wait_for(1)
        rewritten = taken(sink)[0][0][0].split("<")[1].split(">")[0]
        # In the case that a remote server made of it.
        for wrong, sender, reply in [
                (rewritten, CAROL, "550 5.7.1"),
                (rewritten.replace("=carol@", "=eve@"), "", "550"),
                (rewritten.replace("SRS0=", "SRS0=A", 1), "", "550")]:
            with Client(house.port) as client:
                replies = client.message(sender, [wrong], MAIL % b"")
                assert replies[1].startswith(reply), (wrong, replies)
        assert send(house, sender="", to=rewritten.lower()).startswith("250")
        sink.wait_for(2)
        house.wait_for_empty_queue()
    (mail, rcpt), _ = taken(sink)[1]
    assert mail.startswith("MAIL FROM:<>") and "RCPT TO:<carol@example.com>" in rcpt


def test_a_bounce_that_is_malware_is_not_passed_on(scene):
    make, sink = scene
    with make(**FORWARDS) as house:
        send(house)
        sink.wait_for(1)
        rewritten = taken(sink)[0][0][0].split("<")[1].split(">")[0]
        assert send(house, MAIL % b"X-Test: encrypted\r\n", "", rewritten).startswith("451")
        assert house.wait_for_event("automatic.bounce_refused")["rule"] == "automatic.no-verdict"


def test_the_secret_outlives_a_restart_and_can_be_rotated(scene):
    make, sink = scene
    with make(**FORWARDS) as house:
        send(house)
        sink.wait_for(1)
        rewritten = taken(sink)[0][0][0].split("<")[1].split(">")[0]
        house.stop()
        old = (house.folder / "spool.srs").read_bytes()
        for name, secret in (("old", old), ("new", b"n" * 32)):
            (house.folder / name).write_bytes(secret)
            (house.folder / name).chmod(0o600)
        house.config = house.config.replace(
            'forwards_file: "forwards"',
            'forwards_file: "forwards" srs_secret_file: "new" srs_secret_file: "old"')
        house.start()
        assert send(house, sender="", to=rewritten).startswith("250")
        sink.wait_for(2)


def test_a_long_sender_is_kept_in_the_table(scene):
    make, sink = scene
    long = "x" * 60 + "@a.very.long.domain.example.com"
    with make(**FORWARDS) as house:
        send(house, sender=long)
        sink.wait_for(1)
        rewritten = taken(sink)[0][0][0].split("<")[1].split(">")[0]
        assert len(rewritten.split("@")[0]) <= 64 and "xxxx" not in rewritten
        house.stop()
        house.start()
        assert send(house, sender="", to=rewritten).startswith("250")
        sink.wait_for(2)
    assert f"RCPT TO:<{long}>" in taken(sink)[1][0][1]


def test_the_bounds_on_forwards_hold(scene):
    make, sink = scene
    config = ('automatic { forwards_file: "forwards" forward_address_burst: 3 '
              'forward_address_seconds: 3600 }')
    with make(config, files=FORWARDS["files"]) as house:
        for _ in range(5):
            send(house)
        settle(house, 8)
        assert len(house.mailbox("alice")) == 5 and len(sink.received) == 3
        assert [e["rule"] for e in house.events("automatic.not_sent")] == ["automatic.bound"] * 2


def test_the_governor_explains_itself(scene):
    make, _ = scene
    with make() as house:
        for words, verdict, rule in [
                (["--verdict=clean"], "accept", "automatic.allowed"),
                (["--verdict=spam"], "refuse", "automatic.spam"),
                (["--verdict=clean", "--machine"], "refuse", "automatic.automatic")]:
            said = house.command("explain", "--automatic=absence-notice", f"--author={ALICE}",
                                 f"--from={CAROL}", *words).stdout
            assert said.startswith(verdict) and rule in said, said
