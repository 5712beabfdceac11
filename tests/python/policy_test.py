"""Policies whose questions Python answers: directories, resolvers, space."""
import gc
import sys

import mailsec
import pytest

ROLES = "postmaster@example.org\nabuse@example.org\n"


class Directory(mailsec.RecipientDirectory):
    """Knows the roles, alice, and a full mailbox; fails for "down"."""

    def find(self, address):
        if address.local_part == "down":
            raise TimeoutError("LDAP does not answer")
        if address.local_part == "full":
            full = mailsec.Mailbox("full", has_room=False)
            return mailsec.RecipientAnswer.known(full)
        if address.local_part in ("postmaster", "abuse", "alice"):
            return mailsec.RecipientAnswer.known(
                mailsec.Mailbox(address.local_part, max_message_octets=1000)
            )
        return mailsec.RecipientAnswer.unknown()


def acceptance(directory=None, **options):
    return mailsec.AcceptancePolicy(
        local_domains=["example.org"],
        directory=directory or Directory(),
        authorised_networks=["192.0.2.0/24"],
        **options,
    )


CASES = [
    ("who exists is accepted", "203.0.113.9", "<alice@example.org>", 0, 250),
    ("who does not exist is refused now", "203.0.113.9", "<x@example.org>", 0, 550),
    ("a full mailbox is refused now", "203.0.113.9", "<full@example.org>", 0, 552),
    ("too large for the mailbox", "203.0.113.9", "<alice@example.org>", 1001, 552),
    ("a directory that fails defers", "203.0.113.9", "<down@example.org>", 0, 451),
    ("a stranger may not relay", "203.0.113.9", "<b@far.example>", 0, 550),
    ("our own network may", "192.0.2.7", "<b@far.example>", 0, 250),
    ("even our own network finds no one", "192.0.2.7", "<x@example.org>", 0, 550),
]


@pytest.mark.parametrize("words, client, recipient, size, code", CASES)
def test_decides_at_rcpt(words, client, recipient, size, code, monkeypatch):
    monkeypatch.setattr(sys, "unraisablehook", lambda _: None)
    decision = acceptance().decide_rcpt(
        client_ip=client,
        recipient=recipient,
        parameters=mailsec.MailParameters(declared_size=size),
    )
    assert decision.reply.code == code


def test_space_and_size_are_asked_at_mail():
    asked = []

    def has_space(octets):
        asked.append(octets)
        return octets < 5000

    policy = acceptance(has_space=has_space, max_message_octets=10000)
    for size, code in ((100, 250), (9000, 452), (10001, 552)):
        decision = policy.decide_mail(
            client_ip="203.0.113.9",
            sender="<>",
            parameters=mailsec.MailParameters(declared_size=size),
        )
        assert decision.reply.code == code, size
    assert 9000 in asked


def test_a_space_check_that_raises_means_no_space(monkeypatch):
    seen = []
    monkeypatch.setattr(sys, "unraisablehook", seen.append)
    policy = acceptance(has_space=lambda octets: 1 // 0)
    decision = policy.decide_mail(client_ip="203.0.113.9", sender="<>")
    assert decision.reply.code == 452
    assert len(seen) == 1


def test_relay_domains_have_directories_of_their_own():
    policy = acceptance(
        relay_domains={
            "branch.example": mailsec.TextRecipientDirectory("c@branch.example\n"),
            mailsec.Domain("blind.example"): None,
        }
    )
    gc.collect()
    for recipient, want in (
        ("<c@branch.example>", True),
        ("<d@branch.example>", False),
        ("<anyone@blind.example>", True),
    ):
        decision = policy.decide_rcpt(client_ip="203.0.113.9", recipient=recipient)
        assert decision.accepted == want, recipient
    with pytest.raises(TypeError):
        acceptance(relay_domains={"branch.example": "c@branch.example"})


def test_a_domain_without_its_role_mailboxes_is_refused():
    with pytest.raises(RuntimeError, match="abuse"):
        acceptance(mailsec.TextRecipientDirectory("postmaster@example.org\n"))


def test_an_open_relay_is_refused():
    with pytest.raises(ValueError, match="authorised_networks"):
        mailsec.AcceptancePolicy(
            local_domains=["example.org"],
            directory=Directory(),
            authorised_networks=["0.0.0.0/0"],
        )


def test_a_text_with_errors_names_all_of_them():
    with pytest.raises(ValueError) as raised:
        mailsec.TextRecipientDirectory(ROLES + "a@b@c\nd@example.org size=x\n")
    assert "line 3" in str(raised.value) and "line 4" in str(raised.value)


class Zone(mailsec.Resolver):
    """MX records from a dict; an exception in it is raised."""

    def __init__(self, **zone):
        super().__init__()
        self.zone = {name + ".example": answer for name, answer in zone.items()}

    def look_up_mx(self, domain):
        answer = self.zone[domain.ascii]
        if isinstance(answer, Exception):
            raise answer
        return answer


OURS = mailsec.MxAnswer([mailsec.MxRecord(10, "mx.example.org")])
THEIRS_FIRST = mailsec.MxAnswer(
    [mailsec.MxRecord(10, "mx.far.example"), mailsec.MxRecord(20, "mx.example.org")]
)

LIVE = [
    ("MX names us", OURS, "YES"),
    ("MX prefers them", THEIRS_FIRST, "NO"),
    ("no such name", KeyError("none"), "NO"),
    ("the name server is down", ConnectionError("SERVFAIL"), "CANNOT_TELL"),
    ("a mistake in the resolver", ValueError("oops"), "CANNOT_TELL"),
    ("no answer at all", None, "CANNOT_TELL"),
]


@pytest.mark.parametrize("words, answer, want", LIVE)
def test_live_mx_records(words, answer, want, monkeypatch):
    monkeypatch.setattr(sys, "unraisablehook", lambda _: None)
    mx = mailsec.LiveMxAuthority(
        ["mx.example.org"], Zone(a=answer), any_most_preferred=True
    )
    gc.collect()
    assert mx.holds_mx_for("a.example").answer.name == want


def test_unproven_answers_do_not_count_if_dnssec_is_required():
    secure = mailsec.MxAnswer(OURS.records, mailsec.DnssecStatus.SECURE)
    for answer, want in ((OURS, "NO"), (secure, "YES")):
        mx = mailsec.LiveMxAuthority(
            ["mx.example.org"],
            Zone(a=answer),
            consenting_domains=["a.example"],
            require_dnssec=True,
        )
        assert mx.holds_mx_for("a.example").answer.name == want


def test_strangers_with_a_sender_of_ours():
    directory = mailsec.TextRecipientDirectory("postmaster@example.org\nabuse@example.org\n")
    asked = {"client_ip": "203.0.113.9", "sender": "<a@example.org>"}
    for choice, code, marked in ((mailsec.OwnSender.MARK, 250, True),
                                 (mailsec.OwnSender.REFUSE, 550, False),
                                 (mailsec.OwnSender.ALLOW, 250, False)):
        policy = mailsec.AcceptancePolicy(local_domains=["example.org"], directory=directory,
                                          strangers_with_own_sender=choice)
        assert policy.decide_mail(**asked).reply.code == code
        assert policy.is_to_be_marked(**asked) is marked
        assert not policy.is_to_be_marked(client_ip="203.0.113.9", sender="<>")


def test_what_has_no_room_is_refused():
    class Small(mailsec.RecipientDirectory):
        def find(self, address):
            return mailsec.RecipientAnswer.known(
                mailsec.Mailbox("a", room_octets=100), kind=mailsec.NameKind.SUBADDRESS)

    policy = mailsec.AcceptancePolicy(local_domains=["example.org"], directory=Small())
    asked = {"client_ip": "203.0.113.9", "recipient": "<a+x@example.org>"}
    assert policy.decide_rcpt(**asked).rule == "recipient.subaddress"
    large = mailsec.MailParameters(declared_size=101)
    assert str(policy.decide_rcpt(parameters=large, **asked).reply).startswith("552 5.2.2")
