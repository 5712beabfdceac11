"""Runs the test files that it is given with pytest, for Bazel's py_test.

Bazel counts each case from the XML file. A module built with a sanitizer needs
its runtime loaded before Python's own objects: the configuration says which by
its options variable, and the process starts itself again with it.
"""
import os
import subprocess
import sys

RUNTIMES = {"ASAN_OPTIONS": "libasan.so", "TSAN_OPTIONS": "libtsan.so"}


def preload_sanitizer():
    """Does not return if the process has to start again."""
    for options, runtime in RUNTIMES.items():
        if options not in os.environ or "LD_PRELOAD" in os.environ:
            continue
        libraries = [
            subprocess.check_output(
                ["/usr/bin/gcc", "-print-file-name=" + name], text=True
            ).strip()
            for name in (runtime, "libstdc++.so")
        ]
        os.environ["LD_PRELOAD"] = " ".join(libraries)
        # The interpreter itself leaves memory to the system when it ends.
        os.environ[options] += ":detect_leaks=0"
        os.execv(sys.executable, [sys.executable, *sys.argv])


def main():
    preload_sanitizer()
    import pytest  # After the restart: it takes a while.

    here = os.path.dirname(os.path.abspath(__file__))
    # Without the plugin that takes sys.unraisablehook from the tests.
    arguments = ["-q", "-p", "no:cacheprovider", "-p", "no:unraisableexception"]
    if "XML_OUTPUT_FILE" in os.environ:
        arguments.append("--junitxml=" + os.environ["XML_OUTPUT_FILE"])
    if "TESTBRIDGE_TEST_ONLY" in os.environ:
        arguments += ["-k", os.environ["TESTBRIDGE_TEST_ONLY"]]
    files = [os.path.join(here, name) for name in sys.argv[1:]]
    return pytest.main(arguments + files)


if __name__ == "__main__":
    sys.exit(main())
