"""What a reload changes, what it keeps, and that no message is decided by two configurations."""
import contextlib
import itertools
import pathlib
import signal
import threading
import time

from testbed import Client, Mailsecd, new_folder, wait_until

CONFIG = """
hostname: "mx.example.org" administrator: "postmaster@example.org" deputy: "abuse@example.org"
listen { address: "127.0.0.1" }
local_domain { name: "example.org" recipients_file: "recipients" maildir_root: "mail" }
aliases_file: "aliases"
spool { directory: "spool" segment_megabytes: 4 reserve_megabytes: 4 }
limits { connections_per_client: 50 }
"""
RECIPIENTS = "".join(f"{name}@example.org mailbox={name}\n"
                     for name in ("postmaster", "abuse", "alice", "bob"))
# Two configurations: each has aliases that the other has not, and one that both
# have and that leads elsewhere.
ALICES = "".join(f"{name}@example.org: alice@example.org\n" for name in ("a1", "a2", "team"))
BOBS = "".join(f"{name}@example.org: bob@example.org\n" for name in ("b1", "b2", "team"))
CONTENT = b"Subject: hello\r\n\r\nbody\r\n"


@contextlib.contextmanager
def started():
    with new_folder() as folder:
        home = folder / "server"
        (home / "mail").mkdir(parents=True)
        home.chmod(0o700)
        (home / "recipients").write_text(RECIPIENTS)
        (home / "aliases").write_text(ALICES)
        with Mailsecd(home, config=CONFIG) as server:
            yield server


def reloads(server):
    return server.log().count(" server.reloaded")


def reload(server):
    before = reloads(server)
    server.process.send_signal(signal.SIGHUP)
    wait_until(lambda: reloads(server) > before, "the reload")


def put_aliases(server, text):
    """As a careful operator does: nobody reads half a file."""
    path = pathlib.Path(server.folder) / "aliases.new"
    path.write_text(text)
    path.rename(server.folder / "aliases")


def accepted(client, name):
    return client.ask(f"RCPT TO:<{name}@example.org>").startswith("250")


def finish(client):
    assert client.ask("DATA").startswith("354")
    client.send(CONTENT + b".\r\n")
    assert client.reply().startswith("250")


def test_a_message_is_decided_by_the_configuration_it_began_with():
    with started() as server, Client(server.port) as client:
        assert client.ask("MAIL FROM:<carol@example.com>").startswith("250")
        assert accepted(client, "a1") and not accepted(client, "b1")
        put_aliases(server, BOBS)
        reload(server)
        assert accepted(client, "a2") and not accepted(client, "b2")
        assert accepted(client, "team")
        finish(client)
        assert len(server.wait_for_mail("alice")) == 1
        assert not server.mailbox("bob")
        # The next one, in the same session, by what is in force now.
        assert client.ask("MAIL FROM:<carol@example.com>").startswith("250")
        assert not accepted(client, "a1") and accepted(client, "b1")
        assert accepted(client, "team")
        finish(client)
        assert len(server.wait_for_mail("bob")) == 1
        assert len(server.mailbox("alice")) == 1


def test_a_broken_file_changes_nothing_and_has_its_place():
    with started() as server:
        put_aliases(server, BOBS + "b3@example.org bob@example.org\n")
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "/aliases:4:" in server.log(), "the error")
        (server.folder / "mailsecd.textproto").write_text(CONFIG + "smarthost {\n nonsense: 1 }\n")
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "mailsecd.textproto:9:" in server.log(), "the other error")
        with Client(server.port) as client:
            assert client.ask("MAIL FROM:<carol@example.com>").startswith("250")
            assert accepted(client, "a1") and not accepted(client, "b1")
        assert reloads(server) == 0


def test_the_counts_of_connections_outlive_a_reload():
    with started() as server, contextlib.ExitStack() as open_ones:
        config = server.folder / "mailsecd.textproto"
        for _ in range(2):
            open_ones.enter_context(Client(server.port))
        for limit, is_admitted in ((2, False), (3, True)):
            config.write_text(CONFIG.replace("connections_per_client: 50",
                                             f"connections_per_client: {limit}"))
            reload(server)
            with Client(server.port, greet=False) as client:
                assert client.reply().startswith("220" if is_admitted else "421 4.7.0")


class Sender(threading.Thread):
    """Sends one message after another; each is for the aliases of both configurations."""

    def __init__(self, port, end):
        super().__init__()
        self.port, self.end = port, end
        self.sent = {"alice": 0, "bob": 0}
        self.failure = None

    def run(self):
        try:
            while time.monotonic() < self.end:
                with Client(self.port) as client:
                    for _ in range(20):
                        self.send(client)
        except Exception as failure:  # pylint: disable=broad-except
            self.failure = failure

    def send(self, client):
        assert client.ask("MAIL FROM:<carol@example.com>").startswith("250")
        taken = [name for name in ("a1", "b1", "a2", "b2", "team") if accepted(client, name)]
        assert taken in (["a1", "a2", "team"], ["b1", "b2", "team"]), taken
        finish(client)
        self.sent["alice" if "a1" in taken else "bob"] += 1


def test_mail_flows_while_the_configuration_is_reloaded_over_and_over():
    with started() as server:
        end = time.monotonic() + 8
        senders = [Sender(server.port, end) for _ in range(4)]
        for sender in senders:
            sender.start()
        broken = "broken@example.org broken\n"
        for text in itertools.cycle((BOBS, ALICES, BOBS + broken, ALICES)):
            if time.monotonic() > end:
                break
            put_aliases(server, text)
            server.process.send_signal(signal.SIGHUP)
            time.sleep(0.02)
        for sender in senders:
            sender.join(60)
            assert sender.failure is None, sender.failure
        sent = {name: sum(sender.sent[name] for sender in senders) for name in ("alice", "bob")}
        assert min(sent.values()) > 10 and reloads(server) > 20, (sent, reloads(server))
        # Every message once, and where the configuration that took it says.
        for name, count in sent.items():
            server.wait_for_mail(name, count)
        wait_until(lambda: server.command("queue", "list").stdout == "", "the end of the queue")
        assert {name: len(server.mailbox(name)) for name in sent} == sent
