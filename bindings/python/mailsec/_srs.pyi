# What the extension has. Made by tools/make_stubs.py, which says how:
# not written by hand.

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from ._mailsec import Address, Decision, Domain, ReversePath

class SrsTable:
    """Whose address is this token?

    Keeps what does not fit into a rewritten address: use MemorySrsTable or
    SqliteSrsTable.
    """

class MemorySrsTable(SrsTable):
    """A table that a restart forgets.

    >>> len(mailsec.srs.MemorySrsTable())
    0
    """
    def __init__(self, *, max_addresses: int = 100000) -> None:
        """Takes no more than this many."""
    def __len__(self) -> int:
        """How many it holds."""

class SqliteSrsTable(SrsTable):
    """A table in a SQLite file of its own.

    It is made for its owner alone; PermissionError or RuntimeError if others can
    read it, OSError if it is damaged.

    >>> import os, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     table = mailsec.srs.SqliteSrsTable(os.path.join(folder, "srs.db"))
    ...     del table
    """
    def __init__(self, path: str, *, max_addresses: int = 1000000) -> None:
        """Opens it; the file is made if it is missing."""

class SrsOutcome(Enum):
    """What became of an address.

    NOT_OURS: No rewritten address of ours: nothing to do with it.
    ORIGINAL: It stands for another one.
    REFUSED: Forged, expired, malformed, or unknown.
    CANNOT_TELL: The table cannot tell now.
    """
    NOT_OURS = 0
    ORIGINAL = 1
    REFUSED = 2
    CANNOT_TELL = 3

class SrsAnswer:
    """What Srs.reverse() found."""
    @property
    def outcome(self) -> SrsOutcome:
        """The SrsOutcome."""
    @property
    def original(self) -> Address | None:
        """The Address to send it to, or None."""
    @property
    def decision(self) -> Decision:
        """Why, and what to answer: a mailsec.Decision."""

class Srs:
    """Who sent what we forward, and whose bounce is this?

    The Sender Rewriting Scheme: a forward leaves with a sender of our own (R23),
    from which alone the original one can be had back when a bounce comes.

    >>> from datetime import datetime, timedelta, timezone
    >>> noon = datetime(2026, 11, 25, 12, tzinfo=timezone.utc)
    >>> table = mailsec.srs.MemorySrsTable()
    >>> srs = mailsec.srs.Srs("fwd.example.org", secrets=[bytes(range(32))],
    ...                       table=table)
    >>> sender = srs.forward("<alice@example.com>", now=noon)
    >>> print(sender)
    <SRS0=EX443UNIPUBNJQEY=JO=example.com=alice@fwd.example.org>
    >>> print(srs.reverse(sender.address, now=noon).original)
    alice@example.com

    Nobody else can make such an address, and none lasts for ever:

    >>> srs.reverse("SRS0=AAAA=AA=example.com=bob@fwd.example.org").decision.rule
    'srs.bad-hash'
    >>> late = noon + timedelta(days=22)
    >>> srs.reverse(sender.address, now=late).decision.rule
    'srs.expired'

    What does not fit stands in a table; senders at our own domains and the null
    path stay as they are:

    >>> long = srs.forward("<" + 60 * "x" + "@example.com>", now=noon)
    >>> len(long.address.local_part)
    42
    >>> print(srs.forward("<>"))
    <>

    All methods may be called from several threads.
    """
    def __init__(
        self,
        domain: str | Domain,
        *,
        secrets: Sequence[bytes],
        own_domains: Sequence[str | Domain] = ...,
        separator: str = '=',
        valid_days: int = 21,
        table: SrsTable | None = None,
    ) -> None:
        """`domain` is that of rewritten addresses. `secrets` are bytes, at least 32 each: the first signs, all verify. Senders at `own_domains` stay as they are. Without a `table`, forward() raises RuntimeError for what does not fit."""
    def forward(
        self,
        sender: str | ReversePath,
        *,
        now: datetime | None = None,
    ) -> ReversePath:
        """The envelope sender to forward with, a ReversePath. Raises if it needs the table and that fails: then do not forward. Without `now`, the clock is asked."""
    def reverse(
        self,
        recipient: str | Address,
        *,
        now: datetime | None = None,
    ) -> SrsAnswer:
        """The SrsAnswer: who it stands for. Ask only for mail from <>."""
    def is_ours(self, recipient: str | Address) -> bool:
        """True if it looks like a rewritten address of ours, right or forged."""
    @property
    def domain(self) -> Domain:
        """The Domain of rewritten addresses."""
