"""mailsec.autoreply: absence notices and receipts that loop with nobody.

>>> from mailsec import autoreply
>>> away = autoreply.AbsenceSettings(
...     "anna@example.org", outside_texts=[("en", "Away until Monday.")])
>>> mail = (b"From: Bob <bob@example.net>\\r\\nTo: anna@example.org\\r\\n"
...         b"Subject: lunch?\\r\\nMessage-ID: <1@example.net>\\r\\n\\r\\n")

Three questions, in this order: may this message be answered at all, was this
sender answered before, and how is the notice written?

>>> responder = autoreply.Autoresponder()
>>> memory = autoreply.MemoryReplyMemory()
>>> made = responder.decide(mail, sender="<bob@example.net>", settings=away)
>>> made.answer
True
>>> key = autoreply.ReplyKey.for_absence(away, "bob@example.net")
>>> memory.remember(key, period=away.period()).name
'FIRST'
>>> notice = autoreply.build_notice(away, mail, target="bob@example.net",
...                                 unique="3F9K")
>>> for line in notice.content.decode().split("\\r\\n")[1:8]:
...     print(line)
From: <anna@example.org>
To: <bob@example.net>
Subject: Auto: lunch?
Message-ID: <absence-3F9K@example.org>
In-Reply-To: <1@example.net>
References: <1@example.net>
Auto-Submitted: auto-replied

The answer to that answer is none:

>>> responder.decide(notice.content, sender="<>", settings=away).decision.rule
'absence.null-sender'
"""
from mailsec import _autoreply
from mailsec._autoreply import *

__all__ = sorted(name for name in vars(_autoreply) if not name.startswith("_"))
