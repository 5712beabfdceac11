"""What a sender may ask for by DSN parameters (RFC 3461), and gets."""
import pytest

from faulty_hop import FaultyHop
from house import House
from notifications import wait_for_notifications
from testbed import new_folder

BODY = b"Subject: x\r\n\r\nthe body\r\n"
WITH_DSN = ("PIPELINING", "8BITMIME", "DSN")
WITHOUT_DSN = ("PIPELINING", "8BITMIME")


@pytest.fixture(name="start")
def fixture_start():
    started = []
    with new_folder() as folder:
        def start(extensions=WITHOUT_DSN, answers=None):
            hop = FaultyHop(extensions=extensions, answers=answers)
            server = House(folder / "s", f'smarthost {{ host: "127.0.0.1" port: {hop.port} }}')
            started.append(server)
            return hop, server

        yield start
        for server in started:
            server.stop()


def test_success_in_a_mailbox_here_is_told_as_delivered(start):
    _, server = start()
    server.submit(["bob@example.org> NOTIFY=SUCCESS"])
    (ndn,) = wait_for_notifications(server)
    assert ndn.fate("bob@example.org") == ("delivered", "2.0.0", "")
    assert len(server.mailbox("bob")) == 1
    server.wait_for_empty_queue()


def test_success_at_a_hop_without_dsn_is_told_as_relayed(start):
    hop, server = start()
    server.submit(["carol@far.example> NOTIFY=SUCCESS,FAILURE"])
    (ndn,) = wait_for_notifications(server)
    assert ndn.fate("carol@far.example")[:2] == ("relayed", "2.0.0")
    assert "NOTIFY" not in hop.taken[0].recipients[0]
    server.wait_for_empty_queue()


def test_a_hop_with_dsn_gets_every_parameter_unchanged_and_reports_itself(start):
    hop, server = start(WITH_DSN)
    server.submit(["carol@far.example> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;c+2Bd@near.example",
                   "dora@far.example> NOTIFY=NEVER"],
                  sender="alice@example.org> RET=FULL ENVID=QQ314+2B159")
    (taken,) = hop.wait_for(1)
    server.wait_for_empty_queue()
    assert "RET=FULL" in taken.mail and "ENVID=QQ314+2B159" in taken.mail
    carol, dora = taken.recipients
    assert "NOTIFY=SUCCESS,DELAY" in carol and "ORCPT=rfc822;c+2Bd@near.example" in carol
    assert "NOTIFY=NEVER" in dora
    assert server.mailbox("alice") == []


@pytest.mark.parametrize("recipient", ["carol@far.example> NOTIFY=NEVER",
                                       "carol@far.example> NOTIFY=SUCCESS",
                                       "carol@far.example> NOTIFY=DELAY"])
def test_a_failure_that_nobody_asked_to_hear_of_is_silent(start, recipient):
    _, server = start(answers={"carol@": "550 5.1.1 no such user"})
    server.submit([recipient])
    event = server.wait_for_event("ndn.silent")
    assert (event["rule"], event["recipient"]) == ("ndn.not-wanted", "<carol@far.example>")
    server.wait_for_empty_queue()
    assert server.mailbox("alice") == []


# DSN-04
def test_each_of_several_recipients_gets_what_was_asked_for_it(start):
    hop, server = start(answers={"far.example": "550 5.7.1 no"})
    server.submit(["b@far.example> NOTIFY=NEVER", "c@far.example> NOTIFY=FAILURE",
                   "d@far.example", "e@far.example> NOTIFY=SUCCESS"])
    (ndn,) = wait_for_notifications(server)
    assert sorted(ndn.recipients) == ["c@far.example", "d@far.example"]
    server.wait_for_empty_queue()
    wait_for_notifications(server, 1)
    assert hop.taken == []


# DSN-14
def test_failed_and_delivered_are_told_apart_and_once_each(start):
    _, server = start(answers={"gone@": "550 5.1.1 no such user"})
    asked = "> NOTIFY=SUCCESS,FAILURE"
    server.submit([f"gone@far.example{asked}", f"carol@far.example{asked}",
                   f"bob@example.org{asked}"])
    ndns = wait_for_notifications(server, 3)
    server.wait_for_empty_queue()
    fates = {address: ndn.fate(address)[0] for ndn in ndns for address in ndn.recipients}
    assert fates == {"gone@far.example": "failed", "carol@far.example": "relayed",
                     "bob@example.org": "delivered"}


@pytest.mark.parametrize("ret, returned, has_body", [
    ("RET=FULL", "message/rfc822", True),
    ("RET=HDRS", "text/rfc822-headers", False),
    ("", "text/rfc822-headers", False),
])
def test_ret_says_how_much_of_the_original_comes_back(start, ret, returned, has_body):
    _, server = start(answers={"carol@": "550 5.7.1 no"})
    server.submit(["carol@far.example> ORCPT=rfc822;dora+2Bx@near.example"], BODY,
                  sender=f"alice@example.org> {ret} ENVID=+28id+29".replace("  ", " "))
    (ndn,) = wait_for_notifications(server)
    assert ndn.original.get_content_type() == returned
    assert ("the body" in ndn.original.as_string()) == has_body
    assert "Subject: x" in ndn.original.as_string()
    assert ndn.about["Original-Envelope-Id"] == "(id)"
    assert ndn.recipients["carol@far.example"]["Original-Recipient"] == (
        "rfc822; dora+x@near.example")


def test_a_success_is_told_with_headers_only(start):
    _, server = start()
    server.submit(["bob@example.org> NOTIFY=SUCCESS"], BODY,
                  sender="alice@example.org> RET=FULL")
    (ndn,) = wait_for_notifications(server)
    assert "the body" not in ndn.original.as_string()


# DSN-01
def test_about_mail_without_a_sender_nobody_is_told(start):
    hop, server = start(answers={"carol@": "550 5.7.1 no"})
    server.submit(["carol@far.example> NOTIFY=FAILURE"], sender="")
    assert server.wait_for_event("ndn.silent")["rule"] == "automatic.null-sender"
    server.wait_for_empty_queue()
    assert hop.taken == []


# An invoice that nobody gets must not vanish: RFC 3834 rules answers, and a
# report of a failure is none.
def test_a_machine_is_told_that_its_mail_failed(start):
    _, server = start(answers={"carol@": "550 5.7.1 no"})
    server.submit(["carol@far.example"], b"Auto-Submitted: auto-generated\r\n\r\nx\r\n")
    (ndn,) = wait_for_notifications(server)
    assert ndn.fate("carol@far.example")[:2] == ("failed", "5.7.1")
    server.wait_for_empty_queue()


# DSN-10
def test_an_original_that_is_broken_breaks_no_notification(start):
    _, server = start(("8BITMIME", "SMTPUTF8"),
                      {"carol@": "550-5.7.1 no\r\n550 5.7.1 never"})
    content = (b"Subject: caf\xe9 \xe2\x82\xac\r\nX-Long: " + b"y" * 900 + b"\r\n"
               b"Content-Type: multipart/mixed; boundary=\"=_ndn-MH35\"\r\n"
               b"--=_ndn-MH35\r\n: no name\r\nX-Bell: \x07\r\n\r\n--=_ndn-MH35--\r\n")
    server.submit(["carol@far.example"], content)
    (ndn,) = wait_for_notifications(server)
    assert ndn.fate("carol@far.example")[:2] == ("failed", "5.7.1")
    assert "never" in ndn.fate("carol@far.example")[2]


def test_a_flood_of_failures_is_bounded_and_what_is_not_told_is_held(start):
    _, server = start(answers={"far.example": "550 5.7.1 no"})
    for i in range(7):
        server.submit([f"c{i}@far.example"])
    event = server.wait_for_event("ndn.held")
    assert event["rule"] == "automatic.bound"
    wait_for_notifications(server, 5)
    assert len([e for e in server.queue() if e["state"] == "held"]) == 2
