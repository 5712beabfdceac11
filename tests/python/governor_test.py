"""mailsec.Governor: what its docstring does not show."""
import datetime
import threading

import mailsec
import pytest
from mailsec import AutomaticKind as Kind
from mailsec import ContentVerdict as Verdict

NOON = datetime.datetime(2026, 11, 25, 12, tzinfo=datetime.timezone.utc)
HOUR = datetime.timedelta(hours=1)


def governed(**options):
    return mailsec.Governor(["example.org"], **({"operators": ["admin@example.org"]} | options))


def mail(kind=Kind.ABSENCE_NOTICE, **changes):
    asked = {"verdict": Verdict.CLEAN, "answered": "<alice@example.com>",
             "author": "bob@example.org", "target": "alice@example.com"}
    return mailsec.AutomaticMail(kind, **(asked | changes))


def rule(governor=None, **changes):
    return (governor or governed()).decide(mail(**changes), now=NOON).rule


CASES = [
    ("a notice", {}, "allowed"),
    ("nobody scanned it", {"verdict": Verdict.UNKNOWN}, "no-verdict"),
    ("nor is it sent to one of us", {"verdict": Verdict.UNKNOWN, "sender_is_ours": True},
     "no-verdict"),
    ("but a notification is", {"kind": Kind.NOTIFICATION, "verdict": Verdict.UNKNOWN,
                               "sender_is_ours": True}, "allowed"),
    ("spam", {"verdict": Verdict.SPAM}, "spam"),
    ("malware", {"kind": Kind.FORWARD, "verdict": Verdict.MALWARE}, "spam"),
    ("nobody to answer", {"answered": "<>"}, "null-sender"),
    ("a machine", {"answers_automatic": True}, "automatic"),
    ("a forward with the original sender", {"kind": Kind.FORWARD,
                                            "sender": "<alice@example.com>"}, "not-our-name"),
    ("a forward with our sender", {"kind": Kind.FORWARD, "sender": "<x@example.org>"}, "allowed"),
    ("an alarm to anybody", {"kind": Kind.ALARM}, "not-operator"),
    ("an alarm to an operator", {"kind": Kind.ALARM, "target": "admin@example.org"}, "allowed"),
]


@pytest.mark.parametrize("words, changes, want", CASES)
def test_decides(words, changes, want):
    assert rule(**changes) == "automatic." + want, words


def test_a_decision_has_its_figures():
    governor = governed(per_domain=(2, HOUR))
    for name in "ab":
        assert rule(governor, target=f"{name}@x{name}.example.com") == "automatic.allowed"
    answer = governor.decide(mail(target="c@example.com"), now=NOON)
    assert not answer.allowed
    assert (answer.bound.name, answer.burst, answer.used, answer.left, answer.interval,
            answer.retry_after) == ("DOMAIN", 2, 2, 0, HOUR, HOUR)
    assert answer.decision.inputs["bound-of"] == "example.com"
    assert "R24" in answer.decision.explain()
    assert "next is sent in 1h" in answer.decision.otherwise


def test_public_providers_are_one_target():
    governor = governed(per_exchanger=(1, HOUR), public_providers=["mailhost.example"])
    for exchanger in ("aspmx.l.google.com", "in.mailhost.example"):
        for i, want in enumerate(("allowed", "bound")):
            assert rule(governor, target=f"u@{exchanger[:2]}{i}.example",
                        exchangers=[exchanger]) == "automatic." + want


def test_a_dry_run_takes_nothing_and_a_return_gives_back():
    governor = governed(per_address=(1, HOUR))
    assert governor.decide(mail(), takes=False, now=NOON).allowed
    assert governor.decide(mail(), now=NOON).allowed
    assert not governor.decide(mail(), takes=False, now=NOON).allowed
    governor.return_(mail(), now=NOON)
    assert governor.decide(mail(), now=NOON).allowed


def test_a_restart_does_not_begin_the_bounds_anew():
    before = governed(per_address=(1, HOUR))
    assert before.decide(mail(), now=NOON).allowed
    saved = before.save_bounds(NOON)
    after = governed(per_address=(1, HOUR))
    with pytest.raises(OSError):
        after.load_bounds(saved[:-1])
    after.load_bounds(saved)
    assert not after.decide(mail(), now=NOON).allowed
    assert after.memory_octets < 4 << 20


def test_without_a_time_the_clock_is_asked():
    governor = governed(per_address=(1, HOUR))
    assert [governor.decide(mail()).allowed for _ in range(2)] == [True, False]


def test_many_threads_get_no_more_than_the_bound():
    governor = governed(per_address=(50, HOUR))
    allowed = []

    def ask():
        allowed.extend(governor.decide(mail(), now=NOON).allowed for _ in range(40))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert allowed.count(True) == 50
