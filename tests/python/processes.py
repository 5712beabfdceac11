"""Python programs of their own that use mailsec."""
import os
import subprocess
import sys
import textwrap

import mailsec

PACKAGE = os.path.dirname(os.path.dirname(mailsec.__file__))


def start(code, *arguments):
    """A running program; its output is piped."""
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": PACKAGE},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )


def run(code, *arguments):
    """(exit code, standard output, standard error) of a program."""
    with start(code, *arguments) as program:
        output, errors = program.communicate()
    return program.returncode, output, errors
