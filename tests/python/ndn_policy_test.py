"""mailsec.ndn.NdnPolicy and Cause: what their docstrings do not show."""
import datetime
import gc
import threading

import mailsec
import pytest
from mailsec import ndn

NOON = datetime.datetime(2026, 11, 25, 12, tzinfo=datetime.timezone.utc)
HOUR = datetime.timedelta(hours=1)


def governed(**bounds):
    return mailsec.Governor(["example.org"], **bounds)


def bounded(**bounds):
    return ndn.NdnPolicy(governed(**bounds))


def decide(policy=None, **question):
    asked = {"sender": "<alice@example.com>", "recipient": "<bob@example.org>",
             "author": "postmaster@example.org", "verdict": mailsec.ContentVerdict.CLEAN, "now": NOON}
    return (policy or bounded()).decide(**(asked | question))


CASES = [
    ("a failure is told", {}, "NOTIFY", "ndn.told"),
    ("a null path has nobody to tell", {"sender": "<>"}, "SILENT", "automatic.null-sender"),
    ("a machine is told too", {"automatic": True}, "NOTIFY", "ndn.told"),
    ("nobody is told of spam", {"verdict": mailsec.ContentVerdict.SPAM}, "SILENT", "automatic.spam"),
    ("nor of malware", {"verdict": mailsec.ContentVerdict.MALWARE}, "SILENT", "automatic.spam"),
    ("nor a stranger of what nobody looked at", {"verdict": mailsec.ContentVerdict.UNKNOWN}, "HOLD",
     "automatic.no-verdict"),
    ("but one of us", {"verdict": mailsec.ContentVerdict.UNKNOWN, "sender_is_ours": True}, "NOTIFY",
     "ndn.told"),
    ("in a name that is not ours", {"author": "a@other.example"}, "HOLD",
     "automatic.not-our-name"),
    ("NOTIFY=NEVER", {"notify": mailsec.DsnNotify(never=True)}, "SILENT", "ndn.not-wanted"),
    ("no warnings of delays", {"action": ndn.Action.DELAYED}, "SILENT", "ndn.no-warnings"),
    ("a stranger's contradiction", {"cause": ndn.Cause.TOO_LARGE}, "HOLD", "ndn.contradiction"),
    ("and that of one of us", {"cause": ndn.Cause.TOO_LARGE, "sender_is_ours": True}, "NOTIFY",
     "ndn.told"),
    ("the hop says spam", {"cause": ndn.Cause.REFUSED_AS_SPAM}, "HOLD", "ndn.spam-there"),
]


@pytest.mark.parametrize("words, question, outcome, rule", CASES)
def test_decides(words, question, outcome, rule):
    made = decide(**question)
    assert (made.outcome.name, made.decision.rule) == (outcome, rule), words
    assert made.decision.accepted == (outcome == "NOTIFY")


def test_the_decision_names_what_it_was_asked():
    made = decide(cause=ndn.Cause.MAILBOX_FULL, hop="mail.example.org")
    assert made.decision.inputs["cause"] == "mailbox-full"
    assert made.decision.inputs["hop"] == "mail.example.org"
    assert "R19" in made.decision.explain()


def test_options_change_what_they_name():
    told = ndn.NdnPolicy(governed(), outside_senders=ndn.Contradictions.NOTIFY, warn_of_delay=True)
    assert decide(told, cause=ndn.Cause.TOO_LARGE).outcome == ndn.NdnOutcome.NOTIFY
    assert decide(told, action=ndn.Action.DELAYED).outcome == ndn.NdnOutcome.NOTIFY


def outcomes(policy, senders, now=NOON, **question):
    return [decide(policy, sender=s, now=now, **question).outcome.name for s in senders]


def test_an_address_and_a_domain_have_bounds():
    policy = bounded(per_address=(1, HOUR), per_domain=(2, HOUR))
    a, b, c = (f"<{name}@example.com>" for name in "abc")
    assert outcomes(policy, [a, a, b, c]) == ["NOTIFY", "HOLD", "NOTIFY", "HOLD"]
    assert outcomes(policy, [c], NOON + HOUR) == ["NOTIFY"]


def test_further_recipients_of_one_message_take_nothing():
    policy = bounded(per_address=(1, HOUR))
    assert decide(policy).outcome == ndn.NdnOutcome.NOTIFY
    assert decide(policy, takes=False).outcome == ndn.NdnOutcome.NOTIFY
    assert decide(policy).outcome == ndn.NdnOutcome.HOLD


def test_the_governor_outlives_its_policy_and_is_asked():
    policy = bounded(per_address=(1, HOUR))  # Nobody else holds the governor.
    gc.collect()
    assert decide(policy).outcome == ndn.NdnOutcome.NOTIFY
    made = decide(policy)
    assert made.decision.rule == "automatic.bound"
    assert [d.rule for d in made.decision.because] == ["automatic.bound"]


def test_without_a_time_the_clock_is_asked():
    policy = bounded(per_address=(1, HOUR))
    assert decide(policy, now=None).outcome == ndn.NdnOutcome.NOTIFY
    assert decide(policy, now=None).outcome == ndn.NdnOutcome.HOLD


def test_many_threads_get_no_more_than_the_bound():
    policy = bounded(per_address=(50, HOUR))
    told = []

    def ask():
        told.extend(made.outcome.name for made in (decide(policy) for _ in range(40)))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told.count("NOTIFY") == 50


CAUSES = [
    ((550, "No", (5, 1, 1)), False, "NO_SUCH_RECIPIENT"),
    ((552, "Too large", (5, 3, 4)), False, "TOO_LARGE"),
    ((452, "Full", (4, 2, 2)), True, "MAILBOX_FULL"),
    ((451, "Later", (4, 4, 1)), True, "EXPIRED"),
    ((554, "No", (5, 4, 6)), False, "LOOP"),
]


@pytest.mark.parametrize("reply, expired, cause", CAUSES)
def test_a_reply_names_its_cause(reply, expired, cause):
    code, text, status = reply
    found = ndn.Cause.classify(mailsec.Reply(code, text, status=status), expired=expired)
    assert found.name == cause


def test_a_cause_is_found_by_its_name_in_the_log():
    for cause in ndn.Cause.__members__.values():
        assert ndn.Cause.from_log_name(cause.log_name) == cause
        assert cause.summary
    with pytest.raises(ValueError, match="no such cause: bounced"):
        ndn.Cause.from_log_name("bounced")


def test_only_these_are_contradictions():
    assert {c.name for c in ndn.Cause.__members__.values() if c.is_contradiction} == {
        "NO_SUCH_RECIPIENT", "TOO_LARGE", "MAILBOX_FULL",
    }
