"""mailsec.ndn: delivery reports (RFC 3464), written, checked and read.

>>> import mailsec.ndn
>>> report = mailsec.ndn.DeliveryReport(recipients=[
...     mailsec.ndn.RecipientStatus(
...         final_recipient="rfc822; bob@example.net", status="5.2.2",
...         remote_mta="dns; mx.example.net",
...         diagnostic_code="smtp; 552 5.2.2 Mailbox full")])
>>> builder = mailsec.ndn.Builder(
...     hostname="mx.example.org", from_address="postmaster@example.org")
>>> ndn = builder.build(
...     target="alice@example.com", report=report, unique="5KQ7",
...     causes=[mailsec.ndn.Cause.MAILBOX_FULL],
...     original=b"From: alice@example.com\\r\\nMessage-ID: <1@example.com>\\r\\n")

Our own break no rule. In others, each violation names its RFC:

>>> mailsec.ndn.lint(ndn.content)
[]
>>> for violation in mailsec.ndn.lint(
...         ndn.content.replace(b"Action: failed", b"Action: bounced")):
...     print(violation.rule, "breaks", violation.rfc)
action.unknown breaks RFC 3464, 2.3.3

Reports of any system can be read; what they do not say is empty:

>>> read = mailsec.ndn.parse(ndn.content)
>>> read.original_message_id
'<1@example.com>'
>>> for recipient in read.report.recipients:
...     print(recipient.final_recipient.value, recipient.action.name,
...           recipient.status, recipient.diagnostic_code.value)
bob@example.net FAILED 5.2.2 552 5.2.2 Mailbox full
"""
from mailsec import _ndn
from mailsec._ndn import *

__all__ = sorted(name for name in vars(_ndn) if not name.startswith("_"))
