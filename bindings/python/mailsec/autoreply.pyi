# What mailsec.autoreply offers, for type checkers and editors. Written by hand;
# tests/python/stub_test.py compares it with the module. The docstrings are in
# the module: help(mailsec.autoreply.Autoresponder).

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum

from ._mailsec import Address, Decision, ReversePath

# bind_autoreply.cc

class AbsenceText:
    def __init__(self, language: str, text: str, subject: str = "") -> None: ...
    @property
    def language(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def subject(self) -> str: ...

class AbsenceSettings:
    def __init__(
        self,
        owner: str | Address,
        *,
        inside_texts: Sequence[AbsenceText | tuple[str, str]] = ...,
        outside_texts: Sequence[AbsenceText | tuple[str, str]] = ...,
        start: datetime | None = None,
        end: datetime | None = None,
        period_days: int | None = None,
        display_name: str = "",
        set_at: datetime | None = None,
    ) -> None: ...
    @property
    def owner(self) -> Address: ...
    @property
    def display_name(self) -> str: ...
    @property
    def start(self) -> datetime | None: ...
    @property
    def end(self) -> datetime | None: ...
    @property
    def inside_texts(self) -> list[AbsenceText]: ...
    @property
    def outside_texts(self) -> list[AbsenceText]: ...
    @property
    def period_days(self) -> int | None: ...
    @property
    def set_at(self) -> datetime: ...
    @property
    def id(self) -> str: ...
    def is_active(self, now: datetime | None = None) -> bool: ...
    def period(self, now: datetime | None = None) -> timedelta | None: ...
    def to_bytes(self) -> bytes: ...
    @staticmethod
    def from_bytes(octets: bytes | bytearray | memoryview) -> AbsenceSettings: ...

class AbsenceDecision:
    @property
    def answer(self) -> bool: ...
    @property
    def decision(self) -> Decision: ...

class Autoresponder:
    def __init__(self, *, system_senders: Sequence[str] = ...) -> None: ...
    def decide(
        self,
        content: bytes | bytearray | memoryview,
        *,
        sender: str | ReversePath,
        settings: AbsenceSettings,
        own_addresses: Sequence[str | Address] = ...,
        separators: str = "",
        sender_is_inside: bool = False,
        now: datetime | None = None,
    ) -> AbsenceDecision: ...

class AutomaticMessage:
    @property
    def content(self) -> bytes: ...
    @property
    def needs_smtputf8(self) -> bool: ...
    @property
    def has_8bit(self) -> bool: ...

def build_notice(
    settings: AbsenceSettings,
    original: bytes | bytearray | memoryview,
    *,
    target: str | Address,
    unique: str,
    sender_is_inside: bool = False,
    now: datetime | None = None,
) -> AutomaticMessage: ...
def build_receipt(
    original: bytes | bytearray | memoryview,
    *,
    mailbox: str | Address,
    target: str | Address,
    unique: str,
    original_recipient: str = "",
    now: datetime | None = None,
) -> AutomaticMessage: ...

class ReceiptDecision:
    @property
    def answer(self) -> bool: ...
    @property
    def decision(self) -> Decision: ...
    @property
    def message_id(self) -> str: ...

class ReceiptPolicy:
    def __init__(
        self, *, enabled: bool = False, system_senders: Sequence[str] = ...
    ) -> None: ...
    def decide(
        self,
        content: bytes | bytearray | memoryview,
        *,
        sender: str | ReversePath,
        mailbox: str | Address,
        own_addresses: Sequence[str | Address] = ...,
        separators: str = "",
    ) -> ReceiptDecision: ...

# bind_autoreply_stores.cc

class Remembered(Enum):
    FIRST = ...
    ALREADY = ...
    FULL = ...

class ReplyKey:
    def __init__(self, owner: str, occasion: str, whom: str) -> None: ...
    @staticmethod
    def for_absence(settings: AbsenceSettings, sender: str | Address) -> ReplyKey: ...
    @staticmethod
    def for_receipt(owner: str | Address, message_id: str) -> ReplyKey: ...
    @property
    def owner(self) -> str: ...
    @property
    def occasion(self) -> str: ...
    @property
    def whom(self) -> str: ...

class ReplyMemory:
    def remember(
        self,
        key: ReplyKey,
        *,
        period: timedelta | None = None,
        now: datetime | None = None,
    ) -> Remembered: ...
    def forget(self, key: ReplyKey) -> None: ...
    def forget_other_absences(
        self, owner: str | Address, occasion: str = ""
    ) -> None: ...
    def count(self) -> int: ...

class SqliteDatabase:
    def __init__(self, path: str, *, busy_timeout: timedelta = ...) -> None: ...
    @property
    def path(self) -> str: ...

class MemoryReplyMemory(ReplyMemory):
    def __init__(
        self, *, max_per_owner: int = 10000, max_in_all: int = 1000000
    ) -> None: ...

class SqliteReplyMemory(ReplyMemory):
    def __init__(
        self,
        database: SqliteDatabase,
        *,
        max_per_owner: int = 10000,
        max_in_all: int = 1000000,
    ) -> None: ...

class AbsenceStore:
    def set(self, settings: AbsenceSettings) -> None: ...
    def find(self, owner: str | Address) -> AbsenceSettings | None: ...
    def clear(self, owner: str | Address) -> bool: ...
    def list(self, after: str = "", max: int = 1000) -> list[AbsenceSettings]: ...

class MemoryAbsenceStore(AbsenceStore):
    def __init__(self) -> None: ...

class SqliteAbsenceStore(AbsenceStore):
    def __init__(self, database: SqliteDatabase) -> None: ...
