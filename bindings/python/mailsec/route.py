"""mailsec.route: where does mail go next, and may it leave the house?

>>> import mailsec.route
>>> route = mailsec.route
>>> router = route.Router(
...     local_domains=[
...         route.LocalDomain("example.org", route.Destination.maildir("/var/mail"))
...     ],
...     fallback=route.Destination.mx(),
... )
>>> print(router.route("<alice@example.org>"))
maildir:/var/mail
>>> print(router.route("<bob@example.com>"))
mx:example.com
"""
from mailsec import _route
from mailsec._route import *

__all__ = sorted(name for name in vars(_route) if not name.startswith("_"))
