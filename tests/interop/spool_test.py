"""The spool under a running server: secrecy, keys, crashes, foreign hands."""
import json
import os
import pathlib
import signal

import pytest

from testbed import Client, Mailsecd, Sink, new_folder, wait_until

CONFIG = """
hostname: "mx.example.org" administrator: "a@example.org" deputy: "b@example.org"
listen {{ address: "127.0.0.1" }}
local_domain {{ name: "example.org" recipients_file: "recipients" maildir_root: "mail" }}
authorised_network: "127.0.0.2/32"
log {{ severity: "debug" }}
spool {{ segment_megabytes: 1 {spool} }}
{more}
"""
TRUSTED = "127.0.0.2"


@pytest.fixture(name="home")
def fixture_home():
    with new_folder() as folder:
        home = folder / "s"
        (home / "mail").mkdir(parents=True)
        os.chmod(home, 0o700)
        (home / "recipients").write_text("postmaster@example.org\nabuse@example.org\n")
        yield home


def write_key(home, name, octets):
    path = home / name
    path.write_bytes(octets)
    os.chmod(path, 0o600)


def spool_octets(home):
    return b"".join(path.read_bytes() for path in (home / "spool").rglob("*") if path.is_file())


def submit(server, subject):
    with Client(server.port, source=TRUSTED) as client:
        replies = client.message("a@example.org", ["carol@elsewhere.example"],
                                 f"Subject: {subject}\r\n\r\ncanary-of-the-content\r\n".encode())
        assert replies[-1].startswith("250"), replies


def queue(server):
    listing = server.command("queue", "list", "--json").stdout
    return [json.loads(line) for line in listing.splitlines()]


# R4, R8, LOG-03
def test_a_sealed_spool_shows_nothing_and_the_key_is_nowhere(home):
    key = b"0123456789-secret-canary-key-abc"
    write_key(home, "key1", key)
    config = CONFIG.format(spool='key { id: 1 file: "key1" }', more="")
    with Mailsecd(home, config=config) as server:
        submit(server, "sealed")
        shown = server.command("queue", "show", queue(server)[0]["id"])
        assert "carol@elsewhere.example" in shown.stdout
        octets = spool_octets(home)
        for secret in (b"canary-of-the-content", b"elsewhere.example", b"Subject", key):
            assert secret not in octets
        for text in (server.log(), shown.stdout, server.command("check").stdout):
            assert "secret-canary-key" not in text and key.hex() not in text
    assert "secret-canary-key" not in server.log()


def test_a_clear_spool_is_only_as_secret_as_its_folder(home):
    with Mailsecd(home, config=CONFIG.format(spool="", more="")) as server:
        submit(server, "clear")
        assert b"canary-of-the-content" in spool_octets(home)


def test_keys_rotate_and_a_missing_one_stops_the_start(home):
    write_key(home, "key1", b"1" * 32)
    write_key(home, "key2", b"2" * 32)
    one = CONFIG.format(spool='key { id: 1 file: "key1" }', more="")
    both = CONFIG.format(spool='key { id: 1 file: "key1" } key { id: 2 file: "key2" }', more="")
    two = CONFIG.format(spool='key { id: 2 file: "key2" }', more="")
    server = Mailsecd(home, config=one)
    submit(server, "under the first key")
    server.stop()
    server.config = two
    with pytest.raises(AssertionError, match="sealed with key 1"):
        server.start()
    server.config = both
    server.start()
    submit(server, "under the second key")
    assert len(queue(server)) == 2
    for entry in queue(server):
        assert "carol" in server.command("queue", "show", entry["id"]).stdout
    server.stop()


def test_a_key_that_others_can_read_stops_the_start(home):
    write_key(home, "key1", b"1" * 32)
    os.chmod(home / "key1", 0o644)
    with pytest.raises(AssertionError, match="chmod 600"):
        Mailsecd(home, config=CONFIG.format(spool='key { id: 1 file: "key1" }', more=""))


# SPOOL-10
def test_the_lock_ends_with_its_process(home):
    config = CONFIG.format(spool="", more="")
    first = Mailsecd(home, config=config)
    submit(first, "kept")
    with pytest.raises(AssertionError):
        Mailsecd(home, config=config)  # While the first lives.
    first.stop(signal.SIGKILL)
    with Mailsecd(home, config=config) as second:
        assert len(queue(second)) == 1


# SPOOL-12
def test_the_umask_makes_no_difference(home):
    before = os.umask(0)
    try:
        server = Mailsecd(home, config=CONFIG.format(spool="", more=""))
    finally:
        os.umask(before)
    with server:
        submit(server, "private")
        for path in [home / "spool", *(home / "spool").rglob("*")]:
            assert path.stat().st_mode & 0o077 == 0, path


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_user_can_do_nothing_in_the_spool(home):
    os.chmod(home.parent, 0o755)
    os.chmod(home, 0o755)
    with Mailsecd(home, config=CONFIG.format(spool="", more="")) as server:
        submit(server, "private")
        child = os.fork()
        if child == 0:
            code = 0
            try:
                os.setgid(65534)
                os.setuid(65534)
            except OSError:
                os._exit(0)  # A sandbox without other users.
            spool = home / "spool"
            for attempt in (lambda: os.listdir(spool), lambda: open(spool / "x", "w"),
                            lambda: (spool / "spool.meta").read_bytes()):
                try:
                    attempt()
                    code = 1
                except PermissionError:
                    pass
            os._exit(code)
        assert os.waitpid(child, 0)[1] == 0


# SPOOL-05
def test_foreign_things_in_the_spool_are_never_fatal(home):
    config = CONFIG.format(spool="", more="")
    server = Mailsecd(home, config=config)
    submit(server, "mine")
    server.stop()
    folders = [path for path in (home / "spool").rglob("*") if path.is_dir()]
    for folder in folders:
        (folder / "foreign").write_text("what is this?")
        os.chmod(folder / "foreign", 0o600)
        (folder / "link").symlink_to("/etc/passwd")
        (folder / "folder").mkdir(mode=0o700)
        (folder / "control\x01\n").touch(mode=0o600)
    server.start()
    with server:
        assert len(queue(server)) == 1
        assert "\x01" not in server.log()
    assert pathlib.Path("/etc/passwd").exists()


# SPOOL-03
def test_no_message_is_multiplied_by_crashes(home):
    with Sink() as sink:
        config = CONFIG.format(
            spool="", more=f'smarthost {{ host: "127.0.0.1" port: {sink.port} }}')
        server = Mailsecd(home, config=config)
        sent = 0
        for _ in range(5):
            for _ in range(10):
                submit(server, f"number {sent}")
                sent += 1
            server.stop(signal.SIGKILL)
            server.start()
        wait_until(lambda: not queue(server), "an empty queue")
        server.stop()
        subjects = [content.split(b"Subject: ")[1].split(b"\r\n")[0]
                    for _, content in sink.received]
        assert set(subjects) == {b"number %d" % i for i in range(sent)}
        # At most those that were under way at a kill came twice.
        assert len(subjects) - len(set(subjects)) <= 5 * 10


# SPOOL-09
def test_every_attribute_survives_a_restart(home):
    with Sink() as sink:
        server = Mailsecd(home, config=CONFIG.format(spool="", more=""))
        with Client(server.port, source=TRUSTED) as client:
            client.send("MAIL FROM:<gr\u00fc\u00dfe@example.org> SMTPUTF8 BODY=8BITMIME RET=HDRS "
                        "ENVID=q+2B1\r\n".encode())
            assert client.reply().startswith("250")
            assert client.ask("RCPT TO:<carol@elsewhere.example> NOTIFY=SUCCESS,FAILURE "
                              "ORCPT=rfc822;x+2By@z.example").startswith("250")
            assert client.ask("DATA").startswith("354")
            client.send("Subject: \u20ac\r\n\r\n\u20ac\r\n.\r\n".encode())
            assert client.reply().startswith("250")
        server.stop(signal.SIGKILL)
        server.config = CONFIG.format(
            spool="", more=f'smarthost {{ host: "127.0.0.1" port: {sink.port} }}')
        server.start()
        server.command("queue", "flush")
        ((envelope, _),) = sink.wait_for(1)
        server.stop()
        text = " ".join(envelope)
        for want in ("SMTPUTF8", "BODY=8BITMIME", "RET=HDRS", "ENVID=q+2B1",
                     "NOTIFY=SUCCESS,FAILURE", "ORCPT=rfc822;x+2By@z.example"):
            assert want in text, (want, text)
