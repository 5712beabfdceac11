# What mailsec offers of sessions, both sides; _mailsec.pyi offers it again, and
# the extension _mailsec holds it: there is no module of this name.

from collections.abc import Sequence
from typing import ClassVar, Union

from ._mailsec import (
    Domain,
    ForwardPath,
    LineEndPolicy,
    MailParameters,
    Protocol,
    RcptParameters,
    Reply,
    ReversePath,
    _Enum,
)

# bind_server_session.cc

class NeedInput:
    __match_args__: ClassVar[tuple[()]]

class ReplyOwed:
    __match_args__: ClassVar[tuple[()]]

class StartTls:
    __match_args__: ClassVar[tuple[()]]

class Auth:
    __match_args__: ClassVar[tuple[str, str]]
    @property
    def mechanism(self) -> str: ...
    @property
    def initial_response(self) -> str | None: ...

class AuthResponse:
    __match_args__: ClassVar[tuple[str]]
    @property
    def line(self) -> str: ...

class Closed:
    __match_args__: ClassVar[tuple[str]]
    @property
    def reason(self) -> str: ...

class Hello:
    __match_args__: ClassVar[tuple[str, str]]
    @property
    def name(self) -> str: ...
    @property
    def extended(self) -> bool: ...

class MailFrom:
    __match_args__: ClassVar[tuple[str, str]]
    @property
    def path(self) -> ReversePath: ...
    @property
    def parameters(self) -> MailParameters: ...

class RcptTo:
    __match_args__: ClassVar[tuple[str, str]]
    @property
    def path(self) -> ForwardPath: ...
    @property
    def parameters(self) -> RcptParameters: ...

class DataBegin:
    __match_args__: ClassVar[tuple[str]]
    @property
    def chunked(self) -> bool: ...

class DataChunk:
    __match_args__: ClassVar[tuple[str]]
    @property
    def octets(self) -> bytes: ...

class DataEnd:
    __match_args__: ClassVar[tuple[str]]
    @property
    def replies(self) -> int: ...

class TransactionAborted:
    __match_args__: ClassVar[tuple[str]]
    @property
    def reason(self) -> str: ...

class ServerLimits:
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
    ) -> None: ...
    @property
    def max_command_octets(self) -> int: ...
    @property
    def max_text_line_octets(self) -> int: ...
    @property
    def max_recipients(self) -> int: ...
    @property
    def max_message_octets(self) -> int: ...
    @property
    def max_header_octets(self) -> int: ...
    @property
    def max_bad_commands(self) -> int: ...
    @property
    def max_idle_commands(self) -> int: ...
    @property
    def max_messages(self) -> int: ...

_ServerEvent = Union[
    NeedInput, ReplyOwed, Hello, MailFrom, RcptTo, DataBegin, DataChunk,
    DataEnd, StartTls, Auth, AuthResponse, TransactionAborted, Closed,
]

class ServerSession:
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
    ) -> None: ...
    def receive(self, octets: bytes | bytearray | memoryview) -> None: ...
    def next_event(self) -> _ServerEvent: ...
    def respond(self, reply: Reply) -> None: ...
    def refuse(self, reply: Reply) -> None: ...
    def tls_established(self) -> None: ...
    def take_output(self) -> bytes: ...
    @property
    def has_output(self) -> bool: ...
    @property
    def secured(self) -> bool: ...
    @property
    def extended(self) -> bool: ...
    @property
    def authenticated(self) -> bool: ...
    @property
    def peer_name(self) -> str: ...
    @property
    def in_transaction(self) -> bool: ...
    @property
    def receiving_content(self) -> bool: ...
    @property
    def content_octets(self) -> int: ...
    @property
    def buffered_octets(self) -> int: ...

# bind_client_session.cc

class Stage(_Enum):
    CONNECT: ClassVar[Stage]
    GREETING: ClassVar[Stage]
    HELLO: ClassVar[Stage]
    MAIL: ClassVar[Stage]
    RCPT: ClassVar[Stage]
    DATA: ClassVar[Stage]
    CONTENT: ClassVar[Stage]

class About(_Enum):
    MAIL: ClassVar[About]
    HOST: ClassVar[About]
    UNCLEAR: ClassVar[About]

class OutgoingRecipient:
    def __init__(
        self, path: str | ForwardPath, parameters: RcptParameters = ...
    ) -> None: ...
    @property
    def path(self) -> ForwardPath: ...
    @property
    def parameters(self) -> RcptParameters: ...

class Transaction:
    def __init__(
        self,
        sender: str | ReversePath,
        recipients: Sequence[OutgoingRecipient],
        *,
        parameters: MailParameters = ...,
        has_8bit: bool = False,
        headers_utf8: bool = False,
        probe: bool = False,
    ) -> None: ...
    @property
    def probe(self) -> bool: ...
    @property
    def sender(self) -> ReversePath: ...
    @property
    def recipients(self) -> list[OutgoingRecipient]: ...
    @property
    def parameters(self) -> MailParameters: ...
    @property
    def has_8bit(self) -> bool: ...
    @property
    def headers_utf8(self) -> bool: ...

class RecipientOutcome:
    @property
    def reply(self) -> Reply: ...
    @property
    def stage(self) -> Stage: ...
    @property
    def from_peer(self) -> bool: ...
    @property
    def about(self) -> About: ...

class Ready:
    __match_args__: ClassVar[tuple[()]]

class ContentWanted:
    __match_args__: ClassVar[tuple[()]]

class TransactionDone:
    __match_args__: ClassVar[tuple[str]]
    @property
    def outcomes(self) -> list[RecipientOutcome]: ...

class ClientClosed:
    __match_args__: ClassVar[tuple[str, str, str]]
    @property
    def reply(self) -> Reply: ...
    @property
    def clean(self) -> bool: ...
    @property
    def stage(self) -> Stage: ...

class ServerCapabilities:
    @property
    def extended(self) -> bool: ...
    @property
    def pipelining(self) -> bool: ...
    @property
    def eight_bit_mime(self) -> bool: ...
    @property
    def chunking(self) -> bool: ...
    @property
    def binary_mime(self) -> bool: ...
    @property
    def smtputf8(self) -> bool: ...
    @property
    def dsn(self) -> bool: ...
    @property
    def enhanced_status_codes(self) -> bool: ...
    @property
    def starttls(self) -> bool: ...
    @property
    def prdr(self) -> bool: ...
    @property
    def size(self) -> bool: ...
    @property
    def max_size(self) -> int: ...
    @property
    def max_recipients(self) -> int: ...
    @property
    def max_messages(self) -> int: ...

_ClientEvent = Union[NeedInput, Ready, ContentWanted, TransactionDone, ClientClosed]

class ClientSession:
    def __init__(
        self,
        hostname: str | Domain,
        *,
        protocol: Protocol = ...,
        max_reply_octets: int = 65536,
    ) -> None: ...
    def receive(self, octets: bytes | bytearray | memoryview) -> None: ...
    def next_event(self) -> _ClientEvent: ...
    def begin(self, transaction: Transaction) -> None: ...
    def content(self, octets: bytes | bytearray | memoryview) -> None: ...
    def content_end(self) -> None: ...
    def abandon_content(self) -> None: ...
    def quit(self) -> None: ...
    def timed_out(self) -> None: ...
    def take_output(self) -> bytes: ...
    @property
    def has_output(self) -> bool: ...
    @property
    def capabilities(self) -> ServerCapabilities: ...
    @property
    def stage(self) -> Stage: ...
