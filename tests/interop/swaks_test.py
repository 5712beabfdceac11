"""swaks, an SMTP client that testers use."""
import shutil
import subprocess

import pytest

from testbed import Mailsecd, new_folder

pytestmark = pytest.mark.skipif(shutil.which("swaks") is None, reason="swaks is not installed")


def swaks(port, *arguments):
    return subprocess.run(["swaks", "--server", f"127.0.0.1:{port}", "--helo", "client.example",
                           "--timeout", "20", *arguments],
                          capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(name="server")
def fixture_server():
    with new_folder() as folder, Mailsecd(folder / "demo") as server:
        yield server


def test_a_message_arrives(server):
    done = swaks(server.port, "--from", "carol@example.net", "--to", "alice@example.org",
                 "--header", "Subject: from swaks", "--body", ".a line with a dot")
    assert done.returncode == 0, done.stdout
    (mail,) = server.wait_for_mail("alice")
    assert b"Subject: from swaks" in mail and b"\r\n.a line with a dot" in mail


def test_relaying_is_refused(server):
    done = swaks(server.port, "--from", "carol@example.net", "--to", "x@elsewhere.example")
    assert done.returncode != 0
    assert "550 5.7.1" in done.stdout


def test_pipelining(server):
    done = swaks(server.port, "--pipeline", "--from", "carol@example.net", "--to",
                 "alice@example.org,bob@example.org,nobody@example.org")
    assert "550 5.1.1" in done.stdout
    server.wait_for_mail("alice")
    server.wait_for_mail("bob")


def test_proxy_header_from_a_stranger_is_no_smtp(server):
    done = swaks(server.port, "--from", "carol@example.net", "--to", "x@elsewhere.example",
                 "--proxy-version", "1", "--proxy-family", "TCP4", "--proxy-source", "127.0.0.2",
                 "--proxy-source-port", "1", "--proxy-dest", "127.0.0.1", "--proxy-dest-port", "25")
    assert "250 2.0.0 Ok" not in done.stdout
    assert "550 5.7.1" in done.stdout or "50" in done.stdout


def test_proxy_header_from_a_listed_proxy_names_the_client():
    config = """
hostname: "mx.example.org" administrator: "a@example.org" deputy: "b@example.org"
listen { address: "127.0.0.1" proxy_network: "127.0.0.3/32" }
local_domain { name: "example.org" recipients_file: "recipients" maildir_root: "." }
authorised_network: "127.0.0.3/32" authorised_network: "192.0.2.7/32"
"""
    with new_folder() as folder:
        (folder / "s").mkdir(mode=0o700)
        (folder / "s" / "recipients").write_text(
            "postmaster@example.org mailbox=postmaster\nabuse@example.org mailbox=abuse\n")
        proxy = ("--local-interface", "127.0.0.3", "--proxy-version", "2", "--proxy-family",
                 "AF_INET", "--proxy-protocol", "STREAM", "--proxy-command", "PROXY",
                 "--proxy-source-port", "1", "--proxy-dest", "127.0.0.1",
                 "--proxy-dest-port", "25", "--from", "a@example.org")
        with Mailsecd(folder / "s", config=config) as server:
            trusted = swaks(server.port, *proxy, "--proxy-source", "192.0.2.7", "--to",
                            "x@elsewhere.example")
            assert trusted.returncode == 0, trusted.stdout
            stranger = swaks(server.port, *proxy, "--proxy-source", "198.51.100.7", "--to",
                             "x@elsewhere.example")
            assert "550 5.7.1" in stranger.stdout
            silent = swaks(server.port, "--local-interface", "127.0.0.3", "--from",
                           "a@example.org", "--to", "x@elsewhere.example")
            assert silent.returncode != 0
