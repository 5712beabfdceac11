"""Every docstring's example is run, and everything public has a docstring."""
import doctest
import inspect

import mailsec
import mailsec.autoreply
import mailsec.ndn
import mailsec.route
import mailsec.srs
import pytest

MODULES = [mailsec, mailsec.autoreply, mailsec.ndn, mailsec.route, mailsec.srs]

# What a language-wide convention explains needs no words of ours.
CONVENTIONAL = {"name", "value"}


def documented():
    """Yields (name, object) for the package and all that is public in it."""
    for module in MODULES:
        yield module.__name__, module
        for name in module.__all__:
            thing = getattr(module, name)
            yield name, thing
            if inspect.isclass(thing):
                yield from members(name, thing)


def members(name, cls):
    enum = hasattr(cls, "__members__")
    for attribute, value in vars(cls).items():
        if attribute == "__init__" and not enum and not getattr(cls, "_is_protocol", False):
            yield f"{name}.{attribute}", value
        if not attribute.startswith("_") and not (enum and isinstance(value, cls)):
            yield f"{name}.{attribute}", value


def text_of(thing):
    """The docstring without the signatures that pybind11 puts before it."""
    text = inspect.getdoc(getattr(thing, "__func__", thing)) or ""
    if " -> " in text.partition("\n")[0]:
        text = text.partition("\n")[2]
    return text.strip()


THINGS = dict(documented())
EXAMPLES = {name: thing for name, thing in THINGS.items() if ">>>" in text_of(thing)}


@pytest.mark.parametrize("name", EXAMPLES)
def test_example_does_what_it_says(name):
    test = doctest.DocTestParser().get_doctest(
        text_of(EXAMPLES[name]), {"mailsec": mailsec}, name, None, 0
    )
    output = []
    runner = doctest.DocTestRunner(verbose=False)
    assert runner.run(test, out=output.append).failed == 0, "".join(output)


@pytest.mark.parametrize("name", THINGS)
def test_has_a_docstring(name):
    if name.rpartition(".")[2] not in CONVENTIONAL:
        assert text_of(THINGS[name])


def test_classes_show_how_they_are_used():
    plain = [
        name
        for name, thing in THINGS.items()
        if inspect.isclass(thing)
        and ">>>" not in text_of(thing)
        and not hasattr(thing, "__members__")
        and sum(callable(v) for n, v in vars(thing).items() if n[0] != "_") > 1
    ]
    assert plain == []
