# What mailsec offers of policies and the questions that they put;
# _mailsec.pyi offers it again, and the extension _mailsec holds it: there is no
# module of this name.

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum

from ._mailsec import (
    Address,
    Decision,
    Domain,
    ForwardPath,
    IpAddress,
    IpNetwork,
    MailParameters,
    NetworkSet,
    Reply,
    ReversePath,
)

# bind_rate.cc

class RateAnswer:
    @property
    def allowed(self) -> bool: ...
    @property
    def left(self) -> int: ...
    @property
    def retry_after(self) -> timedelta: ...

class RateLimiter:
    def __init__(
        self,
        *,
        burst: int = 10,
        interval: timedelta = ...,
        max_keys: int = 1000000,
    ) -> None: ...
    def take(
        self, key: str | bytes, now: datetime | None = None
    ) -> RateAnswer: ...
    def peek(
        self, key: str | bytes, now: datetime | None = None
    ) -> RateAnswer: ...
    def return_(
        self, key: str | bytes, now: datetime | None = None
    ) -> None: ...
    def save(self, now: datetime | None = None) -> bytes: ...
    def load(self, octets: bytes | bytearray | memoryview) -> None: ...
    def __len__(self) -> int: ...

# bind_governor.cc

class ContentVerdict(Enum):
    UNKNOWN = ...
    CLEAN = ...
    SPAM = ...
    MALWARE = ...

class AutomaticKind(Enum):
    NOTIFICATION = ...
    DELAY_WARNING = ...
    ABSENCE_NOTICE = ...
    RECEIPT = ...
    FORWARD = ...
    ALARM = ...

class GovernorBound(Enum):
    NONE = ...
    TOTAL = ...
    ADDRESS = ...
    DOMAIN = ...
    EXCHANGER = ...

class AutomaticMail:
    def __init__(
        self,
        kind: AutomaticKind,
        *,
        target: str | Address,
        author: str | Address,
        verdict: ContentVerdict = ...,
        answered: str | ReversePath = "<>",
        sender_is_ours: bool = False,
        answers_automatic: bool = False,
        sender: str | ReversePath = "<>",
        exchangers: Sequence[str] = ...,
    ) -> None: ...
    @property
    def kind(self) -> AutomaticKind: ...
    @property
    def verdict(self) -> ContentVerdict: ...
    @property
    def answered(self) -> ReversePath: ...
    @property
    def sender_is_ours(self) -> bool: ...
    @property
    def answers_automatic(self) -> bool: ...
    @property
    def sender(self) -> ReversePath: ...
    @property
    def author(self) -> Address: ...
    @property
    def target(self) -> Address: ...
    @property
    def exchangers(self) -> list[str]: ...

class GovernorAnswer:
    @property
    def allowed(self) -> bool: ...
    @property
    def rule(self) -> str: ...
    @property
    def bound(self) -> GovernorBound: ...
    @property
    def burst(self) -> int: ...
    @property
    def interval(self) -> timedelta: ...
    @property
    def used(self) -> int: ...
    @property
    def left(self) -> int: ...
    @property
    def retry_after(self) -> timedelta: ...
    @property
    def decision(self) -> Decision: ...

class Governor:
    def __init__(
        self,
        own_domains: Sequence[str | Domain],
        *,
        operators: Sequence[str | Address] = ...,
        per_address: tuple[int, timedelta] = ...,
        per_domain: tuple[int, timedelta] = ...,
        per_exchanger: tuple[int, timedelta] = ...,
        notices: tuple[int, timedelta] = ...,
        forwards_per_address: tuple[int, timedelta] = ...,
        forwards_per_domain: tuple[int, timedelta] = ...,
        forwards_per_exchanger: tuple[int, timedelta] = ...,
        alarms: tuple[int, timedelta] = ...,
        public_providers: Sequence[str | Domain] = ...,
    ) -> None: ...
    def decide(
        self,
        mail: AutomaticMail,
        *,
        takes: bool = True,
        now: datetime | None = None,
    ) -> GovernorAnswer: ...
    def return_(
        self, mail: AutomaticMail, *, now: datetime | None = None
    ) -> None: ...
    def save_bounds(self, now: datetime | None = None) -> bytes: ...
    def load_bounds(self, octets: bytes | bytearray | memoryview) -> None: ...
    @property
    def memory_octets(self) -> int: ...

# bind_resolver.cc

class DnssecStatus(Enum):
    INSECURE = ...
    SECURE = ...

class MxRecord:
    def __init__(self, preference: int, exchange: str) -> None: ...
    @property
    def preference(self) -> int: ...
    @property
    def exchange(self) -> str: ...

class MxAnswer:
    def __init__(
        self, records: Sequence[MxRecord], dnssec: DnssecStatus = ...
    ) -> None: ...
    @property
    def records(self) -> list[MxRecord]: ...
    @property
    def dnssec(self) -> DnssecStatus: ...

class AddressAnswer:
    def __init__(
        self,
        addresses: Sequence[str | IpAddress],
        dnssec: DnssecStatus = ...,
        canonical_name: str = "",
    ) -> None: ...
    @property
    def addresses(self) -> list[IpAddress]: ...
    @property
    def dnssec(self) -> DnssecStatus: ...
    @property
    def canonical_name(self) -> str: ...

class Resolver:
    def __init__(self) -> None: ...
    def look_up_mx(self, domain: str | Domain) -> MxAnswer: ...
    def look_up_addresses(self, host: str) -> AddressAnswer: ...

class UnboundResolver(Resolver):
    def __init__(
        self,
        *,
        forward: Sequence[str] = (),
        trust_anchor_file: str = "",
        timeout: timedelta = ...,
    ) -> None: ...

# bind_authority.cc

class Answer(Enum):
    YES = ...
    NO = ...
    CANNOT_TELL = ...

class MxVerdict:
    def __init__(
        self,
        answer: Answer,
        reason: str = "",
        dnssec: DnssecStatus = ...,
    ) -> None: ...
    @property
    def answer(self) -> Answer: ...
    @property
    def reason(self) -> str: ...
    @property
    def dnssec(self) -> DnssecStatus: ...

class MxAuthority:
    def __init__(self) -> None: ...
    def holds_mx_for(self, domain: str | Domain) -> MxVerdict: ...

class StaticMxAuthority(MxAuthority):
    def __init__(self, domains: Sequence[str | Domain]) -> None: ...

class LiveMxAuthority(MxAuthority):
    def __init__(
        self,
        own_names: Sequence[str | Domain],
        resolver: Resolver,
        *,
        consenting_domains: Sequence[str | Domain] = (),
        any_most_preferred: bool = False,
        require_dnssec: bool = False,
    ) -> None: ...

# bind_directory.cc

class Mailbox:
    def __init__(
        self,
        name: str,
        has_room: bool = True,
        max_message_octets: int | None = None,
        quota_octets: int | None = None,
        room_octets: int | None = None,
    ) -> None: ...
    @property
    def name(self) -> str: ...
    @property
    def has_room(self) -> bool: ...
    @property
    def max_message_octets(self) -> int | None: ...
    @property
    def quota_octets(self) -> int | None: ...
    @property
    def room_octets(self) -> int | None: ...

class NameKind(Enum):
    MAILBOX = ...
    ALIAS = ...
    SUBADDRESS = ...
    CATCH_ALL = ...

class RecipientAnswer:
    @staticmethod
    def known(
        mailbox: Mailbox,
        *,
        bounces_only: bool = False,
        kind: NameKind = ...,
    ) -> RecipientAnswer: ...
    @staticmethod
    def unknown(*, listed_as_refused: bool = False) -> RecipientAnswer: ...
    @staticmethod
    def cannot_tell(reason: str) -> RecipientAnswer: ...
    @property
    def answer(self) -> Answer: ...
    @property
    def mailbox(self) -> Mailbox | None: ...
    @property
    def kind(self) -> NameKind: ...
    @property
    def listed_as_refused(self) -> bool: ...
    @property
    def bounces_only(self) -> bool: ...
    @property
    def reason(self) -> str: ...

class OwnSender(Enum):
    MARK = ...
    REFUSE = ...
    ALLOW = ...

class RecipientDirectory:
    def __init__(self) -> None: ...
    def find(self, address: str | Address) -> RecipientAnswer: ...

class TextRecipientDirectory(RecipientDirectory):
    def __init__(self, text: str) -> None: ...
    def __len__(self) -> int: ...

# bind_maildir.cc

class MaildirQuota:
    @property
    def octets(self) -> int: ...
    @property
    def messages(self) -> int: ...

class MaildirUsage:
    @property
    def quota(self) -> MaildirQuota: ...
    @property
    def octets(self) -> int: ...
    @property
    def messages(self) -> int: ...
    @property
    def room_octets(self) -> int: ...

def read_maildir_usage(
    root: str,
    mailbox: str,
    *,
    quota_octets: int = 0,
    quota_messages: int = 0,
    now: datetime | None = None,
    wanted_octets: int = 1,
) -> MaildirUsage: ...
def add_to_maildir_usage(root: str, mailbox: str, octets: int) -> None: ...

# bind_verifier.cc

class VerifierAnswer:
    def __init__(self, reply: Reply, hop: str = "") -> None: ...
    @property
    def answer(self) -> Answer: ...
    @property
    def reply(self) -> Reply: ...
    @property
    def hop(self) -> str: ...
    @property
    def remembered(self) -> bool: ...

class RecipientVerifier:
    def __init__(self) -> None: ...
    def verify(
        self, recipient: str | ForwardPath, octets: int = 0
    ) -> VerifierAnswer | None: ...

class CachingVerifier(RecipientVerifier):
    def __init__(
        self,
        asked: RecipientVerifier,
        *,
        yes: timedelta = ...,
        unknown: timedelta = ...,
        other_no: timedelta = ...,
        max_entries: int = 100000,
    ) -> None: ...
    def forget(self) -> None: ...

# bind_relay.cc

class RelayPolicy:
    def __init__(
        self,
        *,
        mx: MxAuthority,
        authorised_networks: NetworkSet | Sequence[str | IpNetwork] = (),
        own_addresses: Sequence[str | IpAddress] = (),
    ) -> None: ...
    def decide(
        self,
        *,
        client_ip: str | IpAddress,
        recipient: str | ForwardPath,
        authenticated: bool = False,
    ) -> Decision: ...

# bind_acceptance.cc

class AcceptancePolicy:
    def __init__(
        self,
        *,
        local_domains: Sequence[str | Domain],
        directory: RecipientDirectory,
        live_mx: MxAuthority | None = None,
        authorised_networks: NetworkSet | Sequence[str | IpNetwork] = (),
        own_addresses: Sequence[str | IpAddress] = (),
        relay_domains: Mapping[str | Domain, RecipientDirectory | None] = ...,
        max_message_octets: int = 52428800,
        full_is_transient: bool = False,
        has_space: Callable[[int], bool] | None = None,
        verifier: RecipientVerifier | None = None,
        strangers_with_own_sender: OwnSender = ...,
    ) -> None: ...
    def decide_mail(
        self,
        *,
        client_ip: str | IpAddress,
        sender: str | ReversePath,
        parameters: MailParameters = ...,
        authenticated: bool = False,
    ) -> Decision: ...
    def is_to_be_marked(
        self,
        *,
        client_ip: str | IpAddress,
        sender: str | ReversePath,
        authenticated: bool = False,
    ) -> bool: ...
    def decide_rcpt(
        self,
        *,
        client_ip: str | IpAddress,
        recipient: str | ForwardPath,
        sender: str | ReversePath = "<>",
        parameters: MailParameters = ...,
        authenticated: bool = False,
    ) -> Decision: ...
