# What the extension has. Made by tools/make_stubs.py, which says how:
# not written by hand.

from asyncio import AbstractEventLoop
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum
from logging import Logger
from typing import Any, ClassVar, Literal, Self, TypeAlias
from ._handler import MailHandler, MessageHandler, RcptHandler

def log_safe(text: str | bytes, max_octets: int = 1024) -> str:
    r"""Writes text from a peer so that it cannot forge a line of a log.

    Control characters, backslashes, octets that are not UTF-8 and the Unicode
    controls that reorder text become \xHH; a longer result is cut and ends in
    "...". Takes str or bytes.

    >>> mailsec.log_safe(b"a\r\nb\x1b[2J")
    'a\\x0d\\x0ab\\x1b[2J'
    """

def is_log_safe(text: str | bytes) -> bool:
    r"""True if log_safe(text) would change nothing.

    >>> mailsec.is_log_safe("Grüße"), mailsec.is_log_safe("a\nb")
    (True, False)
    """

class IpAddress:
    """An IPv4 or IPv6 address.

    An IPv4-mapped IPv6 address is the same host as the IPv4 address in it, and
    becomes that address. What could be read in two ways is refused.

    >>> mailsec.IpAddress("::ffff:192.0.2.7")
    IpAddress('192.0.2.7')
    >>> mailsec.IpAddress("192.0.2.010")
    Traceback (most recent call last):
      ...
    ValueError: not an IP address: a leading zero is octal to some and decimal to others
    """
    def __init__(self, text: str | bytes) -> None:
        """Parses text; ValueError says what is wrong in it."""
    @staticmethod
    def from_octets(octets: bytes | bytearray | memoryview) -> IpAddress:
        """The address of 4 or 16 octets in network order.

        >>> mailsec.IpAddress.from_octets(bytes([192, 0, 2, 7]))
        IpAddress('192.0.2.7')
        """
    def to_octets(self) -> bytes:
        """4 octets in network order, or 16 for IPv6."""
    @property
    def is_v4(self) -> bool:
        """True for IPv4, False for IPv6."""
    @property
    def bits(self) -> int:
        """32 or 128."""
    @property
    def is_loopback(self) -> bool:
        """True in 127.0.0.0/8, and for ::1."""
    @property
    def is_unspecified(self) -> bool:
        """True for 0.0.0.0 and ::."""
    def __lt__(self, other: IpAddress, /) -> bool: ...

class IpNetwork:
    """The hosts that share a prefix.

    >>> net = mailsec.IpNetwork("192.0.2.0/24")
    >>> "192.0.2.255" in net, "192.0.3.0" in net
    (True, False)
    >>> mailsec.IpNetwork("10.0.0.5/8")
    Traceback (most recent call last):
      ...
    ValueError: bits to the right of the prefix are set: did you mean 10.0.0.0/8 or 10.0.0.5/32?
    """
    def __init__(self, text: str | bytes) -> None:
        """Parses "address/prefix length", or an address alone."""
    @staticmethod
    def create(address: str | IpAddress, prefix_length: int) -> IpNetwork:
        """The network of `address`; bits beyond the prefix are cleared.

        >>> mailsec.IpNetwork.create("10.0.0.5", 8)
        IpNetwork('10.0.0.0/8')
        """
    @property
    def address(self) -> IpAddress:
        """The lowest address."""
    @property
    def prefix_length(self) -> int:
        """How many bits its hosts share."""
    def __contains__(self, address: str | IpAddress, /) -> bool: ...

class NetworkSet:
    """Networks, asked by longest prefix; immutable.

    >>> nets = mailsec.NetworkSet(["192.0.2.0/24", "192.0.2.128/25"])
    >>> nets.find("192.0.2.200")
    IpNetwork('192.0.2.128/25')
    >>> nets.find("203.0.113.1") is None, "192.0.2.1" in nets, len(nets)
    (True, True, 2)
    """
    def __init__(self, networks: Sequence[str | IpNetwork] = ()) -> None:
        """ValueError says which text is no network, and why."""
    def find(self, address: str | IpAddress) -> IpNetwork | None:
        """The smallest network that holds `address`, or None."""
    @property
    def networks(self) -> list[IpNetwork]:
        """All networks: IPv4 first, then by address."""
    def __contains__(self, address: str | IpAddress, /) -> bool: ...
    def __len__(self) -> int: ...

class Domain:
    """A valid mail domain.

    Compares as the DNS does: without regard to case, and U-labels equal their
    A-labels (IDNA 2008).

    >>> mailsec.Domain("Bücher.example").ascii
    'xn--bcher-kva.example'
    >>> mailsec.Domain("EXAMPLE.org") == mailsec.Domain("example.org")
    True
    """
    def __init__(self, text: str | bytes) -> None:
        """Parses text; ValueError says what is wrong in it."""
    @staticmethod
    def from_fqdn(text: str | bytes) -> Domain:
        """As Domain(text), but drops one trailing dot (DNS).

        >>> str(mailsec.Domain.from_fqdn("example.org."))
        'example.org'
        """
    @property
    def ascii(self) -> str:
        """In A-labels and lower case."""
    @property
    def needs_smtputf8(self) -> bool:
        """True if it was written with a non-ASCII letter."""
    def to_unicode(self) -> str:
        """In U-labels, for people."""
    def is_within(self, parent: str | Domain) -> bool:
        """True for `parent` itself and for every subdomain of it.

        >>> mailsec.Domain("a.example.org").is_within("example.org")
        True
        """
    def __lt__(self, other: Domain, /) -> bool: ...

class AddressLiteral:
    """A host that is named by its address.

    >>> mailsec.AddressLiteral("[IPv6:2001:db8::25]").ip
    IpAddress('2001:db8::25')
    """
    def __init__(self, text: str | bytes) -> None:
        """Parses text with its brackets."""
    @staticmethod
    def from_ip(ip: str | IpAddress) -> AddressLiteral:
        """The literal that names this address."""
    @property
    def ip(self) -> IpAddress:
        """The address in it."""

class Address:
    """A valid mailbox of RFC 5321.

    The local part is the receiving host's business and never taken apart, so that
    "a%b@ours.example" is a mailbox of ours and not a way to b.

    >>> a = mailsec.Address('"j doe"@Example.ORG')
    >>> a.local_part, str(a), a.canonical_key()
    ('j doe', '"j doe"@Example.ORG', 'j doe@example.org')
    >>> mailsec.Address("a@b@c")
    Traceback (most recent call last):
      ...
    ValueError: not a domain: a label holds letters, digits and hyphens only
    """
    def __init__(self, text: str | bytes) -> None:
        """Parses a mailbox without angle brackets; ValueError says why not."""
    @staticmethod
    def create(
        local_part: str | bytes,
        host: str | Domain | AddressLiteral,
    ) -> Address:
        """From its parts; quotes the local part where it must be.

        >>> str(mailsec.Address.create("j doe", "example.org"))
        '"j doe"@example.org'
        """
    @property
    def local_part(self) -> str:
        """Without quotes and backslashes; may be empty."""
    @property
    def host(self) -> Domain | AddressLiteral:
        """A Domain or an AddressLiteral."""
    @property
    def domain(self) -> Domain | None:
        """The domain, or None for an address literal."""
    @property
    def needs_smtputf8(self) -> bool:
        """True if it can only go where SMTPUTF8 is known."""
    def canonical_key(self) -> str:
        """Two addresses with the same key name one mailbox of ours."""

class ReversePath:
    """The path of MAIL: a mailbox or "<>".

    >>> mailsec.ReversePath("<>").is_null
    True
    >>> mailsec.ReversePath("<a@example.org>").address
    Address('a@example.org')
    """
    def __init__(self, text: str | bytes = '<>') -> None:
        """Parses a whole path with its brackets."""
    @staticmethod
    def from_address(address: str | Address) -> ReversePath:
        """The path of this mailbox."""
    @property
    def is_null(self) -> bool:
        """True for the null path, "<>"."""
    @property
    def address(self) -> Address | None:
        """The mailbox, or None for the null path."""
    @property
    def needs_smtputf8(self) -> bool:
        """True if it can only go where SMTPUTF8 is known."""

class ForwardPath:
    """The path of RCPT: a mailbox or "<Postmaster>".

    A source route is read and ignored.

    >>> str(mailsec.ForwardPath("<@a.example:b@c.example>"))
    '<b@c.example>'
    """
    def __init__(self, text: str | bytes) -> None:
        """Parses a whole path with its brackets."""
    @staticmethod
    def from_address(address: str | Address) -> ForwardPath:
        """The path to this mailbox."""
    @staticmethod
    def postmaster() -> ForwardPath:
        """The bare "<Postmaster>": that of the receiving server."""
    @property
    def is_bare_postmaster(self) -> bool:
        """True for "<Postmaster>" without a domain."""
    @property
    def address(self) -> Address | None:
        """The mailbox, or None for the bare postmaster."""
    @property
    def needs_smtputf8(self) -> bool:
        """True if it can only go where SMTPUTF8 is known."""

class RateAnswer:
    """What a RateLimiter says."""
    @property
    def allowed(self) -> bool:
        """There was one left."""
    @property
    def left(self) -> int:
        """How many more now, after this one."""
    @property
    def retry_after(self) -> timedelta:
        """A timedelta; if not allowed: until one is."""

class RateLimiter:
    """May this key act again now?

    A bucket for each key: `burst` at once, then one every `interval`. The memory
    is bounded: when there is room for no other key, the answer is no.

    >>> from datetime import datetime, timedelta, timezone
    >>> limiter = mailsec.RateLimiter(burst=2, interval=timedelta(minutes=6))
    >>> noon = datetime(2026, 11, 25, 12, tzinfo=timezone.utc)
    >>> [limiter.take("bob@example.com", noon).allowed for _ in range(3)]
    [True, True, False]
    >>> print(limiter.peek("bob@example.com", noon).retry_after)
    0:06:00
    >>> limiter.take("alice@example.com", noon).left
    1

    A key is a str or bytes. Without `now`, which has a time zone, the clock is
    asked. All methods may be called from several threads; none holds the GIL.
    """
    def __init__(
        self,
        *,
        burst: int = 10,
        interval: timedelta = ...,
        max_keys: int = 1000000,
    ) -> None:
        """What lies outside its bounds becomes the nearest value inside: 1 to 1000000, 1 microsecond to 30 days, 1 to 2**32."""
    def take(self, key: str | bytes, now: datetime | None = None) -> RateAnswer:
        """Takes one if there is one; a RateAnswer."""
    def peek(self, key: str | bytes, now: datetime | None = None) -> RateAnswer:
        """The same without taking."""
    def return_(self, key: str | bytes, now: datetime | None = None) -> None:
        """Gives one back that was taken for what did not happen."""
    def __len__(self) -> int: ...
    def save(self, now: datetime | None = None) -> bytes:
        """All that is used, as bytes, for a restart. They hold the secret of the hash: nobody else may read them."""
    def load(self, octets: bytes | bytearray | memoryview) -> None:
        """Replaces all by what save() made. OSError, and nothing is changed, if it did not make them."""
    @property
    def burst(self) -> int:
        """How many at once, inside its bounds."""
    @property
    def interval(self) -> timedelta:
        """Until one more, inside its bounds."""

class EnhancedStatus:
    """An enhanced status code (RFC 3463).

    >>> str(mailsec.EnhancedStatus(5, 7, 1))
    '5.7.1'
    >>> mailsec.EnhancedStatus().is_none
    True
    """
    def __init__(
        self,
        class_code: int = 0,
        subject: int = 0,
        detail: int = 0,
    ) -> None:
        """Without arguments: none. ValueError if out of range."""
    @property
    def class_code(self) -> int:
        """2, 4 or 5; 0 if there is none."""
    @property
    def subject(self) -> int:
        """0 to 999."""
    @property
    def detail(self) -> int:
        """0 to 999."""
    @property
    def is_none(self) -> bool:
        """True if there is no enhanced status."""

class Reply:
    r"""An SMTP reply; always well formed.

    >>> reply = mailsec.Reply(550, "No such mailbox", status=(5, 1, 1))
    >>> print(reply)
    550 5.1.1 No such mailbox
    >>> reply.to_wire()
    b'550 5.1.1 No such mailbox\r\n'
    """
    def __init__(
        self,
        code: int,
        text: str | bytes,
        status: EnhancedStatus | tuple[int, int, int] = ...,
    ) -> None:
        """`text` may hold several lines; what cannot be sent is replaced.

        `status` is an EnhancedStatus or three numbers; a class that disagrees with
        the code is corrected to it. ValueError unless `code` is 200 to 599.
        """
    @property
    def code(self) -> int:
        """200 to 599."""
    @property
    def status(self) -> EnhancedStatus:
        """The EnhancedStatus; may be none."""
    @property
    def text(self) -> str:
        r"""Lines parted by "\n"."""
    @property
    def is_positive(self) -> bool:
        """2yz."""
    @property
    def is_intermediate(self) -> bool:
        """3yz."""
    @property
    def is_transient(self) -> bool:
        """4yz."""
    @property
    def is_permanent(self) -> bool:
        """5yz."""
    def to_wire(self) -> bytes:
        """The octets to send, each line with its CRLF."""

class Verdict(Enum):
    """What a policy answers.

    ACCEPT: Yes: the reply is 2yz.
    REFUSE: For good: the reply is 5yz.
    CANNOT_TELL: For now: the reply is 4yz, and the client tries again.
    """
    ACCEPT = 0
    REFUSE = 1
    CANNOT_TELL = 2

class Decision:
    """What a policy answered, and why.

    >>> refused = mailsec.Decision(
    ...     mailsec.Reply(550, "Not here", status=(5, 7, 1)), rule="demo.never")
    >>> refused.accepted, refused.verdict.name
    (False, 'REFUSE')
    >>> print(refused.explain(), end="")
    refuse: 550 5.7.1 Not here
      rule: demo.never
    """
    def __init__(
        self,
        reply: Reply,
        rule: str = '',
        source: str = '',
        otherwise: str = '',
    ) -> None:
        """The verdict follows from the reply: 2yz accepts, 5yz refuses, 4yz cannot tell; ValueError for 3yz."""
    @property
    def verdict(self) -> Verdict:
        """The answer."""
    @property
    def reply(self) -> Reply:
        """What the client is told."""
    @property
    def rule(self) -> str:
        """The name of the rule that decided."""
    @property
    def source(self) -> str:
        """The requirement or RFC that the rule serves."""
    @property
    def inputs(self) -> dict[str, str]:
        """What was asked: str to str."""
    @property
    def otherwise(self) -> str:
        """What would have led to another answer."""
    @property
    def because(self) -> list[Decision]:
        """The decisions of other policies that led to this one."""
    @property
    def accepted(self) -> bool:
        """True if the verdict is ACCEPT."""
    def explain(self, indent: int = 0) -> str:
        """Several lines for people, safe to print. ValueError unless `indent`, in columns, is 0 to 80."""
    def to_json(self) -> str:
        """The same as one JSON object."""

class Protocol(Enum):
    """The dialect that is spoken.

    SMTP: RFC 5321.
    LMTP: RFC 2033: one reply for each recipient after the data.
    """
    SMTP = 0
    LMTP = 1

class LineEndPolicy(Enum):
    """What becomes of bare line ends in content.

    REFUSE: The message is refused and the connection closed.
    NORMALISE: They become CRLF; for old devices of one's own only.
    """
    REFUSE = 0
    NORMALISE = 1

class OutOfTurnPolicy(Enum):
    """What becomes of a client that goes on before its answer.

    REFUSE: 503, and the session ends: nothing that came early is read.
    NOTE: Served; ServerSession.spoke_out_of_turn tells it.
    """
    REFUSE = 0
    NOTE = 1

class BodyType(Enum):
    """BODY, a parameter of MAIL.

    SEVEN_BIT: 7BIT, or none given.
    EIGHT_BIT_MIME: RFC 6152.
    BINARY_MIME: RFC 3030.
    """
    SEVEN_BIT = 0
    EIGHT_BIT_MIME = 1
    BINARY_MIME = 2

class DsnReturn(Enum):
    """RET, a parameter of MAIL.

    UNSPECIFIED: None given.
    FULL: The whole message (RFC 3461, 4.3).
    HEADERS: Its header section only.
    """
    UNSPECIFIED = 0
    FULL = 1
    HEADERS = 2

class MailParameters:
    """What MAIL says beside its path.

    >>> mailsec.MailParameters(declared_size=1000).declared_size
    1000
    """
    def __init__(
        self,
        *,
        declared_size: int = 0,
        body: BodyType = ...,
        smtputf8: bool = False,
        dsn_return: DsnReturn = ...,
        envelope_id: str = '',
        auth: str | None = None,
        prdr: bool = False,
    ) -> None:
        """Without arguments: nothing was said. ValueError for what cannot be said."""
    @property
    def declared_size(self) -> int:
        """SIZE in octets; 0: unknown (RFC 1870)."""
    @property
    def body(self) -> BodyType:
        """BODY, a BodyType."""
    @property
    def smtputf8(self) -> bool:
        """SMTPUTF8 was said (RFC 6531)."""
    @property
    def dsn_return(self) -> DsnReturn:
        """RET, a DsnReturn."""
    @property
    def envelope_id(self) -> str:
        """ENVID, decoded (RFC 3461, 4.4)."""
    @property
    def auth(self) -> str | None:
        """AUTH, decoded, or None (RFC 4954, 5)."""
    @property
    def prdr(self) -> bool:
        """PRDR was said: a reply for each recipient after the content."""

class DsnNotify:
    """NOTIFY: when a report is wanted (RFC 3461, 4.1).

    >>> mailsec.DsnNotify().is_default
    True
    """
    def __init__(
        self,
        *,
        never: bool = False,
        success: bool = False,
        failure: bool = False,
        delay: bool = False,
    ) -> None:
        """Without arguments: the default applies."""
    @property
    def never(self) -> bool:
        """No report at all."""
    @property
    def success(self) -> bool:
        """When it was delivered."""
    @property
    def failure(self) -> bool:
        """When it cannot be."""
    @property
    def delay(self) -> bool:
        """When it takes long."""
    @property
    def is_default(self) -> bool:
        """True if nothing is set."""

class RcptParameters:
    """What RCPT says beside its path."""
    def __init__(
        self,
        *,
        notify: DsnNotify = ...,
        original_type: str = '',
        original_recipient: str = '',
    ) -> None:
        """Without arguments: nothing was said. ValueError if only one half of ORCPT is given, or what cannot be said."""
    @property
    def notify(self) -> DsnNotify:
        """NOTIFY, a DsnNotify."""
    @property
    def original_type(self) -> str:
        """ORCPT's address type, "rfc822" or "utf-8"; may be empty."""
    @property
    def original_recipient(self) -> str:
        """ORCPT's address, decoded; may be empty."""

class HeaderField:
    """One header field; part of a HeaderScanner."""
    @property
    def name(self) -> bytes:
        """Before the colon."""
    @property
    def value(self) -> bytes:
        """After the colon as it is, folded, without its last line end."""
    def unfolded(self) -> bytes:
        """The value on one line, without CR or LF; not decoded."""

class HeaderScanner:
    r"""The header section of a message from a stranger; nothing makes it fail.

    >>> header = mailsec.HeaderScanner(
    ...     b"Received: from a\r\nSubject: a long\r\n one\r\n\r\nbody\r\n")
    >>> header.find("subject").unfolded(), header.hops
    (b'a long one', 1)
    >>> header.find("From") is None, header.has_end
    (True, True)
    """
    def __init__(self, content: bytes) -> None:
        """`content` may be cut anywhere; it is not copied."""
    @property
    def fields(self) -> list[HeaderField]:
        """In the order in which they stand; at most 10,000."""
    @property
    def field_count(self) -> int:
        """How many there are, kept or not."""
    def find(self, name: str | bytes) -> HeaderField | None:
        """The first field of this name in any case, or None."""
    def count(self, name: str | bytes) -> int:
        """How many fields of this name are kept."""
    @property
    def hops(self) -> int:
        """The Received fields (RFC 5321, 6.3)."""
    def was_delivered_to(self, mailbox: str | Address) -> bool:
        """True if a Delivered-To field names `mailbox`."""
    @property
    def auto_submitted(self) -> bool:
        """True if it says that no person sent it (RFC 3834, 5)."""
    @property
    def has_8bit(self) -> bool:
        """True if an octet of it is above 0x7F."""
    @property
    def has_end(self) -> bool:
        """False if the content ends within the header."""
    @property
    def has_other_lines(self) -> bool:
        """True if a line in it is no field."""
    @property
    def body_offset(self) -> int:
        """Where the body begins."""
    @property
    def header_octets(self) -> int:
        """Where the header section ends."""

class TraceField:
    """The Received field that a server puts before a message (RFC 5321, 4.4).

    Nothing that the peer said can end it or begin another field.

    >>> import datetime
    >>> trace = mailsec.TraceField(
    ...     helo="client.example", client_ip="203.0.113.9",
    ...     own_name="mx.example.org", extended=True, queue_id="2QK9",
    ...     time=datetime.datetime(2025, 11, 25, tzinfo=datetime.timezone.utc))
    >>> trace.protocol
    'ESMTP'
    >>> print(trace.to_received().decode(), end="")  # doctest: +NORMALIZE_WHITESPACE
    Received: from client.example ([203.0.113.9])
     by mx.example.org with ESMTP id 2QK9;
     Tue, 25 Nov 2025 00:00:00 +0000
    """
    def __init__(
        self,
        *,
        helo: str,
        client_ip: str | IpAddress,
        own_name: str,
        time: datetime,
        client_name: str = '',
        lmtp: bool = False,
        extended: bool = False,
        secured: bool = False,
        authenticated: bool = False,
        smtputf8: bool = False,
        queue_id: str = '',
        recipient: str | Address | None = None,
    ) -> None:
        """`helo` is as the peer named itself; `time` has a time zone.

        Leave `recipient` out if there are several: the field would tell one of the
        other.
        """
    @property
    def protocol(self) -> str:
        """The word after "with" (RFC 3848, RFC 6531)."""
    def to_received(self) -> bytes:
        """The whole field, folded, with its CRLF."""

def return_path_field(sender: str | ReversePath) -> bytes:
    r"""The Return-Path field of final delivery.

    >>> mailsec.return_path_field("<>")
    b'Return-Path: <>\r\n'
    """

def in_front(
    fields: bytes | bytearray | memoryview,
    content: bytes | bytearray | memoryview,
) -> bytes:
    r"""Header fields of ours, whole with their CRLF, and a message behind them.

    A message whose first line would go on with our last field is parted from it by
    an empty line: it is all body then, and nothing of it is lost.

    >>> mailsec.in_front(b"X-Ours: a\r\n", b" by evil.example\r\n")
    b'X-Ours: a\r\n\r\n by evil.example\r\n'
    """

def delivered_to_field(mailbox: str | Address) -> bytes:
    r"""The Delivered-To field (RFC 9228), against loops.

    >>> mailsec.delivered_to_field("alice@example.org")
    b'Delivered-To: alice@example.org\r\n'
    """

def unproven_sender_field(client_ip: str | IpAddress) -> bytes:
    r"""The field that says that nothing proves a sender of ours.

    >>> mailsec.unproven_sender_field("203.0.113.9")
    b'X-Mailsec-Sender: unproven; client=203.0.113.9\r\n'
    """

def missing_fields(
    content: bytes | bytearray | memoryview,
    *,
    message_id: str,
    now: datetime | None = None,
) -> bytes:
    r"""The Date and Message-ID fields that mail of an own user lacks.

    They belong in front of the content (RFC 6409, 8.2 and 8.3); what a DKIM
    signature says is not there is left out.

    >>> from datetime import datetime, timezone
    >>> mailsec.missing_fields(b"Subject: x\r\n\r\n", message_id="<1@mx.example.org>",
    ...                        now=datetime(2025, 11, 25, 10, tzinfo=timezone.utc))
    b'Date: Tue, 25 Nov 2025 10:00:00 +0000\r\nMessage-ID: <1@mx.example.org>\r\n'
    >>> mailsec.missing_fields(b"Date: x\r\nMessage-ID: <a@b>\r\n\r\n", message_id="<1@x>")
    b''
    """

class DnssecStatus(Enum):
    """Is a DNS answer proven?

    INSECURE: Not signed, not validated.
    SECURE: The chain of trust holds.
    """
    INSECURE = 0
    SECURE = 1

class MxRecord:
    """One mail exchanger of a domain (RFC 5321, 5.1)."""
    def __init__(self, preference: int, exchange: str) -> None:
        """`exchange` is in lower case without a trailing dot; "" is the null MX (RFC 7505)."""
    @property
    def preference(self) -> int:
        """Lower goes first."""
    @property
    def exchange(self) -> str:
        """A host name."""

class MxAnswer:
    """The MX records of a domain."""
    def __init__(
        self,
        records: Sequence[MxRecord],
        dnssec: DnssecStatus = ...,
    ) -> None:
        """`records` by preference."""
    @property
    def records(self) -> list[MxRecord]:
        """By preference."""
    @property
    def dnssec(self) -> DnssecStatus:
        """Is the answer proven?"""

class AddressAnswer:
    """The addresses of a host."""
    def __init__(
        self,
        addresses: Sequence[str | IpAddress],
        dnssec: DnssecStatus = ...,
        canonical_name: str = '',
    ) -> None:
        """`addresses` of both families; `canonical_name` if CNAME records led to them."""
    @property
    def addresses(self) -> list[IpAddress]:
        """A and AAAA records."""
    @property
    def dnssec(self) -> DnssecStatus:
        """Is the answer proven?"""
    @property
    def canonical_name(self) -> str:
        """Where CNAME records led to, in lower case; "" if the name that was asked for is no alias."""

class Resolver:
    """Asks the DNS. Subclass it; the methods may block
    and may be called from several threads.

    To say that there is no such record, raise LookupError; to say that the question
    could not be answered, raise OSError (ConnectionError, TimeoutError). Any other
    exception counts as the latter, and goes to sys.unraisablehook besides.

    >>> class Zone(mailsec.Resolver):
    ...     def look_up_mx(self, domain):
    ...         mx = {"a.example": "mx.example.org"}
    ...         return mailsec.MxAnswer([mailsec.MxRecord(10, mx[str(domain)])])
    >>> Zone().look_up_mx("a.example").records
    [MxRecord(10, 'mx.example.org')]
    >>> Zone().look_up_mx("b.example")
    Traceback (most recent call last):
      ...
    KeyError: 'b.example'
    """
    def __init__(self) -> None:
        """For subclasses."""
    def look_up_mx(self, domain: Domain) -> MxAnswer:
        """The MxAnswer about a Domain."""
    def look_up_addresses(self, host: str) -> AddressAnswer:
        """The AddressAnswer about a host name, a str."""

class UnboundResolver(Resolver):
    """Asks the DNS by libunbound.

    Answers are cached; with a trust anchor they are validated (DNSSEC), and what
    fails that raises ConnectionError and is never an answer.

    >>> resolver = mailsec.UnboundResolver(forward=["192.0.2.53"])
    >>> from mailsec.route import MxPlanner
    >>> planner = MxPlanner(resolver)
    """
    def __init__(
        self,
        *,
        forward: Sequence[str] = (),
        trust_anchor_file: str = '',
        timeout: timedelta = ...,
    ) -> None:
        """`forward` are name servers, "192.0.2.53" or "192.0.2.53@5353".

        Without them, those of /etc/resolv.conf are asked. `timeout` is for one
        question. ValueError for an option that cannot be used.
        """
    def look_up_mx(self, domain: str | Domain) -> MxAnswer:
        """The MxAnswer about a domain."""

class Answer(Enum):
    """Yes, no, or cannot tell.

    YES
    NO: Refuses for good.
    CANNOT_TELL: The one that knows could not be asked; refuses for now.
    """
    YES = 0
    NO = 1
    CANNOT_TELL = 2

class MxVerdict:
    """Are we mail exchanger for a domain?

    >>> mailsec.MxVerdict(mailsec.Answer.YES, "the operator lists it").reason
    'the operator lists it'
    """
    def __init__(
        self,
        answer: Answer,
        reason: str = '',
        dnssec: DnssecStatus = ...,
    ) -> None:
        """`reason` is for the operator."""
    @property
    def answer(self) -> Answer:
        """The Answer."""
    @property
    def reason(self) -> str:
        """For the operator."""
    @property
    def dnssec(self) -> DnssecStatus:
        """Of the MX records that the answer rests on."""

class MxAuthority:
    """Tells whether this server is mail exchanger for a domain.

    Subclass it to answer from a source of your own. holds_mx_for() may be called
    from several threads and may block. If it raises, the exception goes to
    sys.unraisablehook, and the answer is "cannot tell": the client is refused for
    now, and nothing is relayed.

    >>> class Customers(mailsec.MxAuthority):
    ...     def holds_mx_for(self, domain):
    ...         known = domain.is_within("customers.example")
    ...         return mailsec.MxVerdict(
    ...             mailsec.Answer.YES if known else mailsec.Answer.NO)
    >>> policy = mailsec.RelayPolicy(mx=Customers())
    >>> policy.decide(client_ip="203.0.113.9",
    ...               recipient="<a@shop.customers.example>").accepted
    True
    """
    def __init__(self) -> None:
        """For subclasses."""
    def holds_mx_for(self, domain: Domain) -> MxVerdict:
        """The MxVerdict about `domain` itself; a subdomain is another one."""

class StaticMxAuthority(MxAuthority):
    """The domains that the operator has listed.

    >>> mx = mailsec.StaticMxAuthority(["ours.example"])
    >>> mx.holds_mx_for("x.ours.example").answer.name
    'NO'
    """
    def __init__(self, domains: Sequence[str | Domain]) -> None:
        """Each domain by itself, without subdomains."""
    def holds_mx_for(self, domain: str | Domain) -> MxVerdict:
        """The MxVerdict about `domain` itself; a subdomain is another one."""

class LiveMxAuthority(MxAuthority):
    """The domains whose MX records name this server, if the operator agrees.

    A record alone never makes a domain ours: anybody can publish one. Either the
    domain is in `consenting_domains`, or `any_most_preferred` is set and all its most
    preferred exchangers are ours.

    >>> class Zone(mailsec.Resolver):
    ...     def look_up_mx(self, domain):
    ...         return mailsec.MxAnswer([mailsec.MxRecord(10, "mx.example.org")])
    >>> mx = mailsec.LiveMxAuthority(["mx.example.org"], Zone(),
    ...                              consenting_domains=["customer.example"])
    >>> mx.holds_mx_for("customer.example").answer.name
    'YES'
    >>> mx.holds_mx_for("stranger.example").answer.name
    'NO'
    """
    def __init__(
        self,
        own_names: Sequence[str | Domain],
        resolver: Resolver,
        *,
        consenting_domains: Sequence[str | Domain] = (),
        any_most_preferred: bool = False,
        require_dnssec: bool = False,
    ) -> None:
        """`own_names` are the host names that MX records call us by.

        `resolver` is kept alive. With `require_dnssec`, answers that are not proven
        count as "no".
        """
    def holds_mx_for(self, domain: str | Domain) -> MxVerdict:
        """The MxVerdict about `domain` itself; a subdomain is another one."""

class Mailbox:
    """Where the mail of a recipient goes, and is there room?"""
    def __init__(
        self,
        name: str,
        has_room: bool = True,
        max_message_octets: int | None = None,
        quota_octets: int | None = None,
        room_octets: int | None = None,
    ) -> None:
        """`name` is one path component; `has_room` is False over quota, and `room_octets` how large a message fits in now."""
    @property
    def name(self) -> str:
        """The name by which mail is delivered."""
    @property
    def has_room(self) -> bool:
        """False: over quota."""
    @property
    def max_message_octets(self) -> int | None:
        """Largest message it takes; None: the server's limit."""
    @property
    def quota_octets(self) -> int | None:
        """Largest sum of its messages; None: its domain's."""
    @property
    def room_octets(self) -> int | None:
        """How large a message fits in now; None: not known."""

class NameKind(Enum):
    """What an address of ours is.

    MAILBOX: The name of a mailbox.
    ALIAS: Stands for others.
    SUBADDRESS: One of these with a detail behind it (RFC 5233).
    CATCH_ALL: None of these: the domain's catch-all takes it.
    """
    MAILBOX = 0
    ALIAS = 1
    SUBADDRESS = 2
    CATCH_ALL = 3

class RecipientAnswer:
    """Does a recipient exist?

    >>> mailsec.RecipientAnswer.known(mailsec.Mailbox("alice")).answer.name
    'YES'
    >>> mailsec.RecipientAnswer.cannot_tell("the directory is down").mailbox
    """
    @staticmethod
    def known(
        mailbox: Mailbox,
        *,
        bounces_only: bool = False,
        kind: NameKind = ...,
    ) -> RecipientAnswer:
        """Yes, and this is the mailbox. `bounces_only`: it takes mail from <> only, as a rewritten sender does (R23). `kind`: what the address is."""
    @staticmethod
    def unknown(*, listed_as_refused: bool = False) -> RecipientAnswer:
        """No: refused for good (550 5.1.1). `listed_as_refused`: no subaddress and no catch-all takes it."""
    @staticmethod
    def cannot_tell(reason: str) -> RecipientAnswer:
        """Refused for now; `reason` is for the operator."""
    @property
    def answer(self) -> Answer:
        """The Answer."""
    @property
    def mailbox(self) -> Mailbox | None:
        """The Mailbox, or None unless the answer is YES."""
    @property
    def bounces_only(self) -> bool:
        """It takes mail from <> only."""
    @property
    def kind(self) -> NameKind:
        """If YES: the NameKind of the address."""
    @property
    def listed_as_refused(self) -> bool:
        """If NO: no subaddress and no catch-all takes it."""
    @property
    def reason(self) -> str:
        """Why it cannot tell, for the operator."""

class RecipientDirectory:
    """Tells whether a recipient exists. Subclass it.

    find() may block and may be called from several threads. If it raises, the
    exception goes to sys.unraisablehook, and the answer is "cannot tell": the
    client tries again later, and no mail is lost.

    >>> class Staff(mailsec.RecipientDirectory):
    ...     def find(self, address):
    ...         if address.canonical_key() == "alice@example.org":
    ...             return mailsec.RecipientAnswer.known(mailsec.Mailbox("alice"))
    ...         return mailsec.RecipientAnswer.unknown()
    >>> Staff().find(mailsec.Address("Alice@EXAMPLE.org")).mailbox.name
    'alice'
    """
    def __init__(self) -> None:
        """For subclasses."""
    def find(self, address: Address) -> RecipientAnswer:
        """The RecipientAnswer about an Address."""

class TextRecipientDirectory(RecipientDirectory):
    r"""The recipients that a text lists.

    One a line: ADDRESS [mailbox=NAME] [size=OCTETS] [quota=OCTETS] [full], or
    ADDRESS refused.

    >>> directory = mailsec.TextRecipientDirectory(
    ...     "alice@example.org mailbox=alice\n"
    ...     "full@example.org  full  # over quota\n")
    >>> directory.find("ALICE@example.org").mailbox.name
    'alice'
    >>> directory.find("nobody@example.org").answer.name
    'NO'
    """
    def __init__(self, text: str | bytes) -> None:
        """ValueError lists every error with its line and column."""
    def find(self, address: str | Address) -> RecipientAnswer:
        """The RecipientAnswer about an address."""
    def __len__(self) -> int: ...

class MaildirQuota:
    """A quota of Maildir++; 0: no limit."""
    @property
    def octets(self) -> int:
        """Of all mail."""
    @property
    def messages(self) -> int:
        """How many."""

class MaildirUsage:
    """What read_maildir_usage() found."""
    @property
    def quota(self) -> MaildirQuota:
        """A MaildirQuota."""
    @property
    def octets(self) -> int:
        """What is there."""
    @property
    def messages(self) -> int:
        """How many."""
    @property
    def room_octets(self) -> int:
        """How large a message fits in; 0: none. Without a limit, the largest number of 64 bits."""

def read_maildir_usage(
    root: str,
    mailbox: str,
    *,
    quota_octets: int = 0,
    quota_messages: int = 0,
    now: datetime | None = None,
    wanted_octets: int = 1,
) -> MaildirUsage:
    r"""How full is a Maildir (Maildir++)?

    The quota is the given one, else that in the first line of its file maildirsize;
    0 is no limit. Counts all messages, and writes the file, if it is missing,
    damaged, or perhaps wrong and says that `wanted_octets` do not fit. ValueError if
    `mailbox` is no name of a Maildir, OSError if it cannot be read. Blocks on the
    disk, without the GIL.

    >>> import pathlib, tempfile
    >>> root = pathlib.Path(tempfile.mkdtemp())
    >>> for folder in ("tmp", "new", "cur"):
    ...     (root / "alice" / folder).mkdir(parents=True)
    >>> _ = (root / "alice" / "new" / "1").write_bytes(b"x" * 700)
    >>> usage = mailsec.read_maildir_usage(str(root), "alice", quota_octets=1000)
    >>> usage.octets, usage.messages, usage.room_octets
    (700, 1, 300)
    >>> mailsec.add_to_maildir_usage(str(root), "alice", 200)
    >>> (root / "alice" / "maildirsize").read_text().split("\n")[:3]
    ['1000S', '700 1', '200 1']
    """

def add_to_maildir_usage(root: str, mailbox: str, octets: int) -> None:
    """One message of so many octets was delivered. Writes nothing if there is no file maildirsize: whoever needs the sum next counts."""

class VerifierAnswer:
    """Would the next hop take this?

    >>> full = mailsec.Reply(552, "Mailbox full", status=(5, 2, 2))
    >>> mailsec.VerifierAnswer(full, hop="mail.example.org").answer.name
    'NO'
    """
    def __init__(self, reply: Reply, hop: str = '') -> None:
        """The `answer` is the class of the reply: 2yz YES, 5yz NO, 4yz CANNOT_TELL; ValueError for 3yz."""
    @property
    def answer(self) -> Answer:
        """The Answer."""
    @property
    def reply(self) -> Reply:
        """The next hop's Reply."""
    @property
    def hop(self) -> str:
        """Who said so; "": nobody could be asked."""
    @property
    def remembered(self) -> bool:
        """From an earlier question."""

class RecipientVerifier:
    '''Asks the next hop whether it would take a recipient. Subclass it.

    Where another server knows better who exists and how full the mailboxes are, it
    is asked before the mail is accepted, so that nothing has to be returned later.
    verify() may block and may be called from several threads. If it raises, the
    exception goes to sys.unraisablehook, and the answer is "cannot tell": strangers
    try again later.

    >>> class Inner(mailsec.RecipientVerifier):
    ...     def verify(self, recipient, octets):
    ...         if recipient.address.local_part == "alice":
    ...             return mailsec.VerifierAnswer(mailsec.Reply(250, "OK"), "inner")
    ...         return mailsec.VerifierAnswer(
    ...             mailsec.Reply(550, "Unknown", status=(5, 1, 1)), "inner")
    >>> directory = mailsec.TextRecipientDirectory("""
    ... postmaster@example.org
    ... abuse@example.org
    ... """)
    >>> policy = mailsec.AcceptancePolicy(
    ...     local_domains=["example.org"], directory=directory,
    ...     relay_domains={"inner.example.org": None}, verifier=Inner())
    >>> print(policy.decide_rcpt(client_ip="203.0.113.9",
    ...                          recipient="<bob@inner.example.org>").reply)
    550 5.1.1 Unknown
    '''
    def __init__(self) -> None:
        """For subclasses."""
    def verify(self, recipient: ForwardPath, octets: int) -> VerifierAnswer | None:
        """The VerifierAnswer about a path, or None if it is not to be verified. `octets` is the announced size; 0: none."""

class CachingVerifier(RecipientVerifier):
    """Remembers what another verifier said.

    A yes holds for messages as large or smaller, "no such recipient" for all, and
    another no, as "full", for as large or larger ones. That nobody could be asked
    is not remembered.

    >>> class Inner(mailsec.RecipientVerifier):
    ...     def verify(self, recipient, octets):
    ...         return mailsec.VerifierAnswer(mailsec.Reply(250, "OK"), "inner")
    >>> verifier = mailsec.CachingVerifier(Inner())
    >>> verifier.verify("<alice@example.org>").remembered
    False
    >>> verifier.verify("<alice@example.org>").remembered
    True
    """
    def __init__(
        self,
        asked: RecipientVerifier,
        *,
        yes: timedelta = ...,
        unknown: timedelta = ...,
        other_no: timedelta = ...,
        max_entries: int = 100000,
    ) -> None:
        """How long each answer holds; of more than `max_entries` the oldest go. `asked` is kept alive."""
    def verify(
        self,
        recipient: str | ForwardPath,
        octets: int = 0,
    ) -> VerifierAnswer | None:
        """The VerifierAnswer about a path, or None if it is not to be verified. `octets` is the announced size; 0: none."""
    def forget(self) -> None:
        """Forgets all: the configuration has changed."""

class RelayPolicy:
    """Decides who may send mail through this server (BSI M 5.56, relaying).

    >>> mx = mailsec.StaticMxAuthority(["ours.example"])
    >>> policy = mailsec.RelayPolicy(authorised_networks=["192.0.2.0/24"], mx=mx)

    Anyone may write to us; only our own networks may write to everyone:

    >>> policy.decide(client_ip="203.0.113.9",
    ...               recipient="<a@ours.example>").accepted
    True
    >>> print(policy.decide(client_ip="203.0.113.9",
    ...                     recipient="<b@far.example>").reply)
    550 5.7.1 Relaying is not permitted
    >>> policy.decide(client_ip="192.0.2.7", recipient="<b@far.example>").accepted
    True

    An open relay cannot be built, not even by mistake:

    >>> mailsec.RelayPolicy(authorised_networks=["0.0.0.0/0"], mx=mx)
    Traceback (most recent call last):
      ...
    ValueError: authorised_networks: prefix length 0 would make an open relay
    """
    def __init__(
        self,
        *,
        mx: MxAuthority,
        authorised_networks: NetworkSet | Sequence[str | IpNetwork] = (),
        own_addresses: Sequence[str | IpAddress] = (),
    ) -> None:
        """`mx` answers for domains that are ours, and is kept alive.

        `authorised_networks` may send to anyone; default: nobody. `own_addresses` are
        those of this server that mail may be sent to as a literal. ValueError if the
        networks hold nearly everyone.
        """
    def decide(
        self,
        *,
        client_ip: str | IpAddress,
        recipient: str | ForwardPath,
        authenticated: bool = False,
    ) -> Decision:
        """The Decision for one recipient, a path with its brackets.

        Blocks as long as the MxAuthority does, without the GIL. If that cannot tell,
        the reply is 451 4.4.3.
        """

class OwnSender(Enum):
    """What becomes of mail from strangers whose envelope sender is ours?

    MARK: Taken, and marked.
    REFUSE: 550 5.7.1; loses mail that lists and forwards send back.
    ALLOW: Taken as any other.
    """
    MARK = 0
    REFUSE = 1
    ALLOW = 2

class AcceptancePolicy:
    '''Decides whether a mail is taken: all of it at once.

    Asks what is cheapest first, and everything that can be asked before the content
    is sent, so that nothing has to be reported later: size and space at MAIL; at
    RCPT relaying, then whether the recipient exists and has room.

    >>> directory = mailsec.TextRecipientDirectory("""
    ... postmaster@example.org
    ... abuse@example.org
    ... alice@example.org
    ... """)
    >>> policy = mailsec.AcceptancePolicy(
    ...     local_domains=["example.org"], directory=directory,
    ...     authorised_networks=["192.0.2.0/24"])
    >>> print(policy.decide_rcpt(client_ip="203.0.113.9",
    ...                          recipient="<alice@example.org>").reply.code)
    250
    >>> policy.decide_rcpt(client_ip="203.0.113.9",
    ...                    recipient="<nobody@example.org>").reply.status
    EnhancedStatus(5, 1, 1)
    '''
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
    ) -> None:
        """`directory` answers for `local_domains`, `relay_domains` maps further
        domains to a RecipientDirectory, or to None where it is not known who exists.
        `live_mx` is asked about all other domains; `has_space(octets)` says whether the
        spool has room; `verifier` asks the next hop about recipients whom all others
        accept. All of them are kept alive. `strangers_with_own_sender` says what becomes
        of mail from strangers whose sender is in one of `local_domains`.

        ValueError for an open relay (see RelayPolicy), no local domain or one that is
        listed twice; RuntimeError if postmaster or abuse are missing (M 5.56, RFC
        2142); ConnectionError if the directory cannot tell.
        """
    def decide_mail(
        self,
        *,
        client_ip: str | IpAddress,
        sender: str | ReversePath,
        parameters: MailParameters = ...,
        authenticated: bool = False,
    ) -> Decision:
        """The Decision at MAIL: is there room for a message of this size?"""
    def is_to_be_marked(
        self,
        *,
        client_ip: str | IpAddress,
        sender: str | ReversePath,
        authenticated: bool = False,
    ) -> bool:
        """True if the mail is taken, but nothing proves its sender, who is one of ours: unproven_sender_field() belongs in front of it."""
    def decide_rcpt(
        self,
        *,
        client_ip: str | IpAddress,
        recipient: str | ForwardPath,
        sender: str | ReversePath = '<>',
        parameters: MailParameters = ...,
        authenticated: bool = False,
    ) -> Decision:
        """The Decision at RCPT, once for each. Blocks as long as the directory and the verifier do, without the GIL."""

class ContentVerdict(Enum):
    """What the scanners said of the content.

    UNKNOWN: None looked at it, or one could not tell.
    CLEAN
    SPAM
    MALWARE
    """
    UNKNOWN = 0
    CLEAN = 1
    SPAM = 2
    MALWARE = 3

class AutomaticKind(Enum):
    """What a server sends by itself.

    NOTIFICATION: Of a failure or a success (RFC 3464).
    DELAY_WARNING
    ABSENCE_NOTICE
    RECEIPT: RFC 8098.
    FORWARD
    ALARM: To the operators.
    """
    NOTIFICATION = 0
    DELAY_WARNING = 1
    ABSENCE_NOTICE = 2
    RECEIPT = 3
    FORWARD = 4
    ALARM = 5

class GovernorBound(Enum):
    """Whose bound it is.

    NONE: No bound was asked.
    TOTAL: Of all absence notices and receipts.
    ADDRESS: Of the target's address.
    DOMAIN: Of the target's organisational domain.
    EXCHANGER: Of the public mail provider behind it.
    """
    NONE = 0
    TOTAL = 1
    ADDRESS = 2
    DOMAIN = 3
    EXCHANGER = 4

class AutomaticMail:
    """What is asked.

    Of the mail that is answered or forwarded: `verdict`, `answered` (its envelope
    sender), `sender_is_ours` (authorised network or authenticated) and
    `answers_automatic` (its Auto-Submitted says other than "no"). Of the mail that
    would be sent: `sender` (envelope; "<>" for all but forwards), `author` (From:,
    or who forwards), `target`, and the names of its mail `exchangers` if somebody
    asked the DNS.
    """
    def __init__(
        self,
        kind: AutomaticKind,
        *,
        target: str | Address,
        author: str | Address,
        verdict: ContentVerdict = ...,
        answered: str | ReversePath = '<>',
        sender_is_ours: bool = False,
        answers_automatic: bool = False,
        sender: str | ReversePath = '<>',
        exchangers: Sequence[str] = ...,
    ) -> None:
        """What is not said is what allows least."""
    @property
    def kind(self) -> AutomaticKind:
        """An AutomaticKind."""
    @property
    def verdict(self) -> ContentVerdict:
        """The ContentVerdict on what is answered or forwarded."""
    @property
    def answered(self) -> ReversePath:
        """Its envelope sender."""
    @property
    def sender_is_ours(self) -> bool:
        """It came from an authorised network or authenticated."""
    @property
    def answers_automatic(self) -> bool:
        """Its Auto-Submitted says other than "no"."""
    @property
    def sender(self) -> ReversePath:
        """Envelope sender of what would be sent."""
    @property
    def author(self) -> Address:
        """Its From:, or who forwards."""
    @property
    def target(self) -> Address:
        """Who would get it."""
    @property
    def exchangers(self) -> list[str]:
        """Names of the target's mail exchangers."""

class GovernorAnswer:
    """What a Governor says."""
    @property
    def allowed(self) -> bool:
        """It may be sent."""
    @property
    def rule(self) -> str:
        """Which line decided: "automatic.bound"."""
    @property
    def bound(self) -> GovernorBound:
        """The GovernorBound that said no; if allowed, the one with the least left."""
    @property
    def burst(self) -> int:
        """Of that bound: so many at once."""
    @property
    def interval(self) -> timedelta:
        """And then one more each timedelta."""
    @property
    def used(self) -> int:
        """Of the burst, with this mail."""
    @property
    def left(self) -> int:
        """Of the burst, after it."""
    @property
    def retry_after(self) -> timedelta:
        """A timedelta; if the bound said no."""
    @property
    def decision(self) -> Decision:
        """Why, and what would change it: a mailsec.Decision."""

class Governor:
    """May we send this mail by ourselves?

    Whatever a server sends without a person's wish at that moment asks here (R22,
    R23, R24). Each decision explains itself.

    >>> from datetime import timedelta
    >>> from mailsec import AutomaticKind, AutomaticMail, ContentVerdict
    >>> governor = mailsec.Governor(["example.org"],
    ...                             per_address=(1, timedelta(hours=1)))
    >>> notice = AutomaticMail(
    ...     AutomaticKind.ABSENCE_NOTICE, answered="<alice@example.com>",
    ...     verdict=ContentVerdict.CLEAN, author="bob@example.org",
    ...     target="alice@example.com")
    >>> governor.decide(notice).allowed
    True
    >>> answer = governor.decide(notice)
    >>> answer.rule, answer.bound.name, answer.burst, answer.left
    ('automatic.bound', 'ADDRESS', 1, 0)

    What no scanner has called clean is not answered:

    >>> governor.decide(AutomaticMail(
    ...     AutomaticKind.ABSENCE_NOTICE, answered="<carol@example.com>",
    ...     author="bob@example.org", target="carol@example.com")).rule
    'automatic.no-verdict'

    All methods may be called from several threads.
    """
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
    ) -> None:
        """`own_domains`: the institution's name space, aliases included; subdomains are not implied. `operators` may get alarms. Bounds are pairs: how many at once, and a timedelta until one more. `public_providers`: domains of exchangers, beside those built in."""
    def decide(
        self,
        mail: AutomaticMail,
        *,
        takes: bool = True,
        now: datetime | None = None,
    ) -> GovernorAnswer:
        """A GovernorAnswer. If it allows, each bound has one less, unless takes=False, the dry run. Without `now`, the clock is asked."""
    def return_(self, mail: AutomaticMail, *, now: datetime | None = None) -> None:
        """Gives back what decide() took for a mail that was not sent."""
    def save_bounds(self, now: datetime | None = None) -> bytes:
        """How much of the bounds is used, as bytes, for a restart. They hold secrets: nobody else may read them."""
    def load_bounds(self, octets: bytes | bytearray | memoryview) -> None:
        """Goes on where save_bounds() was. OSError, and nothing is changed, if it did not make them."""
    @property
    def memory_octets(self) -> int:
        """Of all bounds now."""

class ScanRequest:
    """What is known of a message beside its content."""
    def __init__(
        self,
        *,
        client_ip: str | IpAddress = '127.0.0.1',
        sender: str | ReversePath = '<>',
        recipients: Sequence[str | ForwardPath] = ...,
        helo: str = '',
        user: str = '',
        queue_id: str = '',
        sender_is_ours: bool = False,
    ) -> None:
        """Of the client, its envelope, and whether it is one of ours."""
    @property
    def client(self) -> IpAddress:
        """The IpAddress of the TCP peer."""
    @property
    def sender(self) -> ReversePath:
        """A ReversePath."""
    @property
    def recipients(self) -> list[ForwardPath]:
        """ForwardPaths."""
    @property
    def helo(self) -> str:
        """Only claimed."""
    @property
    def user(self) -> str:
        """Empty unless authenticated."""
    @property
    def queue_id(self) -> str:
        """May be empty."""
    @property
    def sender_is_ours(self) -> bool:
        """From an authorised network, or authenticated."""

class ScanOutcome(Enum):
    """What a scanner says of a content.

    CLEAN: It looked at all of it.
    SPAM: Whatever the score.
    MALWARE: `signature` says which.
    UNSCANNABLE: Parts are encrypted or too deep.
    TOO_LARGE: Above its limit.
    CANNOT_TELL: No answer, or a fault.
    """
    CLEAN = 0
    SPAM = 1
    MALWARE = 2
    UNSCANNABLE = 3
    TOO_LARGE = 4
    CANNOT_TELL = 5

class ScanResult:
    """What a scanner says.

    >>> mailsec.ScanResult(mailsec.ScanOutcome.MALWARE, signature="Test.A").signature
    'Test.A'
    """
    def __init__(
        self,
        outcome: ScanOutcome,
        *,
        score: float | None = None,
        would_refuse: bool = False,
        symbols: Sequence[str] = ...,
        signature: str = '',
        why: str = '',
    ) -> None:
        """A higher score is worse; `why` it could not tell or scan."""
    @property
    def outcome(self) -> ScanOutcome:
        """The ScanOutcome."""
    @property
    def score(self) -> float | None:
        """None: it gives none."""
    @property
    def would_refuse(self) -> bool:
        """The scanner's own advice."""
    @property
    def symbols(self) -> list[str]:
        """Which rules hold."""
    @property
    def signature(self) -> str:
        """Of the malware."""
    @property
    def why(self) -> str:
        """Why it could not tell or scan."""

class Scanner:
    r"""Looks at content. Subclass it.

    scan() gets a ScanRequest and the content as bytes; it may block, and may be
    called from several threads. If it raises, the exception goes to
    sys.unraisablehook, and the answer is CANNOT_TELL: the mail is refused for now.
    signature_time() may say when its data were made: a datetime, or None, as here;
    a server asks for it and raises an alarm if they are older than 48 hours. A
    scan() that does not return holds up the server's stop().

    >>> class NoExecutables(mailsec.Scanner):
    ...     def scan(self, request, content):
    ...         if b"\r\n\r\nTVqQ" in content:
    ...             return mailsec.ScanResult(mailsec.ScanOutcome.MALWARE,
    ...                                       signature="Local.Executable")
    ...         return mailsec.ScanResult(mailsec.ScanOutcome.CLEAN)
    >>> scanner = NoExecutables("exe")
    >>> scanner.scan(mailsec.ScanRequest(), b"Subject: x\r\n\r\nhello\r\n")
    <mailsec.ScanResult CLEAN>
    """
    def __init__(self, name: str) -> None:
        """`name` is a word for log lines and X-Mailsec-Verdict."""
    @property
    def name(self) -> str:
        """Always the same."""
    def scan(self, request: ScanRequest, content: bytes) -> ScanResult:
        """The ScanResult."""
    def signature_time(self) -> datetime | None:
        """When its data were made; None: it has none. ConnectionError if it cannot be asked."""

class ClamdScanner(Scanner):
    """ClamAV's daemon (clamd(8)), INSTREAM.

    In clamd.conf set AlertExceedsMax and AlertEncrypted to yes.

    >>> mailsec.ClamdScanner("unix:/run/clamav/clamd.ctl").name
    'clamd'
    """
    def __init__(
        self,
        server: str,
        *,
        name: str = 'clamd',
        time_limit: timedelta = ...,
        max_octets: int = 26214400,
    ) -> None:
        """"unix:/run/clamav/clamd.ctl" or "127.0.0.1:3310"; ValueError for a host name."""
    def scan(
        self,
        request: ScanRequest,
        content: bytes | bytearray | memoryview,
    ) -> ScanResult:
        """The ScanResult."""

class RspamdScanner(Scanner):
    """A normal worker of rspamd, /checkv2.

    >>> mailsec.RspamdScanner("127.0.0.1:11333").name
    'rspamd'
    """
    def __init__(
        self,
        server: str,
        *,
        name: str = 'rspamd',
        time_limit: timedelta = ...,
        max_octets: int = 52428800,
        password: str = '',
        signature_files: Sequence[str] = ...,
    ) -> None:
        """`signature_files` are paths with wildcards: the newest file says how old rspamd's data are."""
    def scan(
        self,
        request: ScanRequest,
        content: bytes | bytearray | memoryview,
    ) -> ScanResult:
        """The ScanResult."""

class OnFault(Enum):
    """What if a scanner cannot tell?

    DEFER: 451: fails closed.
    ACCEPT_UNSCANNED
    """
    DEFER = 0
    ACCEPT_UNSCANNED = 1

class OnTooLarge(Enum):
    """What of content above its limit?

    DEFER: 451.
    REFUSE: 552 5.3.4.
    ACCEPT_UNSCANNED
    """
    DEFER = 0
    REFUSE = 1
    ACCEPT_UNSCANNED = 2

class OnMalware(Enum):
    """What becomes of malware?

    REFUSE: 554 5.7.1.
    QUARANTINE: Accepted, and kept for a person.
    """
    REFUSE = 0
    QUARANTINE = 1

class OnUnscannable(Enum):
    """What of what cannot be looked into?

    ACCEPT
    MARK
    REFUSE: 554 5.7.1.
    """
    ACCEPT = 0
    MARK = 1
    REFUSE = 2

class ScanStep:
    """One scanner of a ContentPolicy."""
    def __init__(
        self,
        scanner: Scanner,
        *,
        on_fault: OnFault = ...,
        on_too_large: OnTooLarge = ...,
    ) -> None:
        """A Scanner, and what to do if it does not help."""
    @property
    def scanner(self) -> Scanner:
        """The Scanner."""
    @property
    def on_fault(self) -> OnFault:
        """If it cannot tell."""
    @property
    def on_too_large(self) -> OnTooLarge:
        """If the content is above its limit."""

class ContentOutcome(Enum):
    """What becomes of a message by its content.

    ACCEPT
    MARK: Accepted, with a field.
    QUARANTINE: Accepted, and kept for a person.
    REFUSE: 5yz at the end of the data.
    DEFER: 4yz at the end of the data.
    """
    ACCEPT = 0
    MARK = 1
    QUARANTINE = 2
    REFUSE = 3
    DEFER = 4

class ScanOpinion:
    """What one scanner said."""
    @property
    def scanner(self) -> str:
        """Its name."""
    @property
    def result(self) -> ScanResult:
        """Its ScanResult."""

class ContentDecision:
    """What a ContentPolicy decided."""
    @property
    def outcome(self) -> ContentOutcome:
        """The ContentOutcome."""
    @property
    def verdict(self) -> ContentVerdict:
        """The ContentVerdict, on which automatic mail depends."""
    @property
    def decision(self) -> Decision:
        """The Decision with its reply, rule and inputs."""
    @property
    def opinions(self) -> list[ScanOpinion]:
        """ScanOpinions, in the order of asking."""
    @property
    def report(self) -> str:
        """All of them in one line."""
    @property
    def fields(self) -> bytes:
        """Header fields to put before the content, as bytes."""

class ContentPolicy:
    r"""What becomes of content, by what scanners say?

    They are asked in order, until the answer cannot change. It fails closed.

    >>> class Greedy(mailsec.Scanner):
    ...     def scan(self, request, content):
    ...         return mailsec.ScanResult(mailsec.ScanOutcome.CLEAN,
    ...                                   score=9.5 if b"money" in content else 0)
    >>> policy = mailsec.ContentPolicy([Greedy("greedy")], refuse_score=20)
    >>> made = policy.decide(b"Subject: x\r\n\r\nmoney!\r\n")
    >>> made.outcome.name, made.verdict.name, made.decision.rule
    ('MARK', 'SPAM', 'content.spam')
    >>> made.fields
    b'X-Mailsec-Verdict: spam; score=9.5; scanner=greedy\r\nX-Spam-Flag: YES\r\n'
    """
    def __init__(
        self,
        scanners: Sequence[Scanner | ScanStep],
        *,
        on_malware: OnMalware = ...,
        on_unscannable: OnUnscannable = ...,
        mark_score: float = 6.0,
        refuse_score: float = 15.0,
        own_refuse_score: float | None = None,
    ) -> None:
        """Scanners or ScanSteps. ValueError for two of one name, scores that are not finite, or refusing below marking."""
    def decide(
        self,
        content: bytes | bytearray | memoryview,
        request: ScanRequest = ...,
    ) -> ContentDecision:
        """The ContentDecision. Blocks no longer than all scanners' time limits together."""

def remove_fields(
    content: bytes | bytearray | memoryview,
    names: Sequence[str] = ...,
    keeps_ours: bool = False,
) -> bytes:
    r"""The content without these header fields and those of our own.

    A name that ends in "*" stands for all that begin so. Default: the fields of
    usual scanners, which nobody outside may write. X-Mailsec-Verdict and
    X-Mailsec-Sender go too, unless the content was received before: `keeps_ours`.

    >>> mailsec.remove_fields(b"X-Spam-Status: No\r\nTo: a\r\n\r\nX-Spam: 1\r\n")
    b'To: a\r\n\r\nX-Spam: 1\r\n'
    """

class NeedInput:
    """Nothing to report: send take_output() and call receive()."""
    __match_args__: ClassVar[tuple[()]]

class ReplyOwed:
    """next_event() was called before respond()."""
    __match_args__: ClassVar[tuple[()]]

class StartTls:
    """[R] 220, then shake hands and call tls_established()."""
    __match_args__: ClassVar[tuple[()]]

class Auth:
    """[R] AUTH: 235, 535 ...; 334 with a challenge in base64 as its text brings an AuthResponse."""
    __match_args__: ClassVar[tuple[Literal["mechanism"], Literal["initial_response"]]]
    @property
    def mechanism(self) -> str:
        """In upper case."""
    @property
    def initial_response(self) -> str | None:
        """Base64 as it was sent; None if nothing was."""

class AuthResponse:
    """[R] One line of the exchange after AUTH."""
    __match_args__: ClassVar[tuple[Literal["line"]]]
    @property
    def line(self) -> str:
        """Base64 as it was sent."""

class Closed:
    """The last event: send take_output() and close the connection."""
    __match_args__: ClassVar[tuple[Literal["reason"]]]
    @property
    def reason(self) -> str:
        """For the log."""

class Hello:
    """[R] HELO, or EHLO or LHLO if `extended`."""
    __match_args__: ClassVar[tuple[Literal["name"], Literal["extended"]]]
    @property
    def name(self) -> str:
        """What the peer calls itself; it proves nothing."""
    @property
    def extended(self) -> bool:
        """EHLO or LHLO."""

class MailFrom:
    """[R] MAIL opens a transaction."""
    __match_args__: ClassVar[tuple[Literal["path"], Literal["parameters"]]]
    @property
    def path(self) -> ReversePath:
        """The ReversePath."""
    @property
    def parameters(self) -> MailParameters:
        """The MailParameters."""

class RcptTo:
    """[R] RCPT, once for each recipient."""
    __match_args__: ClassVar[tuple[Literal["path"], Literal["parameters"]]]
    @property
    def path(self) -> ForwardPath:
        """The ForwardPath."""
    @property
    def parameters(self) -> RcptParameters:
        """The RcptParameters."""

class DataBegin:
    """[R] DATA, or the first BDAT: 354 takes the content, or refuse it."""
    __match_args__: ClassVar[tuple[Literal["chunked"]]]
    @property
    def chunked(self) -> bool:
        """BDAT: nothing is sent for a 354."""

class DataChunk:
    """A piece of the content, as it is to be stored."""
    __match_args__: ClassVar[tuple[Literal["octets"]]]
    @property
    def octets(self) -> bytes:
        """The dots are unstuffed."""

class DataEnd:
    """[R] The content is whole; 250 says that the message is yours now."""
    __match_args__: ClassVar[tuple[Literal["replies"]]]
    @property
    def replies(self) -> int:
        """How often to respond: once, or with LMTP and PRDR once for each accepted recipient, in order."""

class TransactionAborted:
    """The transaction is void: drop it."""
    __match_args__: ClassVar[tuple[Literal["reason"]]]
    @property
    def reason(self) -> str:
        """For the log."""

class CommandRefused:
    """A command that a session has refused by itself; from take_refused()."""
    __match_args__: ClassVar[tuple[Literal["command"], Literal["line"], Literal["reply"]]]
    @property
    def command(self) -> str:
        """"EHLO"; empty if it is none of SMTP's."""
    @property
    def line(self) -> bytes:
        """As it came: the first 200 octets, and of AUTH only that word."""
    @property
    def reply(self) -> Reply:
        """The Reply to it."""

ServerEvent: TypeAlias = (
    NeedInput
    | ReplyOwed
    | Hello
    | MailFrom
    | RcptTo
    | DataBegin
    | DataChunk
    | DataEnd
    | StartTls
    | Auth
    | AuthResponse
    | TransactionAborted
    | Closed
)

class ServerLimits:
    """What one peer can make a session hold or do.

    >>> mailsec.ServerLimits(max_recipients=100).max_recipients
    100
    """
    def __init__(
        self,
        *,
        max_command_octets: int = 4096,
        max_text_line_octets: int = 0,
        max_recipients: int = 1000,
        max_message_octets: int = 52428800,
        max_header_octets: int = 1048576,
        max_bad_commands: int = 20,
        max_idle_commands: int = 100,
        max_messages: int = 0,
    ) -> None:
        """Without arguments: what a server on the Internet needs."""
    @property
    def max_command_octets(self) -> int:
        """A command line with its CRLF."""
    @property
    def max_text_line_octets(self) -> int:
        """A line of content with its CRLF; 0: any."""
    @property
    def max_recipients(self) -> int:
        """Of one message; then 452 4.5.3."""
    @property
    def max_message_octets(self) -> int:
        """Announced by SIZE."""
    @property
    def max_header_octets(self) -> int:
        """Of the header section; then 552 5.3.4."""
    @property
    def max_bad_commands(self) -> int:
        """Then 421 4.7.0."""
    @property
    def max_idle_commands(self) -> int:
        """Between two messages; then 421 4.7.0."""
    @property
    def max_messages(self) -> int:
        """Of one session; 0: no bound."""

class ServerSession:
    r"""The server's side of one SMTP dialogue, without I/O.

    Octets go in, events and octets come out. After an event marked [R] the session
    waits for respond(). What needs no decision (NOOP, bad syntax, wrong order, what
    exceeds the limits) is answered here and causes no event; take_refused() tells
    the log what was refused. Content has one end:
    CRLF.CRLF; what holds a bare CR or LF is refused.

    >>> session = mailsec.ServerSession("mx.example.org")
    >>> session.take_output()
    b'220 mx.example.org ESMTP\r\n'
    >>> session.receive(b"HELO client.example\r\n")
    >>> session.next_event()
    <mailsec.Hello name='client.example', extended=False>
    >>> session.respond(mailsec.Reply(250, "Hello"))
    >>> session.take_output()
    b'250 mx.example.org\r\n'
    >>> session.receive(b"MAIL FROM:<a@client.example>\r\n")
    >>> session.next_event().path
    ReversePath('<a@client.example>')
    >>> session.respond(mailsec.Reply(250, "Sender is fine", status=(2, 1, 0)))
    >>> session.next_event()
    <mailsec.NeedInput>
    >>> session.in_transaction
    True

    A session belongs to one thread, or one task, at a time.
    """
    def __init__(
        self,
        hostname: str | Domain,
        *,
        protocol: Protocol = ...,
        line_ends: LineEndPolicy = ...,
        limits: ServerLimits = ...,
        offer_prdr: bool = False,
        offer_starttls: bool = False,
        auth_mechanisms: Sequence[str] = (),
        refusals_before: int = 0,
        out_of_turn: OutOfTurnPolicy = ...,
    ) -> None:
        """Greets as `hostname`. Extensions are offered only if asked for.

        With `offer_prdr`, be ready for a DataEnd that wants several replies.
        `auth_mechanisms` are names of SASL, as "PLAIN"; ValueError for what is none.
        `refusals_before` is what this peer's refusals in other sessions have cost, as
        take_refusals_spent() told it. `out_of_turn`: what becomes of a client that does
        not wait for its answer.
        """
    def receive(self, octets: bytes | bytearray | memoryview) -> None:
        """Takes octets from the peer; b"" says that it has closed."""
    def next_event(
        self,
    ) -> NeedInput | ReplyOwed | Hello | MailFrom | RcptTo | DataBegin | DataChunk | DataEnd | StartTls | Auth | AuthResponse | TransactionAborted | Closed:
        """What happened next."""
    def respond(self, reply: Reply) -> None:
        """Answers the pending [R] event. RuntimeError if there is none."""
    def take_refused(self) -> list[CommandRefused]:
        """For the log: each CommandRefused since the last call."""
    def take_refusals_spent(self) -> int:
        """What refusals have cost since the last call, in hundredths of a bad command; negative if more was forgiven."""
    def refuse(self, reply: Reply) -> None:
        """Ends the session from outside: 421, or 554 instead of a greeting."""
    def tls_established(self) -> None:
        """Call it after the handshake: forgets all that was learnt before."""
    def take_output(self) -> bytes:
        """The octets to send now; may be empty."""
    def take_pause(self) -> timedelta:
        """How long to let the peer wait, once the output was sent, before the next next_event(): zero unless it was refused often. Each call tells only what the calls before it did not."""
    @property
    def has_output(self) -> bool:
        """True if take_output() has something."""
    @property
    def peer_must_wait(self) -> bool:
        """The output ends with an answer that the peer has to wait for: what is there already before it is sent came out of turn; receive() it first."""
    @property
    def spoke_out_of_turn(self) -> bool:
        """The peer has, at least once."""
    @property
    def secured(self) -> bool:
        """tls_established() was called."""
    @property
    def extended(self) -> bool:
        """The peer said EHLO or LHLO."""
    @property
    def authenticated(self) -> bool:
        """AUTH was answered 235."""
    @property
    def peer_name(self) -> str:
        """Of the last HELO; may be empty."""
    @property
    def in_transaction(self) -> bool:
        """Between MAIL and the end of the data."""
    @property
    def receiving_content(self) -> bool:
        """Between DATA and its end."""
    @property
    def content_octets(self) -> int:
        """Of the current message, so far."""
    @property
    def buffered_octets(self) -> int:
        """Received and not parsed yet."""

class Stage(Enum):
    """How far a dialogue got.

    CONNECT: No connection yet.
    GREETING: The server is to greet.
    HELLO: EHLO was sent.
    MAIL: MAIL was sent.
    RCPT: RCPT was sent.
    DATA: DATA was sent.
    CONTENT: The content was sent.
    """
    CONNECT = 0
    GREETING = 1
    HELLO = 2
    MAIL = 3
    RCPT = 4
    DATA = 5
    CONTENT = 6

class About(Enum):
    """What the verdict speaks of.

    MAIL: The recipient, the sender or the content.
    HOST: The host, which broke off: another one may be asked.
    UNCLEAR: No answer came to the whole content: the host may have it.
    """
    MAIL = 0
    HOST = 1
    UNCLEAR = 2

class OutgoingRecipient:
    """A recipient of an outgoing message."""
    def __init__(
        self,
        path: str | ForwardPath,
        parameters: RcptParameters = ...,
    ) -> None:
        """A path with its brackets, and what RCPT says beside it."""
    @property
    def path(self) -> ForwardPath:
        """The ForwardPath."""
    @property
    def parameters(self) -> RcptParameters:
        """The RcptParameters."""

class Transaction:
    """A message to hand on, without its content."""
    def __init__(
        self,
        sender: str | ReversePath,
        recipients: Sequence[OutgoingRecipient],
        *,
        parameters: MailParameters = ...,
        has_8bit: bool = False,
        headers_utf8: bool = False,
        probe: bool = False,
    ) -> None:
        """At least one OutgoingRecipient.

        `parameters.declared_size` are the content's octets. `has_8bit` says that an
        octet of it is above 0x7F, `headers_utf8` that one of its header section is.
        `probe`: only ask, by MAIL, RCPT and RSET; no content is sent.
        """
    @property
    def sender(self) -> ReversePath:
        """The ReversePath."""
    @property
    def recipients(self) -> list[OutgoingRecipient]:
        """The OutgoingRecipients."""
    @property
    def parameters(self) -> MailParameters:
        """The MailParameters."""
    @property
    def has_8bit(self) -> bool:
        """Needs 8BITMIME."""
    @property
    def headers_utf8(self) -> bool:
        """Needs SMTPUTF8."""
    @property
    def probe(self) -> bool:
        """Only asks."""

class RecipientOutcome:
    """What became of one recipient."""
    @property
    def reply(self) -> Reply:
        """2yz: handed on. 4yz: try again. 5yz: never."""
    @property
    def stage(self) -> Stage:
        """How far it got, a Stage."""
    @property
    def from_peer(self) -> bool:
        """False where the verdict is ours (a lost connection ...)."""
    @property
    def about(self) -> About:
        """What it speaks of, an About."""

class Ready:
    """Greeted and idle: call begin() or quit()."""
    __match_args__: ClassVar[tuple[()]]

class ContentWanted:
    """Call content() with piece after piece, then content_end()."""
    __match_args__: ClassVar[tuple[()]]

class TransactionDone:
    """A message is over; Ready comes next."""
    __match_args__: ClassVar[tuple[Literal["outcomes"]]]
    @property
    def outcomes(self) -> list[RecipientOutcome]:
        """One RecipientOutcome each, in the order of the recipients."""

class ClientClosed:
    """The last event: close the connection."""
    __match_args__: ClassVar[tuple[Literal["reply"], Literal["clean"], Literal["stage"]]]
    @property
    def reply(self) -> Reply:
        """The last word, the server's or ours."""
    @property
    def clean(self) -> bool:
        """After our QUIT."""
    @property
    def stage(self) -> Stage:
        """A Stage."""

ClientEvent: TypeAlias = (
    NeedInput
    | Ready
    | ContentWanted
    | TransactionDone
    | ClientClosed
)

class ServerCapabilities:
    """What the server offered in its last EHLO."""
    @property
    def extended(self) -> bool:
        """It answered EHLO at all."""
    @property
    def pipelining(self) -> bool:
        """RFC 2920."""
    @property
    def eight_bit_mime(self) -> bool:
        """RFC 6152."""
    @property
    def chunking(self) -> bool:
        """RFC 3030."""
    @property
    def binary_mime(self) -> bool:
        """RFC 3030."""
    @property
    def smtputf8(self) -> bool:
        """RFC 6531."""
    @property
    def dsn(self) -> bool:
        """RFC 3461."""
    @property
    def enhanced_status_codes(self) -> bool:
        """RFC 2034."""
    @property
    def starttls(self) -> bool:
        """RFC 3207."""
    @property
    def prdr(self) -> bool:
        """A reply for each recipient."""
    @property
    def size(self) -> bool:
        """SIZE was offered (RFC 1870)."""
    @property
    def max_size(self) -> int:
        """0: no limit stated."""
    @property
    def max_recipients(self) -> int:
        """LIMITS RCPTMAX (RFC 9422); 0: none stated."""
    @property
    def max_messages(self) -> int:
        """LIMITS MAILMAX (RFC 9422); 0: none stated."""

class ClientSession:
    r"""The client's side of one SMTP dialogue, without I/O.

    What goes out holds no bare CR or LF, and dots are stuffed; what comes in may be
    anything. Here it talks to a ServerSession, without a network between them:

    >>> client = mailsec.ClientSession("client.example")
    >>> client.receive(b"220 mx.example.org ESMTP\r\n")
    >>> client.next_event(), client.take_output()
    (<mailsec.NeedInput>, b'EHLO client.example\r\n')
    >>> client.receive(b"250 mx.example.org\r\n")
    >>> client.next_event()
    <mailsec.Ready>
    >>> client.begin(mailsec.Transaction(
    ...     "<a@client.example>", [mailsec.OutgoingRecipient("<b@example.org>")]))
    >>> client.next_event(), client.take_output()
    (<mailsec.NeedInput>, b'MAIL FROM:<a@client.example>\r\n')
    >>> client.receive(b"550 5.7.1 No\r\n")
    >>> client.next_event().outcomes
    [<mailsec.RecipientOutcome '550 5.7.1 No'>]

    A session belongs to one thread, or one task, at a time.
    """
    def __init__(
        self,
        hostname: str | Domain,
        *,
        protocol: Protocol = ...,
        max_reply_octets: int = 65536,
    ) -> None:
        """Says `hostname` in EHLO."""
    def receive(self, octets: bytes | bytearray | memoryview) -> None:
        """Takes octets from the server; b"" says that it has closed."""
    def next_event(
        self,
    ) -> NeedInput | Ready | ContentWanted | TransactionDone | ClientClosed:
        """What happened next."""
    def begin(self, transaction: Transaction) -> None:
        """Starts a message. RuntimeError unless the last event was Ready; ValueError without a recipient."""
    def content(self, octets: bytes | bytearray | memoryview) -> None:
        """A piece of the content, not stuffed. RuntimeError unless wanted."""
    def content_end(self) -> None:
        """The content is whole. RuntimeError unless wanted."""
    def abandon_content(self) -> None:
        """The content cannot be had: closes, and the server keeps nothing."""
    def quit(self) -> None:
        """Says QUIT; ClientClosed follows."""
    def timed_out(self) -> None:
        """The time limit ran out: ClientClosed, and 4.4.2 for the undecided."""
    def take_output(self) -> bytes:
        """The octets to send now; may be empty."""
    @property
    def has_output(self) -> bool:
        """True if take_output() has something."""
    @property
    def capabilities(self) -> ServerCapabilities:
        """The ServerCapabilities."""
    @property
    def stage(self) -> Stage:
        """Decides the time limit (RFC 5321, 4.5.3.2)."""

class RecipientState(Enum):
    """What became of one?

    PENDING: To be tried, or put off.
    DELIVERED: Handed on.
    FAILED: Given up; a person has to look at it.
    REPORTED: Given up, and all who must be told were told.
    EXPANDED: An alias: those behind it stand on their own.
    """
    PENDING = 0
    DELIVERED = 1
    FAILED = 2
    REPORTED = 3
    EXPANDED = 4

class Recipient:
    """One recipient of an Envelope."""
    @property
    def path(self) -> ForwardPath:
        """The ForwardPath."""
    @property
    def named(self) -> ForwardPath | None:
        """The ForwardPath that RCPT named, if an alias stood for this recipient; None else."""
    @property
    def parameters(self) -> RcptParameters:
        """RcptParameters."""
    @property
    def state(self) -> RecipientState:
        """A RecipientState."""
    @property
    def last_reply(self) -> str:
        """To the last attempt; may be empty."""
    @property
    def hop(self) -> str:
        """Who gave it; empty: ourselves, or nobody yet."""
    @property
    def cause(self) -> str:
        """Why it was given up."""
    @property
    def local_only(self) -> bool:
        """Never leaves the house."""
    @property
    def belief(self) -> str:
        """Why it was accepted: the rule of a Decision."""

class Envelope:
    """All that is known of a message beside its content."""
    @property
    def sender(self) -> ReversePath:
        """The ReversePath."""
    @property
    def parameters(self) -> MailParameters:
        """MailParameters."""
    @property
    def recipients(self) -> list[Recipient]:
        """Each a Recipient."""
    @property
    def received(self) -> datetime:
        """When; in UTC."""
    @property
    def client(self) -> IpAddress:
        """The client's IpAddress."""
    @property
    def client_name(self) -> str:
        """What it said in HELO."""
    @property
    def authenticated_user(self) -> str:
        """Empty: did not authenticate."""
    @property
    def protocol(self) -> str:
        """"ESMTP" ..."""
    @property
    def has_8bit(self) -> bool:
        """The content has octets above 0x7F."""
    @property
    def headers_utf8(self) -> bool:
        """So has its header section."""
    @property
    def sender_is_ours(self) -> bool:
        """From an authorised network, or authenticated."""
    @property
    def automatic(self) -> bool:
        """Auto-Submitted says so (RFC 3834, 5)."""
    @property
    def delay_told(self) -> bool:
        """The sender knows that it takes longer."""
    @property
    def attempts(self) -> int:
        """To deliver it, so far."""
    @property
    def age(self) -> timedelta:
        """How long it had waited when the last one ended."""
    @property
    def verdict(self) -> ContentVerdict:
        """What the scanners said, a ContentVerdict."""
    @property
    def scan_report(self) -> str:
        """And in a few words why; may be empty."""
    @property
    def added_fields(self) -> bytes:
        """Header fields of ours that are put in front of the content."""
    @property
    def message_id(self) -> str:
        """As the message said, safe to show; empty if it has none."""
    @property
    def given_up(self) -> bool:
        """An operator has: the next attempt asks nobody."""

class QueueState(Enum):
    """What does a message wait for?

    WAITING: Its next attempt.
    ACTIVE: An attempt is under way.
    HELD: Somebody to release it.
    """
    WAITING = 0
    ACTIVE = 1
    HELD = 2

class QueueEntry:
    """A message of the spool."""
    @property
    def id(self) -> str:
        """Its queue id."""
    @property
    def received(self) -> datetime:
        """When; in UTC."""
    @property
    def next_attempt(self) -> datetime | None:
        """When; None if it is due at once, or never."""
    @property
    def octets(self) -> int:
        """Of its content."""
    @property
    def state(self) -> QueueState:
        """A QueueState."""
    @property
    def attempts(self) -> int:
        """So far."""

class SpoolReader:
    """Reads a spool folder while no server has it open; alters no message.

    >>> import os, tempfile
    >>> folder = os.path.join(tempfile.mkdtemp(), "spool")
    >>> os.mkdir(folder, 0o700)
    >>> with mailsec.SpoolReader(folder) as spool:
    ...     spool.entries()
    []

    Opening it recovers it, as a server's start does, and locks it until close().
    """
    def __init__(
        self,
        directory: str,
        keys: Sequence[tuple[int, bytes]] = (),
    ) -> None:
        """`keys` are pairs of a key's id and its 32 octets, if it is sealed.

        LookupError if there is no such folder; RuntimeError if a server has it, or if
        others than its owner can read it.
        """
    def entries(self) -> list[QueueEntry]:
        """The messages, each a QueueEntry, by id."""
    def envelope(self, id: str) -> Envelope:
        """The Envelope. LookupError if there is no such message, OSError if it is damaged."""
    def content(self, id: str) -> bytes:
        """The content as it was received. Raises likewise."""
    def close(self) -> None:
        """Lets a server have it; idempotent."""
    def __enter__(self) -> Self: ...
    def __exit__(self, *args: object) -> None: ...

class SessionInfo:
    """Who is at the other end; given to handlers."""
    @property
    def client(self) -> IpAddress:
        """The IpAddress of the TCP peer, or as a listed proxy said."""
    @property
    def client_name(self) -> str:
        """Of HELO or EHLO; only claimed."""
    @property
    def protocol(self) -> Protocol:
        """A Protocol."""
    @property
    def extended(self) -> bool:
        """EHLO or LHLO."""
    @property
    def secured(self) -> bool:
        """By TLS."""
    @property
    def authenticated(self) -> bool:
        """By AUTH."""
    @property
    def user(self) -> str:
        """Empty unless authenticated."""

class Taken:
    """message() has taken the message; the server keeps it not.

    The client is told 250, and whoever returns this answers for the mail from now
    on. To leave it to the server, return None.

    >>> mailsec.Taken().reply.code
    250
    >>> mailsec.Taken(mailsec.Reply(550, "No"))
    Traceback (most recent call last):
      ...
    ValueError: reply: what is taken is answered 2yz
    """
    def __init__(self, reply: Reply = ...) -> None:
        """`reply` is what the client is told."""
    @property
    def reply(self) -> Reply:
        """A Reply, 2yz."""

class Server:
    """A mail server that runs in threads of its own.

    It is configured by the text of a config.proto message, as mailsecd is. A
    `handler` may have any of these methods; each returns None (go on), a Reply or
    a Decision:

        mail(session, mail)                  a SessionInfo and a MailFrom
        rcpt(session, envelope, rcpt)        an Envelope and a RcptTo
        message(session, envelope, content)  the content as bytes

    It is asked about what the server's own policies accept, and can refuse more,
    never less. message() may also return Taken: the handler has taken the message
    itself, and the server does not keep it. The methods are called in several
    threads at once. One that raises defers the mail (451), and the exception goes to
    sys.unraisablehook; so does a positive Reply or Decision of message(), with which
    a mail would be lost.

    Every event goes to `logger`, a logging.Logger, and to the log file that `config`
    names, if any. The record has the attributes event, event_severity, event_class,
    event_requirement and event_fields, a dict.

    Methods that are coroutine functions run in `loop`, the caller's event loop:
    Server(..., loop=asyncio.get_running_loop()), best in `async with`, which does
    not block the loop while the server stops. TypeError if there is none.

    `scanners` are asked at the end of the data, before those of the configuration:
    each a Scanner, in Python or not.

    >>> import smtplib, tempfile
    >>> class NoMondays:
    ...     def message(self, session, envelope, content):
    ...         if b"monday" in content.lower():
    ...             return mailsec.Reply(554, "No Mondays here", status=(5, 7, 1))
    >>> with mailsec.Server.demo(tempfile.mkdtemp(), handler=NoMondays()) as server:
    ...     with smtplib.SMTP("127.0.0.1", server.port, "client.example") as smtp:
    ...         smtp.sendmail("a@client.example", ["alice@example.org"], "Monday")
    Traceback (most recent call last):
      ...
    smtplib.SMTPDataError: (554, b'5.7.1 No Mondays here')
    """
    def __init__(
        self,
        config: str,
        *,
        base_directory: str = '.',
        handler: MailHandler | RcptHandler | MessageHandler | None = None,
        scanners: Sequence[Scanner] = ...,
        loop: AbstractEventLoop | None = None,
        logger: Logger | None = None,
    ) -> None:
        """Opens the spool, recovers it, and accepts mail on return.

        Relative paths in `config` start at `base_directory`. ValueError lists every
        error with its line and column; RuntimeError if the spool is not private or
        another server has it.
        """
    def queue(self) -> list[QueueEntry]:
        """The messages it has, each a QueueEntry, by id."""
    def envelope(self, id: str) -> Envelope:
        """The Envelope of a message. LookupError if there is none."""
    def hold(self, id: str) -> None:
        """Keeps a message until it is released; an attempt that is under way ends first. LookupError if there is none."""
    def release(self, id: str) -> None:
        """Attempts a held message now. Raises as hold()."""
    def give_up(self, id: str) -> None:
        """Ends a message as if its time were over: nobody is asked, and its sender is told if they may be. A restart forgets nothing of that. RuntimeError while it is being delivered; LookupError if there is none."""
    def remove(self, id: str) -> None:
        """Forgets a message for good; nobody is told. Raises as hold()."""
    def flush(self) -> int:
        """Attempts every waiting message now; how many there are."""
    def reload(self, config: str, *, base_directory: str = '.') -> None:
        """Puts a new configuration in force: all of it, or nothing.

        Messages under way keep the one they began with. ValueError lists every error;
        RuntimeError if it changes what needs a restart.
        """
    def reload_file(self, file: str) -> None:
        """As reload(), from a file."""
    def stats(self) -> dict[str, int]:
        """Counts by name, a dict: connections that are open, and since the start
        accepted (messages), refused (commands), content_refused (messages), delivered,
        notified and contradictions (recipients), automatic (mails).
        """
    @staticmethod
    def from_file(
        file: str,
        *,
        handler: MailHandler | RcptHandler | MessageHandler | None = None,
        scanners: Sequence[Scanner] = ...,
        loop: AbstractEventLoop | None = None,
        logger: Logger | None = None,
    ) -> Server:
        """As Server(), from a file; relative paths start beside it."""
    @staticmethod
    def demo(
        directory: str,
        *,
        port: int = 0,
        smarthost: str = '',
        handler: MailHandler | RcptHandler | MessageHandler | None = None,
        scanners: Sequence[Scanner] = ...,
        loop: AbstractEventLoop | None = None,
        logger: Logger | None = None,
    ) -> Server:
        """The server of `mailsecd --demo`, in one folder.

        mx.example.org, with alice, bob, postmaster and abuse at example.org. It listens
        on the loopback interface only; from 127.0.0.2 one may send to anyone.
        """
    @property
    def port(self) -> int:
        """Of the first listener. RuntimeError once it is stopped."""
    @property
    def ports(self) -> list[int]:
        """Of all listeners, in their order."""
    @property
    def is_running(self) -> bool:
        """False once stop() was called."""
    def stop(self, timeout: timedelta | None = None) -> None:
        """Lets messages under way finish, and waits for the end; idempotent.

        Nothing that was accepted is lost. TimeoutError after `timeout`, a timedelta, and
        KeyboardInterrupt on Ctrl-C: the server goes on stopping, and stop() may be
        called again to wait. RuntimeError, and nothing happens, where it would wait for
        itself: in a handler or another callback of a server. After os.fork() the server
        is the parent's: stop() does nothing in the child.
        """
    def __enter__(self) -> Self: ...
    def __exit__(self, *args: object) -> None: ...
    def __aenter__(self) -> Coroutine[Any, Any, Self]: ...
    def __aexit__(self, *args: object) -> Coroutine[Any, Any, None]: ...
