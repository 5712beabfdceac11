"""A mailsecd that has too few threads or descriptors, or whose log nobody reads."""
import contextlib
import os
import signal
import subprocess
import time

import pytest

from testbed import Client, Mailsecd, new_folder, program, wait_until

# The client is one of ours: who is none is slowed down by what is refused.
CONFIG = """
hostname: "mx.example.org" administrator: "postmaster@example.org" deputy: "abuse@example.org"
listen { address: "127.0.0.1" } authorised_network: "127.0.0.1/32"
local_domain { name: "example.org" recipients_file: "recipients" maildir_root: "mail" }
spool { segment_megabytes: 1 reserve_megabytes: 1 }
"""
RECIPIENTS = "".join(f"{name}@example.org mailbox={name}\n" for name in ("postmaster", "abuse"))


def prepare(folder, more=""):
    home = folder / "server"
    home.mkdir(mode=0o700)
    (home / "mail").mkdir()
    (home / "recipients").write_text(RECIPIENTS)
    (home / "mailsecd.textproto").write_text(CONFIG + more)
    return home


class Limited(Mailsecd):
    """Runs under limits that a shell sets."""

    limits = ""

    @property
    def wrapper(self):
        return ("bash", "-c", f'{self.limits} exec "$@"', "bash")


def start_limited(home, limits):
    return subprocess.run(
        ["bash", "-c", f'{limits} exec "$@"', "bash", program("mailsecd"), "--config",
         str(home / "mailsecd.textproto")],
        capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("files", (4, 5, 6, 7, 8, 10, 20, 40, 80, 127))
def test_too_few_descriptors_at_the_start_are_an_error_that_says_so(files):
    with new_folder() as folder:
        home = prepare(folder)
        done = start_limited(home, f"ulimit -n {files};")
        assert done.returncode == 1, (done.returncode, done.stderr)
        assert "open files" in done.stderr or "Too many open files" in done.stderr, done.stderr
        assert "ready" not in done.stdout


# A thread needs address space for its stack, so this limit is reached by
# threads first, whoever the test runs as.
def test_too_few_threads_at_the_start_are_an_error_that_says_so():
    with new_folder() as folder:
        home = prepare(folder, "content { concurrency: 1000 }\n")
        done = start_limited(home, "ulimit -v 2000000;")
        assert done.returncode == 1, (done.returncode, done.stderr)
        assert "more threads than may run" in done.stderr and "TasksMax=" in done.stderr
        assert "ready" not in done.stdout


def soft_limit(server):
    with open(f"/proc/{server.process.pid}/limits", encoding="ascii") as limits:
        (line,) = [line for line in limits if line.startswith("Max open files")]
    return int(line.split()[3])


@pytest.mark.parametrize("connections, limits, soft, is_said", [
    (1000, "ulimit -Sn 256;", 1400, False),
    (1000, "ulimit -n 900;", 900, True),
])
def test_the_limit_of_open_files_is_raised_or_what_is_missing_is_said(connections, limits, soft,
                                                                      is_said):
    with new_folder() as folder:
        more = f"limits {{ connections: {connections} }}\n"
        home = prepare(folder, more)
        Limited.limits = limits
        with Limited(home, config=CONFIG + more) as server:
            assert soft_limit(server) == soft
            line = f"server.few_files req=R12 limit={soft} needed=1400"
            assert (line in server.log()) == is_said, server.log()


@contextlib.contextmanager
def full_fifo(path):
    """A FIFO that is open for reading, and never read."""
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        yield
    finally:
        os.close(reader)


def talk(port):
    """Causes more lines than a pipe holds."""
    for _ in range(400):
        with Client(port) as client:
            assert client.ask("MAIL FROM:<carol@example.net>").startswith("250")
            assert client.ask("RCPT TO:<nobody@example.org>").startswith("550")
            assert client.ask("RSET").startswith("250")


@pytest.mark.parametrize("is_stderr", [False, True])
def test_a_log_that_nobody_reads_holds_up_neither_mail_nor_the_stop(is_stderr):
    with new_folder() as folder, full_fifo(folder / "fifo"):
        more = "" if is_stderr else f'log {{ file: "{folder}/fifo" severity: "debug" }}\n'
        home = prepare(folder, more)
        arguments = [program("mailsecd"), "--config", str(home / "mailsecd.textproto")]
        errors = os.open(folder / "fifo" if is_stderr else os.devnull, os.O_WRONLY)
        with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=errors, text=True,
                              stdin=subprocess.DEVNULL) as server:
            os.close(errors)
            try:
                talk(int(server.stdout.readline().rsplit(":", 1)[1]))
                (home / "mailsecd.textproto").write_text("nonsense: 1\n" * 1000)
                server.send_signal(signal.SIGHUP)
                time.sleep(0.5)
                began = time.monotonic()
                server.send_signal(signal.SIGTERM)
                assert server.wait(60) == 0
                assert time.monotonic() - began < 30
            finally:
                server.kill()


def test_a_fifo_without_a_reader_is_no_log():
    with new_folder() as folder:
        os.mkfifo(folder / "fifo")
        home = prepare(folder, f'log {{ file: "{folder}/fifo" }}\n')
        done = start_limited(home, "")
        assert done.returncode == 1 and "nobody reads it" in done.stderr, done.stderr


def test_lines_that_were_not_taken_are_counted():
    with new_folder() as folder:
        os.mkfifo(folder / "fifo")
        reader = os.open(folder / "fifo", os.O_RDONLY | os.O_NONBLOCK)
        home = prepare(folder, f'log {{ file: "{folder}/fifo" severity: "debug" }}\n')
        with Mailsecd(home, config=(home / "mailsecd.textproto").read_text()) as server:
            talk(server.port)
            time.sleep(1.5)
            read = b""

            def has_count():
                nonlocal read
                with contextlib.suppress(BlockingIOError):
                    read += os.read(reader, 1 << 20)
                with Client(server.port):
                    pass
                return b"log.dropped lines=" in read

            wait_until(has_count, "the count")
            for line in read.splitlines():
                if b"log.dropped" in line:
                    assert line.startswith(b"log.dropped lines="), line
        os.close(reader)
