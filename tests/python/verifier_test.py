"""RecipientVerifier in Python: asked by AcceptancePolicy, and remembered."""
import datetime
import gc
import sys
import threading
import weakref

import mailsec
import pytest

OK = mailsec.Reply(250, "OK", status=(2, 1, 5))
UNKNOWN = mailsec.Reply(550, "No such user", status=(5, 1, 1))
FULL = mailsec.Reply(552, "Mailbox full", status=(5, 2, 2))
BUSY = mailsec.Reply(450, "Try again", status=(4, 2, 1))
ROLES = "postmaster@example.org\nabuse@example.org\n"
STRANGER, OURS = "203.0.113.9", "192.0.2.7"


class Hop(mailsec.RecipientVerifier):
    """Says `replies[local part]`, raises it, or has no answer."""

    def __init__(self, **replies):
        super().__init__()
        self.replies = replies
        self.asked = []

    def verify(self, recipient, octets):
        self.asked.append((str(recipient), octets))
        said = self.replies.get(recipient.address.local_part)
        if isinstance(said, Exception):
            raise said
        return mailsec.VerifierAnswer(said, "hop.example") if said else None


def decide(verifier, local_part, client=STRANGER, size=0):
    policy = mailsec.AcceptancePolicy(
        local_domains=["example.org"],
        directory=mailsec.TextRecipientDirectory(ROLES),
        authorised_networks=["192.0.2.0/24"],
        relay_domains={"inner.example.org": None},
        verifier=verifier,
    )
    return policy.decide_rcpt(
        client_ip=client,
        recipient=f"<{local_part}@inner.example.org>",
        parameters=mailsec.MailParameters(declared_size=size),
    ).reply


@pytest.fixture(name="reported")
def unraisable(monkeypatch):
    found = []
    monkeypatch.setattr(sys, "unraisablehook", lambda args: found.append(args.exc_value))
    return found


CASES = [
    ("whom the hop takes is accepted", OK, STRANGER, 250),
    ("whom the hop does not know is refused", UNKNOWN, STRANGER, 550),
    ("a full mailbox is refused", FULL, STRANGER, 552),
    ("our own client gets the hop's no too", UNKNOWN, OURS, 550),
    ("a hop that is busy defers strangers", BUSY, STRANGER, 450),
    ("and our own mail waits here", BUSY, OURS, 250),
    ("who is not to be verified is accepted", None, STRANGER, 250),
]


@pytest.mark.parametrize("words, said, client, code", CASES)
def test_the_next_hops_answer_decides(words, said, client, code):
    hop = Hop(bob=said)
    assert decide(hop, "bob", client, size=77).code == code, words
    assert hop.asked == [("<bob@inner.example.org>", 77)]


@pytest.mark.parametrize("raised", [OSError("unreachable"), ZeroDivisionError()])
def test_one_that_raises_cannot_tell(raised, reported):
    reply = decide(Hop(bob=raised), "bob")
    assert reply.code == 451 and "unreachable" not in reply.text
    assert reported == [raised]
    assert decide(Hop(bob=raised), "bob", OURS).code == 250


def test_an_answer_of_another_type_cannot_tell(reported):
    class Wrong(mailsec.RecipientVerifier):
        def verify(self, recipient, octets):
            return "yes"

    assert decide(Wrong(), "bob").code == 451
    assert isinstance(reported[0], TypeError)


def test_one_that_is_not_implemented_cannot_tell():
    bob = mailsec.ForwardPath("<bob@example.org>")
    assert mailsec.RecipientVerifier().verify(bob, 0).answer.name == "CANNOT_TELL"


def test_a_reply_that_decides_nothing_is_no_answer():
    with pytest.raises(ValueError):
        mailsec.VerifierAnswer(mailsec.Reply(354, "Go ahead"))


def test_an_answer_says_who_gave_it():
    answer = Hop(bob=FULL).verify(mailsec.ForwardPath("<bob@example.org>"), 5)
    assert (answer.answer, answer.reply, answer.hop) == (mailsec.Answer.NO, FULL, "hop.example")


def test_a_remembered_answer_asks_nobody_until_it_is_forgotten():
    hop = Hop(bob=UNKNOWN, down=BUSY)
    cache = mailsec.CachingVerifier(hop)
    for _ in range(3):
        assert decide(cache, "bob").code == 550
        cache.verify("<down@example.org>")
    assert [recipient for recipient, _ in hop.asked].count("<bob@inner.example.org>") == 1
    assert [recipient for recipient, _ in hop.asked].count("<down@example.org>") == 3
    cache.forget()
    assert not cache.verify("<bob@inner.example.org>").remembered


def test_an_answer_holds_as_long_as_it_is_told_to():
    hop = Hop(bob=OK)
    cache = mailsec.CachingVerifier(hop, yes=datetime.timedelta(0))
    cache.verify("<bob@example.org>")
    assert not cache.verify("<bob@example.org>").remembered


def test_a_policy_keeps_its_verifier_and_a_cache_whom_it_asks():
    hop = Hop(bob=UNKNOWN)
    alive = weakref.ref(hop)
    policy = mailsec.AcceptancePolicy(
        local_domains=["example.org"],
        directory=mailsec.TextRecipientDirectory(ROLES),
        relay_domains={"inner.example.org": None},
        verifier=mailsec.CachingVerifier(hop),
    )
    del hop
    gc.collect()
    rcpt = policy.decide_rcpt(client_ip=STRANGER, recipient="<bob@inner.example.org>")
    assert rcpt.reply.code == 550
    del policy
    gc.collect()
    assert alive() is None


def test_a_slow_hop_holds_nobody_else_up():
    """Two threads are inside verify() at once, or the barrier breaks."""
    barrier = threading.Barrier(2, timeout=20)

    class Slow(mailsec.RecipientVerifier):
        def verify(self, recipient, octets):
            barrier.wait()
            return mailsec.VerifierAnswer(OK)

    cache, said = mailsec.CachingVerifier(Slow()), []
    threads = [
        threading.Thread(target=lambda n=n: said.append(cache.verify(f"<{n}@example.org>")))
        for n in ("a", "b")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.answer.name for answer in said] == ["YES", "YES"]
