"""examples/absence.py writes a notice, once, and says why it writes none."""
import email
import email.policy
import io
import os
import sys

import pytest

EXAMPLES = os.path.join(
    os.environ["TEST_SRCDIR"], os.environ["TEST_WORKSPACE"], "examples"
)
sys.path.insert(0, EXAMPLES)
import absence  # pylint: disable=wrong-import-position

MAIL = (b"From: carol@example.com\r\nTo: alice@example.org\r\nSubject: lunch\r\n"
        b"Message-ID: <1@example.com>\r\n\r\nAt noon?\r\n")


@pytest.fixture(name="run")
def fixture_run(tmp_path):
    text = tmp_path / "away.txt"
    text.write_text("I am away until Monday.\n", encoding="utf-8")

    def run(mail=MAIL, sender="carol@example.com", *more):
        out, error = io.BytesIO(), io.StringIO()
        status = absence.main(
            ["--text", f"en:{text}", "--memory", str(tmp_path / "answered"), *more, sender,
             "alice@example.org"], io.BytesIO(mail), out, error)
        return status, out.getvalue(), error.getvalue()

    return run


def test_a_notice_is_written_once(run):
    status, notice, _ = run()
    assert status == 0
    notice = email.message_from_bytes(notice, policy=email.policy.default)
    assert notice["Subject"] == "Auto: lunch" and notice["Auto-Submitted"] == "auto-replied"
    assert notice.get_content().strip() == "I am away until Monday."
    assert run() == (1, b"", "answered before\n")


@pytest.mark.parametrize("mail,sender,rule", [
    (b"Precedence: bulk\r\n" + MAIL, "carol@example.com", "absence.precedence"),
    (MAIL, "no-reply@example.com", "absence.system-sender"),
    (MAIL.replace(b"alice@", b"team@"), "carol@example.com", "absence.not-addressed"),
])
def test_why_there_is_none(run, mail, sender, rule):
    status, notice, error = run(mail, sender)
    assert (status, notice) == (1, b"") and rule in error


def test_without_a_verdict_nobody_is_answered(run):
    status, notice, error = run(MAIL, "carol@example.com", "--clamd", "unix:/nonexistent")
    assert (status, notice) == (1, b"") and "automatic.no-verdict" in error
