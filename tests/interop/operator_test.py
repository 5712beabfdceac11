"""What an operator does with `mailsec`, and what of it is in the log."""
import json
import os
import pwd
import signal
import subprocess

import pytest

from house import House
from testbed import Sink, new_folder, program, wait_until

SMARTHOST = 'smarthost {{ host: "127.0.0.1" port: {port} }}\n'
SLOW = "first_seconds: 1000 max_seconds: 1000"


@pytest.fixture(name="sink")
def fixture_sink():
    """Puts off whoever begins with "busy", and takes the others."""
    with Sink(answers={"<busy": "451 4.2.0 Please come later"}) as sink:
        yield sink


@pytest.fixture(name="server")
def fixture_server(sink):
    with new_folder() as folder:
        with House(folder / "server", SMARTHOST.format(port=sink.port), retry=SLOW) as server:
            yield server


def put_off(server, *recipients, sender="alice@example.org"):
    """Sends a message and waits until it was tried."""
    queue_id = server.submit(recipients, sender=sender)
    wait_until(lambda: [e for e in server.queue() if e["id"] == queue_id and e["attempts"] == 1
                        and e["state"] == "waiting"], lambda: f"an attempt\n{server.log()}")
    return queue_id


def ids(server, *words):
    done = server.command("queue", "list", "--json", *words)
    assert done.returncode == 0, done.stderr
    return [json.loads(line)["id"] for line in done.stdout.splitlines()]


def events(server, name, action, count=1):
    """The log is written a moment after the answer."""
    def found():
        return [e for e in server.events(name) if e["action"] == action]
    wait_until(lambda: len(found()) >= count, lambda: f"{action}\n{server.log()}")
    assert len(found()) == count
    return found()


def changes(server, action, count=1):
    return events(server, "operator.change", action, count)


def test_the_list_says_who_waits_for_whom_and_why(server):
    queue_id = put_off(server, "busy@far.example", "fine@far.example")
    (entry,) = server.queue()
    assert entry["sender"] == "<alice@example.org>"
    assert entry["recipient"] == ["<busy@far.example>"] and entry["recipients"] == 1
    assert entry["reason"] == "451 4.2.0 Please come later"
    assert entry["octets"] > 0 and isinstance(entry["octets"], int)
    text = server.command("queue", "list").stdout
    assert queue_id in text and "from <alice@example.org> to <busy@far.example>" in text
    check = json.loads(server.command("check", "--json").stdout)
    assert check["waiting"] == 1


def test_filters_choose_and_a_dry_run_changes_nothing(server):
    first = put_off(server, "busy@far.example")
    second = put_off(server, "busy2@other.example", sender="bob@example.org")
    assert server.command("queue", "hold", second).returncode == 0
    for words, want in [
            (["--sender", "alice@example.org"], [first]),
            (["--sender", "@example.org"], [first, second]),
            (["--sender", "<>"], []),
            (["--recipient", "busy2@OTHER.example"], [second]),
            (["--domain", "far.example"], [first]),
            (["--reason", "come LATER"], [first, second]),
            (["--reason", "no such reason"], []),
            (["--held"], [second]),
            (["--state", "waiting"], [first]),
            (["--older_than", "1h"], []),
            (["--newer_than", "1h"], [first, second]),
            (["--sender", "alice@example.org", "--held"], [])]:
        assert ids(server, *words) == want, words
    done = server.command("queue", "remove", "--domain", "far.example", "--dry_run")
    assert done.stdout.splitlines() == [first, "1 message would be changed"]
    assert ids(server) == [first, second]
    assert server.command("queue", "remove", "--domain", "far.example").returncode == 0
    assert ids(server) == [second]
    assert [e["id"] for e in changes(server, "queue.remove")] == [first]


@pytest.mark.parametrize("words", [
    ["remove"], ["hold", "x", "--all"], ["list", "--older_than", "soon"], ["cat"],
    ["list", "--domain", "a.example", "--recipient", "b@a.example"], ["explode", "x"]])
def test_what_could_be_misread_is_refused_before_anybody_is_asked(server, words):
    assert server.command("queue", *words).returncode == 2


def test_a_filter_that_is_none_hits_nothing(server):
    put_off(server, "busy@far.example")
    for words in (["--sender", "nobody"], ["--state", "hold"]):
        done = server.command("queue", "remove", *words)
        assert done.returncode == 1 and done.stderr, words
    assert len(ids(server)) == 1


def test_good_and_bad_ids_are_both_reported(server):
    good = put_off(server, "busy@far.example")
    done = server.command("queue", "hold", "nonsense", good, "ZZZZZZZZZZ")
    assert done.returncode == 1
    assert "1 message changed" in done.stdout
    assert "nonsense: " in done.stderr and "ZZZZZZZZZZ: " in done.stderr
    assert ids(server, "--held") == [good]
    (held,) = [e for e in changes(server, "queue.hold", 3) if "error" not in e]
    assert held["id"] == good


def test_every_change_names_the_user_and_the_message(server):
    queue_id = put_off(server, "busy@far.example")
    for action in ("hold", "release", "flush", "remove"):
        server.command("queue", action, queue_id)
        (event,) = changes(server, f"queue.{action}")
        assert event["id"] == queue_id and event["uid"] == str(os.getuid())
        assert event["user"] == pwd.getpwuid(os.getuid()).pw_name and int(event["pid"]) > 0
    server.command("check")
    events(server, "operator.look", "check")


def test_the_content_of_a_held_message_is_shown_and_each_look_is_logged(server):
    queue_id = put_off(server, "busy@far.example")
    refused = server.command("queue", "cat", queue_id)
    assert refused.returncode == 1 and "hold it first" in refused.stderr
    server.command("queue", "hold", queue_id)
    shown = server.command("queue", "cat", queue_id)
    assert shown.returncode == 0 and "Subject: x\n\nhello\n" in shown.stdout
    looks = events(server, "operator.read", "queue.cat", 2)
    assert [look["id"] for look in looks] == [queue_id, queue_id]
    assert "error" in looks[0] and "error" not in looks[1]


def test_a_bounce_gives_up_at_once_and_tells_the_sender(server):
    queue_id = put_off(server, "busy@far.example")
    assert server.command("queue", "bounce", queue_id).returncode == 0
    (report,) = server.wait_for_mail("alice")
    assert b"Action: failed" in report and b"busy@far.example" in report
    (queued,) = server.events("ndn.queued")
    assert queued["because"] == queue_id
    wait_until(lambda: queue_id not in ids(server), "the end of the message")


def test_a_requeued_message_has_new_routes_and_another_id(server, sink):
    queue_id = put_off(server, "busy@far.example", "fine@far.example")
    sink.answers.clear()
    server.command("queue", "hold", queue_id)
    assert server.command("queue", "requeue", queue_id).returncode == 0
    wait_until(lambda: len(sink.received) == 2, lambda: f"the delivery\n{server.log()}")
    envelope, content = sink.received[1]
    assert [line for line in envelope if line.startswith("RCPT")] == [
        "RCPT TO:<busy@far.example>"]
    assert content == sink.received[0][1]
    (event,) = changes(server, "queue.requeue")
    assert event["id"] == queue_id and event["new_id"] != queue_id
    server.wait_for_empty_queue()


def test_a_delivery_says_how_long_it_took_and_which_mail_it_was(server):
    server.submit(["fine@far.example"],
                  content=b"Message-ID: <m1@example.org>\r\nSubject: x\r\n\r\nhello\r\n")
    event = server.wait_for_event("delivery.delivered")
    assert event["message_id"] == "<m1@example.org>" and int(event["delay_seconds"]) < 60


@pytest.mark.parametrize("octets", [10_000, 100_000, 2_000_000])
def test_one_word_finds_all_that_became_of_a_mail_of_any_size(server, octets):
    queue_id = server.submit(
        ["fine@far.example", "busy@far.example", "bob@example.org> ORCPT=rfc822;robert@far.example"],
        content=b"Message-ID: <m2@example.org>\r\n\r\n" + b"x" * 76 + (b"\r\n" + b"y" * 76) *
        (octets // 78) + b"\r\n")
    wait_until(lambda: len(server.events("delivery.delivered")) == 2
               and server.events("delivery.deferred"), lambda: f"the attempts\n{server.log()}")
    found = [line.split(" ", 4)[3] for line in server.log().splitlines() if "<m2@example.org>" in line]
    assert sorted(found) == ["delivery.deferred", "delivery.delivered", "delivery.delivered",
                             "mail.accepted"]
    assert {e["id"] for e in server.events("delivery.delivered")} == {queue_id}
    assert "robert@far.example" in {e.get("original_recipient") for e in
                                    server.events("delivery.delivered")}


def test_mailsec_works_while_the_configuration_has_an_error(server):
    queue_id = put_off(server, "busy@far.example")
    config = server.folder / "mailsecd.textproto"
    good = config.read_text()
    config.write_text(good + 'nonsense {\n')
    assert ids(server) == [queue_id]
    assert server.command("check").returncode == 1
    config.unlink()
    done = subprocess.run([program("mailsec"), "--socket", str(server.folder / "control"),
                           "queue", "list"], capture_output=True, text=True, timeout=30,
                          check=False)
    assert done.returncode == 0 and queue_id in done.stdout


def test_a_refused_reload_is_an_alarm_with_all_errors_and_who_asked(server):
    config = server.folder / "mailsecd.textproto"
    config.write_text(config.read_text() + 'authorised_network: "x"\nlog { severity: "loud" }\n')
    server.process.send_signal(signal.SIGHUP)
    event = server.wait_for_event("server.reload_refused")
    assert event["severity"] == "alarm" and event["errors"] == "2"
    (line,) = [line for line in server.log().splitlines() if " server.reload_refused " in line]
    assert "authorised_network: " in line and "severity: " in line
    (asked,) = server.events("operator.signal")
    assert asked["signal"] == "HUP" and asked["pid"] == str(os.getpid())
    (mail,) = server.wait_for_mail("postmaster")
    assert b"reload_refused" in mail


@pytest.mark.parametrize("name", ["mailsecd", "mailsec"])
@pytest.mark.parametrize("flag, want", [("--help", "--config"), ("--version", "0.1.0 (")])
def test_help_and_version_end_well(name, flag, want):
    done = subprocess.run([program(name), flag], capture_output=True, text=True, timeout=20,
                          check=False)
    assert done.returncode == 0 and want in done.stdout and not done.stderr


# R22: without a scanner nothing is answered, and the operator hears it at once.
def test_an_absence_without_a_scanner_is_set_with_a_warning(server):
    (server.folder / "text").write_text("I am away.\n")
    done = server.command("absence", "set", "alice@example.org", "--text",
                          f"en:{server.folder}/text")
    assert done.returncode == 0 and "no scanner is configured" in done.stderr
    (event,) = changes(server, "absence.set")
    assert event["mailbox"] == "alice@example.org"
    explained = server.command("explain", "--automatic", "absence-notice", "--author",
                               "alice@example.org", "--from", "carol@example.net")
    assert explained.stdout.startswith(("refuse", "cannot tell")), explained.stdout
