"""What a hostile or careless client sends to the running server."""
import time

import pytest

from faulty_hop import FaultyHop
from house import INSIDE, OUTSIDE, House
from notifications import wait_for_notifications
from testbed import Client, new_folder, wait_until

BODY = b"Subject: x\r\n\r\nhello\r\n"
PROXY = "127.0.0.3"


@pytest.fixture(name="start")
def fixture_start():
    started = []
    with new_folder() as folder:
        def start(config="", **more):
            started.append(House(folder / f"s{len(started)}", config, **more))
            return started[-1]

        yield start
        for server in started:
            server.stop()


def proxied(server, header):
    """A client that speaks through the proxy."""
    client = Client(server.port, source=PROXY, greet=False)
    client.send(header)
    return client


def hello(client):
    greeting = client.reply()
    if greeting.startswith("220"):
        assert client.ask("EHLO client.example").startswith("250")
    return greeting


# ---------------------------------------------------------------------------
# Content whose end nobody knows

@pytest.mark.parametrize("line, code", [("BDAT 300 LAST x", "501"), ("BDAT -1", "501"),
                                        ("BDAT 0x10 LAST", "501"),
                                        ("BDAT 18446744073709551616 LAST", "552")])
def test_no_octet_of_a_chunk_is_a_command(start, line, code):
    server = start()
    with Client(server.port) as client:
        client.ask("MAIL FROM:<c@far.example>")
        client.ask("RCPT TO:<alice@example.org>")
        client.send(line.encode() + b"\r\nRSET\r\nMAIL FROM:<evil@far.example>\r\n"
                    b"RCPT TO:<alice@example.org>\r\nBDAT 2 LAST\r\n\r\n")
        assert client.reply().startswith(code)
        assert client.is_closed()
    assert server.mailbox("alice") == [] and server.queue() == []


# ---------------------------------------------------------------------------
# The PROXY protocol

THROUGH_PROXY = 'limits { connections_per_client: 2 }'


@pytest.fixture(name="behind")
def fixture_behind(start):
    """A server that also authorises its proxy's own address."""
    return start(f'authorised_network: "192.0.2.0/24" authorised_network: "{PROXY}/32"\n'
                 f'listen {{ address: "127.0.0.1" proxy_network: "{PROXY}/32" }}\n'
                 f'smarthost {{ host: "127.0.0.1" port: 9 }}\n{THROUGH_PROXY}')


def listeners(server):
    """The port of the listener with the proxy is the second one's."""
    return int(server.process.stdout.readline().strip().rsplit(":", 1)[1])


@pytest.fixture(name="port")
def fixture_port(behind):
    behind.port = listeners(behind)
    return behind.port


def test_clients_behind_a_proxy_are_counted_each(behind, port):
    del port
    line = b"PROXY TCP4 198.51.100.7 127.0.0.1 1 25\r\n"
    first, second = proxied(behind, line), proxied(behind, line)
    assert hello(first).startswith("220") and hello(second).startswith("220")
    with proxied(behind, line) as third:
        assert third.reply().startswith("421 4.7.0")
        assert third.is_closed()
    with proxied(behind, line.replace(b".7", b".8")) as other:
        assert hello(other).startswith("220")
    trusted = [proxied(behind, b"PROXY TCP4 192.0.2.7 127.0.0.1 1 25\r\n") for _ in range(4)]
    assert all(hello(client).startswith("220") for client in trusted)
    for client in [first, second, *trusted]:
        client.close()

    def has_place():
        with proxied(behind, line) as client:
            return hello(client).startswith("220")

    wait_until(has_place, "a place for a client that had gone")
    assert behind.events("smtp.too_many_connections")[0]["client"] == "198.51.100.7"


V2 = b"\r\n\r\n\x00\r\nQUIT\n"


@pytest.mark.parametrize("header", [
    b"PROXY UNKNOWN\r\n",
    b"PROXY UNKNOWN 192.0.2.7 127.0.0.1 1 25\r\n",
    b"PROXY TCP4 0.0.0.0 127.0.0.1 1 25\r\n",
    V2 + b"\x20\x00\x00\x00",  # LOCAL.
    V2 + b"\x20\x11\x00\x0c" + bytes([192, 0, 2, 7, 127, 0, 0, 1, 0, 1, 0, 25]),
    V2 + b"\x21\x00\x00\x00",  # UNSPEC.
], ids=["unknown", "unknown-with-addresses", "nobody", "local", "local-filled", "unspec"])
def test_whom_a_proxy_does_not_name_is_a_stranger(behind, port, header):
    del port
    with proxied(behind, header) as client:
        hello(client)
        client.ask("MAIL FROM:<alice@example.org>")
        assert client.ask("RCPT TO:<victim@far.example>").startswith("550 5.7.1")
        assert client.ask("RCPT TO:<bob@example.org>").startswith("250")
    with proxied(behind, b"PROXY TCP4 192.0.2.7 127.0.0.1 1 25\r\n") as client:
        hello(client)
        client.ask("MAIL FROM:<alice@example.org>")
        assert client.ask("RCPT TO:<someone@far.example>").startswith("250")


# ---------------------------------------------------------------------------
# Refusals

def test_guessing_addresses_grows_slow_and_ends(start):
    server = start("limits { bad_commands: 1 }")
    with Client(server.port, source=OUTSIDE) as client:
        client.ask("MAIL FROM:<c@far.example>")
        began = time.monotonic()
        client.send(b"".join(b"RCPT TO:<u%d@example.org>\r\n" % i for i in range(10000)))
        replies = [client.reply() for _ in range(11)]
        took = time.monotonic() - began
        assert [r[:9] for r in replies] == ["550 5.1.1"] * 10 + ["421 4.7.0"]
        assert client.is_closed()
    assert took > 4
    assert server.wait_for_event("smtp.closed")["reason"] == "refused too often"
    with Client(server.port, source=OUTSIDE) as client:  # And nobody else waits.
        assert client.ask("NOOP").startswith("250")


def test_guessing_in_many_sessions_is_as_slow_as_in_one(start):
    server = start("limits { bad_commands: 4 }")
    took = []
    for session in range(2):
        with Client(server.port, source=OUTSIDE) as client:
            client.ask("MAIL FROM:<c@far.example>")
            began = time.monotonic()
            for i in range(10):
                assert client.ask(f"RCPT TO:<u{session}-{i}@example.org>").startswith("550")
            took.append(time.monotonic() - began)
    assert took[0] < 1 and took[1] > 2
    with Client(server.port, source="127.0.0.9") as client:  # And nobody else waits.
        client.ask("MAIL FROM:<c@far.example>")
        began = time.monotonic()
        client.ask("RCPT TO:<u@example.org>")
        assert client.ask("NOOP").startswith("250")
        assert time.monotonic() - began < 1


def test_what_is_refused_for_its_form_is_in_the_log(start):
    server = start()
    with Client(server.port, source=OUTSIDE) as client:
        assert client.ask("MAIL FROM:a@far.example").startswith("501")
        client.ask("MAIL FROM:<a@far.example>")
        client.send(b"RCPT TO:<x\x1b[2J\xff" + b"y" * 300 + b"\r\n")
        assert client.reply().startswith("501")
        assert client.ask("AUTH PLAIN AGEAc2VjcmV0").startswith("502")
        assert client.ask("QUIT").startswith("221")
    end = server.wait_for_event("smtp.closed")
    mail, rcpt, auth = server.events("smtp.command_refused")
    assert mail["line"] == "MAIL FROM:a@far.example" and mail["reply"].startswith("501 5.1.7")
    # Escaped once, and no longer than a line should be.
    assert rcpt["line"].startswith(r"RCPT TO:<x\x1b[2J\xffyyy") and len(rcpt["line"]) < 220
    assert (auth["command"], auth["line"]) == ("AUTH", "AUTH")
    assert {e["session"] for e in (mail, rcpt, auth)} == {end["session"]}
    assert {e["client"] for e in (mail, rcpt, auth)} == {OUTSIDE}


def test_nobody_fills_the_log_with_what_is_refused(start):
    server = start("limits { bad_commands: 3 }")
    with Client(server.port, source=OUTSIDE) as client:
        client.ask("EHLO client.example")
        for _ in range(3):
            client.ask("BOGUS")
        client.send(b"MAIL FROM:<a\r\n" * 1000)
        assert client.reply().startswith("421")
    server.wait_for_event("smtp.closed")
    assert len(server.events("smtp.command_refused")) == 4


def test_a_look_whether_the_port_is_open_leaves_nothing_in_the_log(start):
    server = start()
    for _ in range(3):
        Client(server.port, greet=False).close()  # Perhaps before our greeting.
        with Client(server.port, greet=False) as client:
            assert client.reply().startswith("220")
    with Client(server.port) as client:
        client.ask("QUIT")
    server.wait_for_event("smtp.closed")
    assert len(server.events("smtp.closed")) == 1
    assert server.log().count(" smtp.") == 1


def test_a_session_that_is_slowed_down_does_not_hold_up_the_stop(start):
    server = start("limits { bad_commands: 4 }")
    with Client(server.port, source=OUTSIDE) as client:
        for _ in range(2):  # The second costs five seconds.
            assert client.ask("NONSENSE").startswith("500")
        began = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began < 4


# ---------------------------------------------------------------------------
# Fields of ours

@pytest.mark.parametrize("chunked", [False, True], ids=["data", "bdat"])
def test_no_content_goes_on_with_our_fields(start, chunked):
    server = start()
    forged = b" by mail.bank.example with ESMTPSA\r\n\tid 1; now\r\nSubject: x\r\n\r\nhello\r\n"
    for content in (forged, b"\r\n by mail.bank.example\r\n"):
        with Client(server.port) as client:
            client.ask("MAIL FROM:<c@far.example>")
            client.ask("RCPT TO:<alice@example.org>")
            if chunked:
                client.send(b"BDAT %d LAST\r\n%s" % (len(content), content))
            else:
                client.ask("DATA")
                client.send(content + b".\r\n")
            assert client.reply().startswith("250")
    for mail in server.wait_for_mail("alice", 2):
        head, _, body = mail.partition(b"\r\n\r\n")
        assert b"bank" not in head and body.lstrip(b"\r\n").startswith((b" by mail", b"by mail"))


# ---------------------------------------------------------------------------
# Out of turn

def test_content_in_one_write_with_data_is_refused(start):
    server = start()
    with Client(server.port) as client:
        client.send(b"MAIL FROM:<c@far.example>\r\nRCPT TO:<alice@example.org>\r\nDATA\r\n"
                    b"Subject: x\r\n\r\nx\r\n.\r\nQUIT\r\n")
        assert client.reply().startswith("250") and client.reply().startswith("250")
        assert client.reply().startswith("503 5.5.0")
        assert client.is_closed()
    assert server.mailbox("alice") == []
    event = server.wait_for_event("smtp.early_talker")
    assert (event["before"], event["refused"]) == ("answer", "yes")


@pytest.mark.parametrize("verb", ["EHLO", "HELO"])
def test_a_whole_session_in_one_write_is_refused(start, verb):
    server = start()
    with Client(server.port, greet=False) as client:
        assert client.reply().startswith("220")
        client.send(verb.encode() + b" c.example\r\nMAIL FROM:<c@far.example>\r\n"
                    b"RCPT TO:<alice@example.org>\r\nDATA\r\nx\r\n.\r\nQUIT\r\n")
        assert client.reply().startswith("503 5.5.0")
        assert client.is_closed()


# What arrives while we are still deciding has not waited either.
def test_content_that_comes_before_the_answer_to_data_is_refused(start):
    with FaultyHop(lmtp=True) as hop:
        local = (f'local_domain {{ name: "example.org" recipients_file: "recipients" '
                 f'lmtp {{ host: "127.0.0.1" port: {hop.port} }} }}')
        server = start(local=local)
        with Client(server.port, source=OUTSIDE) as client:
            client.send(b"MAIL FROM:<c@far.example>\r\nRCPT TO:<alice@example.org>\r\n")
            client.send(b"DATA\r\n")
            client.send(b"x\r\n.\r\n")
            replies = [client.reply() for _ in range(3)]
            assert replies[-1].startswith("503 5.5.0"), replies
        assert hop.taken == []


def test_correct_pipelining_is_untouched(start):
    server = start()
    group = b"MAIL FROM:<c@far.example>\r\nRCPT TO:<alice@example.org>\r\n"
    with Client(server.port) as client:
        client.send(group + b"DATA\r\n")
        assert [client.reply()[:3] for _ in range(3)] == ["250", "250", "354"]
        client.send(BODY + b".\r\nRSET\r\n" + group + b"BDAT 10\r\nSubject: yBDAT 4 LAST\r\n\r\n\r\n"
                    + group + b"DATA\r\n")
        replies = [client.reply()[:3] for _ in range(9)]
        assert replies == ["250"] * 8 + ["354"], replies
        client.send(BODY + b".\r\nQUIT\r\n")
        assert [client.reply()[:3] for _ in range(2)] == ["250", "221"]
    assert len(server.wait_for_mail("alice", 3)) == 3
    assert server.events("smtp.early_talker") == []


def test_listed_networks_are_only_noted(start):
    server = start(f'early_talker_network: "{INSIDE}/32" limits {{ greeting_delay_milliseconds: 100 }}')
    with Client(server.port, source=INSIDE, greet=False) as client:
        client.send(b"HELO c.example\r\nMAIL FROM:<c@far.example>\r\nRCPT TO:<alice@example.org>\r\n"
                    b"DATA\r\n" + BODY + b".\r\nQUIT\r\n")
        replies = [client.reply()[:3] for _ in range(7)]
        assert replies == ["220", "250", "250", "250", "354", "250", "221"]
    server.wait_for_mail("alice")
    assert [e["refused"] for e in server.events("smtp.early_talker")] == ["no"]


# ---------------------------------------------------------------------------
# Aliases

SECRET = "secret@inner.example"


@pytest.fixture(name="aliased")
def fixture_aliased(start):
    with FaultyHop() as hop:
        server = start('aliases_file: "aliases"\n'
                       f'relay_domain {{ name: "inner.example" next_hop {{ host: "127.0.0.1" '
                       f'port: {hop.port} }} }}',
                       files={"aliases": f"robert@example.org: {SECRET}\n"})
        yield hop, server


@pytest.mark.parametrize("recipient", ["robert@example.org",
                                       "Robert@example.org> ORCPT=rfc822;bob@old.example"])
def test_a_notification_does_not_tell_who_stands_behind_an_alias(aliased, recipient):
    hop, server = aliased
    hop.answers["secret@"] = f"550 5.7.1 <{SECRET}>: secret does not like you"
    server.submit([recipient])
    (ndn,) = wait_for_notifications(server)
    (mail,) = server.mailbox("alice")
    assert b"secret" not in mail and b"inner.example" not in mail, mail
    (address,) = ndn.recipients
    assert address.lower() == "robert@example.org"
    assert f"<{address}>: {address[:6]} does not like you" in ndn.fate(address)[2]


# ---------------------------------------------------------------------------
# Greetings

@pytest.mark.parametrize("name", ["mail.example.com.", "desktop-", "2001:db8::25"])
def test_what_many_clients_say_in_ehlo_is_taken_and_logged(start, name):
    server = start()
    with Client(server.port, greet=False) as client:
        client.reply()
        assert client.ask(f"EHLO {name}").startswith("250")
        replies = client.message("c@far.example", ["alice@example.org"], BODY)
        assert replies[-1].startswith("250")
    (mail,) = server.wait_for_mail("alice")
    assert f"(HELO {name})".encode() in mail.partition(b"Subject")[0]
    assert wait_until(lambda: server.events("smtp.closed"), "the log")[0]["helo"] == name
