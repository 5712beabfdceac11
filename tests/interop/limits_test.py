"""Time limits, connection limits and peers that misbehave."""
import os
import socket
import subprocess
import time

import pytest

from testbed import Client, Mailsecd, new_folder, program, wait_until

CONFIG = """
hostname: "mx.example.org" administrator: "a@example.org" deputy: "b@example.org"
listen {{ address: "127.0.0.1" }}
local_domain {{ name: "example.org" recipients_file: "recipients" maildir_root: "mail" }}
authorised_network: "127.0.0.2/32"
{more}
"""
RECIPIENTS = "".join(f"{name}@example.org mailbox={name}\n"
                     for name in ("postmaster", "abuse", "alice", "bob"))


@pytest.fixture(name="serve")
def fixture_serve():
    """Starts a server with more configuration; ends it after the test."""
    servers = []
    with new_folder() as folder:
        def serve(more):
            home = folder / f"s{len(servers)}"
            (home / "mail").mkdir(parents=True)
            os.chmod(home, 0o700)
            (home / "recipients").write_text(RECIPIENTS)
            servers.append(Mailsecd(home, config=CONFIG.format(more=more)))
            return servers[-1]

        yield serve
        for server in servers:
            server.stop()


def read_all(connection, seconds=15):
    connection.settimeout(seconds)
    octets = b""
    try:
        while True:
            more = connection.recv(65536)
            if not more:
                return octets
            octets += more
    except ConnectionResetError:
        return octets


# LIM-06
def test_octets_that_trickle_in_do_not_prolong_a_command(serve):
    server = serve("limits { command_seconds: 2 }")
    with Client(server.port) as client:
        client.socket.settimeout(15)
        began = time.monotonic()
        with pytest.raises((BrokenPipeError, ConnectionResetError, AssertionError)):
            for _ in range(100):
                client.send(b"N")
                client.socket.settimeout(0.2)
                try:
                    answer = client.socket.recv(100)
                    assert not answer.startswith(b"421 4.4.2")
                except TimeoutError:
                    pass
        assert time.monotonic() - began < 10


def test_a_command_in_time_begins_the_time_anew(serve):
    server = serve("limits { command_seconds: 2 }")
    with Client(server.port) as client:
        for _ in range(5):
            time.sleep(0.8)
            assert client.ask("NOOP").startswith("250")


# LIM-06
def test_content_that_comes_too_slowly_is_ended(serve):
    server = serve("limits { command_seconds: 2 content_octets_per_second: 1000 }")
    with Client(server.port) as client:
        client.ask("MAIL FROM:<c@example.net>")
        client.ask("RCPT TO:<alice@example.org>")
        client.ask("DATA")
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            for _ in range(60):
                client.send(b"x\r\n")
                time.sleep(0.2)
    assert server.mailbox("alice") == []
    assert "smtp.timed_out" in server.log()


# SESS-01
def test_who_talks_before_the_greeting_is_refused(serve):
    server = serve("limits { greeting_delay_milliseconds: 300 }")
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(b"EHLO c.example\r\nMAIL FROM:<a@example.net>\r\n")
        answer = read_all(connection)
        assert answer.startswith(b"554 5.5.1") and answer.count(b"\r\n") == 1
    with Client(server.port) as client:
        assert client.ask("NOOP").startswith("250")
    began = time.monotonic()
    with Client(server.port, source="127.0.0.2"):
        assert time.monotonic() - began < 0.29  # Who is trusted need not wait.


def test_connections_are_bounded_for_each_client(serve):
    server = serve("limits { connections_per_client: 3 }")
    clients = [Client(server.port) for _ in range(3)]
    refused = Client(server.port, greet=False)
    assert refused.reply().startswith("421 4.7.0")
    assert refused.is_closed()
    trusted = [Client(server.port, source="127.0.0.2") for _ in range(5)]
    for client in clients + trusted:
        client.close()
    wait_until(lambda: '"connections":0,' in
               server.command("check", "--json").stdout.replace(" ", ""), "the close")
    with Client(server.port) as client:
        assert client.ask("NOOP").startswith("250")


# LIM-02
def test_an_endless_line_is_bounded(serve):
    server = serve("")
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        sent = 0
        try:
            while sent < 100 << 20:
                connection.sendall(b"A" * 65536)
                sent += 65536
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert sent < 16 << 20
    with open(f"/proc/{server.process.pid}/status", encoding="ascii") as status:
        peak = [line for line in status if line.startswith("VmHWM")]
    assert int(peak[0].split()[1]) < 300 << 10  # KiB


# SESS-14
@pytest.mark.parametrize("first", [
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\nMAIL FROM:<a@example.net>\r\n",
    b"POST / HTTP/1.1\r\n\r\nEHLO c.example\r\nMAIL FROM:<a@example.net>\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\nEHLO c.example\r\n",
])
def test_other_protocols_are_hung_up_on(serve, first):
    server = serve("")
    with Client(server.port, greet=False) as client:
        assert client.reply().startswith("220")
        client.send(first)
        replies = read_all(client.socket).split(b"\r\n")
        assert replies[0].startswith(b"5") and len(replies) == 2


# SESS-12, SESS-13
def test_half_close_after_quit_gets_every_reply(serve):
    server = serve("")
    with Client(server.port) as client:
        client.send(b"RSET\r\nMAIL FROM:<>\r\nQUIT\r\nQUIT\r\nMAIL FROM:<a@b.example>\r\n")
        client.socket.shutdown(socket.SHUT_WR)
        replies = read_all(client.socket).splitlines()
        assert [line[:3] for line in replies] == [b"250", b"250", b"221"]


# SESS-12
def test_a_close_in_the_middle_of_the_data_queues_nothing(serve):
    server = serve("")
    with Client(server.port) as client:
        client.ask("MAIL FROM:<c@example.net>")
        client.ask("RCPT TO:<alice@example.org>")
        client.ask("DATA")
        client.send(b"Subject: half\r\n\r\nno end\r\n")
    wait_until(lambda: "mail.aborted" in server.log(), "the abort")
    assert server.mailbox("alice") == []
    assert server.command("queue", "list").stdout == ""


# SMUG-07
def test_the_end_of_data_may_be_cut_anywhere(serve):
    server = serve("")
    end = b"a\r\n.\r\nQUIT\r\n"
    for cut in range(1, len(end)):
        with Client(server.port) as client:
            client.ask("MAIL FROM:<c@example.net>")
            client.ask("RCPT TO:<alice@example.org>")
            client.ask("DATA")
            client.send(end[:cut])
            time.sleep(0.02)
            client.send(end[cut:])
            assert client.reply().startswith("250")
            assert client.reply().startswith("221")
    mails = server.wait_for_mail("alice", len(end) - 1)
    assert all(mail.endswith(b"+0000\r\na\r\n") for mail in mails)


def test_bare_line_ends_are_normalised_for_listed_networks_only(serve):
    server = serve('normalise_line_ends_network: "127.0.0.2/32"')
    for source, want in (("127.0.0.2", "250"), ("127.0.0.1", "5")):
        with Client(server.port, source=source) as client:
            replies = client.message("c@example.net", ["bob@example.org"],
                                     b"Subject: old\n\nline\n.\nmore\r\n")
            assert replies[-1].startswith(want)
    (mail,) = server.wait_for_mail("bob")
    assert b"Subject: old\r\n\r\nline\r\n.\r\nmore\r\n" in mail


# SPOOL-04
def test_a_spool_without_space_refuses_for_now(serve):
    server = serve("spool { reserve_megabytes: 4000000000 }")
    with Client(server.port) as client:
        assert client.ask("MAIL FROM:<c@example.net> SIZE=1000").startswith("452 4.3.1")
    check = server.command("check")
    assert check.returncode == 1 and "SPACE" in check.stdout


def test_check_reports_every_error_with_its_place():
    with new_folder() as folder:
        path = folder / "F.textproto"
        path.write_text('hostname: "mx.example.org"\nunknown: 1\n'
                        'authorised_network: "0.0.0.0/0"\n')
        done = subprocess.run([program("mailsecd"), "--config", str(path), "--check"],
                              capture_output=True, text=True, timeout=20, check=False)
        assert done.returncode == 1
        for want in (f"{path}:2:8: ", f"{path}:3:1: authorised_network", "administrator"):
            assert want in done.stderr, done.stderr


def test_check_reads_the_recipients_too():
    with new_folder() as folder:
        (folder / "recipients").write_text("postmaster@example.org\nabuse@example.org size=x\n")
        path = folder / "F.textproto"
        path.write_text(CONFIG.format(more=""))
        done = subprocess.run([program("mailsecd"), "--config", str(path), "--check"],
                              capture_output=True, text=True, timeout=20, check=False)
        assert done.returncode == 1
        assert f"{folder}/recipients:2:19: " in done.stderr, done.stderr


@pytest.mark.parametrize("name", ["mailsecd", "mailsec"])
def test_help(name):
    done = subprocess.run([program(name), "--help"], capture_output=True, text=True, timeout=20,
                          check=False)
    assert "--demo" in done.stdout and len(done.stdout.splitlines()) < 90
