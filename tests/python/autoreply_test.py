"""mailsec.autoreply: settings, decisions, notices, receipts and their memory."""
import email
import email.policy
import os
import stat
import threading
from datetime import datetime, timedelta, timezone

import pytest
from mailsec import Address, autoreply

NOW = datetime(2026, 1, 1, 10, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)


def away(**changes):
    values = {
        "inside_texts": [("de", "Im Urlaub.")],
        "outside_texts": [autoreply.AbsenceText("de", "Weg."), ("en", "Away.")],
        "set_at": NOW,
    }
    return autoreply.AbsenceSettings("anna@example.org", **(values | changes))


def rule(content, sender="<bob@example.net>", **options):
    made = autoreply.Autoresponder(
        system_senders=options.pop("system_senders", ())
    ).decide(content, sender=sender, settings=options.pop("settings", away()), now=NOW, **options)
    assert made.answer == made.decision.accepted
    return made.decision.rule.removeprefix("absence.")


def read(message):
    return email.message_from_bytes(message.content, policy=email.policy.default)


# Settings


def test_settings_say_what_was_set():
    settings = away(start=NOW - HOUR, end=NOW + HOUR, period_days=7, display_name="Anna Müller")
    assert settings.owner == Address("anna@example.org")
    assert (settings.start, settings.end, settings.set_at) == (NOW - HOUR, NOW + HOUR, NOW)
    assert [(t.language, t.text, t.subject) for t in settings.outside_texts] == [
        ("de", "Weg.", ""), ("en", "Away.", "")]
    assert settings.period(NOW) == HOUR
    assert settings.period_days == 7 and settings.display_name == "Anna Müller"
    assert settings.is_active(NOW) and not settings.is_active(NOW + HOUR)
    assert autoreply.AbsenceSettings.from_bytes(settings.to_bytes()) == settings
    assert settings.id != away().id == away().id


@pytest.mark.parametrize(("changes", "message"), [
    ({"inside_texts": [], "outside_texts": []}, "no text"),
    ({"inside_texts": [("de", "")]}, r"inside_texts\[0\].text"),
    ({"inside_texts": [("de", "a\0")]}, "U\\+0000"),
    ({"inside_texts": [("de_DE", "x")]}, "language"),
    ({"outside_texts": [("de", "x"), ("DE", "y")]}, "twice"),
    ({"period_days": 0}, "period_days"),
    ({"start": NOW, "end": NOW}, "end"),
    ({"display_name": "a\nb"}, "display_name"),
])
def test_wrong_settings_are_a_value_error(changes, message):
    with pytest.raises(ValueError, match=message):
        away(**changes)


def test_a_time_without_a_zone_is_no_moment():
    with pytest.raises(ValueError, match="time zone"):
        away(start=datetime(2026, 1, 1))


def test_a_long_period_is_cut():
    assert away(period_days=10**9).period(NOW) == timedelta(days=30)
    assert away().period(NOW) is None


def test_damaged_settings_are_an_os_error():
    with pytest.raises(OSError):
        autoreply.AbsenceSettings.from_bytes(b"\xff")


# Decisions


@pytest.mark.parametrize(("content", "sender", "want"), [
    (b"To: anna@example.org\r\n\r\n", "<bob@example.net>", "answer"),
    (b"To: anna@example.org\r\n\r\n", "<>", "null-sender"),
    (b"To: anna@example.org\r\n\r\n", "<MAILER-DAEMON@example.com>", "system-sender"),
    (b"To: anna@example.org\r\n\r\n", "<anna@example.org>", "own-address"),
    (b"To: anna@example.org\r\nPrecedence: Bulk\r\n\r\n", "<bob@example.net>", "precedence"),
    (b"To: anna@example.org\r\nAuto-Submitted: no\r\n\r\n", "<bob@example.net>", "answer"),
    (b"To: team@example.org\r\n\r\n", "<bob@example.net>", "not-addressed"),
    (b"", "<bob@example.net>", "not-addressed"),
    (b"\xff\0\r\n", "<bob@example.net>", "not-addressed"),
])
def test_a_rule_decides(content, sender, want):
    assert rule(content, sender) == want


def test_aliases_and_sides_count():
    mail = b"Cc: Anna <a.smith@example.org>\r\n\r\n"
    assert rule(mail) == "not-addressed"
    assert rule(mail, own_addresses=["a.smith@example.org"]) == "answer"
    assert rule(mail, own_addresses=[Address("A.SMITH@example.org")]) == "answer"
    inside_only = away(outside_texts=[])
    own = {"own_addresses": ["a.smith@example.org"], "settings": inside_only}
    assert rule(mail, **own) == "no-text"
    assert rule(mail, sender_is_inside=True, **own) == "answer"


def test_machines_can_be_added():
    mail = b"To: anna@example.org\r\n\r\n"
    assert rule(mail, "<newsletter-7@example.net>") == "answer"
    assert rule(mail, "<newsletter-7@example.net>", system_senders=["newsletter*"]) == "system-sender"
    with pytest.raises(ValueError, match="system sender"):
        autoreply.Autoresponder(system_senders=["*"])


def test_a_decision_explains_itself():
    decision = autoreply.Autoresponder().decide(
        b"List-Id: x\r\nTo: anna@example.org\r\n\r\n", sender="<bob@example.net>",
        settings=away(), now=NOW).decision
    assert decision.source == "RFC 5230, 4.6"
    assert "List-Id: x" in decision.explain()


# Notices


def test_a_notice_is_what_others_can_read():
    notice = autoreply.build_notice(
        away(display_name="Anna Müller"),
        b"Subject: =?iso-8859-1?Q?Gr=FC=DFe?=\r\nMessage-ID: <1@example.net>\r\n\r\n",
        target="bob@example.net", unique="3F9K", now=NOW)
    message = read(notice)
    assert message["subject"] == "Auto: Grüße"
    assert message["from"] == "Anna Müller <anna@example.org>"
    assert message["to"] == "<bob@example.net>" or message["to"] == "bob@example.net"
    assert message["in-reply-to"] == message["references"] == "<1@example.net>"
    assert message["auto-submitted"] == "auto-replied"
    assert message["date"].datetime == NOW
    assert "Weg." in message.get_content() and "Away." in message.get_content()
    assert not message.defects
    assert not (notice.needs_smtputf8 or notice.has_8bit)


# Each row becomes one field, whatever it decodes to.
@pytest.mark.parametrize(("subject", "want"), [
    (b"=?utf-8?Q?x=0D=0ABcc:_v=40example.com?=", "Auto: x Bcc: v@example.com"),
    (b"Re: Re: AUTO: x", "Auto: Re: Re: AUTO: x"),
    ("ü".encode() * 300, "Auto: " + "ü" * 199 + "…"),
    (b"=?utf-8?B?truncated", None),
    pytest.param(b"\xff" * 10_000_000, None, id="10 MB"),
    (b"a\rb\0c", None),
])
def test_no_subject_breaks_it(subject, want):
    content = autoreply.build_notice(
        away(), b"Subject: " + subject + b"\r\n\r\n", target="bob@example.net",
        unique="1", now=NOW).content
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert "bcc" not in message
    header = content.split(b"\r\n\r\n")[0]
    assert all(len(line) <= 78 for line in header.split(b"\r\n"))
    assert header.isascii() and header.count(b"\n") == header.count(b"\r") == header.count(b"\r\n")
    if want is not None:
        assert message["subject"] == want


@pytest.mark.parametrize("field", [
    b"Message-ID: <" + b"a" * 5000 + b"@x>",
    b"Message-ID: <a@x\r Bcc: v@example.com>",
    b"Message-ID: <a b@x>",
    b"Message-ID: <a\x01@x>",
])
def test_an_id_that_is_none_is_dropped(field):
    content = autoreply.build_notice(
        away(), field + b"\r\n\r\n", target="bob@example.net", unique="1", now=NOW).content
    assert b"In-Reply-To" not in content and b"Bcc" not in content


def test_a_folded_id_is_unfolded():
    content = autoreply.build_notice(
        away(), b"Message-ID:\r\n <a@example.com>\r\n\r\n", target="bob@example.net",
        unique="1", now=NOW).content
    assert b"\r\nIn-Reply-To: <a@example.com>\r\n" in content


def test_what_cannot_be_built_is_a_value_error():
    for settings, unique in ((away(outside_texts=[]), "1"), (away(), "")):
        with pytest.raises(ValueError):
            autoreply.build_notice(settings, b"", target="bob@example.net", unique=unique)


# Receipts


def test_a_receipt_is_decided_and_written():
    mail = (b"Disposition-Notification-To: Bob <bob@example.net>\r\n"
            b"To: anna@example.org\r\nMessage-ID: <1@example.net>\r\n\r\n")
    ask = {"sender": "<bob@example.net>", "mailbox": "anna@example.org"}
    assert autoreply.ReceiptPolicy().decide(mail, **ask).decision.rule == "receipt.off"
    made = autoreply.ReceiptPolicy(enabled=True).decide(mail, **ask)
    assert made.answer and made.message_id == "<1@example.net>"
    receipt = read(autoreply.build_receipt(
        mail, mailbox="anna@example.org", target="bob@example.net", unique="2",
        original_recipient="rfc822;Anna@example.org", now=NOW))
    assert receipt.get_content_type() == "multipart/report"
    assert receipt.get_param("report-type") == "disposition-notification"
    people, machines = receipt.iter_parts()
    assert "anna@example.org" in people.get_content()
    fields = machines.get_payload()
    fields = fields[0].as_string() if isinstance(fields, list) else fields
    assert "automatic-action/MDN-sent-automatically; processed" in fields
    assert "Original-Message-ID: <1@example.net>" in fields
    other = autoreply.ReceiptPolicy(enabled=True).decide(
        mail, sender="<eve@example.com>", mailbox="anna@example.org")
    assert other.decision.rule == "receipt.other-address" and other.message_id == ""


# Memory


def memories(folder):
    database = autoreply.SqliteDatabase(os.path.join(folder, "answers.db"))
    return [autoreply.MemoryReplyMemory(), autoreply.SqliteReplyMemory(database)]


def test_a_sender_is_answered_once(tmp_path):
    for memory in memories(tmp_path):
        first = autoreply.ReplyKey.for_absence(away(), "Bob@EXAMPLE.net")
        again = autoreply.ReplyKey.for_absence(away(), "bob+x@example.net")
        anew = autoreply.ReplyKey.for_absence(away(set_at=NOW + HOUR), "bob@example.net")
        assert first == again and first != anew
        assert memory.remember(first, now=NOW) == autoreply.Remembered.FIRST
        assert memory.remember(again, now=NOW + 10000 * HOUR) == autoreply.Remembered.ALREADY
        assert memory.remember(anew, now=NOW) == autoreply.Remembered.FIRST
        assert memory.count() == 2
        memory.forget(first)
        assert memory.remember(first, now=NOW).name == "FIRST"
        memory.forget_other_absences("ANNA@example.org", anew.occasion)
        assert memory.count() == 1


def test_periods_and_clocks(tmp_path):
    for memory in memories(tmp_path):
        key = autoreply.ReplyKey("a", "b", "c")
        day = timedelta(days=1)
        assert memory.remember(key, period=day, now=NOW).name == "FIRST"
        assert memory.remember(key, period=day, now=NOW - 2 * day).name == "ALREADY"
        assert memory.remember(key, period=day, now=NOW - day).name == "FIRST"
        with pytest.raises(ValueError):
            memory.remember(key, period=timedelta(0))
        with pytest.raises(ValueError):
            memory.remember(autoreply.ReplyKey("", "b", "c"))


def test_a_flood_of_senders_is_bounded(tmp_path):
    database = autoreply.SqliteDatabase(str(tmp_path / "answers.db"))
    for memory in (autoreply.MemoryReplyMemory(max_per_owner=3),
                   autoreply.SqliteReplyMemory(database, max_in_all=3)):
        names = [memory.remember(autoreply.ReplyKey("a", "b", str(i)), now=NOW).name
                 for i in range(5)]
        assert names == ["FIRST"] * 3 + ["FULL"] * 2


def test_of_many_threads_one_is_first(tmp_path):
    for memory in memories(tmp_path):
        answers = []
        key = autoreply.ReplyKey("a", "b", "c")
        threads = [threading.Thread(target=lambda m=memory: answers.append(m.remember(key).name))
                   for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(answers) == ["ALREADY"] * 7 + ["FIRST"]


def test_the_file_is_private_and_lasts(tmp_path):
    path = tmp_path / "small.db"
    store = autoreply.SqliteAbsenceStore(autoreply.SqliteDatabase(str(path)))
    store.set(away())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    del store
    database = autoreply.SqliteDatabase(str(path))
    store = autoreply.SqliteAbsenceStore(database)
    assert database.path == str(path)
    assert store.find("ANNA@example.org") == away()
    assert [s.owner for s in store.list()] == [Address("anna@example.org")]
    assert store.list(after="anna@example.org") == []
    assert store.clear("anna@example.org") and not store.clear("anna@example.org")
    assert store.find("anna@example.org") is None


def test_what_others_can_read_or_damaged_is_refused(tmp_path):
    path = tmp_path / "small.db"
    path.write_bytes(b"no database" * 1000)
    path.chmod(0o600)
    with pytest.raises(OSError):
        autoreply.SqliteDatabase(str(path))
    path.chmod(0o644)
    with pytest.raises(RuntimeError, match="chmod 600"):
        autoreply.SqliteDatabase(str(path))
    (tmp_path / "link.db").symlink_to(path)
    with pytest.raises(RuntimeError):
        autoreply.SqliteDatabase(str(tmp_path / "link.db"))
    with pytest.raises(TypeError):
        autoreply.SqliteReplyMemory(None)
