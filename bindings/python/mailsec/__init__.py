"""mailsec: safeguards for mail servers.

Decides who may send mail through a server (BSI M 5.56, relaying), speaks SMTP
without doing any I/O itself, and shows why it decided as it did.

>>> import mailsec
>>> mx = mailsec.StaticMxAuthority(["ours.example"])
>>> policy = mailsec.RelayPolicy(authorised_networks=["192.0.2.0/24"], mx=mx)
>>> print(policy.decide(client_ip="203.0.113.9",
...                     recipient="<b@far.example>").reply)
550 5.7.1 Relaying is not permitted

Addresses and networks can be given as str wherever they are wanted; octets are
bytes. A refusal is a result and never raises. What raises is a mistake of the
caller or the system: ValueError for what cannot be parsed, LookupError for what
is not there, RuntimeError for a call at the wrong moment, ConnectionError for
what cannot be reached, PermissionError, and OSError for damaged or full disks.
"""
import os as _os
import sys as _sys


def _load() -> None:
    """Loads the extension so that it binds to the libraries it was made for.

    The symbols of BoringSSL, which it may use, have the names of OpenSSL's.
    RTLD_DEEPBIND has it find its own first, whatever else is in the process;
    RTLD_LOCAL keeps them from others. A sanitizer, which must be preloaded,
    refuses RTLD_DEEPBIND.
    """
    flags = _sys.getdlopenflags()
    own = _os.RTLD_NOW | _os.RTLD_LOCAL
    if "san.so" not in _os.environ.get("LD_PRELOAD", ""):
        own |= _os.RTLD_DEEPBIND
    _sys.setdlopenflags(own)
    try:
        from . import _mailsec  # pylint: disable=import-outside-toplevel,unused-import
    finally:
        _sys.setdlopenflags(flags)


_load()

# pylint: disable=wrong-import-position
from ._mailsec import (
    AcceptancePolicy,
    Address,
    AddressAnswer,
    AddressLiteral,
    Answer,
    Auth,
    AuthResponse,
    AutomaticKind,
    AutomaticMail,
    BodyType,
    CachingVerifier,
    ClamdScanner,
    ClientClosed,
    ClientSession,
    Closed,
    ContentDecision,
    ContentOutcome,
    ContentPolicy,
    ContentVerdict,
    ContentWanted,
    DataBegin,
    DataChunk,
    DataEnd,
    Decision,
    DnssecStatus,
    Domain,
    DsnNotify,
    DsnReturn,
    EnhancedStatus,
    Envelope,
    ForwardPath,
    Governor,
    GovernorAnswer,
    GovernorBound,
    HeaderField,
    HeaderScanner,
    Hello,
    IpAddress,
    IpNetwork,
    LineEndPolicy,
    LiveMxAuthority,
    MailFrom,
    MailParameters,
    Mailbox,
    MxAnswer,
    MxAuthority,
    MxRecord,
    MxVerdict,
    NeedInput,
    NetworkSet,
    OnFault,
    OnMalware,
    OnTooLarge,
    OnUnscannable,
    OutgoingRecipient,
    Protocol,
    QueueEntry,
    QueueState,
    RateAnswer,
    RateLimiter,
    RcptParameters,
    RcptTo,
    Ready,
    Recipient,
    RecipientAnswer,
    RecipientDirectory,
    RecipientOutcome,
    RecipientState,
    RecipientVerifier,
    RelayPolicy,
    Reply,
    ReplyOwed,
    Resolver,
    ReversePath,
    RspamdScanner,
    ScanOpinion,
    ScanOutcome,
    ScanRequest,
    ScanResult,
    ScanStep,
    Scanner,
    Server,
    ServerCapabilities,
    ServerLimits,
    ServerSession,
    SessionInfo,
    SpoolReader,
    Stage,
    StartTls,
    StaticMxAuthority,
    TextRecipientDirectory,
    TraceField,
    Transaction,
    TransactionAborted,
    TransactionDone,
    UnboundResolver,
    Verdict,
    VerifierAnswer,
    delivered_to_field,
    is_log_safe,
    log_safe,
    remove_fields,
    return_path_field,
)
from . import autoreply  # Not a name of the extension, so not in __all__.
from . import ndn  # Likewise.

__all__ = [
    "AcceptancePolicy",
    "Address",
    "AddressAnswer",
    "AddressLiteral",
    "Answer",
    "Auth",
    "AuthResponse",
    "AutomaticKind",
    "AutomaticMail",
    "BodyType",
    "CachingVerifier",
    "ClamdScanner",
    "ClientClosed",
    "ClientSession",
    "Closed",
    "ContentDecision",
    "ContentOutcome",
    "ContentPolicy",
    "ContentVerdict",
    "ContentWanted",
    "DataBegin",
    "DataChunk",
    "DataEnd",
    "Decision",
    "DnssecStatus",
    "Domain",
    "DsnNotify",
    "DsnReturn",
    "EnhancedStatus",
    "Envelope",
    "ForwardPath",
    "Governor",
    "GovernorAnswer",
    "GovernorBound",
    "HeaderField",
    "HeaderScanner",
    "Hello",
    "IpAddress",
    "IpNetwork",
    "LineEndPolicy",
    "LiveMxAuthority",
    "MailFrom",
    "MailParameters",
    "Mailbox",
    "MxAnswer",
    "MxAuthority",
    "MxRecord",
    "MxVerdict",
    "NeedInput",
    "NetworkSet",
    "OnFault",
    "OnMalware",
    "OnTooLarge",
    "OnUnscannable",
    "OutgoingRecipient",
    "Protocol",
    "QueueEntry",
    "QueueState",
    "RateAnswer",
    "RateLimiter",
    "RcptParameters",
    "RcptTo",
    "Ready",
    "Recipient",
    "RecipientAnswer",
    "RecipientDirectory",
    "RecipientOutcome",
    "RecipientState",
    "RecipientVerifier",
    "RelayPolicy",
    "Reply",
    "ReplyOwed",
    "Resolver",
    "ReversePath",
    "RspamdScanner",
    "ScanOpinion",
    "ScanOutcome",
    "ScanRequest",
    "ScanResult",
    "ScanStep",
    "Scanner",
    "Server",
    "ServerCapabilities",
    "ServerLimits",
    "ServerSession",
    "SessionInfo",
    "SpoolReader",
    "Stage",
    "StartTls",
    "StaticMxAuthority",
    "TextRecipientDirectory",
    "TraceField",
    "Transaction",
    "TransactionAborted",
    "TransactionDone",
    "UnboundResolver",
    "Verdict",
    "VerifierAnswer",
    "delivered_to_field",
    "is_log_safe",
    "log_safe",
    "remove_fields",
    "return_path_field",
]

__version__ = "0.1.0"
