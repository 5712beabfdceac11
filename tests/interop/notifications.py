"""Notifications as their reader sees them. Each one that a test reads is
checked first: its form, by our own linter, and with flufl.bounce, which others
wrote."""
import email
import email.policy
import subprocess

from flufl.bounce import all_failures

from testbed import program, wait_until


def value(field):
    """What stands after the type: "rfc822; a@b.example" gives "a@b.example"."""
    return str(field).partition(";")[2].strip()


class Notification:
    """One multipart/report: `recipients` are the fields (RFC 3464, 2.3) of each
    Final-Recipient, `about` those of the message, `text` is for people."""

    def __init__(self, octets):
        self.message = email.message_from_bytes(octets, policy=email.policy.default)
        self.check_envelope_and_form()
        text, status, self.original = self.message.iter_parts()
        self.text = text.get_content()
        about, *recipients = status.get_payload()
        self.about = about
        self.recipients = {value(fields["Final-Recipient"]): fields for fields in recipients}
        assert len(self.recipients) == len(recipients)
        lint(octets)
        self.check_with_flufl(octets)

    def check_envelope_and_form(self):
        message = self.message
        assert not message.defects, message.defects
        assert message["Return-Path"] == "<>"
        assert message["Auto-Submitted"] == "auto-replied"
        assert message.get_content_type() == "multipart/report"
        assert message.get_param("report-type") == "delivery-status"
        for field in ("From", "To", "Date", "Message-ID", "Subject"):
            assert len(message.get_all(field)) == 1, field

    def check_with_flufl(self, octets):
        of = {"failed": set(), "delayed": set()}
        for address, fields in self.recipients.items():
            # It prefers what the sender had written.
            read = value(fields["Original-Recipient"] or "") or address
            of.get(fields["Action"], set()).add(read.encode())
        temporary, permanent = all_failures(email.message_from_bytes(octets))
        assert (permanent, temporary) == (of["failed"], of["delayed"])

    def fate(self, address):
        """Action, status and diagnostic of one recipient."""
        fields = self.recipients[address]
        return (fields["Action"], fields["Status"], str(fields["Diagnostic-Code"] or ""))


def lint(octets):
    done = subprocess.run([program("mailsec"), "ndn", "lint", "-"], input=octets,
                          capture_output=True, timeout=30, check=False)
    assert done.returncode == 0, done.stdout + done.stderr + octets


def is_report(octets):
    head = octets.partition(b"\r\n\r\n")[0]
    return b"multipart/report" in head


def notifications(server, mailbox="alice"):
    """Those in a mailbox of the server's, oldest first."""
    return [Notification(octets) for octets in server.mailbox(mailbox) if is_report(octets)]


def wait_for_notifications(server, count=1, mailbox="alice"):
    """Exactly `count`; more would be too many."""
    wait_until(lambda: sum(map(is_report, server.mailbox(mailbox))) >= count,
               lambda: f"notification {count} for {mailbox}\n{server.log()}")
    found = notifications(server, mailbox)
    assert len(found) == count
    return found
