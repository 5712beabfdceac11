"""Our decisions against those of Dovecot's vacation action (RFC 5230).

Each row is a message to Anna. `sieve-test -e` runs a vacation script on it and
says whether it answered; the Autoresponder must say the same, but for the rows
with a reason, where we are stricter on purpose. Nowhere may we be laxer.

A null sender cannot be tried: sieve-test takes none.
"""
import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest
from mailsec import autoreply

pytestmark = pytest.mark.skipif(shutil.which("sieve-test") is None,
                                reason="dovecot-sieve is not installed")

CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = /dev/stderr
ssl = no
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 0
first_valid_gid = 0
mail_home = {folder}/home
mail_location = maildir:{folder}/home/mail
postmaster_address = postmaster@example.org
"""
SCRIPT = """
require ["vacation"];
vacation :addresses ["a.smith@example.org", "anna@example.net"] "Away.";
"""
SETTINGS = autoreply.AbsenceSettings("anna@example.org", outside_texts=[("en", "Away.")])
ALIASES = ["a.smith@example.org", "anna@example.net"]
RESPONDER = autoreply.Autoresponder()
TO = "To: anna@example.org\n"
FROM_BOB = "From: Bob <bob@example.com>\n"

# Why we do not answer where Dovecot does.
ROOT = "accounts and addresses that no person reads, beyond those of RFC 5230, 4.6"
AUTHOR = "who writes as noreply@ reads no answers, whatever the envelope says"
BOUNCES = "addresses that only take bounces of a list"
MACHINE = "a field that only programs write"
MARKED = "a value that answering programs write"
REPORT = "reports are what machines write to each other (RFC 3834, 2)"
TWICE = "a field that may stand once (RFC 5322, 3.6) stands twice"
BCC = "Bcc is no sign of a personal message: the sender's program should have removed it"
WORD = "MS-OXCMAIL has AutoReply beside OOF and All; Dovecot does not look for it"
LIST = "fields that list software wrote before RFC 2369, or may write after it"
CASE = "local parts of machines are known in any case"

# (fields of the message, envelope sender, why we are stricter or None)
ROWS = [
    (TO, "bob@example.com", None),
    ("To: ANNA@EXAMPLE.ORG\n", "bob@example.com", None),
    ("To: Anna <anna@example.org>\n", "bob@example.com", None),
    ("To: x@example.com,\n anna@example.org\n", "bob@example.com", None),
    ("Cc: anna@example.org\n", "bob@example.com", None),
    ("Cc: a.smith@example.org\n", "bob@example.com", None),
    ("To: A.Smith@example.org\n", "bob@example.com", None),
    ("To: anna@example.net\n", "bob@example.com", None),
    ("To: team: x@example.com, anna@example.org;\n", "bob@example.com", None),
    ("To: \"Smith, Anna\" <anna@example.org>\n", "bob@example.com", None),
    ("To: (x) anna@example.org (Anna)\n", "bob@example.com", None),
    ("To: =?utf-8?Q?Anna_M=C3=BCller?= <anna@example.org>\n", "bob@example.com", None),
    ("Resent-To: anna@example.org\n", "bob@example.com", None),
    ("Resent-Cc: anna@example.org\n", "bob@example.com", None),
    ("Bcc: anna@example.org\n", "bob@example.com", BCC),
    ("Resent-Bcc: anna@example.org\n", "bob@example.com", BCC),
    # Not addressed.
    ("", "bob@example.com", None),
    ("To: team@example.org\n", "bob@example.com", None),
    ("To: undisclosed-recipients:;\n", "bob@example.com", None),
    ("To: joanna@example.org\n", "bob@example.com", None),
    ("To: anna@example.org.example.com\n", "bob@example.com", None),
    ("To: \"anna@example.org\" <team@example.org>\n", "bob@example.com", None),
    ("To: team@example.org (anna@example.org)\n", "bob@example.com", None),
    ("Delivered-To: anna@example.org\n", "bob@example.com", None),
    # Senders.
    (TO, "anna@example.org", None),
    (TO, "Anna@Example.org", None),
    (TO, "a.smith@example.org", None),
    (TO, "MAILER-DAEMON@example.com", None),
    (TO, "mailer-daemon@example.com", None),
    (TO, "owner-list@example.com", None),
    (TO, "OWNER-list@example.com", CASE),
    (TO, "list-request@example.com", None),
    (TO, "listserv@example.com", None),
    (TO, "majordomo@example.com", None),
    (TO, "list-owner@example.com", BOUNCES),
    (TO, "list-bounces@example.com", BOUNCES),
    (TO, "list-bounces+x@example.com", BOUNCES),
    (TO, "bounce+1@example.com", BOUNCES),
    (TO, "bounces-7@example.com", BOUNCES),
    (TO, "list-return-3-bob=example.com@example.com", BOUNCES),
    (TO, "list-request+x@example.com", None),
    (TO, "noreply@example.com", ROOT),
    (TO, "no-reply@example.com", ROOT),
    (TO, "do_not_reply@example.com", ROOT),
    (TO, "root@example.com", ROOT),
    (TO, "postmaster@example.com", ROOT),
    (TO, "owner@example.com", None),
    (TO, "request@example.com", None),
    (TO, "reply@example.com", None),
    (TO + "From: Shop <noreply@example.com>\n", "info@example.com", AUTHOR),
    # Lists.
    (TO + "List-Id: <l.example.com>\n", "bob@example.com", None),
    (TO + "List-Post: NO\n", "bob@example.com", None),
    (TO + "List-Unsubscribe: <mailto:x@example.com>\n", "bob@example.com", None),
    (TO + "List-Help: x\n", "bob@example.com", None),
    (TO + "List-Archive: x\n", "bob@example.com", None),
    (TO + "List-Owner: x\n", "bob@example.com", None),
    (TO + "List-Subscribe: x\n", "bob@example.com", None),
    (TO + "List-Whatever: x\n", "bob@example.com", LIST),
    (TO + "Mailing-List: contact x@example.com\n", "bob@example.com", LIST),
    (TO + "X-BeenThere: x@example.com\n", "bob@example.com", LIST),
    # Precedence.
    (TO + "Precedence: bulk\n", "bob@example.com", None),
    (TO + "Precedence: Bulk\n", "bob@example.com", None),
    (TO + "Precedence: junk\n", "bob@example.com", None),
    (TO + "Precedence: list\n", "bob@example.com", None),
    (TO + "Precedence: first-class\n", "bob@example.com", None),
    (TO + "Precedence: special-delivery\n", "bob@example.com", None),
    (TO + "Precedence: auto_reply\n", "bob@example.com", MARKED),
    # Auto-Submitted.
    (TO + "Auto-Submitted: auto-replied\n", "bob@example.com", None),
    (TO + "Auto-Submitted: auto-generated\n", "bob@example.com", None),
    (TO + "Auto-Submitted: auto-replied (vacation)\n", "bob@example.com", None),
    (TO + "Auto-Submitted: auto-notified; owner-email=\"x@example.com\"\n",
     "bob@example.com", None),
    (TO + "Auto-Submitted: x-whatever\n", "bob@example.com", None),
    (TO + "Auto-Submitted: no\n", "bob@example.com", None),
    (TO + "Auto-Submitted: No\n", "bob@example.com", None),
    (TO + "Auto-Submitted: no\nAuto-Submitted: no\n", "bob@example.com", TWICE),
    (TO + "Auto-Submitted: no auto-replied\n", "bob@example.com", None),
    # X-Auto-Response-Suppress.
    (TO + "X-Auto-Response-Suppress: OOF\n", "bob@example.com", None),
    (TO + "X-Auto-Response-Suppress: All\n", "bob@example.com", None),
    (TO + "X-Auto-Response-Suppress: oof, AutoReply\n", "bob@example.com", None),
    (TO + "X-Auto-Response-Suppress: DR\n", "bob@example.com", None),
    (TO + "X-Auto-Response-Suppress: DR, RN, NRN\n", "bob@example.com", None),
    (TO + "X-Auto-Response-Suppress: DR, OOF\n", "bob@example.com", None),
    (TO + "X-Auto-Response-Suppress: AutoReply\n", "bob@example.com", WORD),
    # Others.
    (TO + "Feedback-ID: 1:2:3:x\n", "bob@example.com", MACHINE),
    (TO + "X-Mailman-Version: 2.1\n", "bob@example.com", MACHINE),
    (TO + "X-Loop: x@example.com\n", "bob@example.com", MACHINE),
    (TO + "Content-Type: multipart/report; boundary=x\n", "bob@example.com", REPORT),
    (TO + "X-Failed-Recipients: x@example.com\n", "bob@example.com", REPORT),
    (TO + "To: x@example.com\n", "bob@example.com", TWICE),
]


@pytest.fixture(name="vacation", scope="module")
def vacation_fixture():
    """Whether Dovecot answers `content` of `sender`."""
    # It never runs as root: then the mailbox is nobody's, and so has to be what
    # leads there; Bazel's own folder may lie in somebody's home.
    folder = pathlib.Path(tempfile.mkdtemp(prefix="ms", dir="/tmp"))
    uid, gid = (65534, 65534) if os.geteuid() == 0 else (os.getuid(), os.getgid())
    for name in ("run", "state", "home"):
        (folder / name).mkdir()
        os.chown(folder / name, uid, gid)
    os.chown(folder, uid, gid)
    (folder / "dovecot.conf").write_text(CONFIG.format(folder=folder, uid=uid, gid=gid))
    (folder / "vacation.sieve").write_text(SCRIPT)
    try:
        yield lambda content, sender: sieve_answers(folder, content, sender)
    finally:
        shutil.rmtree(folder)


def sieve_answers(folder, content, sender):
    mail = folder / "mail.eml"
    mail.write_text(content.replace("\n", "\r\n"))
    done = subprocess.run(
        ["sieve-test", "-e", "-c", folder / "dovecot.conf",
         "-l", f"maildir:{folder}/home/mail", "-a", "anna@example.org",
         "-r", "anna@example.org", "-f", sender, folder / "vacation.sieve", mail],
        capture_output=True, text=True, check=False, timeout=60, cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder / "home")})
    assert "final result: success" in done.stderr, done.stderr
    answered = "Auto-Submitted: auto-replied (vacation)" in done.stdout
    assert answered == ("sent vacation response" in done.stderr), done.stderr
    return answered


def message(fields):
    who = "" if "From:" in fields else FROM_BOB
    return f"{who}{fields}Subject: hello\nMessage-ID: <1@example.com>\n\nAt noon?\n"


def our_decision(fields, sender):
    return RESPONDER.decide(message(fields).encode(), sender=f"<{sender}>",
                            settings=SETTINGS, own_addresses=ALIASES)


@pytest.mark.parametrize(("fields", "sender", "stricter"), ROWS)
def test_we_answer_what_dovecot_answers(vacation, fields, sender, stricter):
    theirs = vacation(message(fields), sender)
    ours = our_decision(fields, sender)
    if stricter is None:
        assert ours.answer == theirs, ours.decision.explain()
    else:
        assert theirs and not ours.answer, f"no stricter: {ours.decision.explain()}"


def test_each_reason_names_some_row():
    reasons = {stricter for _, _, stricter in ROWS if stricter}
    assert len(reasons) >= 8
    assert sum(stricter is None for _, _, stricter in ROWS) > len(ROWS) / 2
