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

# pylint: disable=wrong-import-position,wildcard-import
from . import _handler, _mailsec
from ._handler import *
from ._mailsec import *

# The names of the extension, which its stub has too, and those of handlers.
__all__ = sorted(
    name for part in (_mailsec, _handler) for name in vars(part) if not name.startswith("_")
)

from . import autoreply, ndn, route, srs  # Modules of their own: not in __all__.

__version__ = "0.1.0"
