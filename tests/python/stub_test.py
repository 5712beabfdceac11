"""The stubs are what make_stubs.py makes of the module, so they cannot lie."""
import os
import sys
import types

import mailsec
import pytest

sys.path.insert(0, os.path.abspath("tools"))
import make_stubs  # pylint: disable=wrong-import-position

FOLDER = os.path.dirname(mailsec.__file__)


@pytest.mark.parametrize("package, stub", make_stubs.STUBS.items())
def test_a_stub_is_what_the_module_says(package, stub):
    with open(os.path.join(FOLDER, stub + ".pyi"), encoding="utf-8") as file:
        assert file.read() == make_stubs.make(package), "run tools/make_stubs.py"


def test_every_module_of_the_extension_has_one():
    made = {name for name in sys.modules if name.startswith("mailsec._") and
            getattr(sys.modules[name], "__file__", None) is None}
    assert made | {"mailsec._mailsec"} == {"mailsec." + stub for stub in make_stubs.STUBS.values()}


@pytest.mark.parametrize("package, stub", make_stubs.STUBS.items())
def test_the_package_offers_all_of_the_module(package, stub):
    public = {name for name in vars(sys.modules["mailsec." + stub]) if name[0] != "_"}
    written = {"MailHandler", "MessageHandler", "RcptHandler"} if package == "mailsec" else set()
    assert set(sys.modules[package].__all__) == public | written


def function_with(signature):
    """What pybind11 would bind with this signature."""
    return types.SimpleNamespace(__doc__=f"f{signature}\n\nWhat it does.\n")


@pytest.mark.parametrize("signature", [
    "(a: object) -> None", "(a: int) -> object", "(a: list) -> None", "(a: dict) -> None",
    "(a: mailsec::smtp::Reply) -> None", "(a: handle) -> None", "(a: int = <x at 0x1>) -> None",
])
def test_what_is_too_vague_is_an_error(signature):
    with pytest.raises(make_stubs.Vague):
        make_stubs.Stub("mailsec").function("f", function_with(signature))


@pytest.mark.parametrize("signature, text", [
    ("(a: int = 5, *, b: str = 'x') -> List[int]", "def f(a: int = 5, *, b: str = 'x') -> list[int]:"),
    ("(a: List[Union[str, mailsec.Domain]] = ()) -> Union[str, bytes]",
     "def f(a: Sequence[str | Domain] = ()) -> str:"),
    ("(a: Optional[datetime.datetime] = None) -> Tuple[int, mailsec.Reply]",
     "def f(a: datetime | None = None) -> tuple[int, Reply]:"),
    ("(a: Callable[[int], bool], b: datetime.timedelta = datetime.timedelta(days=1)) -> None",
     "def f(a: Callable[[int], bool], b: timedelta = ...) -> None:"),
])
def test_a_signature_becomes_a_declaration(signature, text):
    stub = make_stubs.Stub("mailsec")
    stub.function("f", function_with(signature))
    assert stub.lines == [text, '    """What it does."""']
