"""The stubs name what the module has, with the same parameters; no more, no
less.

The module's side comes from the signature with which each docstring of
pybind11 begins; the stubs' side from their syntax tree.
"""
import ast
import enum
import inspect
import os
import re
import types

import mailsec
import mailsec.autoreply
import mailsec.ndn
import mailsec.route
import mailsec.srs
import pytest
from mailsec import _mailsec

# What users import, the extension behind it, and the stub.
MODULES = {
    "mailsec": (mailsec, _mailsec, "_mailsec.pyi"),
    "autoreply": (mailsec.autoreply, _mailsec._autoreply, "autoreply.pyi"),
    "ndn": (mailsec.ndn, _mailsec._ndn, "ndn.pyi"),
    "route": (mailsec.route, _mailsec._route, "route.pyi"),
    "srs": (mailsec.srs, _mailsec._srs, "srs.pyi"),
}
# Python calls these by position: their parameters have no names that matter.
SPECIAL = re.compile(r"__(?!init__)\w+__")
# Every object has them, or pybind11 adds them for its own use.
IMPLIED = {
    "__doc__", "__module__", "__repr__", "__str__", "__getstate__",
    "__setstate__", "__dict__", "__weakref__", "__init_subclass__", "__eq__", "__hash__",
    "__copy__", "__deepcopy__", "__slotnames__",
}


def parameters(arguments):
    """[(name, kind, has a default)] of an ast.arguments, without self."""
    positional = arguments.posonlyargs + arguments.args
    defaults = len(positional) - len(arguments.defaults)
    found = [
        (a.arg, "positional", i >= defaults) for i, a in enumerate(positional)
    ] + [
        (a.arg, "keyword", default is not None)
        for a, default in zip(arguments.kwonlyargs, arguments.kw_defaults)
    ]
    return [p for p in found if p[0] != "self"]


def describe_function(name, arguments):
    if SPECIAL.fullmatch(name):
        return "special"
    return parameters(arguments)


def stub_function(node):
    if any(getattr(d, "id", "") == "property" for d in node.decorator_list):
        return "property"
    return describe_function(node.name, node.args)


def stub_class(node):
    bases = [base.id for base in node.bases]
    found = {"bases": [b for b in bases if b != "Enum"], "enum": "Enum" in bases}
    for item in node.body:
        if isinstance(item, ast.FunctionDef):
            found[item.name] = stub_function(item)
        elif isinstance(item, ast.Assign):
            name = item.targets[0].id
            found[name] = ast.literal_eval(item.value) if name == "__match_args__" else "value"
    return found


def names_all(node):
    """True for `from .x import *`: the stub is continued in x.pyi."""
    return isinstance(node, ast.ImportFrom) and [a.name for a in node.names] == ["*"]


def read_stub(file_name):
    path = os.path.join(os.path.dirname(mailsec.__file__), file_name)
    with open(path, encoding="utf-8") as file:
        tree = ast.parse(file.read())
    found = {}
    for node in tree.body:
        if names_all(node):
            more = read_stub(node.module + ".pyi")
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            more = {node.name: stub_class(node)}
        elif isinstance(node, ast.FunctionDef):
            more = {node.name: stub_function(node)}
        else:
            continue
        assert not more.keys() & found.keys(), "named twice"
        found |= more
    return found


def stub_side(name):
    return read_stub(MODULES[name][2])


def module_function(name, function):
    if SPECIAL.fullmatch(name):
        return "special"
    signature = function.__doc__.partition("\n")[0]
    tree = ast.parse(f"def {signature}: ...").body[0]
    return describe_function(name, tree.args)


def module_class(cls):
    is_enum = issubclass(cls, enum.Enum)
    bases = [b.__name__ for b in cls.__bases__ if b.__module__.partition(".")[0] == "mailsec"]
    found = {"bases": bases, "enum": is_enum}
    for name, value in vars(cls).items():
        if name in IMPLIED or isinstance(value, types.WrapperDescriptorType):
            continue
        if is_enum and name.startswith("_"):
            continue  # As Enum has it.
        if isinstance(value, cls):
            found[name] = "value"
        elif isinstance(value, property):
            found[name] = "property"
        elif callable(value) or isinstance(value, staticmethod):
            function = getattr(value, "__func__", value)
            if function is not None:
                found[name] = module_function(name, function)
        elif value is not None:
            found[name] = value if name == "__match_args__" else "value"
    return found


def module_side(module):
    found = {}
    for name, thing in vars(MODULES[module][1]).items():
        if name.startswith("_"):
            continue
        if inspect.isclass(thing):
            found[name] = module_class(thing)
        else:
            found[name] = module_function(name, thing)
    return found


@pytest.mark.parametrize("module", MODULES)
def test_the_same_names_are_there(module):
    assert sorted(stub_side(module)) == sorted(module_side(module))


@pytest.mark.parametrize("module", MODULES)
def test_the_same_members_and_parameters_are_there(module):
    stub, extension = stub_side(module), module_side(module)
    for name in stub:
        assert stub[name] == extension[name], name


@pytest.mark.parametrize("module", MODULES)
def test_the_package_offers_all_of_the_module(module):
    assert sorted(MODULES[module][0].__all__) == sorted(module_side(module))


def test_the_comparison_sees_a_missing_parameter():
    changed = ast.parse("def log_safe(text: str) -> str: ...").body[0]
    assert stub_function(changed) != module_side("mailsec")["log_safe"]
