# What the extension has. Made by tools/make_stubs.py, which says how:
# not written by hand.

from collections.abc import Sequence
from enum import Enum
from ._mailsec import (
    Address,
    DnssecStatus,
    Domain,
    ForwardPath,
    IpAddress,
    IpNetwork,
    NameKind,
    NetworkSet,
    RecipientDirectory,
    Reply,
    Resolver,
    ReversePath,
)

class DestinationKind(Enum):
    """What kind of place is it?

    NONE: No route: the mail waits for one.
    MAILDIR: A folder of Maildirs.
    LMTP: A mailbox server (RFC 2033).
    SMTP: A fixed next hop, a smarthost.
    MX: The mail exchangers of a domain.
    ADDRESS: The host of an address literal.
    REFUSED: An address literal: 550 5.1.2.
    """
    NONE = 0
    MAILDIR = 1
    LMTP = 2
    SMTP = 3
    MX = 4
    ADDRESS = 5
    REFUSED = 6

class MailClass(Enum):
    """May this mail leave the house?

    ORDINARY: It may go to anybody.
    LOCAL_ONLY: From one of our own users to another: it stays inside (R3).
    """
    ORDINARY = 0
    LOCAL_ONLY = 1

class FixedHost:
    """A next hop beside the first."""
    def __init__(self, host: str, port: int = 25) -> None:
        """A name or an address."""
    @property
    def host(self) -> str:
        """A name or an address."""
    @property
    def port(self) -> int:
        """Of TCP."""

class Destination:
    """Where a recipient's mail goes next.

    >>> from mailsec.route import Destination, FixedHost
    >>> print(Destination.lmtp("192.0.2.1"), Destination.mx("example.com"))
    lmtp:[192.0.2.1]:24 mx:example.com
    >>> print(Destination.smtp("a.example", 587, others=[FixedHost("b.example")]))
    smtp:[a.example]:587,[b.example]:25
    """
    def __init__(self) -> None:
        """Nowhere yet: the mail waits for a route."""
    @staticmethod
    def maildir(root: str) -> Destination:
        """The Maildirs below `root`."""
    @staticmethod
    def lmtp(
        host: str,
        port: int = 24,
        cut_through: bool = False,
        verify: bool = False,
    ) -> Destination:
        """A mailbox server: a name, an address or "unix:PATH"."""
    @staticmethod
    def smtp(
        host: str,
        port: int = 25,
        cut_through: bool = False,
        verify: bool = False,
        others: Sequence[FixedHost] = (),
    ) -> Destination:
        """A fixed next hop, a smarthost; each of `others` is tried, in this order, where those before it have a fault."""
    @staticmethod
    def mx(domain: str | Domain | None = None, port: int = 25) -> Destination:
        """The mail exchangers of `domain`; None: of each recipient's."""
    @property
    def kind(self) -> DestinationKind:
        """The DestinationKind."""
    @property
    def host(self) -> str:
        """A name, an address or "unix:PATH"."""
    @property
    def port(self) -> int:
        """Of TCP."""
    @property
    def others(self) -> list[FixedHost]:
        """If SMTP: a FixedHost each, tried in this order after `host`."""
    @property
    def maildir_root(self) -> str:
        """If MAILDIR."""
    @property
    def domain(self) -> Domain | None:
        """If MX."""
    @property
    def cut_through(self) -> bool:
        """The next hop is asked while the sender waits."""
    @property
    def verify(self) -> bool:
        """It is asked at RCPT whether the recipient exists."""

class LocalDomain:
    """A domain whose mailboxes are ours."""
    def __init__(
        self,
        domain: str | Domain,
        mailboxes: Destination,
        aliases: Sequence[str | Domain] = (),
    ) -> None:
        """`aliases` are other names of the domain, with the same mailboxes."""
    @property
    def domain(self) -> Domain:
        """Its main name."""
    @property
    def mailboxes(self) -> Destination:
        """The Destination."""
    @property
    def aliases(self) -> list[Domain]:
        """Its other names."""

class Router:
    """Where does mail for a recipient go?

    >>> from mailsec.route import Destination, LocalDomain, Router
    >>> router = Router(
    ...     local_domains=[
    ...         LocalDomain("example.org", Destination.maildir("/var/mail"),
    ...                     aliases=["example.net"])],
    ...     fixed_routes=[("dept.example.org", Destination.smtp("10.0.0.1"))],
    ...     fallback=Destination.smtp("smarthost.example", 587))
    >>> print(router.route("<bob@dept.example.org>"))
    smtp:[10.0.0.1]:25
    >>> print(router.route("<bob@example.com>"))
    smtp:[smarthost.example]:587
    >>> print(router.mailbox_owner("<alice@EXAMPLE.net>"))
    alice@example.org
    """
    def __init__(
        self,
        *,
        local_domains: Sequence[LocalDomain],
        fixed_routes: Sequence[tuple[str | Domain, Destination]] = (),
        own_addresses: Sequence[str | IpAddress] = (),
        allow_literals: bool = False,
        fallback: Destination = ...,
    ) -> None:
        """`fixed_routes` are pairs of a domain and its next hop.

        `own_addresses` are those whose literals mean us, and `fallback` is for
        everything else: a smarthost, Destination.mx(), or nowhere yet. ValueError for a
        domain that is listed twice, and for a destination that does not belong there.
        """
    def route(self, recipient: str | ForwardPath) -> Destination:
        """The Destination of a path with its brackets."""
    def mailbox_owner(self, recipient: str | ForwardPath) -> Address | None:
        """The address with the main name of its domain; None if not local."""
    def is_local(self, recipient: str | ForwardPath) -> bool:
        """True if a mailbox of ours is meant."""

class AliasTable:
    r"""Who is meant by an address?

    >>> from mailsec.route import AliasTable
    >>> table = AliasTable("team@example.org: alice@example.org, bob@example.org",
    ...                    served=["example.org"])
    >>> [str(a) for a in table.expand("Team@example.org")]
    ['alice@example.org', 'bob@example.org']
    >>> AliasTable("a@example.org: b@example.org\nb@example.org: a@example.org",
    ...            served=["example.org"])
    Traceback (most recent call last):
      ...
    ValueError: line 2, column 16: is a circle: a@example.org -> b@example.org -> a@example.org
    """
    def __init__(
        self,
        text: str | bytes,
        served: Sequence[str | Domain],
        other_names: Sequence[tuple[str | Domain, str | Domain]] = (),
    ) -> None:
        """One alias a line: "alias: target, target".

        Targets must lie in the domains that are `served`; the alias's own name, and an
        address with a backslash before it, are mailboxes. `other_names` are pairs of
        another name of a domain and its main name. ValueError lists all errors.
        """
    def expand(self, address: str | Address) -> list[Address]:
        """The mailboxes behind an address, each once; [] if it is no alias."""
    def aliases(self) -> list[Address]:
        """Every alias, sorted."""

class NamesOfDomain:
    """How names are read in a domain of ours."""
    def __init__(
        self,
        domain: str | Domain,
        separators: str = '+',
        catch_all: str | Address | None = None,
    ) -> None:
        """`domain` is its main name. Each sign of `separators` begins a detail.

        `catch_all`, a mailbox or an alias, takes the mail for names that do not exist:
        every guessed name is valid then. ValueError for what cannot separate.
        """
    @property
    def domain(self) -> Domain:
        """Its main name."""
    @property
    def separators(self) -> str:
        """"": no address has a detail."""
    @property
    def catch_all(self) -> Address | None:
        """An Address, or None."""

class MeantMailbox:
    """One of those whom an address means."""
    @property
    def address(self) -> Address:
        """As mail is handed on: with the detail."""
    @property
    def mailbox(self) -> Address:
        """Whose it is: without."""

class MeantName:
    """What an address of ours means."""
    @property
    def kind(self) -> NameKind:
        """The NameKind."""
    @property
    def mailboxes(self) -> list[MeantMailbox]:
        """A MeantMailbox each; [] if nobody is meant."""

class LocalNames:
    r"""Whose mailboxes does an address of ours mean?

    >>> from mailsec.route import AliasTable, LocalNames, NamesOfDomain
    >>> names = LocalNames(
    ...     [NamesOfDomain("example.org", catch_all="info@example.org")],
    ...     AliasTable("team@example.org: alice@example.org", ["example.org"]),
    ...     mailsec.TextRecipientDirectory("alice@example.org\ninfo@example.org\n"
    ...                                    "gone@example.org refused\n"))
    >>> for name in ["alice", "Alice+shop", "team", "team+x", "guess", "gone"]:
    ...     meant = names.of(name + "@example.org")
    ...     print(meant.kind.name, [str(m.address) for m in meant.mailboxes])
    MAILBOX ['alice@example.org']
    SUBADDRESS ['Alice+shop@example.org']
    ALIAS ['alice@example.org']
    SUBADDRESS ['alice@example.org']
    CATCH_ALL ['info@example.org']
    MAILBOX []
    >>> print(names.mailbox_of("Alice+shop@example.org"))
    Alice@example.org
    """
    def __init__(
        self,
        domains: Sequence[NamesOfDomain],
        aliases: AliasTable,
        mailboxes: RecipientDirectory,
    ) -> None:
        """`mailboxes` knows mailboxes by the main names of their domains, and no aliases. It and `aliases` are kept alive."""
    def of(self, address: str | Address) -> MeantName:
        """The MeantName of an address with the main name of its domain."""
    def mailbox_of(self, address: str | Address) -> Address | None:
        """Whose mailbox it is, without the detail; None: nobody's."""
    def has_mailbox(self, address: str | Address) -> bool:
        """True if a mailbox has the name, with a detail or without."""

class Inside:
    """May this mail leave the house (R3)?

    >>> from mailsec.route import Inside
    >>> inside = Inside(own_domains=["example.org"], networks=["10.0.0.0/8"])
    >>> mail_class = inside.classify(client_is_ours=True, recipient_is_ours=True,
    ...                              sender="<alice@example.org>")
    >>> mail_class.name
    'LOCAL_ONLY'
    >>> inside.may_connect(mail_class, "10.0.0.25")
    True
    >>> inside.may_connect(mail_class, "198.51.100.1")
    False
    """
    def __init__(
        self,
        *,
        own_domains: Sequence[str | Domain],
        networks: NetworkSet | Sequence[str | IpNetwork] = (),
    ) -> None:
        """Our name space, and where our hosts are; loopback always is one. ValueError for networks so wide that nothing would be outside."""
    def classify(
        self,
        *,
        client_is_ours: bool,
        sender: str | ReversePath,
        recipient_is_ours: bool,
    ) -> MailClass:
        """The MailClass, fixed on acceptance."""
    def owns(self, domain: str | Domain) -> bool:
        """True within our name space."""
    def may_connect(self, mail_class: MailClass, address: str | IpAddress) -> bool:
        """May mail of this class be handed to that host?"""
    @staticmethod
    def refusal(host: str) -> Reply:
        """550 5.7.1: what becomes of mail that may not."""

class MxHop:
    """One address of a mail exchanger."""
    @property
    def host(self) -> str:
        """The exchanger's name."""
    @property
    def address(self) -> IpAddress:
        """An IpAddress."""
    @property
    def preference(self) -> int:
        """Lower goes first."""

class MxPlan:
    """The hosts that take mail for a domain, or why none does."""
    @property
    def hops(self) -> list[MxHop]:
        """To be tried in this order; empty if there is a failure."""
    @property
    def failure(self) -> Reply | None:
        """A Reply, or None."""
    @property
    def dnssec(self) -> DnssecStatus:
        """Are all answers proven?"""
    @property
    def key(self) -> str:
        """Equal for domains with the same exchangers."""

class MxPlanner:
    """Which hosts take mail for a domain (RFC 5321, 5.1)?

    >>> from mailsec.route import MxPlanner
    >>> class Zone(mailsec.Resolver):
    ...     def look_up_mx(self, domain):
    ...         mx = {"a.example": "mx.a.example", "null.example": ""}
    ...         return mailsec.MxAnswer([mailsec.MxRecord(0, mx[str(domain)])])
    ...     def look_up_addresses(self, host):
    ...         return mailsec.AddressAnswer(["198.51.100.1"])
    >>> planner = MxPlanner(Zone(), own_names=["mx.example.org"])
    >>> planner.plan("a.example").hops
    [<mailsec.route.MxHop mx.a.example 198.51.100.1>]
    >>> print(planner.plan("null.example").failure)
    556 5.1.10 The domain null.example takes no mail: it has a null MX record
    """
    def __init__(
        self,
        resolver: Resolver,
        *,
        own_names: Sequence[str | Domain] = (),
        own_addresses: Sequence[str | IpAddress] = (),
        refused_networks: NetworkSet | Sequence[str | IpNetwork] = (),
        inside_networks: NetworkSet | Sequence[str | IpNetwork] = (),
    ) -> None:
        """The own names and addresses are how MX records call us.

        Addresses in `refused_networks` are never used, private ones only if they are in
        `inside_networks`. `resolver` is kept alive.
        """
    def plan(self, domain: str | Domain, seed: int = 0) -> MxPlan:
        """The MxPlan. Blocks as long as the Resolver does, without the GIL.

        `seed` decides the order among equal preferences.
        """
    def is_ours(self, address: str | IpAddress) -> bool:
        """Would a connection there end at this host?"""

class NextHop:
    """Where a connection may be opened to."""
    @property
    def host(self) -> str:
        """A name, or the address."""
    @property
    def address(self) -> IpAddress:
        """An IpAddress."""
    @property
    def port(self) -> int:
        """Of TCP."""

class NextHops:
    """Exactly one of `hops`, `unix_path` and `failure` is set."""
    @property
    def hops(self) -> list[NextHop]:
        """To be tried in this order."""
    @property
    def unix_path(self) -> str:
        """A socket here, or ""."""
    @property
    def failure(self) -> Reply | None:
        """A Reply, or None."""
    @property
    def kept_inside(self) -> bool:
        """Local-only mail would have left: an alarm is due."""
    @property
    def dnssec(self) -> DnssecStatus:
        """Are all answers proven?"""
    @property
    def key(self) -> str:
        """Equal for the same destination."""

class NextHopFinder:
    """To which addresses may a message be handed now?

    Asked last before a connection is opened: local-only mail gets no address
    outside, whatever led here.

    >>> from mailsec.route import *
    >>> class Zone(mailsec.Resolver):
    ...     def look_up_addresses(self, host):
    ...         return mailsec.AddressAnswer(["198.51.100.1", "10.0.0.25"])
    >>> zone = Zone()
    >>> inside = Inside(own_domains=["example.org"], networks=["10.0.0.0/8"])
    >>> finder = NextHopFinder(inside, MxPlanner(zone), zone)
    >>> finder.find(Destination.smtp("mail.example.org"), MailClass.LOCAL_ONLY).hops
    [<mailsec.route.NextHop mail.example.org [10.0.0.25]:25>]
    >>> finder.find(Destination.smtp("192.0.2.1"), MailClass.LOCAL_ONLY).kept_inside
    True
    """
    def __init__(
        self,
        inside: Inside,
        planner: MxPlanner,
        resolver: Resolver,
    ) -> None:
        """All three are kept alive."""
    def find(
        self,
        destination: Destination,
        mail_class: MailClass,
        seed: int = 0,
    ) -> NextHops:
        """The NextHops. Blocks as long as the Resolver does, without the GIL."""
