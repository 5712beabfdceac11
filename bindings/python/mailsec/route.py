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
from mailsec._route import (
    AliasTable,
    Destination,
    DestinationKind,
    FixedHost,
    Inside,
    LocalDomain,
    LocalNames,
    MailClass,
    MeantMailbox,
    MeantName,
    MxHop,
    MxPlan,
    MxPlanner,
    NamesOfDomain,
    NextHop,
    NextHopFinder,
    NextHops,
    Router,
)

__all__ = [
    "AliasTable",
    "Destination",
    "DestinationKind",
    "FixedHost",
    "Inside",
    "LocalDomain",
    "LocalNames",
    "MailClass",
    "MeantMailbox",
    "MeantName",
    "MxHop",
    "MxPlan",
    "MxPlanner",
    "NamesOfDomain",
    "NextHop",
    "NextHopFinder",
    "NextHops",
    "Router",
]
