"""Nothing that a caller writes ends the process: every class and function of
the module, called without an object behind it and with odd arguments."""
import os
import subprocess
import sys
import tempfile

import mailsec
import pytest
from processes import PACKAGE

HERE = os.path.dirname(os.path.abspath(__file__))


def walk(how, seed=0):
    return subprocess.run(
        [sys.executable, os.path.join(HERE, "misuse.py"), how, str(seed)],
        env={**os.environ, "PYTHONPATH": PACKAGE},
        capture_output=True, text=True, check=False,
    )


def test_an_object_that_was_not_made_cannot_be_used():
    done = walk("unmade")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    assert int(done.stdout.split()[-1]) > 10000  # So many uses were tried.


@pytest.mark.parametrize("seed", range(4))
def test_odd_arguments_raise(seed, tmp_path):
    done = subprocess.run(
        [sys.executable, os.path.join(HERE, "misuse.py"), "odd", str(seed)],
        env={**os.environ, "PYTHONPATH": PACKAGE}, cwd=tmp_path,
        capture_output=True, text=True, check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    assert int(done.stdout.split()[-1]) > 5000


UNMADE = [
    lambda: mailsec.Domain.__new__(mailsec.Domain).ascii,
    lambda: repr(mailsec.Reply.__new__(mailsec.Reply)),
    lambda: hash(mailsec.Address.__new__(mailsec.Address)),
    lambda: mailsec.RelayPolicy(mx=mailsec.StaticMxAuthority.__new__(mailsec.StaticMxAuthority)),
    lambda: mailsec.Server.__new__(mailsec.Server).stop(),
]


@pytest.mark.parametrize("use", UNMADE)
def test_the_error_says_what_is_missing(use):
    with pytest.raises(TypeError, match=r"mailsec\.\w+\.__init__\(\) was not called"):
        use()


def test_a_subclass_that_asks_too_early_is_told():
    class Early(mailsec.Scanner):
        def __init__(self):
            self.asked = self.name
            super().__init__("late")

    with pytest.raises(TypeError, match=r"__init__\(\) was not called"):
        Early()


ARGUMENTS = [
    (lambda: mailsec.ContentPolicy(["clamd"]), "scanners"),
    (lambda: mailsec.ContentPolicy([None]), "scanners"),
    (lambda: mailsec.AcceptancePolicy(
        local_domains=["example.org"],
        directory=mailsec.TextRecipientDirectory("a@example.org"),
        relay_domains={"example.com": "x"}), "relay_domains"),
    (lambda: mailsec.Server.demo(tempfile.mkdtemp(), scanners=["clamd"]), "scanners"),
    (lambda: mailsec.Server.demo(tempfile.mkdtemp(), handler=mailsec.Reply), "handler"),
]


@pytest.mark.parametrize("call, argument", ARGUMENTS)
def test_a_type_error_of_ours_names_the_argument(call, argument):
    with pytest.raises(TypeError, match=argument):
        call()


def test_what_is_too_large_is_refused():
    decision = mailsec.Decision(mailsec.Reply(250, "ok"))
    for indent in (-1, 81, 2**31 - 1):
        with pytest.raises(ValueError, match="indent"):
            decision.explain(indent)
    assert decision.explain(80).startswith(" " * 80)
