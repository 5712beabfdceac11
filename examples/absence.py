"""Writes the absence notice that a message gets, if it may get one.

    PYTHONPATH=bazel-bin/bindings/python python3 examples/absence.py \
        --clamd unix:/run/clamav/clamd.ctl --text en:away.txt \
        --memory answered.db carol@example.com alice@example.org < mail > notice

As a mailbox server would call it after each delivery. The scanner says whether
the content is clean, the autoresponder what RFC 3834 and RFC 5230 say of it, the
governor whether anything may be sent to this sender, and the memory whether it
was answered before. The status is 0 if there is a notice, to be sent from <>,
and 1 if there is none; then the rule that decided is on the standard error.
"""
import argparse
import os
import sys
import uuid
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import BinaryIO, TextIO

import mailsec
from mailsec import autoreply


class Trusting(mailsec.Scanner):
    """For who has scanned before: everything is clean."""

    def scan(self, request: mailsec.ScanRequest, content: bytes) -> mailsec.ScanResult:
        return mailsec.ScanResult(mailsec.ScanOutcome.CLEAN)


def silent(decision: mailsec.Decision, error: TextIO) -> int:
    print(decision.explain(), file=error)
    return 1


def read_arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--clamd", help="its socket; default: the content was scanned before")
    parser.add_argument("--text", action="append", required=True, metavar="LANGUAGE:FILE")
    parser.add_argument("--memory", default=":none:", help="a file; default: none")
    parser.add_argument("sender", help="envelope sender of the message")
    parser.add_argument("owner", help="the mailbox it came into")
    return parser.parse_args(words)


def settings_of(arguments: argparse.Namespace) -> autoreply.AbsenceSettings:
    texts: list[tuple[str, str]] = []
    written = 0.0
    for text in arguments.text:
        language, _, file = text.partition(":")
        written = max(written, os.path.getmtime(file))
        with open(file, encoding="utf-8") as opened:
            texts.append((language, opened.read()))
    # Each run means the same absence; a text that is written anew is a new one.
    return autoreply.AbsenceSettings(
        arguments.owner, inside_texts=texts, outside_texts=texts,
        set_at=datetime.fromtimestamp(written, timezone.utc))


def memory_of(arguments: argparse.Namespace) -> autoreply.ReplyMemory:
    if arguments.memory == ":none:":
        return autoreply.MemoryReplyMemory()
    return autoreply.SqliteReplyMemory(autoreply.SqliteDatabase(arguments.memory))


def main(
    words: Sequence[str], source: BinaryIO, out: BinaryIO, error: TextIO = sys.stderr
) -> int:
    arguments = read_arguments(words)
    content = source.read()
    settings = settings_of(arguments)
    scanner = mailsec.ClamdScanner(arguments.clamd) if arguments.clamd else Trusting("trusting")
    scanned = mailsec.ContentPolicy([scanner]).decide(content)
    answer = autoreply.Autoresponder().decide(
        content, sender=f"<{arguments.sender}>", settings=settings)
    if not answer.answer:
        return silent(answer.decision, error)
    mail = mailsec.AutomaticMail(
        mailsec.AutomaticKind.ABSENCE_NOTICE, target=arguments.sender, author=arguments.owner,
        verdict=scanned.verdict, answered=f"<{arguments.sender}>")
    governor = mailsec.Governor([arguments.owner.rpartition("@")[2]])
    governed = governor.decide(mail)
    if not governed.allowed:
        return silent(governed.decision, error)
    key = autoreply.ReplyKey.for_absence(settings, arguments.sender)
    if memory_of(arguments).remember(key) != autoreply.Remembered.FIRST:
        print("answered before", file=error)
        return 1
    notice = autoreply.build_notice(
        settings, content, target=arguments.sender, unique=uuid.uuid4().hex)
    out.write(notice.content)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], sys.stdin.buffer, sys.stdout.buffer))
