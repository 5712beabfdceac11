# What the extension has. Made by tools/make_stubs.py, which says how:
# not written by hand.

import builtins
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum
from ._mailsec import Address, Decision, ReversePath

class AbsenceText:
    """What a notice says in one language."""
    def __init__(self, language: str, text: str, subject: str = '') -> None:
        """`language`: a tag like "de" or "en-GB" (RFC 5646). Without a `subject`, it is "Auto: " and the one that came."""
    @property
    def language(self) -> str:
        """Its tag."""
    @property
    def text(self) -> str:
        """The words."""
    @property
    def subject(self) -> str:
        """May be empty."""

class AbsenceSettings:
    """What a user has set for an absence.

    >>> from mailsec import autoreply
    >>> away = autoreply.AbsenceSettings(
    ...     "anna@example.org",
    ...     inside_texts=[("de", "Im Urlaub, Vertretung: App. 4711")],
    ...     outside_texts=[("de", "Nicht im Haus."), ("en", "Away.")])
    >>> away.is_active()
    True
    >>> autoreply.AbsenceSettings("anna@example.org", outside_texts=[("en", "")])
    Traceback (most recent call last):
      ...
    ValueError: outside_texts[0].text: is empty

    A side without a text gets no answer. ValueError says what is wrong.
    """
    def __init__(
        self,
        owner: str | Address,
        *,
        inside_texts: Sequence[AbsenceText | tuple[str, str]] = (),
        outside_texts: Sequence[AbsenceText | tuple[str, str]] = (),
        start: datetime | None = None,
        end: datetime | None = None,
        period_days: int | None = None,
        display_name: str = '',
        set_at: datetime | None = None,
    ) -> None:
        """Texts are AbsenceTexts or pairs of language and text. Without `period_days`, a sender gets one notice an absence. A new `set_at` (else: now) is a new absence."""
    @property
    def owner(self) -> Address:
        """Whose mailbox it is."""
    @property
    def display_name(self) -> str:
        """What From says beside the address; may be empty."""
    @property
    def start(self) -> datetime | None:
        """From when, or None."""
    @property
    def end(self) -> datetime | None:
        """Until before when, or None."""
    @property
    def inside_texts(self) -> list[AbsenceText]:
        """For senders inside."""
    @property
    def outside_texts(self) -> list[AbsenceText]:
        """For all others."""
    @property
    def period_days(self) -> int | None:
        """Days between two notices to one sender, or None."""
    @property
    def set_at(self) -> datetime:
        """When it was set."""
    @property
    def id(self) -> str:
        """Names this absence; changes with whatever is set."""
    def is_active(self, now: datetime | None = None) -> bool:
        """Between start and end?"""
    def period(self, now: datetime | None = None) -> timedelta | None:
        """How long a notice of now counts; None: for ever."""
    def to_bytes(self) -> bytes:
        """For a store of one's own."""
    @staticmethod
    def from_bytes(octets: bytes | bytearray | memoryview) -> AbsenceSettings:
        """The other way round; OSError if it is damaged."""

class AbsenceDecision:
    """What Autoresponder decided."""
    @property
    def answer(self) -> bool:
        """True if a notice is due."""
    @property
    def decision(self) -> Decision:
        """Why, and what would change it: a mailsec.Decision."""

class Autoresponder:
    r"""Does this message get an absence notice?

    What RFC 3834 and RFC 5230 say about the message and the user. Whether the
    sender had one already is a ReplyMemory's question.

    >>> from mailsec import autoreply
    >>> away = autoreply.AbsenceSettings("anna@example.org",
    ...                                  outside_texts=[("en", "Away.")])
    >>> responder = autoreply.Autoresponder()
    >>> mail = b"To: anna@example.org\r\nList-Id: <l.example.net>\r\n\r\n"
    >>> made = responder.decide(mail, sender="<bob@example.net>", settings=away)
    >>> made.answer, made.decision.rule, made.decision.source
    (False, 'absence.list', 'RFC 5230, 4.6')
    >>> responder.decide(b"To: anna@example.org\r\n\r\n",
    ...                  sender="<bob@example.net>", settings=away).answer
    True

    `system_senders`: local parts of machines beside the built-in ones, in which
    '*' stands for any octets. All methods may be called from several threads.
    """
    def __init__(self, *, system_senders: Sequence[str] = ()) -> None:
        """ValueError if one of them is no pattern."""
    def decide(
        self,
        content: bytes | bytearray | memoryview,
        *,
        sender: str | ReversePath,
        settings: AbsenceSettings,
        own_addresses: Sequence[str | Address] = (),
        separators: str = '',
        sender_is_inside: bool = False,
        now: datetime | None = None,
    ) -> AbsenceDecision:
        """The AbsenceDecision about a message, of which the header section is enough. `own_addresses`: the user's others, aliases too. `separators`: "+" if alice+shop is alice's as well."""

class AutomaticMessage:
    """A message to be sent from the null path."""
    @property
    def content(self) -> bytes:
        """Whole lines with CRLF."""
    @property
    def needs_smtputf8(self) -> bool:
        """An address in it is not ASCII."""
    @property
    def has_8bit(self) -> bool:
        """Only with needs_smtputf8."""

def build_notice(
    settings: AbsenceSettings,
    original: bytes | bytearray | memoryview,
    *,
    target: str | Address,
    unique: str,
    sender_is_inside: bool = False,
    now: datetime | None = None,
) -> AutomaticMessage:
    r"""Writes an absence notice.

    >>> from mailsec import autoreply
    >>> away = autoreply.AbsenceSettings("anna@example.org",
    ...                                  outside_texts=[("en", "Away.")])
    >>> notice = autoreply.build_notice(
    ...     away, b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\n",
    ...     target="bob@example.net", unique="3F9K")
    >>> print(notice.content.decode().split("\r\n")[3])
    Subject: Auto: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=

    `original`: the message that is answered, its header section at least. `unique`
    is different for each notice. Send it from <> to `target`.
    """

def build_receipt(
    original: bytes | bytearray | memoryview,
    *,
    mailbox: str | Address,
    target: str | Address,
    unique: str,
    original_recipient: str = '',
    now: datetime | None = None,
) -> AutomaticMessage:
    """Writes a receipt (RFC 8098), as build_notice() does a notice."""

class ReceiptDecision:
    """What ReceiptPolicy decided."""
    @property
    def answer(self) -> bool:
        """True if a receipt is due."""
    @property
    def decision(self) -> Decision:
        """Why, and what would change it: a mailsec.Decision."""
    @property
    def message_id(self) -> str:
        """By which one is remembered; empty if none is due."""

class ReceiptPolicy:
    r"""Does the sender get a receipt (RFC 8098)?

    Off unless it is switched on.

    >>> from mailsec import autoreply
    >>> mail = (b"Disposition-Notification-To: bob@example.net\r\n"
    ...         b"To: anna@example.org\r\nMessage-ID: <1@example.net>\r\n\r\n")
    >>> for policy in autoreply.ReceiptPolicy(), autoreply.ReceiptPolicy(
    ...         enabled=True):
    ...     print(policy.decide(mail, sender="<bob@example.net>",
    ...                         mailbox="anna@example.org").decision.rule)
    receipt.off
    receipt.sent
    """
    def __init__(
        self,
        *,
        enabled: bool = False,
        system_senders: Sequence[str] = (),
    ) -> None:
        """`system_senders`: as Autoresponder's."""
    def decide(
        self,
        content: bytes | bytearray | memoryview,
        *,
        sender: str | ReversePath,
        mailbox: str | Address,
        own_addresses: Sequence[str | Address] = (),
        separators: str = '',
    ) -> ReceiptDecision:
        """The ReceiptDecision about a message. `separators`: as Autoresponder.decide()'s."""

class Remembered(Enum):
    """What a ReplyMemory answers.

    FIRST: Not answered before: do it.
    ALREADY: Answered before.
    FULL: No room to remember it: do not.
    """
    FIRST = 0
    ALREADY = 1
    FULL = 2

class ReplyKey:
    """What is answered once: to whom, by whom, and why.

    >>> from mailsec import autoreply
    >>> away = autoreply.AbsenceSettings("anna@example.org",
    ...                                  outside_texts=[("en", "Away.")])
    >>> autoreply.ReplyKey.for_absence(away, "Bob+news@example.net").whom
    'bob@example.net'
    """
    def __init__(self, owner: str, occasion: str, whom: str) -> None:
        """Any three texts; better are those that follow."""
    @staticmethod
    def for_absence(settings: AbsenceSettings, sender: str | Address) -> ReplyKey:
        """One notice a sender and absence."""
    @staticmethod
    def for_receipt(owner: str | Address, message_id: str) -> ReplyKey:
        """One receipt a message."""
    @property
    def owner(self) -> str:
        """Whose answer it is."""
    @property
    def occasion(self) -> str:
        """The absence, or "receipt"."""
    @property
    def whom(self) -> str:
        """The sender, or the message."""

class ReplyMemory:
    """Who was answered; one of the two below.

    >>> from mailsec import autoreply
    >>> memory = autoreply.MemoryReplyMemory()
    >>> key = autoreply.ReplyKey("anna@example.org", "holiday", "bob@example.net")
    >>> memory.remember(key).name, memory.remember(key).name
    ('FIRST', 'ALREADY')

    What cannot be told is a no: when a method raises, send nothing. All methods
    may be called from several threads.
    """
    def remember(
        self,
        key: ReplyKey,
        *,
        period: timedelta | None = None,
        now: datetime | None = None,
    ) -> Remembered:
        """Asks and remembers in one step. `period`: how long the answer counts; None: for ever."""
    def forget(self, key: ReplyKey) -> None:
        """The answer was not sent after all."""
    def forget_other_absences(
        self,
        owner: str | Address,
        occasion: str = '',
    ) -> None:
        """All of `owner` but those of the absence `occasion`, and receipts."""
    def count(self) -> int:
        """How many there are."""

class SqliteDatabase:
    """One file for small tables that last.

    >>> import os, tempfile
    >>> from mailsec import autoreply
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = os.path.join(folder.name, "answers.db")
    >>> key = autoreply.ReplyKey("anna@example.org", "holiday", "bob@example.net")
    >>> for _ in range(2):
    ...     memory = autoreply.SqliteReplyMemory(autoreply.SqliteDatabase(path))
    ...     print(memory.remember(key).name)
    FIRST
    ALREADY
    >>> oct(os.stat(path).st_mode & 0o777)
    '0o600'
    >>> folder.cleanup()

    RuntimeError if others can read the file or it is a link; OSError if it is
    damaged.
    """
    def __init__(self, path: str, *, busy_timeout: timedelta = ...) -> None:
        """Opens the file, which is made with mode 0600 if it is missing. `busy_timeout`: for how long others are waited for."""
    @property
    def path(self) -> str:
        """Where it lies."""

class MemoryReplyMemory(ReplyMemory):
    """A ReplyMemory that ends with the program."""
    def __init__(
        self,
        *,
        max_per_owner: int = 10000,
        max_in_all: int = 1000000,
    ) -> None:
        """Above these, FULL is the answer."""

class SqliteReplyMemory(ReplyMemory):
    """A ReplyMemory that survives restarts."""
    def __init__(
        self,
        database: SqliteDatabase,
        *,
        max_per_owner: int = 10000,
        max_in_all: int = 1000000,
    ) -> None:
        """Its tables are in `database`, beside others."""

class AbsenceStore:
    """Who has set what; one of the two below.

    >>> from mailsec import autoreply
    >>> store = autoreply.MemoryAbsenceStore()
    >>> store.set(autoreply.AbsenceSettings("anna@example.org",
    ...                                     outside_texts=[("en", "Away.")]))
    >>> store.find("ANNA@example.org").outside_texts[0].text
    'Away.'
    >>> store.clear("anna@example.org"), store.find("anna@example.org")
    (True, None)

    All methods may be called from several threads.
    """
    def set(self, settings: AbsenceSettings) -> None:
        """In place of what the owner had set before."""
    def find(self, owner: str | Address) -> AbsenceSettings | None:
        """The AbsenceSettings, active or not; None if there are none."""
    def clear(self, owner: str | Address) -> bool:
        """False if there was nothing to clear."""
    def list(
        self,
        after: str = '',
        max: int = 1000,
    ) -> builtins.list[AbsenceSettings]:
        """At most `max`, by owner, beginning behind the owner `after`."""

class MemoryAbsenceStore(AbsenceStore):
    """An AbsenceStore that ends with the program."""
    def __init__(self) -> None:
        """Empty."""

class SqliteAbsenceStore(AbsenceStore):
    """An AbsenceStore that survives restarts."""
    def __init__(self, database: SqliteDatabase) -> None:
        """Its tables are in `database`, beside others."""
