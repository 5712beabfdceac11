#!/usr/bin/python3
"""Writes the stubs (*.pyi) of the extension, from what it says of itself.

  bazel build //bindings/python:mailsec
  PYTHONPATH=bazel-bin/bindings/python python3 tools/make_stubs.py \\
      bindings/python/mailsec

A docstring of pybind11 begins with a signature. Its types are right if the
binding's are: what is too vague there (object, list) is an error here and is
mended in the binding, with typed.h.
"""
import ast
import enum
import inspect
import os
import sys
import types

import mailsec
import mailsec.autoreply
import mailsec.ndn
import mailsec.route
import mailsec.srs

HEADER = """\
# What the extension has. Made by tools/make_stubs.py, which says how:
# not written by hand.
"""
WIDTH = 88
# The extension's modules: what their types are named after, and the stub.
STUBS = {
    "mailsec": "_mailsec",
    "mailsec.autoreply": "_autoreply",
    "mailsec.ndn": "_ndn",
    "mailsec.route": "_route",
    "mailsec.srs": "_srs",
}
# Where the names come from that signatures use without a module.
ORIGINS = {
    "Any": "typing", "Callable": "collections.abc", "ClassVar": "typing",
    "Coroutine": "collections.abc", "Enum": "enum", "Literal": "typing",
    "Mapping": "collections.abc", "Self": "typing", "Sequence": "collections.abc",
    "TypeAlias": "typing",
}
BUILT_IN = {"None", "bool", "bytearray", "bytes", "float", "int", "memoryview", "str"}
# pybind11 takes any sequence for a list and gives a list back.
GENERIC = {
    "argument": {"List": "Sequence", "Dict": "Mapping", "Tuple": "tuple"},
    "result": {"List": "list", "Dict": "dict", "Tuple": "tuple"},
}
# Every object has them, or they are pybind11's own.
IMPLIED = {
    "__copy__", "__deepcopy__", "__dict__", "__doc__", "__eq__", "__getstate__", "__hash__",
    "__init_subclass__", "__module__", "__repr__", "__setstate__", "__slotnames__", "__str__",
    "__weakref__",
}


class Vague(Exception):
    """A signature that says too little."""


class Stub:
    """The text of one stub, and what it imports."""

    def __init__(self, package):
        self.package = package  # "mailsec.route"
        self.lines = []
        self.imports = {}  # Module to names.
        self.members = ()  # Of the class that is being written.

    def use(self, module, name):
        if module in STUBS:
            if module == self.package:
                return name
            module = "." + STUBS[module]
        self.imports.setdefault(module, set()).add(name)
        return name

    # Types.

    def type_of(self, node, position):
        """A type's text; `position` is "argument" or "result"."""
        match node:
            case ast.Constant(value=None):
                return "None"
            case ast.Name(id=name) if name in BUILT_IN:
                return name
            case ast.Name(id=name) if name in ORIGINS:
                return self.use(ORIGINS[name], name)
            case ast.Attribute():
                module, _, name = ast.unparse(node).rpartition(".")
                return self.use(self.origin(module, name), name)
            case ast.Subscript(value=ast.Name(id="Optional"), slice=inner):
                return self.union([inner, ast.Constant(value=None)], position)
            case ast.Subscript(value=ast.Name(id="Union"), slice=ast.Tuple(elts=inner)):
                return self.union(inner, position)
            case ast.Subscript(value=ast.Name(id=name), slice=inner):
                inner = inner.elts if isinstance(inner, ast.Tuple) else [inner]
                name = GENERIC[position].get(name, name)
                if name in ORIGINS:
                    self.use(ORIGINS[name], name)
                elif name in self.members:  # AbsenceStore.list().
                    self.imports.setdefault("builtins", set())
                    name = "builtins." + name
                return f"{name}[{', '.join(self.type_of(one, position) for one in inner)}]"
            case ast.List(elts=inner):
                return f"[{', '.join(self.type_of(one, position) for one in inner)}]"
        raise Vague(ast.unparse(node))

    def origin(self, module, name):
        """What was written in Python has a module of its own in the package."""
        thing = getattr(mailsec, name, None) if module == "mailsec" else None
        written = getattr(thing, "__module__", module)
        return "." + written.rpartition(".")[2] if written.startswith("mailsec._") else module

    def union(self, nodes, position):
        members = []
        for node in nodes:
            text = self.type_of(node, position)
            if text not in members:
                members.append(text)
        # Text is taken as octets too, and given as text.
        if position == "result" and members == ["str", "bytes"]:
            members = ["str"]
        return " | ".join(members)

    # Functions.

    def parameter(self, argument, default):
        if argument.arg == "self":
            return "self"
        name = "other" if argument.arg.startswith("arg") else argument.arg
        kind = self.type_of(argument.annotation, "argument")
        if default is None:
            return f"{name}: {kind}"
        value = literal(default)
        if value == "None" and "None" not in kind.split(" | "):
            kind += " | None"  # A pointer, of which pybind11 says no such thing.
        return f"{name}: {kind} = {value}"

    def parameters(self, arguments, special):
        positional = arguments.posonlyargs + arguments.args
        defaults = [None] * (len(positional) - len(arguments.defaults)) + arguments.defaults
        words = [self.parameter(a, d) for a, d in zip(positional, defaults)]
        if special and len(words) > 1:
            words.append("/")  # Python calls it by position.
        if arguments.vararg:
            words.append(f"*{arguments.vararg.arg}: object")
        elif arguments.kwonlyargs:
            words.append("*")
        words += [
            self.parameter(a, d) for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults)
        ]
        return words

    def function(self, name, function, indent="", decorator=None):
        signature, doc = split(function)
        tree = parse(name, signature)
        special = name.startswith("__") and name != "__init__"
        words = self.parameters(tree.args, special)
        result = "None" if name == "__init__" else self.type_of(tree.returns, "result")
        if decorator:
            self.lines.append(f"{indent}@{decorator}")
            if decorator == "staticmethod" and words[:1] == ["self"]:
                words = words[1:]
        start, end = f"{indent}def {name}(", f") -> {result}:"
        if len(start + ", ".join(words) + end) + 4 <= WIDTH:
            self.lines.append(start + ", ".join(words) + end)
        else:
            self.lines.append(start)
            self.lines += [f"{indent}    {word}," for word in words if word != "/"]
            self.lines.append(indent + end)
        self.body(doc, indent + "    ")

    def body(self, doc, indent):
        """A docstring, or at least something."""
        if not doc:
            self.lines[-1] += " ..."
            return
        self.lines += quote(doc, indent)

    # Classes.

    def property(self, name, value):
        self.lines.append("    @property")
        getter = value.fget
        signature = (getter.__doc__ or "").partition("\n")[0]
        tree = parse(name, signature)
        self.lines.append(
            f"    def {name}(self) -> {self.type_of(tree.returns, 'result')}:")
        self.body(inspect.cleandoc(value.__doc__ or ""), " " * 8)

    def member(self, cls, name, value):
        if isinstance(value, property):
            self.property(name, value)
        elif isinstance(value, staticmethod):
            self.function(name, value.__func__, "    ", "staticmethod")
        elif name == "__match_args__":
            self.use("typing", "ClassVar")
            inner = ", ".join(f'{self.use("typing", "Literal")}["{n}"]' for n in value) or "()"
            self.lines.append(f"    __match_args__: ClassVar[tuple[{inner}]]")
        elif callable(value):
            self.function(name, value, "    ")
        else:
            raise Vague(f"{cls.__name__}.{name}")

    def a_class(self, cls):
        is_enum = issubclass(cls, enum.Enum)
        bases = [
            self.use(base.__module__, base.__name__)
            for base in cls.__bases__
            if is_enum or base.__module__ in STUBS
        ]
        self.lines.append(f"class {cls.__name__}({', '.join(bases)}):".replace("()", ""))
        self.lines += quote(inspect.cleandoc(cls.__doc__), "    ")
        if is_enum:
            self.lines += [f"    {member.name} = {member.value!r}" for member in cls]
        self.members = vars(cls)
        for name, value in vars(cls).items():
            if name in IMPLIED or value is None or isinstance(value, types.WrapperDescriptorType):
                continue
            if is_enum and (name.startswith("_") or name in cls.__members__):
                continue
            self.member(cls, name, value)
        self.members = ()
        self.lines.append("")

    def alias(self, name, union):
        self.use("typing", "TypeAlias")
        members = [self.use(cls.__module__, cls.__name__) for cls in union.__args__]
        self.lines += [f"{name}: TypeAlias = ("]
        self.lines += [f"    {'| ' if i else ''}{member}" for i, member in enumerate(members)]
        self.lines += [")", ""]

    def add(self, name, thing):
        if isinstance(thing, types.UnionType):
            self.alias(name, thing)
        elif inspect.isclass(thing):
            self.a_class(thing)
        else:
            self.function(name, thing)
            self.lines.append("")

    def text(self):
        imports = []
        for module in sorted(self.imports, key=lambda m: (m.startswith("."), m)):
            names = sorted(self.imports[module])
            if not names:
                imports.append(f"import {module}")
                continue
            line = f"from {module} import {', '.join(names)}"
            if len(line) > WIDTH:
                line = f"from {module} import (\n" + "".join(f"    {n},\n" for n in names) + ")"
            imports.append(line)
        return "\n".join([HEADER, *imports, "", *self.lines]).rstrip() + "\n"


def literal(default):
    """The text of a default if that is short and plain."""
    if isinstance(default, ast.Constant) or ast.unparse(default) == "()":
        return ast.unparse(default)
    return "..."


def split(function):
    """The signature in a docstring, and what follows it."""
    first, _, rest = (function.__doc__ or "").partition("\n")
    return first, inspect.cleandoc(rest)


def parse(name, signature):
    """The syntax tree of a signature of pybind11."""
    text = "def f" + signature[signature.find("("):] + ": ..."
    try:
        return ast.parse(text).body[0]
    except SyntaxError:
        raise Vague(f"{name}: {signature}") from None


def quote(doc, indent):
    """The lines of a docstring."""
    mark = "'''" if '"""' in doc or doc.endswith('"') else '"""'
    lines = (("r" if "\\" in doc else "") + mark + doc).split("\n")
    lines[-1:] = [lines[-1] + mark] if len(lines) == 1 else [lines[-1], mark]
    return [(indent + line).rstrip() for line in lines]


def make(package):
    """The text of the stub of one module."""
    stub = Stub(package)
    for name, thing in vars(sys.modules["mailsec." + STUBS[package]]).items():
        if name.startswith("_"):
            continue
        try:
            stub.add(name, thing)
        except Vague as vague:
            raise Vague(f"{package}.{name}: {vague}") from None
    return stub.text()


def main(folder):
    for package, stub in STUBS.items():
        with open(os.path.join(folder, stub + ".pyi"), "w", encoding="utf-8") as file:
            file.write(make(package))


if __name__ == "__main__":
    main(*sys.argv[1:])
