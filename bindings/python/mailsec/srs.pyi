# What mailsec.srs offers, for type checkers and editors. Written by hand;
# tests/python/stub_test.py compares it with the module. The docstrings are in
# the module: help(mailsec.srs.Srs).

from collections.abc import Sequence
from datetime import datetime
from enum import Enum

from ._mailsec import Address, Decision, Domain, ReversePath

# bind_srs.cc

class SrsTable: ...

class MemorySrsTable(SrsTable):
    def __init__(self, *, max_addresses: int = 100000) -> None: ...
    def __len__(self) -> int: ...

class SqliteSrsTable(SrsTable):
    def __init__(self, path: str, *, max_addresses: int = 1000000) -> None: ...

class SrsOutcome(Enum):
    NOT_OURS = ...
    ORIGINAL = ...
    REFUSED = ...
    CANNOT_TELL = ...

class SrsAnswer:
    @property
    def outcome(self) -> SrsOutcome: ...
    @property
    def original(self) -> Address | None: ...
    @property
    def decision(self) -> Decision: ...

class Srs:
    def __init__(
        self,
        domain: str | Domain,
        *,
        secrets: Sequence[bytes],
        own_domains: Sequence[str | Domain] = ...,
        separator: str = "=",
        valid_days: int = 21,
        table: SrsTable | None = None,
    ) -> None: ...
    def forward(
        self, sender: str | ReversePath, *, now: datetime | None = None
    ) -> ReversePath: ...
    def reverse(
        self, recipient: str | Address, *, now: datetime | None = None
    ) -> SrsAnswer: ...
    def is_ours(self, recipient: str | Address) -> bool: ...
    @property
    def domain(self) -> Domain: ...
