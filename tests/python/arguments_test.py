"""A TypeError names the argument that is wrong, whatever is called."""
import datetime
import enum
import inspect
import re
import tempfile

import mailsec
import pytest
from misuse import BASES, FUNCTIONS, made_objects

# What is wrong everywhere. It has no truth, no length, no text and no octets.
WRONG = object()
# They look at the argument only after the configuration, which is no good here;
# Server.demo() does the same with a good one.
LATER = {("Server", "handler"), ("Server", "loop"), ("Server", "logger"), ("Server", "scanners"),
         ("Server.from_file", "handler"), ("Server.from_file", "loop"),
         ("Server.from_file", "logger"), ("Server.from_file", "scanners")}

SIMPLE = {
    "int": 1, "float": 1.0, "bool": True, "str": "x", "bytes": b"x",
    "Union[str, bytes]": "x", "Union[bytes, bytearray, memoryview]": b"x",
    "datetime.datetime": datetime.datetime.now(datetime.timezone.utc),
    "datetime.timedelta": datetime.timedelta(1),
    "Tuple[int, datetime.timedelta]": (1, datetime.timedelta(1)),
}
# Texts that are more than that.
TEXTS = {("directory", "str"): tempfile.mkdtemp()}


@pytest.fixture(name="made", scope="module")
def all_made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    objects = made_objects(folder)
    objects.append(mailsec.autoreply.SqliteDatabase(str(folder / "one.db")))
    return {type(thing).__module__ + "." + type(thing).__name__: thing for thing in objects}


def parts(text):
    """`text` cut at the commas outside of brackets and quotes."""
    depth, quoted, start = 0, "", 0
    for i, letter in enumerate(text):
        if quoted:
            quoted = "" if letter == quoted else quoted
        elif letter in "'\"":
            quoted = letter
        elif letter in "([":
            depth += 1
        elif letter in ")]":
            depth -= 1
        elif letter == "," and depth == 0:
            yield text[start:i].strip()
            start = i + 1
    yield text[start:].strip()


def parameters(function):
    """[(name, type, has a default)], as its docstring's signature has them."""
    first = function.__doc__.partition("\n")[0]
    inside = first.partition("(")[2].rpartition(") ->")[0]
    found = []
    for part in parts(inside):
        name, colon, rest = part.partition(": ")
        if colon and name != "self" and not name.startswith("arg"):
            kind, equals, _ = rest.partition(" = ")
            found.append((name, kind, bool(equals)))
    return found


def sample(name, kind, made):
    """A value of this type."""
    if (name, kind) in TEXTS:
        return TEXTS[name, kind]
    if kind in SIMPLE:
        return SIMPLE[kind]
    if kind.startswith(("List[", "Mapping[")):
        return [] if kind.startswith("List") else {}
    for whole in re.findall(r"mailsec[.\w]*", kind):
        module, _, word = whole.rpartition(".")
        cls = getattr(__import__(module, fromlist=[word]), word)
        if issubclass(cls, enum.Enum):
            return list(cls)[0]
        for key, thing in made.items():
            if key == whole or isinstance(thing, cls):
                return thing
    raise AssertionError(f"no sample of {kind}")


def calls():
    """(name, function that takes the arguments, its signature's function, class)."""
    for function in FUNCTIONS:
        if inspect.isbuiltin(function):
            yield function.__name__, function, None
    for cls in BASES:
        for name, value in vars(cls).items():
            inner = getattr(value, "__func__", value)
            if not callable(inner) or " -> " not in (inner.__doc__ or "").partition("\n")[0]:
                continue
            if name == "__init__":
                yield cls.__name__, inner, cls
            elif isinstance(value, staticmethod) or not name.startswith("__"):
                yield f"{cls.__name__}.{name}", inner, cls


def caller(name, function, cls, made):
    """`function` as what takes its arguments, on an object if it needs one."""
    if cls is None or isinstance(inspect.getattr_static(cls, name.rpartition(".")[2], None),
                                 staticmethod):
        return function
    if name == cls.__name__:
        return cls
    thing = next((t for t in made.values() if isinstance(t, cls)), None)
    if thing is None:
        pytest.skip("only a server or a spool makes one")
    return lambda **named: function(thing, **named)


CALLS = [(name, function, cls, parameter)
         for name, function, cls in calls()
         for parameter in parameters(function)
         if (name, parameter[0]) not in LATER]


@pytest.mark.parametrize("name, function, cls, parameter", CALLS,
                         ids=[f"{c[0]}({c[3][0]})" for c in CALLS])
def test_the_wrong_argument_is_named(name, function, cls, parameter, made):
    arguments = {
        other: sample(other, kind, made)
        for other, kind, has_default in parameters(function)
        if not has_default and other != parameter[0]
    }
    arguments[parameter[0]] = WRONG
    call = caller(name, function, cls, made)
    with pytest.raises(TypeError, match=rf"\b{parameter[0]}\b") as raised:
        call(**arguments)
    assert "incompatible" not in str(raised.value)
    assert "Invoked with" not in str(raised.value)


def test_the_walk_is_a_long_one():
    assert len(CALLS) > 300


REQUIRED = [call for call in CALLS if not call[3][2]]


@pytest.mark.parametrize("name, function, cls, parameter", REQUIRED,
                         ids=[f"{c[0]}({c[3][0]})" for c in REQUIRED])
def test_a_missing_argument_is_named(name, function, cls, parameter, made):
    required = [p for p in parameters(function) if not p[2]]
    arguments = {
        other: sample(other, kind, made) for other, kind, _ in required if other != parameter[0]
    }
    call = caller(name, function, cls, made)
    with pytest.raises(TypeError, match=rf"lacks the argument '{parameter[0]}'$"):
        call(**arguments)


SAID = [
    (lambda: mailsec.Reply("250", "OK"), "Reply() argument 'code' must be int, not str"),
    (lambda: mailsec.RelayPolicy(mx=None),
     "RelayPolicy() argument 'mx' must be mailsec.MxAuthority, not None"),
    (lambda: mailsec.StaticMxAuthority(["a.example", 1, 2.5]),
     "StaticMxAuthority() argument 'domains' must be List[Union[str, mailsec.Domain]], "
     "not list[str | int | float]"),
    (lambda: mailsec.log_safe(1), "log_safe() argument 'text' must be Union[str, bytes], not int"),
    (lambda: mailsec.Domain("a.example").is_within(parent=b"example"),
     "Domain.is_within() argument 'parent' must be Union[str, mailsec.Domain], not bytes"),
    (lambda: mailsec.ndn.Cause.classify("550"),
     "classify() argument 'reply' must be mailsec.Reply, not str"),
    (lambda: mailsec.Reply(kode=250, text="OK"), "Reply() has no argument 'kode'"),
    (lambda: mailsec.Reply(250), "Reply() lacks the argument 'text'"),
    (lambda: mailsec.Reply(250, "OK", (2, 0, 0), 1),
     "Reply() takes at most 3 arguments by position, not 4"),
    (lambda: mailsec.Reply(250, "OK", code=251), "Reply() has two values for its argument 'code'"),
    (lambda: mailsec.Decision(mailsec.Reply(250, "OK")).explain(1, 2),
     "Decision.explain() takes at most 1 arguments by position, not 2"),
    (lambda: mailsec.route.Destination.smtp(), "Destination.smtp() lacks the argument 'host'"),
    (lambda: mailsec.StaticMxAuthority([]).holds_mx_for("a.example", live=True),
     "StaticMxAuthority.holds_mx_for() has no argument 'live'"),
    (lambda: mailsec.log_safe("x", max_octetts=1), "log_safe() has no argument 'max_octetts'"),
    (lambda: mailsec.ServerSession("mx.example.org", protocol=0),
     "ServerSession() argument 'protocol' must be mailsec.Protocol, not int"),
]


@pytest.mark.parametrize("call, text", SAID)
def test_it_says_what_is_wanted_and_what_came(call, text):
    with pytest.raises(TypeError) as raised:
        call()
    assert str(raised.value) == text


def test_another_operand_may_know_the_answer():
    class Knows:
        def __eq__(self, other):
            return True

        def __gt__(self, other):
            return True

    assert mailsec.Domain("a.example") == Knows()
    assert mailsec.Domain("a.example") < Knows()
    assert mailsec.Domain("a.example") != "a.example"
    with pytest.raises(TypeError):
        mailsec.Domain("a.example") < "b.example"  # pylint: disable=pointless-statement
