"""A strict type checker knows what the examples and a user's code do with the
module, and finds their mistakes."""
import glob
import os
import re
import subprocess
import sys

import pytest
from processes import PACKAGE

TYPED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "typed")
WRONG = os.path.join(TYPED, "wrong.py")
RIGHT = sorted(glob.glob(os.path.abspath("examples/*.py")) + [os.path.join(TYPED, "right.py")])


@pytest.fixture(name="mypy", scope="module")
def mypy_function(tmp_path_factory):
    """What mypy says of its arguments."""
    folder = tmp_path_factory.mktemp("mypy")

    def mypy(*arguments):
        done = subprocess.run(
            [sys.executable, "-m", "mypy", "--strict", "--no-error-summary",
             "--no-color-output", "--cache-dir", str(folder), *arguments],
            env={**os.environ, "MYPYPATH": PACKAGE}, cwd=folder,
            capture_output=True, text=True, check=False,
        )
        assert done.returncode in (0, 1), done.stdout + done.stderr
        return done.stdout

    return mypy


def test_right_code_passes(mypy):
    assert len(RIGHT) == 5
    assert mypy(*RIGHT) == ""


def test_each_mistake_is_found(mypy):
    with open(WRONG, encoding="utf-8") as file:
        marked = {i for i, line in enumerate(file, 1) if line.rstrip().endswith("# wrong")}
    found = {int(line) for line in re.findall(r"wrong\.py:(\d+): error:", mypy(WRONG))}
    assert found == marked


def test_the_package_itself_is_typed(mypy):
    assert mypy("-p", "mailsec") == ""
