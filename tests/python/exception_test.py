"""What Python code raises is reported and never ends the process."""
import asyncio
import sys

import mailsec
import pytest


class SurrogateError(Exception):
    def __str__(self):
        return "lone \ud800 surrogate"


class FailingStr(Exception):
    def __str__(self):
        raise ValueError("no text")


class NumberStr(Exception):
    def __str__(self):
        return 42


class EndlessStr(Exception):
    def __str__(self):
        return str(self)


class FailingRepr(Exception):
    def __repr__(self):
        raise ValueError("no repr")


class Wide(Exception):
    """Its arguments have a __repr__ that fails, and so str() fails."""

    def __init__(self):
        super().__init__(FailingRepr(), FailingRepr())


UNREADABLE = [SurrogateError, FailingStr, NumberStr, EndlessStr, FailingRepr, Wide,
              lambda: ValueError("\udfff"), lambda: KeyError("a\r\nb"),
              lambda: LookupError("\ud800"), lambda: OSError("\ud800"),
              lambda: RuntimeError("x" * 100000), BaseException, GeneratorExit]


class Directory(mailsec.RecipientDirectory):
    def __init__(self, made):
        super().__init__()
        self.made = made

    def find(self, address):
        raise self.made()


class Verifier(mailsec.RecipientVerifier):
    def __init__(self, made):
        super().__init__()
        self.made = made

    def verify(self, recipient, octets):
        raise self.made()


class Authority(mailsec.MxAuthority):
    def __init__(self, made):
        super().__init__()
        self.made = made

    def holds_mx_for(self, domain):
        raise self.made()


class Zone(mailsec.Resolver):
    def __init__(self, made):
        super().__init__()
        self.made = made

    def look_up_mx(self, domain):
        raise self.made()

    look_up_addresses = look_up_mx


class Looking(mailsec.Scanner):
    def __init__(self, made):
        super().__init__("looking")
        self.made = made

    def scan(self, request, content):
        raise self.made()


def has_space(made):
    def ask(octets):
        raise made()

    policy = mailsec.AcceptancePolicy(
        local_domains=["example.org"], has_space=ask,
        directory=mailsec.TextRecipientDirectory("postmaster@example.org\nabuse@example.org\n"),
    )
    return policy.decide_mail(client_ip="192.0.2.1", sender="<a@example.com>").verdict.name


def find(made):
    """As the library asks."""
    return mailsec.RecipientDirectory.find(Directory(made), mailsec.Address("a@example.org"))


def look_up(made):
    try:
        mailsec.Resolver.look_up_mx(Zone(made), mailsec.Domain("example.org"))
    except (LookupError, ConnectionError) as error:
        return type(error).__name__


ASKED = {
    "directory": lambda made: find(made).answer.name,
    "verifier": lambda made: mailsec.RecipientVerifier.verify(
        Verifier(made), mailsec.ForwardPath("<a@example.org>"), 0).answer.name,
    "authority": lambda made: mailsec.MxAuthority.holds_mx_for(
        Authority(made), mailsec.Domain("example.org")).answer.name,
    "scanner": lambda made: mailsec.Scanner.scan(
        Looking(made), mailsec.ScanRequest(), b"x").outcome.name,
    "has_space": has_space,
    "resolver": look_up,
}


@pytest.mark.parametrize("made", UNREADABLE)
@pytest.mark.parametrize("asked", ASKED)
def test_whatever_is_raised_is_cannot_tell(monkeypatch, asked, made):
    seen = []
    monkeypatch.setattr(sys, "unraisablehook", seen.append)
    raised = made()
    if not isinstance(raised, Exception):  # Nobody may swallow it.
        with pytest.raises(type(raised)):
            ASKED[asked](made)
        assert not seen
        return
    is_answer = asked == "resolver" and isinstance(raised, (LookupError, OSError))
    expected = {
        "resolver": "LookupError" if isinstance(raised, LookupError) else "ConnectionError",
        "has_space": "CANNOT_TELL",
    }
    assert ASKED[asked](made) == expected.get(asked, "CANNOT_TELL")
    assert len(seen) == (0 if is_answer else 1)


def test_the_text_is_one_safe_line(monkeypatch):
    monkeypatch.setattr(sys, "unraisablehook", lambda _: None)
    for made, text in [
        (SurrogateError, "SurrogateError: lone \\x5cud800 surrogate"),
        (FailingStr, "FailingStr: (its text cannot be read)"),
        (lambda: KeyError("a\r\nb"), "KeyError: 'a\\x5cr\\x5cnb'"),
        (lambda: ValueError("a\r\nb"), "ValueError: a\\x0d\\x0ab"),
    ]:
        assert find(made).reason == text


def test_what_nobody_may_swallow_is_raised_by_the_call_that_led_there():
    class Caller(mailsec.MxAuthority):
        def holds_mx_for(self, domain):
            raising = Authority(lambda: KeyboardInterrupt("now"))
            return mailsec.MxAuthority.holds_mx_for(raising, domain)

    policy = mailsec.RelayPolicy(mx=Caller())
    with pytest.raises(KeyboardInterrupt, match="now"):
        policy.decide(client_ip="192.0.2.1", recipient="<a@example.org>")
    policy = mailsec.RelayPolicy(mx=mailsec.StaticMxAuthority([]))
    assert not policy.decide(client_ip="192.0.2.1", recipient="<a@example.org>").accepted


def test_a_hook_that_raises_harms_nobody(monkeypatch, capfd):
    def hook(_):
        raise ValueError("hook")

    monkeypatch.setattr(sys, "unraisablehook", hook)
    assert find(KeyError).answer.name == "CANNOT_TELL"
    capfd.readouterr()


COROUTINES = [
    (mailsec.Scanner, "scan"), (mailsec.Scanner, "signature_time"),
    (mailsec.RecipientDirectory, "find"), (mailsec.RecipientVerifier, "verify"),
    (mailsec.MxAuthority, "holds_mx_for"), (mailsec.Resolver, "look_up_mx"),
    (mailsec.Resolver, "look_up_addresses"),
]


@pytest.mark.parametrize("base, name", COROUTINES)
def test_a_coroutine_function_is_refused_where_it_is_written(base, name):
    async def coroutine(self, *_):
        await asyncio.sleep(0)

    with pytest.raises(TypeError, match=rf"Mine\.{name}\(\) is a coroutine function"):
        type("Mine", (base,), {name: coroutine})
    type("Mine", (base,), {name: lambda *_: None, "other": coroutine})
