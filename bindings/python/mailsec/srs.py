"""mailsec.srs: rewritten senders of forwards (the Sender Rewriting Scheme).

>>> import mailsec.srs
>>> srs = mailsec.srs.Srs("fwd.example.org", secrets=[bytes(range(32))],
...                       table=mailsec.srs.MemorySrsTable())
>>> sender = srs.forward("<alice@example.com>")
>>> print(srs.reverse(sender.address).original)
alice@example.com
"""
from mailsec import _srs
from mailsec._srs import *

__all__ = sorted(name for name in vars(_srs) if not name.startswith("_"))
