"""Enumerations are those of Python: no other value can stand for one."""
import copy
import enum
import inspect
import pickle

import mailsec
import mailsec.autoreply
import mailsec.ndn
import mailsec.route
import mailsec.srs
import pytest

MODULES = [mailsec, mailsec.autoreply, mailsec.ndn, mailsec.route, mailsec.srs]
ENUMS = [
    thing
    for module in MODULES
    for thing in (getattr(module, name) for name in module.__all__)
    if inspect.isclass(thing) and hasattr(thing, "__members__")
]


def test_all_are_there():
    assert len(ENUMS) == 33


@pytest.mark.parametrize("kind", ENUMS)
def test_each_is_one_of_pythons(kind):
    assert issubclass(kind, enum.Enum)
    for member in kind:
        assert kind(member.value) is member and kind[member.name] is member
        assert pickle.loads(pickle.dumps(member)) is member
        assert copy.copy(member) is member and copy.deepcopy(member) is member
    for unknown in (99, -1, 2**40, "ACCEPT", None):
        with pytest.raises(ValueError):
            kind(unknown)
    assert kind.__doc__ and list(kind)[0].name in kind.__doc__


WANTED = [
    lambda value: mailsec.ServerSession("mx.example.org", protocol=value),
    lambda value: mailsec.MailParameters(body=value),
    lambda value: mailsec.ScanResult(value),
    lambda value: mailsec.MxVerdict(value),
    lambda value: mailsec.ContentPolicy([], on_malware=value),
    lambda value: mailsec.route.Inside(own_domains=[]).may_connect(value, "::1"),
    lambda value: mailsec.AutomaticMail(value, target="a@example.org", author="a@example.org"),
    lambda value: mailsec.ndn.RecipientStatus(
        final_recipient="a@example.org", status="5.1.1", action=value),
]


class Fake(enum.Enum):
    YES = 0


@pytest.mark.parametrize("call", WANTED)
@pytest.mark.parametrize("value", [0, 99, -1, 2**31, "YES", Fake.YES, None, mailsec.Stage.DATA])
def test_where_one_is_wanted_nothing_else_will_do(call, value):
    with pytest.raises(TypeError):
        call(value)


def test_a_cause_says_what_it_means():
    cause = mailsec.ndn.Cause.from_log_name("mailbox-full")
    assert cause is mailsec.ndn.Cause.MAILBOX_FULL
    assert (cause.log_name, cause.is_contradiction) == ("mailbox-full", True)
    assert cause.summary
    reply = mailsec.Reply(550, "Unknown", status=(5, 1, 1))
    assert mailsec.ndn.Cause.classify(reply) is mailsec.ndn.Cause.NO_SUCH_RECIPIENT
    with pytest.raises(ValueError):
        mailsec.ndn.Cause.from_log_name("nothing")
