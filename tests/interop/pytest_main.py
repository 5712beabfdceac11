"""Runs pytest on the files named as arguments, and reports to Bazel."""
import os
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    sys.path.insert(0, HERE)
    arguments = ["-q", "-rA", "-p", "no:cacheprovider"]
    report = os.environ.get("XML_OUTPUT_FILE")
    if report:
        arguments.append("--junitxml=" + report)
    only = os.environ.get("TESTBRIDGE_TEST_ONLY")
    if only:
        arguments += ["-k", only]
    return pytest.main(arguments + [os.path.join(HERE, name) for name in sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
