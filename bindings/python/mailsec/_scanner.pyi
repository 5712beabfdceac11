# What mailsec offers of scanners; _mailsec.pyi offers it again, and the
# extension _mailsec holds it: there is no module of this name.

from collections.abc import Sequence
from datetime import timedelta
from enum import Enum

from ._mailsec import Decision, ForwardPath, IpAddress, ReversePath
from ._policy import ContentVerdict

# bind_scanner.cc

class ScanRequest:
    def __init__(
        self,
        *,
        client_ip: str | IpAddress = "127.0.0.1",
        sender: str | ReversePath = "<>",
        recipients: Sequence[str | ForwardPath] = ...,
        helo: str = "",
        user: str = "",
        queue_id: str = "",
        sender_is_ours: bool = False,
    ) -> None: ...
    @property
    def client(self) -> IpAddress: ...
    @property
    def sender(self) -> ReversePath: ...
    @property
    def recipients(self) -> list[ForwardPath]: ...
    @property
    def helo(self) -> str: ...
    @property
    def user(self) -> str: ...
    @property
    def queue_id(self) -> str: ...
    @property
    def sender_is_ours(self) -> bool: ...

class ScanOutcome(Enum):
    CLEAN = ...
    SPAM = ...
    MALWARE = ...
    UNSCANNABLE = ...
    TOO_LARGE = ...
    CANNOT_TELL = ...

class ScanResult:
    def __init__(
        self,
        outcome: ScanOutcome,
        *,
        score: float | None = None,
        would_refuse: bool = False,
        symbols: Sequence[str] = ...,
        signature: str = "",
        why: str = "",
    ) -> None: ...
    @property
    def outcome(self) -> ScanOutcome: ...
    @property
    def score(self) -> float | None: ...
    @property
    def would_refuse(self) -> bool: ...
    @property
    def symbols(self) -> list[str]: ...
    @property
    def signature(self) -> str: ...
    @property
    def why(self) -> str: ...

class Scanner:
    def __init__(self, name: str) -> None: ...
    @property
    def name(self) -> str: ...
    def scan(
        self, request: ScanRequest, content: bytes | bytearray | memoryview
    ) -> ScanResult: ...

class ClamdScanner(Scanner):
    def __init__(
        self,
        server: str,
        *,
        name: str = "clamd",
        time_limit: timedelta = ...,
        max_octets: int = 26214400,
    ) -> None: ...

class RspamdScanner(Scanner):
    def __init__(
        self,
        server: str,
        *,
        name: str = "rspamd",
        time_limit: timedelta = ...,
        max_octets: int = 52428800,
        password: str = "",
        signature_files: Sequence[str] = ...,
    ) -> None: ...

# bind_content.cc

class OnFault(Enum):
    DEFER = ...
    ACCEPT_UNSCANNED = ...

class OnTooLarge(Enum):
    DEFER = ...
    REFUSE = ...
    ACCEPT_UNSCANNED = ...

class OnMalware(Enum):
    REFUSE = ...
    QUARANTINE = ...

class OnUnscannable(Enum):
    ACCEPT = ...
    MARK = ...
    REFUSE = ...

class ScanStep:
    def __init__(
        self,
        scanner: Scanner,
        *,
        on_fault: OnFault = ...,
        on_too_large: OnTooLarge = ...,
    ) -> None: ...

class ContentOutcome(Enum):
    ACCEPT = ...
    MARK = ...
    QUARANTINE = ...
    REFUSE = ...
    DEFER = ...

class ScanOpinion:
    @property
    def scanner(self) -> str: ...
    @property
    def result(self) -> ScanResult: ...

class ContentDecision:
    @property
    def outcome(self) -> ContentOutcome: ...
    @property
    def verdict(self) -> ContentVerdict: ...
    @property
    def decision(self) -> Decision: ...
    @property
    def opinions(self) -> list[ScanOpinion]: ...
    @property
    def report(self) -> str: ...
    @property
    def fields(self) -> bytes: ...

class ContentPolicy:
    def __init__(
        self,
        scanners: Sequence[Scanner | ScanStep],
        *,
        on_malware: OnMalware = ...,
        on_unscannable: OnUnscannable = ...,
        mark_score: float = 6.0,
        refuse_score: float = 15.0,
        own_refuse_score: float | None = None,
    ) -> None: ...
    def decide(
        self,
        content: bytes | bytearray | memoryview,
        request: ScanRequest = ...,
    ) -> ContentDecision: ...

def remove_fields(
    content: bytes | bytearray | memoryview,
    names: Sequence[str] = ...,
    keeps_ours: bool = False,
) -> bytes: ...
