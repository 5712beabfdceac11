"""Delivery reports are written, checked and read: mailsec.ndn."""
import datetime
import email
import email.policy
import glob
import os

import mailsec
import pytest
from mailsec import ndn

REPORTS = os.path.join(
    os.environ["TEST_SRCDIR"], os.environ["TEST_WORKSPACE"], "tests", "notify", "reports"
)
NOW = datetime.datetime(2026, 11, 25, 10, tzinfo=datetime.timezone.utc)
ORIGINAL = b"From: alice@example.com\r\nMessage-ID: <1@example.com>\r\n\r\nAt noon?\r\n"


def sample(name):
    with open(os.path.join(REPORTS, name + ".eml"), "rb") as file:
        return file.read()


def recipient(**changes):
    values = {
        "final_recipient": "rfc822; bob@example.net",
        "status": "5.1.1",
        "original_recipient": ndn.TypedValue("rfc822", "b@alias.example"),
        "remote_mta": "dns; mx.example.net",
        "diagnostic_code": "smtp; 550-5.1.1 No such\n550 5.1.1 user",
        "last_attempt": NOW,
    }
    return ndn.RecipientStatus(**(values | changes))


def build(report, **options):
    builder = ndn.Builder(hostname="mx.example.org", from_address="postmaster@example.org")
    return builder.build(
        target="alice@example.com", report=report, original=ORIGINAL, unique="5KQ7", now=NOW,
        **options,
    )


def test_what_is_built_is_read_as_it_was_meant():
    report = ndn.DeliveryReport(
        recipients=[recipient()], original_envelope_id="QQ1", arrival_date=NOW
    )
    written = build(report, causes=[ndn.Cause.NO_SUCH_RECIPIENT])
    assert not written.needs_smtputf8 and not written.has_8bit
    assert ndn.lint(written.content) == []
    read = ndn.parse(written.content)
    assert read.report.original_envelope_id == "QQ1"
    assert read.report.arrival_date == NOW
    assert str(read.report.reporting_mta) == "dns; mx.example.org"
    assert read.original_message_id == "<1@example.com>"
    (bob,) = read.report.recipients
    for name in ("final_recipient", "original_recipient", "action", "status", "remote_mta",
                 "diagnostic_code", "last_attempt", "will_retry_until", "final_log_id"):
        assert getattr(bob, name) == getattr(recipient(), name), name


def test_pythons_own_parser_agrees():
    written = build(ndn.DeliveryReport(recipients=[recipient()]))
    message = email.message_from_bytes(written.content, policy=email.policy.default)
    assert message.get_content_type() == "multipart/report"
    status = message.get_payload()[1].get_payload()
    assert status[1]["Final-Recipient"] == "rfc822; bob@example.net"
    assert status[1]["Action"] == "failed"
    assert message["To"].addresses[0].addr_spec == "alice@example.com"


def test_a_delay_needs_no_cause():
    delayed = recipient(action=ndn.Action.DELAYED, status="4.4.1",
                        will_retry_until=NOW + datetime.timedelta(days=4))
    written = build(ndn.DeliveryReport(recipients=[delayed]))
    assert ndn.lint(written.content) == []
    (bob,) = ndn.parse(written.content).report.recipients
    assert bob.action == ndn.Action.DELAYED
    assert bob.will_retry_until == NOW + datetime.timedelta(days=4)


def test_both_languages():
    builder = ndn.Builder(hostname="mx.example.org", from_address="postmaster@example.org",
                          languages=[ndn.Language.GERMAN, ndn.Language.ENGLISH])
    written = builder.build(target="alice@example.com", original=ORIGINAL, unique="1",
                            report=ndn.DeliveryReport(recipients=[recipient()]))
    explanation = ndn.parse(written.content).explanation
    assert "Ihre Nachricht" in explanation and "Your message" in explanation


REFUSED = [
    ("nobody", [], None),
    ("two actions", [recipient(), recipient(action=ndn.Action.DELAYED, status="4.0.0")], None),
    ("no cause for one", [recipient(), recipient()], [ndn.Cause.OTHER]),
]


@pytest.mark.parametrize("words, recipients, causes", REFUSED)
def test_what_does_not_go_together_is_not_built(words, recipients, causes):
    with pytest.raises(ValueError):
        build(ndn.DeliveryReport(recipients=recipients), causes=causes)


@pytest.mark.parametrize("status", ["", "5.1", "5.01.1", "3.1.1", "5.1.1 bad"])
def test_a_status_is_three_numbers(status):
    with pytest.raises(ValueError):
        recipient(status=status)
    assert recipient(status=mailsec.EnhancedStatus(5, 1, 1)) is not None


def test_typed_values_are_values():
    value = ndn.TypedValue("dns", "mx.example.org")
    assert value == ndn.TypedValue("dns", "mx.example.org")
    assert value != ndn.TypedValue("dns", "other.example.org")
    assert len({value, ndn.TypedValue("dns", "mx.example.org")}) == 1
    assert not ndn.TypedValue("", "") and value


def test_every_sample_is_read_or_is_no_report():
    no_report = {"qmail", "disposition", "returned_bounce"}
    names = [os.path.basename(path)[:-4] for path in glob.glob(REPORTS + "/*.eml")]
    assert len(names) > 15
    for name in names:
        if name in no_report:
            with pytest.raises(LookupError):
                ndn.parse(sample(name))
            assert [v.rule for v in ndn.lint(sample(name))] == ["report.none"]
        elif name == "no_recipient":
            with pytest.raises(ValueError):
                ndn.parse(sample(name))
        else:
            assert ndn.parse(sample(name)).report.recipients, name


def test_any_flat_buffer_will_do():
    content = sample("exim")
    for kind in (bytes, bytearray, memoryview):
        assert ndn.parse(kind(content)).original_message_id == "<lunch.2@example.com>"
    with pytest.raises(TypeError):
        ndn.parse(content.decode())


def test_a_violation_says_all_of_it():
    (first, *_) = [v for v in ndn.lint(sample("james")) if v.severity == ndn.Severity.ERROR]
    assert (first.rule, first.rfc, first.line) == ("status.malformed", "RFC 3464, 2.3.4", 24)
    assert str(first).startswith("24: error status.malformed: Status is three numbers")
    rule = {rule.name: rule for rule in ndn.rules()}[first.rule]
    assert (rule.severity, rule.rfc) == (first.severity, first.rfc)
    assert first.message.startswith(rule.summary)
