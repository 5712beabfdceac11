"""R20: administrator and deputy are told of alarms by mail, and not too often."""
import email
import email.policy
import signal
import time

from testbed import Client, Mailsecd, Sink, new_folder, wait_until

STRANGER, TRUSTED = "127.0.0.1", "127.0.0.2"
CONTENT = b"Subject: hello\r\n\r\nbody\r\n"
# Alarms are gathered for a second before the first mail.
A_MOMENT = 2.5

CONFIG = """
hostname: "mx.example.org" administrator: "%(administrator)s"
deputy: "deputy@example.org"
listen { address: "0.0.0.0" interface: "lo" }
authorised_network: "127.0.0.2/32"
local_domain { name: "example.org" recipients_file: "recipients" maildir_root: "mail" }
relay_domain { name: "inner.example" next_hop { host: "127.0.0.1" port: %(port)d } }
smarthost { host: "127.0.0.1" port: %(port)d }
spool { directory: "spool" segment_megabytes: 4 reserve_megabytes: 4 }
notifications { %(notifications)s }
"""
RECIPIENTS = "".join(f"{name}@example.org mailbox={name}\n"
                     for name in ("postmaster", "abuse", "alice", "deputy"))


def start(folder, sink, administrator="postmaster@example.org", notifications=""):
    home = folder / "server"
    home.mkdir(mode=0o700)
    (home / "mail").mkdir(mode=0o700)
    (home / "recipients").write_text(RECIPIENTS)
    return Mailsecd(home, config=CONFIG % {
        "administrator": administrator, "port": sink.port, "notifications": notifications})


def digest(octets):
    """The parsed mail and its text on one line, however it was wrapped."""
    mail = email.message_from_bytes(octets, policy=email.policy.default)
    return mail, " ".join(mail.get_content().split())


def send(server, source, sender, recipient):
    with Client(server.port, source=source) as client:
        replies = client.message(sender, [recipient], CONTENT)
        assert replies[-1].startswith("250"), replies


def test_the_demo_mails_the_first_alarm_at_once_and_no_more_for_an_hour():
    with new_folder() as folder, Sink(answers={"nobody@": "550 5.1.1 no such user"}) as sink:
        with Mailsecd(folder / "demo", smarthost=f"127.0.0.1:{sink.port}") as server:
            send(server, TRUSTED, "alice@example.org", "nobody@elsewhere.example")
            (octets,) = server.wait_for_mail("postmaster")
            assert server.wait_for_mail("deputy")
            assert octets.startswith(b"Return-Path: <>\r\n")
            mail, text = digest(octets)
            assert mail["To"] == "postmaster@example.org, deputy@example.org"
            assert mail["Auto-Submitted"] == "auto-generated"
            assert mail["Subject"].endswith("mx.example.org: 1")
            for part in ("ndn.sent, R20", "no-such-recipient", "sender: <alice@example.org>",
                         "recipient: <nobody@elsewhere.example>",
                         "its answer: 550 5.1.1 no such user", "[127.0.0.1]", "otherwise: "):
                assert part in text, text
            assert "1 failures or delays notified, 0 contradictions" in \
                server.command("check").stdout
            # The sender has the notification itself.
            assert server.wait_for_mail("alice")
            send(server, TRUSTED, "alice@example.org", "nobody@elsewhere.example")
            server.wait_for_mail("alice", 2)
            time.sleep(A_MOMENT)
            assert len(server.mailbox("postmaster")) == len(server.mailbox("deputy")) == 1


def test_a_contradiction_is_an_alarm_that_names_the_hop_and_the_message():
    with new_folder() as folder, Sink(answers={"gone@": "550 5.1.1 user unknown"}) as sink:
        with start(folder, sink, notifications="language: GERMAN") as server:
            send(server, STRANGER, "carol@example.net", "gone@inner.example")
            mail, text = digest(server.wait_for_mail("postmaster")[0])
            assert mail["Subject"] == "Alarme des Mailservers mx.example.org: 1"
            assert mail["Content-Language"] == "de"
            assert "ndn.contradiction" in text
            assert "Antwort: 550 5.1.1 user unknown" in text
            identifier = text.split("Nachricht: ")[1].split()[0]
            shown = server.command("queue", "show", identifier).stdout
            assert ": failed (550 5.1.1 user unknown) at " in shown
            assert "[127.0.0.1], cause: no-such-recipient" in shown
            assert "0 failures or delays notified, 1 contradictions" in \
                server.command("check").stdout
            # Nothing is sent to the outside sender.
            assert not any("carol@" in line for envelope, _ in sink.received for line in envelope
                           if line.startswith("RCPT"))


def test_alarms_that_wait_at_a_stop_are_mailed_in_their_time():
    with new_folder() as folder, Sink(answers={"gone@": "550 5.1.1 user unknown"}) as sink:
        with start(folder, sink) as server:
            send(server, STRANGER, "carol@example.net", "gone@inner.example")
            server.wait_for_mail("postmaster")
            send(server, STRANGER, "carol@example.net", "gone@inner.example")
            wait_until(lambda: server.command("queue", "list").stdout.count(" held ") == 2,
                       "the hold")
            server.stop()
            server.start()
            listing = server.command("queue", "list").stdout
            assert listing.count(" held ") == 2 and listing.count(" waiting ") == 1
            time.sleep(A_MOMENT)
            assert len(server.mailbox("postmaster")) == 1


def test_a_mail_about_alarms_that_fails_causes_no_other_mail():
    with new_folder() as folder, Sink(answers={"RCPT": "550 5.7.1 not here"}) as sink:
        with start(folder, sink, administrator="admin@elsewhere.example") as server:
            send(server, TRUSTED, "alice@example.org", "carol@elsewhere.example")
            # The deputy has it; the administrator's server refuses it.
            server.wait_for_mail("deputy")
            wait_until(lambda: "ndn.silent" in server.log(), "the refusal")
            time.sleep(A_MOMENT)
            assert server.log().count("alarm.mailed") == 1
            assert server.command("queue", "list").stdout == ""
            assert len(server.mailbox("deputy")) == 1
            assert len(server.mailbox("alice")) == 1  # About her own message.


# R24: who can wait for a restart must not be able to flood.
def test_the_bounds_on_notifications_outlive_a_restart():
    with new_folder() as folder, Sink(answers={"gone@": "550 5.7.1 not permitted"}) as sink:
        with start(folder, sink, notifications="address_burst: 1") as server:
            send(server, TRUSTED, "alice@example.org", "gone@elsewhere.example")
            server.wait_for_mail("alice")
            server.stop()
            assert (server.folder / "spool.bounds").stat().st_mode & 0o777 == 0o600
            server.start()
            send(server, TRUSTED, "alice@example.org", "gone@elsewhere.example")
            wait_until(lambda: " ndn.held " in server.log(), "the hold")
            server.process.send_signal(signal.SIGHUP)
            wait_until(lambda: "server.reloaded" in server.log(), "the reload")
            send(server, TRUSTED, "alice@example.org", "gone@elsewhere.example")
            wait_until(lambda: server.log().count(" ndn.held ") == 2, "the hold")
            assert len(server.mailbox("alice")) == 1


# R6: whom alarms cannot reach is said when the configuration is read.
def test_an_administrator_without_a_mailbox_is_said_at_the_start():
    with new_folder() as folder, Sink() as sink:
        with start(folder, sink, administrator="nobody@example.org") as server:
            wait_until(lambda: "server.person_without_mailbox" in server.log(), "the warning")
            (line,) = [line for line in server.log().splitlines()
                       if "server.person_without_mailbox" in line]
            assert "address=nobody@example.org" in line
