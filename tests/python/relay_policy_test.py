"""R14 and R15 through Python: who may relay, and what an authority may do."""
import gc
import sys
import threading

import mailsec
import pytest

CASES = [
    ("an authorised network may relay", "192.0.2.255", False, "<b@far.example>", 250),
    ("the next address is outside", "192.0.3.0", False, "<b@far.example>", 550),
    ("a mapped address is the same host", "::ffff:192.0.2.7", False, "<b@far.example>", 250),
    ("an authenticated client may relay", "203.0.113.9", True, "<b@far.example>", 250),
    ("a stranger may write to us", "203.0.113.9", False, "<a@OURS.example>", 250),
    ("a subdomain is not ours", "203.0.113.9", False, "<a@x.ours.example>", 550),
    ("a source route does not relay", "203.0.113.9", False, "<@ours.example:b@far.example>", 550),
    ("a percent sign does not relay", "203.0.113.9", False, "<b%ours.example@far.example>", 550),
    ("the bare postmaster is ours", "203.0.113.9", False, "<Postmaster>", 250),
]


def relay(mx, **options):
    return mailsec.RelayPolicy(
        mx=mx, authorised_networks=["192.0.2.0/24"], **options
    )


@pytest.mark.parametrize("words, client, authenticated, recipient, code", CASES)
def test_decides(words, client, authenticated, recipient, code):
    policy = relay(mailsec.StaticMxAuthority(["ours.example"]))
    decision = policy.decide(
        client_ip=client, recipient=recipient, authenticated=authenticated
    )
    assert decision.reply.code == code
    assert decision.accepted == (code == 250)
    assert decision.source and decision.rule


@pytest.mark.parametrize("everyone", ["0.0.0.0/0", "::/0", "0.0.0.0/1"])
def test_an_open_relay_cannot_be_built(everyone):
    mx = mailsec.StaticMxAuthority([])
    for networks in ([everyone], mailsec.NetworkSet([everyone])):
        with pytest.raises(ValueError, match="authorised_networks"):
            mailsec.RelayPolicy(mx=mx, authorised_networks=networks)


def test_own_addresses_may_be_written_to():
    policy = relay(mailsec.StaticMxAuthority([]), own_addresses=["192.0.2.25"])
    for literal, want in (("192.0.2.25", True), ("192.0.2.26", False)):
        decision = policy.decide(
            client_ip="203.0.113.9", recipient=f"<a@[{literal}]>"
        )
        assert decision.accepted == want


def test_a_decision_explains_itself():
    decision = relay(mailsec.StaticMxAuthority([])).decide(
        client_ip="203.0.113.9", recipient="<b@far.example>"
    )
    assert decision.verdict == mailsec.Verdict.REFUSE
    assert decision.inputs["client"] == "203.0.113.9"
    assert "<b@far.example>" in decision.explain()
    assert '"code":550' in decision.to_json()


class Raising(mailsec.MxAuthority):
    def holds_mx_for(self, domain):
        raise OSError("the directory is down")


class Mistaken(mailsec.MxAuthority):
    def holds_mx_for(self, domain):
        return "yes"


class Unfinished(mailsec.MxAuthority):
    pass


@pytest.mark.parametrize("kind, said", [(Raising, True), (Mistaken, True), (Unfinished, False)])
def test_an_authority_that_fails_defers_and_never_relays(kind, said, monkeypatch):
    seen = []
    monkeypatch.setattr(sys, "unraisablehook", seen.append)
    decision = relay(kind()).decide(
        client_ip="203.0.113.9", recipient="<a@ours.example>"
    )
    assert decision.verdict == mailsec.Verdict.CANNOT_TELL
    assert decision.reply.code == 451
    assert len(seen) == said


def test_the_policy_keeps_its_authority_alive():
    policy = relay(mailsec.StaticMxAuthority(["ours.example"]))
    gc.collect()
    assert policy.decide(
        client_ip="203.0.113.9", recipient="<a@ours.example>"
    ).accepted


class Waiting(mailsec.MxAuthority):
    """Answers only when two threads ask at once."""

    def __init__(self):
        super().__init__()
        self.both = threading.Barrier(2, timeout=20)

    def holds_mx_for(self, domain):
        self.both.wait()
        return mailsec.MxVerdict(mailsec.Answer.YES)


def test_threads_may_ask_at_the_same_time():
    policy = relay(Waiting())
    accepted = []

    def ask():
        accepted.append(
            policy.decide(
                client_ip="203.0.113.9", recipient="<a@ours.example>"
            ).accepted
        )

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert accepted == [True, True]
