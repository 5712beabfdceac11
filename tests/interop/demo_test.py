"""The reference server in its demo folder, from outside."""
import json
import os
import signal
import smtplib
import socket
import stat
import subprocess
import time

import pytest

from testbed import Client, Mailsecd, Sink, new_folder, program, wait_until

STRANGER, TRUSTED = "127.0.0.1", "127.0.0.2"
CONTENT = b"Subject: hello\r\n\r\nline one\r\n..stuffed\r\n"


@pytest.fixture(name="server")
def fixture_server():
    with new_folder() as folder, Mailsecd(folder / "demo") as server:
        yield server


def test_a_stranger_writes_to_a_mailbox(server):
    with Client(server.port) as client:
        replies = client.message("carol@example.net", ["alice@example.org"], CONTENT)
        assert [r[:3] for r in replies] == ["250", "250", "354", "250"]
    (mail,) = server.wait_for_mail("alice")
    assert mail.startswith(b"Return-Path: <carol@example.net>\r\n")
    assert b"\r\nSubject: hello\r\n\r\nline one\r\n.stuffed\r\n" in mail
    assert b"for <alice@example.org>" in mail


def test_who_does_not_exist_is_refused_at_once(server):
    with Client(server.port) as client:
        client.ask("MAIL FROM:<carol@example.net>")
        assert client.ask("RCPT TO:<nobody@example.org>").startswith("550 5.1.1")
        assert client.ask("RCPT TO:<full@example.org>").startswith("552 5.2.2")
        assert client.ask("RCPT TO:<x@elsewhere.example>").startswith("550 5.7.1")
        assert client.ask("RCPT TO:<Postmaster>").startswith("250")
        assert client.ask("RCPT TO:<BOB@Example.ORG>").startswith("250")


def test_only_the_trusted_network_may_send_elsewhere():
    with new_folder() as folder, Sink() as sink:
        with Mailsecd(folder / "demo", smarthost=f"127.0.0.1:{sink.port}") as server:
            with Client(server.port, source=TRUSTED) as client:
                client.message("alice@example.org", ["carol@elsewhere.example"], CONTENT)
            ((envelope, content),) = sink.wait_for(1)
            assert any("carol@elsewhere.example" in line for line in envelope)
            assert content.endswith(b"\r\nline one\r\n..stuffed\r\n.\r\n")
            with Client(server.port, source=STRANGER) as client:
                client.ask("MAIL FROM:<alice@example.org>")
                assert client.ask("RCPT TO:<carol@elsewhere.example>").startswith("550 5.7.1")


def test_without_a_smarthost_mail_waits_and_the_queue_shows_it(server):
    with Client(server.port, source=TRUSTED) as client:
        client.message("alice@example.org", ["carol@elsewhere.example"], CONTENT)
    listing = server.command("queue", "list", "--json")
    assert listing.returncode == 0, listing.stderr
    entry = json.loads(listing.stdout)
    assert entry["state"] == "waiting"
    shown = server.command("queue", "show", entry["id"])
    assert "carol@elsewhere.example" in shown.stdout
    assert server.command("queue", "hold", entry["id"]).returncode == 0
    assert json.loads(server.command("queue", "list", "--json").stdout)["state"] == "held"
    assert server.command("queue", "release", entry["id"]).returncode == 0
    wait_until(lambda: json.loads(server.command("queue", "list", "--json").stdout)["state"]
               == "waiting", "the release")
    assert "1 message" in server.command("queue", "remove", entry["id"]).stdout
    assert server.command("queue", "list").stdout == ""


def test_a_wrong_id_is_told(server):
    for words in (("queue", "show", "NOSUCH"), ("queue", "hold", "../../etc")):
        done = server.command(*words)
        assert done.returncode == 1
        assert done.stderr.strip()
    assert server.command("queue", "eat").returncode == 2


def test_explain_is_the_answer_that_a_client_gets(server):
    refused = server.command("explain", "--client", "198.51.100.7", "--from", "a@example.net",
                             "--to", "x@elsewhere.example")
    assert "550 5.7.1" in refused.stdout and "R14" in refused.stdout
    accepted = server.command("explain", "--client", "198.51.100.7", "--from", "a@example.net",
                              "--to", "alice@example.org", "--json")
    assert json.loads(accepted.stdout)["verdict"] == "accept"


def test_check_says_how_the_server_is(server):
    done = server.command("check")
    assert done.returncode == 0
    assert "mx.example.org" in done.stdout


def test_nothing_is_lost_when_the_server_is_killed():
    with new_folder() as folder, Sink() as sink:
        server = Mailsecd(folder / "demo")
        with Client(server.port, source=TRUSTED) as client:
            for i in range(20):
                replies = client.message("alice@example.org", ["carol@elsewhere.example"],
                                         b"Subject: %d\r\n\r\nx\r\n" % i)
                assert replies[-1].startswith("250")
            server.stop(signal.SIGKILL)
        server.smarthost = f"127.0.0.1:{sink.port}"
        server.start()
        server.command("queue", "flush")
        received = sink.wait_for(20)
        server.stop()
        subjects = sorted(content.split(b"Subject: ")[1].split(b"\r\n")[0]
                          for _, content in received)
        assert subjects == sorted(b"%d" % i for i in range(20))


def test_a_graceful_stop_lets_a_message_finish(server):
    with Client(server.port) as client, Client(server.port) as idle:
        client.ask("MAIL FROM:<carol@example.net>")
        client.ask("RCPT TO:<alice@example.org>")
        assert client.ask("DATA").startswith("354")
        server.process.send_signal(signal.SIGTERM)
        assert idle.reply().startswith("421 4.3.2")
        time.sleep(0.2)
        client.send(CONTENT + b".\r\n")
        assert client.reply().startswith("250")
        assert client.reply().startswith("421")
    began = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - began < 30


def test_the_spool_and_the_socket_are_private(server):
    for root, folders, files in os.walk(server.folder / "spool"):
        for name in folders + files:
            mode = stat.S_IMODE(os.lstat(os.path.join(root, name)).st_mode)
            assert mode & 0o077 == 0, name
    assert stat.S_IMODE(os.lstat(server.folder / "spool").st_mode) == 0o700
    assert stat.S_IMODE(os.lstat(server.folder / "control").st_mode) == 0o600


def test_a_spool_that_others_can_read_stops_the_start():
    with new_folder() as folder:
        server = Mailsecd(folder / "demo")
        server.stop()
        os.chmod(folder / "demo" / "spool", 0o755)
        with pytest.raises(AssertionError, match="spool"):
            server.start()


def test_a_second_server_is_refused_its_spool(server):
    done = subprocess.run([program("mailsecd"), "--demo", str(server.folder)],
                          capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 1
    assert done.stderr.strip()
    with Client(server.port) as client:  # The first goes on.
        assert client.ask("NOOP").startswith("250")


def test_it_listens_on_all_of_loopback_and_nowhere_else(server):
    with socket.create_connection(("127.9.8.7", server.port), 5) as connection:
        assert connection.recv(4) == b"220 "


def test_smtplib(server):
    with smtplib.SMTP("127.0.0.1", server.port, local_hostname="client.example") as client:
        client.sendmail("carol@example.net", ["alice@example.org", "bob@example.org"],
                        "Subject: two\r\n\r\nhello\r\n")
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            client.sendmail("carol@example.net", ["x@elsewhere.example"], "Subject: no\r\n\r\n")
        assert client.has_extn("size") and client.has_extn("smtputf8")
        assert not client.has_extn("starttls") and not client.has_extn("auth")
    for name in ("alice", "bob"):
        (mail,) = server.wait_for_mail(name)
        assert b"Subject: two" in mail
        assert b" for <" not in mail  # One recipient must not learn of the other.


def test_an_8_bit_and_an_internationalised_message(server):
    with smtplib.SMTP("127.0.0.1", server.port, local_hostname="client.example") as client:
        client.ehlo()
        client.mail("gr\u00fc\u00dfe@example.net", options=["SMTPUTF8", "BODY=8BITMIME"])
        assert client.rcpt("alice@example.org")[0] == 250
        code, _ = client.data("Subject: Gr\u00fc\u00dfe\r\n\r\n\u20ac\r\n".encode())
        assert code == 250
    (mail,) = server.wait_for_mail("alice")
    assert "Subject: Gr\u00fc\u00dfe".encode() in mail
    assert b"with UTF8SMTP" in mail


def test_a_message_of_twenty_megabytes_streams(server):
    line = b"x" * 76 + b"\r\n"
    content = b"Subject: large\r\n\r\n" + line * (20 * 1024 * 1024 // len(line))
    with Client(server.port) as client:
        replies = client.message("carol@example.net", ["alice@example.org"], content)
        assert replies[-1].startswith("250"), replies
    (mail,) = server.wait_for_mail("alice")
    assert mail.endswith(content)


def test_too_large_is_refused_before_the_data(server):
    with Client(server.port) as client:
        assert client.ask("MAIL FROM:<a@example.net> SIZE=99999999999").startswith("552 5.3.4")


def test_smuggled_data_is_one_message_refused_and_closed(server):
    smuggled = (b"Subject: one\r\n\r\nfirst\r\n.\nMAIL FROM:<evil@example.net>\r\n"
                b"RCPT TO:<bob@example.org>\r\nDATA\r\nSubject: two\r\n\r\nsecond\r\n")
    with Client(server.port) as client:
        replies = client.message("carol@example.net", ["alice@example.org"], smuggled)
        assert replies[-1].startswith("5") and "5.6.0" in replies[-1]
        assert client.is_closed()
    assert server.mailbox("alice") == server.mailbox("bob") == []
    assert server.command("queue", "list").stdout == ""


def test_sighup_reloads_all_or_nothing(server):
    recipients = server.folder / "recipients"
    good = recipients.read_text()
    recipients.write_text(good + "not an address\n")
    server.process.send_signal(signal.SIGHUP)
    wait_until(lambda: "recipients:" in server.log(), "the error")
    with Client(server.port) as client:
        client.ask("MAIL FROM:<a@example.net>")
        assert client.ask("RCPT TO:<alice@example.org>").startswith("250")
        assert client.ask("RCPT TO:<dora@example.org>").startswith("550")
    recipients.write_text(good + "dora@example.org mailbox=dora\n")
    server.process.send_signal(signal.SIGHUP)
    wait_until(lambda: "server.reloaded" in server.log(), "the reload")
    with Client(server.port) as client:
        client.ask("MAIL FROM:<a@example.net>")
        assert client.ask("RCPT TO:<dora@example.org>").startswith("250")
