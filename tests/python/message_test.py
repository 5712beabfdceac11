"""Header fields of strangers, and trace fields of ours."""
import datetime
import gc

import mailsec
import pytest

NOON = datetime.datetime(2025, 11, 25, 12, tzinfo=datetime.timezone.utc)


def trace(**fields):
    return mailsec.TraceField(
        client_ip="203.0.113.9", own_name="mx.example.org",
        **{"helo": "c.example", "time": NOON, **fields}
    )


def test_fields_keep_what_they_point_into():
    fields = mailsec.HeaderScanner(b"A: " + b"x" * 10000 + b"\r\n\r\n").fields
    gc.collect()
    assert fields[0].value.strip() == b"x" * 10000


@pytest.mark.parametrize("content", [b"", b"\r\n", b"no colon", b"\xff\0:\r", b":" * 999])
def test_nothing_makes_the_scanner_fail(content):
    header = mailsec.HeaderScanner(content)
    assert header.body_offset <= len(content)


def test_octets_above_ascii_are_seen_and_kept():
    header = mailsec.HeaderScanner("Subject: Grüße\r\n\r\n".encode())
    assert header.has_8bit
    assert header.find("SUBJECT").unfolded().decode() == "Grüße"


def test_a_loop_is_seen():
    content = mailsec.delivered_to_field("alice@example.org") + b"\r\n"
    header = mailsec.HeaderScanner(content)
    assert header.was_delivered_to("Alice@example.org")
    assert not header.was_delivered_to("bob@example.org")


def test_a_peer_cannot_end_our_trace_field():
    field = trace(helo="x)\r\nSubject: forged").to_received()
    header = mailsec.HeaderScanner(field + b"\r\n")
    assert [f.name for f in header.fields] == [b"Received"]


def test_the_protocol_is_named():
    assert trace(extended=True, secured=True).protocol == "ESMTPS"
    assert trace().protocol == "SMTP"


def test_a_time_is_one_moment_whatever_its_zone():
    east = NOON.astimezone(datetime.timezone(datetime.timedelta(hours=9)))
    assert trace(time=east).to_received() == trace().to_received()
    with pytest.raises(ValueError):
        trace(time=NOON.replace(tzinfo=None))
