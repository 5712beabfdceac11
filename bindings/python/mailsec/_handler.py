"""What a handler of a Server can be asked. Its methods may be coroutines."""
from collections.abc import Awaitable as _Awaitable
from typing import Protocol as _Protocol

from . import _mailsec

_Objection = _mailsec.Reply | _mailsec.Decision | None
_Answer = _mailsec.Reply | _mailsec.Decision | _mailsec.Taken | None


class MailHandler(_Protocol):
    """A handler that is asked at MAIL.

    A handler has the methods of one or more of the three; whoever derives from
    them has their parameters checked by a type checker.
    """

    def mail(
        self, session: _mailsec.SessionInfo, mail: _mailsec.MailFrom
    ) -> _Objection | _Awaitable[_Objection]:
        """Returns None (no objection), or a Reply or Decision that refuses."""


class RcptHandler(_Protocol):
    """A handler that is asked at RCPT, once for each recipient."""

    def rcpt(
        self, session: _mailsec.SessionInfo, envelope: _mailsec.Envelope, rcpt: _mailsec.RcptTo
    ) -> _Objection | _Awaitable[_Objection]:
        """Returns as MailHandler.mail() does."""


class MessageHandler(_Protocol):
    """A handler that is asked once the content is there.

    >>> class NoMondays(mailsec.MessageHandler):
    ...     def message(self, session, envelope, content):
    ...         if b"monday" in content.lower():
    ...             return mailsec.Reply(554, "No Mondays here", status=(5, 7, 1))
    >>> NoMondays().message(None, None, b"On Monday") is None
    False
    """

    def message(
        self, session: _mailsec.SessionInfo, envelope: _mailsec.Envelope, content: bytes
    ) -> _Answer | _Awaitable[_Answer]:
        """Returns as MailHandler.mail() does, or Taken: the server does not keep it."""
