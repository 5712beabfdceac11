# What the extension has. Made by tools/make_stubs.py, which says how:
# not written by hand.

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from ._mailsec import (
    Address,
    ContentVerdict,
    Decision,
    DsnNotify,
    EnhancedStatus,
    ForwardPath,
    Governor,
    Reply,
    ReversePath,
)

class Action(Enum):
    """What became of it (RFC 3464, 2.3.3).

    FAILED
    DELAYED
    DELIVERED
    RELAYED
    EXPANDED
    """
    FAILED = 0
    DELAYED = 1
    DELIVERED = 2
    RELAYED = 3
    EXPANDED = 4

class TypedValue:
    """A type and a value (RFC 3464, 2.1.2).

    >>> mta = mailsec.ndn.TypedValue("dns", "mx.example.org")
    >>> str(mta), mta.type
    ('dns; mx.example.org', 'dns')

    Where one is wanted, a str that is written so will do.
    """
    def __init__(self, type: str, value: str) -> None:
        """`type` in lower case."""
    @property
    def type(self) -> str:
        """In lower case; "": none."""
    @property
    def value(self) -> str:
        """What follows the type."""
    def __bool__(self) -> bool: ...

class RecipientStatus:
    """What became of one recipient (RFC 3464, 2.3).

    >>> bob = mailsec.ndn.RecipientStatus(
    ...     final_recipient="rfc822; bob@example.net", status="5.1.1",
    ...     diagnostic_code="smtp; 550 5.1.1 No such user")
    >>> bob.final_recipient.value, bob.action.name, str(bob.status)
    ('bob@example.net', 'FAILED', '5.1.1')
    """
    def __init__(
        self,
        *,
        final_recipient: TypedValue | str,
        status: EnhancedStatus | str,
        action: Action = ...,
        original_recipient: TypedValue | str = '',
        remote_mta: TypedValue | str = '',
        diagnostic_code: TypedValue | str = '',
        last_attempt: datetime | None = None,
        will_retry_until: datetime | None = None,
        final_log_id: str = '',
    ) -> None:
        """Times have a time zone; what is "" or None is not said."""
    @property
    def final_recipient(self) -> TypedValue:
        """Whom it is about."""
    @property
    def original_recipient(self) -> TypedValue:
        """As the sender named it."""
    @property
    def action(self) -> Action:
        """What became of it."""
    @property
    def status(self) -> EnhancedStatus:
        """Its code (RFC 3463)."""
    @property
    def remote_mta(self) -> TypedValue:
        """Who said so."""
    @property
    def diagnostic_code(self) -> TypedValue:
        r"""What it said; lines parted by "\n"."""
    @property
    def last_attempt(self) -> datetime | None:
        """When it was last tried, or None."""
    @property
    def will_retry_until(self) -> datetime | None:
        """How long it will be tried, or None."""
    @property
    def final_log_id(self) -> str:
        """Where to look in a log."""

class DeliveryReport:
    """What a delivery status notification says (RFC 3464, 2.2)."""
    def __init__(
        self,
        *,
        recipients: Sequence[RecipientStatus],
        reporting_mta: TypedValue | str = '',
        original_envelope_id: str = '',
        received_from_mta: TypedValue | str = '',
        arrival_date: datetime | None = None,
    ) -> None:
        """A Builder puts itself into an empty `reporting_mta`."""
    @property
    def recipients(self) -> list[RecipientStatus]:
        """One RecipientStatus each."""
    @property
    def reporting_mta(self) -> TypedValue:
        """Whose report it is."""
    @property
    def original_envelope_id(self) -> str:
        """The sender's ENVID; may be empty."""
    @property
    def received_from_mta(self) -> TypedValue:
        """Where the message came from."""
    @property
    def arrival_date(self) -> datetime | None:
        """When it came, or None."""

class ParsedReport:
    """A report that was read."""
    @property
    def report(self) -> DeliveryReport:
        """Its DeliveryReport."""
    @property
    def explanation(self) -> str:
        """The part for people; may be empty."""
    @property
    def original_headers(self) -> str:
        """Of the returned message; may be empty."""
    @property
    def original_message_id(self) -> str:
        """Its Message-ID; may be empty."""

def parse(content: bytes | bytearray | memoryview) -> ParsedReport:
    r"""Reads a whole message that is a delivery report.

    LookupError if it is none, ValueError if it names no recipient. What a report
    does not say is empty: nothing is guessed from its text.

    >>> mailsec.ndn.parse(b"Subject: hello\r\n\r\nAt noon?\r\n")
    Traceback (most recent call last):
      ...
    LookupError: not a delivery status notification
    """

class Severity(Enum):
    """What the RFC says: MUST, or SHOULD.

    ERROR
    WARNING
    """
    ERROR = 0
    WARNING = 1

class Violation:
    """What is wrong with a report."""
    @property
    def severity(self) -> Severity:
        """ERROR or WARNING."""
    @property
    def line(self) -> int:
        """Of the message, from 1."""
    @property
    def rule(self) -> str:
        """Its name; stable."""
    @property
    def rfc(self) -> str:
        """The section that it breaks."""
    @property
    def message(self) -> str:
        """What is wrong, and what belongs there."""

class LintRule:
    """One thing that lint() looks at."""
    @property
    def name(self) -> str:
        """Stable and unique."""
    @property
    def severity(self) -> Severity:
        """ERROR or WARNING."""
    @property
    def rfc(self) -> str:
        """Where it is written."""
    @property
    def summary(self) -> str:
        """What it wants."""

def rules() -> list[LintRule]:
    """Every rule that lint() knows.

    >>> {rule.name: rule.rfc for rule in mailsec.ndn.rules()}["status.missing"]
    'RFC 3464, 2.3.4'
    """

def lint(content: bytes | bytearray | memoryview) -> list[Violation]:
    r"""All violations of the RFCs in a report, by line.

    >>> for violation in mailsec.ndn.lint(b"Subject: hello\r\n\r\nAt noon?\r\n"):
    ...     print(violation.line, violation.rule, "breaks", violation.rfc)
    1 report.none breaks RFC 3464, 2
    """

class Cause(Enum):
    """Why a recipient cannot have it (R20).

    >>> cause = mailsec.ndn.Cause.classify(
    ...     mailsec.Reply(552, "Mailbox full", status=(5, 2, 2)))
    >>> cause.name, cause.log_name, cause.is_contradiction
    ('MAILBOX_FULL', 'mailbox-full', True)


    NO_SUCH_RECIPIENT
    TOO_LARGE
    MAILBOX_FULL
    NO_SUCH_DOMAIN
    TAKES_NO_MAIL
    LOOP
    REFUSED_BY_POLICY
    REFUSED_AS_SPAM
    CANNOT_CONVERT
    MAY_NOT_LEAVE
    EXPIRED
    OTHER
    """
    NO_SUCH_RECIPIENT = 0
    TOO_LARGE = 1
    MAILBOX_FULL = 2
    NO_SUCH_DOMAIN = 3
    TAKES_NO_MAIL = 4
    LOOP = 5
    REFUSED_BY_POLICY = 6
    REFUSED_AS_SPAM = 7
    CANNOT_CONVERT = 8
    MAY_NOT_LEAVE = 9
    EXPIRED = 10
    OTHER = 11
    @staticmethod
    def classify(reply: Reply, expired: bool = False) -> Cause:
        """The Cause that the last Reply names. `expired`: given up after its lifetime."""
    @staticmethod
    def from_log_name(name: str | bytes) -> Cause:
        """The Cause of a log or an Envelope; ValueError if there is none of this name."""
    @property
    def log_name(self) -> str:
        """As logs and configuration have it; stable."""
    @property
    def summary(self) -> str:
        """A sentence for an operator."""
    @property
    def is_contradiction(self) -> bool:
        """The hops disagree about what was checked at RCPT: strangers are never told (R19)."""

class Language(Enum):
    """Of the part for people.

    ENGLISH
    GERMAN
    """
    ENGLISH = 0
    GERMAN = 1

class Notification:
    """What Builder.build() wrote."""
    @property
    def content(self) -> bytes:
        """The message; send it from the null path."""
    @property
    def needs_smtputf8(self) -> bool:
        """It can only go where SMTPUTF8 is offered."""
    @property
    def has_8bit(self) -> bool:
        """It can only go where 8BITMIME is offered."""

class Builder:
    r"""Writes notifications that break no RFC.

    >>> builder = mailsec.ndn.Builder(
    ...     hostname="mx.example.org", from_address="postmaster@example.org")
    >>> ndn = builder.build(
    ...     target="alice@example.com", unique="5KQ7",
    ...     report=mailsec.ndn.DeliveryReport(recipients=[
    ...         mailsec.ndn.RecipientStatus(
    ...             final_recipient="rfc822; bob@example.net", status="5.1.1")]),
    ...     causes=[mailsec.ndn.Cause.NO_SUCH_RECIPIENT],
    ...     original=b"From: alice@example.com\r\nSubject: lunch\r\n\r\nAt noon?")
    >>> mailsec.ndn.lint(ndn.content)
    []
    >>> mailsec.ndn.parse(ndn.content).report.recipients[0].final_recipient.value
    'bob@example.net'
    """
    def __init__(
        self,
        *,
        hostname: str,
        from_address: str | Address,
        languages: Sequence[Language] = ...,
        max_returned_octets: int = 65536,
    ) -> None:
        """ValueError if `hostname` is no domain."""
    def build(
        self,
        *,
        target: str | Address,
        report: DeliveryReport,
        original: bytes | bytearray | memoryview,
        unique: str,
        causes: Sequence[Cause] | None = None,
        return_full: bool = False,
        smtputf8: bool = False,
        now: datetime | None = None,
    ) -> Notification:
        """Writes one, to `target`, who sent `original`.

        All recipients of `report` have one action. `causes` has one for each failed
        recipient; without it, it is OTHER. `unique` is different for each notification:
        a queue id. `now` has a time zone; without it, the clock is asked. ValueError
        for what does not go together.
        """

class NdnOutcome(Enum):
    """What becomes of a failure.

    NOTIFY: The sender is told.
    SILENT: Not told, and nothing else is to be done.
    HOLD: Not told, and a person must look.
    """
    NOTIFY = 0
    SILENT = 1
    HOLD = 2

class Contradictions(Enum):
    """What becomes of those with strangers.

    HOLD: They are not told.
    NOTIFY: They are, against R19.
    """
    HOLD = 0
    NOTIFY = 1

class NdnDecision:
    """What NdnPolicy decided."""
    @property
    def outcome(self) -> NdnOutcome:
        """The NdnOutcome."""
    @property
    def decision(self) -> Decision:
        """Why, and what would change it: a mailsec.Decision."""

class NdnPolicy:
    """Must the sender be told, and may we?

    Notifications are rare and right (R17): never to the null path, about automatic
    mail or spam, against NOTIFY=NEVER, above the bounds, or to a stranger for what
    two hops disagree about. Each decision explains itself.

    >>> from mailsec import ndn
    >>> governor = mailsec.Governor(["example.org"])
    >>> policy = ndn.NdnPolicy(governor)
    >>> made = policy.decide(sender="<alice@example.com>",
    ...                      recipient="<bob@example.org>",
    ...                      author="postmaster@example.org",
    ...                      cause=ndn.Cause.MAILBOX_FULL, hop="mail.example.org")
    >>> made.outcome.name, made.decision.rule, made.decision.source
    ('HOLD', 'ndn.contradiction', 'R18, R19')
    >>> policy.decide(sender="<alice@example.com>", recipient="<bob@example.org>",
    ...               author="postmaster@example.org", sender_is_ours=True,
    ...               cause=ndn.Cause.MAILBOX_FULL).outcome.name
    'NOTIFY'

    What every automatic mail has to pass is the governor's, and so is the rule:

    >>> made = policy.decide(sender="<>", recipient="<bob@example.org>",
    ...                      author="postmaster@example.org")
    >>> made.outcome.name, made.decision.rule
    ('SILENT', 'automatic.null-sender')

    All methods may be called from several threads.
    """
    def __init__(
        self,
        governor: Governor,
        *,
        outside_senders: Contradictions = ...,
        warn_of_delay: bool = False,
    ) -> None:
        """The governor has the bounds (R24). Delay warnings are off by default."""
    def decide(
        self,
        *,
        sender: str | ReversePath,
        recipient: str | ForwardPath,
        author: str | Address,
        action: Action = ...,
        notify: DsnNotify = ...,
        sender_is_ours: bool = False,
        automatic: bool = False,
        verdict: ContentVerdict = ...,
        cause: Cause = ...,
        hop: str = '',
        exchangers: Sequence[str] = ...,
        takes: bool = True,
        now: datetime | None = None,
    ) -> NdnDecision:
        """The NdnDecision about one recipient of a message.

        `author`: the notification's From would be this. `automatic`: the message's
        Auto-Submitted says other than "no". `hop`: who refused it; ""
        is this server. `exchangers`: of the sender's domain, if somebody asked the DNS.
        If it is NOTIFY, the governor's bounds have one less. All recipients of a
        message go into one notification: once it is NOTIFY for one of them, ask about
        the others with takes=False. Without `now`, the clock is asked.
        """
