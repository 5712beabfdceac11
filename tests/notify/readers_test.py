"""Two bounce readers that others wrote, and Python's own mail parser, read each
notification and find the recipients, actions and status codes that it is about.

Neither Sisimai nor flufl.bounce knows the address type utf-8 (RFC 6533): for
those notifications Python's parser alone is asked.
"""
import email
import email.policy
import subprocess

import pytest
from flufl.bounce import all_failures

WRITER = "tests/notify/write_notifications"

# What Sisimai finds, one line for each recipient.
SISIMAI = r"""
use Sisimai;
for my $found (@{ Sisimai->make($ARGV[0], 'delivered' => 1) || [] }) {
    my $values = $found->damn;
    print join("\t", map { $values->{$_} } qw(recipient action deliverystatus)), "\n";
}
"""

# File: recipients with action and status, and what was original.
WANT = {
    "failed": [("bob@example.net", "failed", "5.7.1")],
    "failed_several": [
        ("bob@example.net", "failed", "5.7.1"),
        ("carol@example.net", "failed", "5.6.7"),
        ("dave@gone.example", "failed", "5.1.2"),
    ],
    "failed_every_field": [("bob@inner.example.org", "failed", "5.7.1")],
    "failed_expired": [("bob@example.net", "failed", "4.4.7")],
    "failed_return_full": [("bob@example.net", "failed", "5.7.1")],
    "failed_strange_original": [("bob@example.net", "failed", "5.7.1")],
    "failed_no_header": [("bob@example.net", "failed", "5.7.1")],
    "failed_no_status": [("bob@example.net", "failed", "5.0.0")],
    "failed_utf8_as_ascii": [(r"b\x{FC}b@example.net", "failed", "5.1.1")],
    "failed_utf8_recipient": [(r"b\x{FC}b@example.net", "failed", "5.1.1")],
    "failed_utf8_sender": [("büb@example.net", "failed", "5.1.1")],
    "delayed": [("bob@example.net", "delayed", "4.4.1")],
    "delivered": [("bob@example.net", "delivered", "2.0.0")],
    "relayed": [("bob@example.net", "relayed", "2.0.0")],
    "expanded": [("bob@example.net", "expanded", "2.0.0")],
}
ASCII = sorted(name for name in WANT if "utf8" not in name)
ORIGINAL_RECIPIENTS = {"bob@inner.example.org": "bob@example.org"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("notifications")
    subprocess.run([WRITER, str(path)], check=True)
    return path


def parse(folder, name):
    octets = (folder / f"{name}.eml").read_bytes()
    return email.message_from_bytes(octets, policy=email.policy.default)


def status_groups(message):
    """The groups of fields of the second part."""
    part = list(message.iter_parts())[1]
    if part.get_content_type() == "message/delivery-status":
        return list(part.get_payload())
    assert part.get_content_type() == "message/global-delivery-status"
    # Python takes it for a message with a header and a body.
    fields = part.get_payload(0).as_bytes().decode()
    return [
        email.message_from_string(group, policy=email.policy.default)
        for group in fields.strip().split("\n\n")
    ]


def test_there_is_a_row_for_each_file(folder):
    assert sorted(path.stem for path in folder.iterdir()) == sorted(WANT)


@pytest.mark.parametrize("name", ASCII)
def test_sisimai_reads_it(folder, name):
    run = subprocess.run(
        ["perl", "-e", SISIMAI, str(folder / f"{name}.eml")],
        check=True,
        capture_output=True,
        text=True,
    )
    assert [tuple(line.split("\t")) for line in run.stdout.splitlines()] == WANT[name]


@pytest.mark.parametrize("name", ASCII)
def test_flufl_bounce_reads_it(folder, name):
    """It shows the original recipient where there is one, and no successes."""
    with open(folder / f"{name}.eml", "rb") as file:
        delayed, failed = all_failures(email.message_from_binary_file(file))
    want = {"failed": set(), "delayed": set()}
    for recipient, action, _ in WANT[name]:
        shown = ORIGINAL_RECIPIENTS.get(recipient, recipient)
        want.setdefault(action, set()).add(shown.encode())
    assert failed == want["failed"]
    assert delayed == want["delayed"]


@pytest.mark.parametrize("name", sorted(WANT))
def test_python_reads_it(folder, name):
    message = parse(folder, name)
    assert message.get_content_type() == "multipart/report"
    groups = status_groups(message)
    assert groups[0]["Reporting-MTA"] == "dns; mx.example.org"
    found = [
        (group["Final-Recipient"].split("; ")[1], group["Action"], group["Status"])
        for group in groups[1:]
        if group.keys()
    ]
    assert found == WANT[name]
    # RFC 6522, 3: the type of the report is that of its second part.
    second = list(message.iter_parts())[1].get_content_subtype()
    assert message.get_param("report-type") == second


@pytest.mark.parametrize("name", sorted(WANT))
def test_people_can_read_it(folder, name):
    message = parse(folder, name)
    text = next(message.iter_parts()).get_content()
    german = "Dies ist der Mailserver mx.example.org." in text
    english = "This is the mail server mx.example.org." in text
    assert german or english
    tags = next(message.iter_parts())["Content-Language"].split(", ")
    assert sorted(tags) == ["de"] * german + ["en"] * english
    assert max(map(len, text.splitlines())) <= 78
    assert "postmaster@example.org" in text
    assert "\N{REPLACEMENT CHARACTER}" not in text + message["Subject"]


# DSN-12
@pytest.mark.parametrize("name", sorted(WANT))
def test_no_machine_answers_it(folder, name):
    message = parse(folder, name)
    want = "auto-generated" if name == "delayed" else "auto-replied"
    assert message["Auto-Submitted"] == want
    assert message["Reply-To"] is None and message["Return-Path"] is None
    for required in ("To", "From", "Date", "Message-ID", "Subject"):
        assert len(message.get_all(required)) == 1
    assert message["From"].addresses[0].display_name == "Mail Delivery System"


def test_a_strange_original_comes_back_octet_by_octet(folder):
    part = list(parse(folder, "failed_strange_original").iter_parts())[2]
    assert part.get_content_type() == "text/rfc822-headers"
    octets = part.get_payload(decode=True)
    assert octets.startswith(b"Subject: Gr\xfc\xdfe\x01 --=_ndn-5KQ7\r\n")
    assert b"\r\nX-Long: " + b"x" * 1200 + b"\r\nX-Cr: a\rb\r\n" in octets
