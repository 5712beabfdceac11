# What mailsec.route offers, for type checkers and editors. Written by hand;
# tests/python/stub_test.py compares it with the module. The docstrings are in
# the module: help(mailsec.route.Router).

from collections.abc import Sequence
from typing import ClassVar

from ._mailsec import (
    Address,
    DnssecStatus,
    Domain,
    ForwardPath,
    IpAddress,
    IpNetwork,
    NetworkSet,
    Reply,
    Resolver,
    ReversePath,
    _Enum,
)

# bind_route.cc

class DestinationKind(_Enum):
    NONE: ClassVar[DestinationKind]
    MAILDIR: ClassVar[DestinationKind]
    LMTP: ClassVar[DestinationKind]
    SMTP: ClassVar[DestinationKind]
    MX: ClassVar[DestinationKind]
    ADDRESS: ClassVar[DestinationKind]
    REFUSED: ClassVar[DestinationKind]

class Destination:
    def __init__(self) -> None: ...
    @staticmethod
    def maildir(root: str) -> Destination: ...
    @staticmethod
    def lmtp(
        host: str,
        port: int = 24,
        cut_through: bool = False,
        verify: bool = False,
    ) -> Destination: ...
    @staticmethod
    def smtp(
        host: str,
        port: int = 25,
        cut_through: bool = False,
        verify: bool = False,
    ) -> Destination: ...
    @staticmethod
    def mx(domain: str | Domain | None = None, port: int = 25) -> Destination: ...
    @property
    def kind(self) -> DestinationKind: ...
    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def maildir_root(self) -> str: ...
    @property
    def domain(self) -> Domain | None: ...
    @property
    def cut_through(self) -> bool: ...
    @property
    def verify(self) -> bool: ...
    def __eq__(self, other: object) -> bool: ...

class LocalDomain:
    def __init__(
        self,
        domain: str | Domain,
        mailboxes: Destination,
        aliases: Sequence[str | Domain] = (),
    ) -> None: ...
    @property
    def domain(self) -> Domain: ...
    @property
    def mailboxes(self) -> Destination: ...
    @property
    def aliases(self) -> list[Domain]: ...

class Router:
    def __init__(
        self,
        *,
        local_domains: Sequence[LocalDomain],
        fixed_routes: Sequence[tuple[str | Domain, Destination]] = (),
        own_addresses: Sequence[str | IpAddress] = (),
        allow_literals: bool = False,
        fallback: Destination = ...,
    ) -> None: ...
    def route(self, recipient: str | ForwardPath) -> Destination: ...
    def mailbox_owner(self, recipient: str | ForwardPath) -> Address | None: ...
    def is_local(self, recipient: str | ForwardPath) -> bool: ...

class AliasTable:
    def __init__(
        self,
        text: str | bytes,
        served: Sequence[str | Domain],
        other_names: Sequence[tuple[str | Domain, str | Domain]] = (),
    ) -> None: ...
    def expand(self, address: str | Address) -> list[Address]: ...
    def aliases(self) -> list[Address]: ...

class MailClass(_Enum):
    ORDINARY: ClassVar[MailClass]
    LOCAL_ONLY: ClassVar[MailClass]

class Inside:
    def __init__(
        self,
        *,
        own_domains: Sequence[str | Domain],
        networks: NetworkSet | Sequence[str | IpNetwork] = (),
    ) -> None: ...
    def classify(
        self,
        *,
        client_is_ours: bool,
        sender: str | ReversePath,
        recipient_is_ours: bool,
    ) -> MailClass: ...
    def owns(self, domain: str | Domain) -> bool: ...
    def may_connect(
        self, mail_class: MailClass, address: str | IpAddress
    ) -> bool: ...
    @staticmethod
    def refusal(host: str) -> Reply: ...

class MxHop:
    @property
    def host(self) -> str: ...
    @property
    def address(self) -> IpAddress: ...
    @property
    def preference(self) -> int: ...

class MxPlan:
    @property
    def hops(self) -> list[MxHop]: ...
    @property
    def failure(self) -> Reply | None: ...
    @property
    def dnssec(self) -> DnssecStatus: ...
    @property
    def key(self) -> str: ...

class MxPlanner:
    def __init__(
        self,
        resolver: Resolver,
        *,
        own_names: Sequence[str | Domain] = (),
        own_addresses: Sequence[str | IpAddress] = (),
        refused_networks: NetworkSet | Sequence[str | IpNetwork] = (),
        inside_networks: NetworkSet | Sequence[str | IpNetwork] = (),
    ) -> None: ...
    def plan(self, domain: str | Domain, seed: int = 0) -> MxPlan: ...
    def is_ours(self, address: str | IpAddress) -> bool: ...

class NextHop:
    @property
    def host(self) -> str: ...
    @property
    def address(self) -> IpAddress: ...
    @property
    def port(self) -> int: ...

class NextHops:
    @property
    def hops(self) -> list[NextHop]: ...
    @property
    def unix_path(self) -> str: ...
    @property
    def failure(self) -> Reply | None: ...
    @property
    def kept_inside(self) -> bool: ...
    @property
    def dnssec(self) -> DnssecStatus: ...
    @property
    def key(self) -> str: ...

class NextHopFinder:
    def __init__(
        self, inside: Inside, planner: MxPlanner, resolver: Resolver
    ) -> None: ...
    def find(
        self,
        destination: Destination,
        mail_class: MailClass,
        seed: int = 0,
    ) -> NextHops: ...
