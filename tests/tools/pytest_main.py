"""Runs the test files that it is given with pytest, for Bazel's py_test.

  pytest_main.py [--module] FILE...

Bazel counts each case from the XML file. With --module the tests load our
Python module, which needs the runtime of a sanitizer that it was built with
loaded before Python's own objects: the configuration says which by its options
variable, and the process starts itself again with it.
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
    files = sys.argv[1:]
    if files[:1] == ["--module"]:
        preload_sanitizer()
        files = files[1:]
    import pytest  # After the restart: it takes a while.

    # What stands beside a test can be imported.
    sys.path[:0] = sorted({os.path.dirname(os.path.abspath(name)) for name in files})
    # Without the plugin that takes sys.unraisablehook from the tests.
    arguments = ["-q", "-rA", "-p", "no:cacheprovider", "-p", "no:unraisableexception"]
    if "XML_OUTPUT_FILE" in os.environ:
        arguments.append("--junitxml=" + os.environ["XML_OUTPUT_FILE"])
    if "TESTBRIDGE_TEST_ONLY" in os.environ:
        arguments += ["-k", os.environ["TESTBRIDGE_TEST_ONLY"]]
    return pytest.main(arguments + [os.path.abspath(name) for name in files])


if __name__ == "__main__":
    sys.exit(main())
