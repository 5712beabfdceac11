"""Threads, signals, forks and the end of the interpreter."""
import os
import signal
import threading
import time

import mailsec
import pytest
from processes import run, start


@pytest.fixture(name="folder")
def demo_folder(tmp_path):
    return str(tmp_path / "demo")


DAEMON = """
    import mailsec, sys, threading, time

    begun = threading.Event()

    class Slow(mailsec.MxAuthority):
        def holds_mx_for(self, domain):
            begun.set()
            time.sleep({sleep})
            return mailsec.MxVerdict(mailsec.Answer.NO)

    policy = mailsec.RelayPolicy(mx=Slow())

    def ask():
        while True:
            policy.decide(client_ip="192.0.2.1", recipient="<a@example.org>")

    for _ in range(4):
        threading.Thread(target=ask, daemon=True).start()
    begun.wait()
    time.sleep(0.02)
    print("end")
"""


@pytest.mark.parametrize("sleep", ["0.05", "0.0001", "0", "1000"])
def test_python_may_end_while_a_daemon_thread_asks(sleep):
    for _ in range(3):
        assert run(DAEMON.format(sleep=sleep)) == (0, "end\n", "")


def test_python_may_end_while_a_daemon_thread_works_without_the_gil():
    code = """
        import mailsec, threading, time
        text = "postmaster@example.org\\n" + "\\n".join(f"u{i}@example.org" for i in range(20000))
        limiter = mailsec.RateLimiter()

        def work():
            while True:
                limiter.take("x")
                mailsec.TextRecipientDirectory(text)

        for _ in range(4):
            threading.Thread(target=work, daemon=True).start()
        time.sleep(0.1)
        print("end")
    """
    for _ in range(5):
        assert run(code) == (0, "end\n", "")


def test_stop_in_a_callback_raises(folder):
    code = """
        import mailsec, smtplib, sys

        class Handler:
            def rcpt(self, session, envelope, rcpt):
                try:
                    server.stop()
                except RuntimeError as error:
                    print("refused:", error)

        with mailsec.Server.demo(sys.argv[1], handler=Handler()) as server:
            with smtplib.SMTP("127.0.0.1", server.port, "client.example") as smtp:
                smtp.sendmail("a@client.example", ["alice@example.org"], "x")
            print(server.is_running)
        print(server.is_running)
    """
    code, output, errors = run(code, folder)
    assert (code, errors) == (0, "")
    lines = output.splitlines()
    assert lines[0].startswith("refused: stop() waits for this call to end")
    assert lines[1:] == ["True", "False"]


FORK = """
    import mailsec, os, sys

    class Handler:
        def message(self, session, envelope, content):
            pass

    server = mailsec.Server.demo(sys.argv[1], handler=Handler())
    child = os.fork()
    if child == 0:
        assert not server.is_running
        try:
            server.port
        except RuntimeError:
            pass
        else:
            os._exit(3)
        {leave}
    assert os.waitpid(child, 0)[1] == 0
    assert server.is_running and server.port
    server.stop()
    print("end")
"""


@pytest.mark.parametrize("leave", [
    "server.stop(); sys.exit(0)", "sys.exit(0)", "del server; sys.exit(0)",
    "server.__exit__(None, None, None); os._exit(0)",
])
def test_a_forked_child_leaves_the_server_alone(folder, leave):
    assert run(FORK.format(leave=leave), folder) == (0, "end\n", "")


STUCK = """
    import mailsec, smtplib, sys, threading, datetime

    class Handler:
        def message(self, session, envelope, content):
            begun.set()
            release.wait()

    begun, release = threading.Event(), threading.Event()
    server = mailsec.Server.demo(sys.argv[1], handler=Handler())

    def send():
        smtp = smtplib.SMTP("127.0.0.1", server.port, "client.example")
        smtp.sendmail("a@client.example", ["alice@example.org"], "x")
        smtp.close()

    thread = threading.Thread(target=send)
    thread.start()
    begun.wait()
    {wait}
    release.set()
    server.stop()
    thread.join()
    print("end", server.is_running)
"""


def test_stop_hears_ctrl_c_and_can_be_called_again(folder):
    wait = """
    try:
        print("stopping", flush=True)
        server.stop()
    except KeyboardInterrupt:
        print("heard", server.is_running, flush=True)
    """
    with start(STUCK.format(wait=wait), folder) as program:
        assert program.stdout.readline() == "stopping\n"
        time.sleep(1)  # It is in stop() by now.
        program.send_signal(signal.SIGINT)
        assert program.stdout.readline() == "heard False\n"
        assert program.communicate() == ("end False\n", "")


def test_stop_has_a_timeout(folder):
    wait = """
    try:
        server.stop(timeout=datetime.timedelta(milliseconds=100))
    except TimeoutError as error:
        print("late:", error, flush=True)
    """
    code, output, errors = run(STUCK.format(wait=wait), folder)
    assert (code, errors) == (0, "")
    late, end = output.splitlines()
    assert late.startswith("late: the server has not stopped in 100ms")
    assert end == "end False"


def test_a_server_that_nobody_stops_ends_with_its_object(folder):
    server = mailsec.Server.demo(folder)
    del server
    for _ in range(600):
        try:
            mailsec.Server.demo(folder).stop()
        except RuntimeError:  # The other one still has the spool.
            threading.Event().wait(0.05)
        else:
            break
    else:
        pytest.fail("the spool is never given up")


WAITS = {
    "resolver": "mailsec.UnboundResolver(forward=['127.0.0.1@' + sys.argv[1]])"
                ".look_up_mx('example.org')",
    "addresses": "mailsec.UnboundResolver(forward=['127.0.0.1@' + sys.argv[1]])"
                 ".look_up_addresses('example.org')",
    "plan": "mailsec.route.MxPlanner(mailsec.UnboundResolver("
            "forward=['127.0.0.1@' + sys.argv[1]])).plan('example.org')",
    "clamd": "mailsec.ClamdScanner('127.0.0.1:' + sys.argv[1])"
             ".scan(mailsec.ScanRequest(), b'x')",
    "rspamd": "mailsec.ContentPolicy([mailsec.RspamdScanner('127.0.0.1:' + sys.argv[1])])"
              ".decide(b'x')",
}


@pytest.mark.parametrize("wait", WAITS)
def test_a_long_wait_hears_ctrl_c(wait, silent_port):
    code = f"""
        import mailsec, mailsec.route, sys, time
        print("waiting", flush=True)
        begin = time.monotonic()
        try:
            {WAITS[wait]}
        except KeyboardInterrupt:
            print("heard", time.monotonic() - begin < 8)
    """
    with start(code, silent_port) as program:
        assert program.stdout.readline() == "waiting\n"
        threading.Event().wait(0.5)
        program.send_signal(signal.SIGINT)
        assert program.communicate() == ("heard True\n", "")
    assert program.returncode == 0


@pytest.fixture(name="silent_port")
def port_that_never_answers():
    import socket

    with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
        tcp.bind(("127.0.0.1", 0))
        tcp.listen(100)
        udp.bind(tcp.getsockname())
        yield tcp.getsockname()[1]


def test_a_signal_s_handler_that_raises_nothing_ends_no_wait(silent_port):
    code = """
        import datetime, mailsec, signal, sys
        count = []
        signal.signal(signal.SIGALRM, lambda *_: count.append(1))
        signal.setitimer(signal.ITIMER_REAL, 0.1, 0.1)
        resolver = mailsec.UnboundResolver(
            forward=["127.0.0.1@" + sys.argv[1]], timeout=datetime.timedelta(seconds=1))
        try:
            resolver.look_up_mx("example.org")
        except ConnectionError:
            print(len(count) > 3)
        signal.setitimer(signal.ITIMER_REAL, 0)  # Python ends without the handler.
    """
    assert run(code, silent_port) == (0, "True\n", "")


def test_processes_can_be_made_by_fork_when_a_policy_was_used():
    policy = mailsec.RelayPolicy(mx=mailsec.StaticMxAuthority(["example.org"]))
    assert policy.decide(client_ip="192.0.2.1", recipient="<a@example.org>").accepted
    child = os.fork()
    if child == 0:
        asked = policy.decide(client_ip="192.0.2.1", recipient="<a@example.org>")
        os._exit(0 if asked.accepted else 1)
    assert os.waitpid(child, 0)[1] == 0
