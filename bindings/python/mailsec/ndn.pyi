# What mailsec.ndn offers, for type checkers and editors. Written by hand;
# tests/python/stub_test.py compares it with the module. The docstrings are in
# the module: help(mailsec.ndn.Builder).

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

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
    _Enum,
)

# bind_ndn.cc

class Action(_Enum):
    FAILED: ClassVar[Action]
    DELAYED: ClassVar[Action]
    DELIVERED: ClassVar[Action]
    RELAYED: ClassVar[Action]
    EXPANDED: ClassVar[Action]

class TypedValue:
    def __init__(self, type: str, value: str) -> None: ...
    @property
    def type(self) -> str: ...
    @property
    def value(self) -> str: ...
    def __bool__(self) -> bool: ...
    def __eq__(self, other: object) -> bool: ...
    def __hash__(self) -> int: ...

class RecipientStatus:
    def __init__(
        self,
        *,
        final_recipient: TypedValue | str,
        status: EnhancedStatus | str,
        action: Action = ...,
        original_recipient: TypedValue | str = "",
        remote_mta: TypedValue | str = "",
        diagnostic_code: TypedValue | str = "",
        last_attempt: datetime | None = None,
        will_retry_until: datetime | None = None,
        final_log_id: str = "",
    ) -> None: ...
    @property
    def final_recipient(self) -> TypedValue: ...
    @property
    def original_recipient(self) -> TypedValue: ...
    @property
    def action(self) -> Action: ...
    @property
    def status(self) -> EnhancedStatus: ...
    @property
    def remote_mta(self) -> TypedValue: ...
    @property
    def diagnostic_code(self) -> TypedValue: ...
    @property
    def last_attempt(self) -> datetime | None: ...
    @property
    def will_retry_until(self) -> datetime | None: ...
    @property
    def final_log_id(self) -> str: ...

class DeliveryReport:
    def __init__(
        self,
        *,
        recipients: Sequence[RecipientStatus],
        reporting_mta: TypedValue | str = "",
        original_envelope_id: str = "",
        received_from_mta: TypedValue | str = "",
        arrival_date: datetime | None = None,
    ) -> None: ...
    @property
    def recipients(self) -> list[RecipientStatus]: ...
    @property
    def reporting_mta(self) -> TypedValue: ...
    @property
    def original_envelope_id(self) -> str: ...
    @property
    def received_from_mta(self) -> TypedValue: ...
    @property
    def arrival_date(self) -> datetime | None: ...

class ParsedReport:
    @property
    def report(self) -> DeliveryReport: ...
    @property
    def explanation(self) -> str: ...
    @property
    def original_headers(self) -> str: ...
    @property
    def original_message_id(self) -> str: ...

def parse(content: bytes | bytearray | memoryview) -> ParsedReport: ...

class Severity(_Enum):
    ERROR: ClassVar[Severity]
    WARNING: ClassVar[Severity]

class Violation:
    @property
    def severity(self) -> Severity: ...
    @property
    def line(self) -> int: ...
    @property
    def rule(self) -> str: ...
    @property
    def rfc(self) -> str: ...
    @property
    def message(self) -> str: ...

class LintRule:
    @property
    def name(self) -> str: ...
    @property
    def severity(self) -> Severity: ...
    @property
    def rfc(self) -> str: ...
    @property
    def summary(self) -> str: ...

def rules() -> list[LintRule]: ...
def lint(content: bytes | bytearray | memoryview) -> list[Violation]: ...

# bind_cause.cc

class Cause(_Enum):
    NO_SUCH_RECIPIENT: ClassVar[Cause]
    TOO_LARGE: ClassVar[Cause]
    MAILBOX_FULL: ClassVar[Cause]
    NO_SUCH_DOMAIN: ClassVar[Cause]
    TAKES_NO_MAIL: ClassVar[Cause]
    LOOP: ClassVar[Cause]
    REFUSED_BY_POLICY: ClassVar[Cause]
    REFUSED_AS_SPAM: ClassVar[Cause]
    CANNOT_CONVERT: ClassVar[Cause]
    MAY_NOT_LEAVE: ClassVar[Cause]
    EXPIRED: ClassVar[Cause]
    OTHER: ClassVar[Cause]
    @staticmethod
    def classify(reply: Reply, expired: bool = False) -> Cause: ...
    @staticmethod
    def from_log_name(name: str | bytes) -> Cause: ...
    @property
    def log_name(self) -> str: ...
    @property
    def summary(self) -> str: ...
    @property
    def is_contradiction(self) -> bool: ...

# bind_ndn_builder.cc

class Language(_Enum):
    ENGLISH: ClassVar[Language]
    GERMAN: ClassVar[Language]

class Notification:
    @property
    def content(self) -> bytes: ...
    @property
    def needs_smtputf8(self) -> bool: ...
    @property
    def has_8bit(self) -> bool: ...

class Builder:
    def __init__(
        self,
        *,
        hostname: str,
        from_address: str | Address,
        languages: Sequence[Language] = ...,
        max_returned_octets: int = 65536,
    ) -> None: ...
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
    ) -> Notification: ...

# bind_ndn_policy.cc

class NdnOutcome(_Enum):
    NOTIFY: ClassVar[NdnOutcome]
    SILENT: ClassVar[NdnOutcome]
    HOLD: ClassVar[NdnOutcome]

class Contradictions(_Enum):
    HOLD: ClassVar[Contradictions]
    NOTIFY: ClassVar[Contradictions]

class NdnDecision:
    @property
    def outcome(self) -> NdnOutcome: ...
    @property
    def decision(self) -> Decision: ...

class NdnPolicy:
    def __init__(
        self,
        governor: Governor,
        *,
        outside_senders: Contradictions = ...,
        warn_of_delay: bool = False,
    ) -> None: ...
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
        hop: str = "",
        exchangers: Sequence[str] = ...,
        takes: bool = True,
        now: datetime | None = None,
    ) -> NdnDecision: ...
