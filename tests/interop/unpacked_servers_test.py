"""Exim and OpenSMTPD as next hop: what they take, and how they refuse."""
import pytest

from faulty_hop import FaultyHop
from house import OUTSIDE, House
from notifications import wait_for_notifications
from testbed import new_folder
from unpacked_servers import Exim, OpenSmtpd, why_not


@pytest.fixture(name="onward", scope="module")
def fixture_onward():
    with FaultyHop() as hop:
        yield hop


@pytest.fixture(name="peer", scope="module", params=[Exim, OpenSmtpd])
def fixture_peer(request, onward):
    reason = why_not(request.param.PACKAGE)
    if reason:
        pytest.skip(reason)
    with new_folder() as folder:
        folder.chmod(0o755)
        with request.param(folder / "peer", onward.port) as peer:
            yield peer


@pytest.fixture(name="server")
def fixture_server(peer):
    config = (f'relay_domain {{ name: "branch.example" '
              f'next_hop {{ host: "127.0.0.1" port: {peer.port} }} }}')
    with new_folder() as folder, House(folder / "s", config) as server:
        yield server


def test_it_takes_our_mail(server, onward):
    before = len(onward.taken)
    server.submit(["carol@branch.example", "dora@branch.example"],
                  b"Subject: on its way\r\n\r\n..a dot\r\n\r\nlast line\r\n")
    server.wait_for_empty_queue()
    assert server.events("delivery.deferred") == server.events("delivery.failed") == []
    onward.wait_for(before + 1)
    content = onward.taken[before].content
    assert b"\r\n..a dot\r\n\r\nlast line\r\n.\r\n" in content


def test_whom_it_does_not_know_is_told_to_our_own_sender(server):
    server.submit(["nobody@branch.example", "carol@branch.example"])
    (ndn,) = wait_for_notifications(server)
    assert list(ndn.recipients) == ["nobody@branch.example"]
    action, status, diagnostic = ndn.fate("nobody@branch.example")
    assert (action, status) == ("failed", "5.0.0")  # They send no status.
    assert diagnostic.startswith("smtp; 550 ")
    assert server.wait_for_event("ndn.sent")["cause"] == "no-such-recipient"
    server.wait_for_empty_queue()


def test_whom_it_does_not_know_is_a_contradiction_if_a_stranger_wrote(server):
    server.submit(["nobody@branch.example"], source=OUTSIDE, sender="eve@far.example")
    server.wait_for_held()
    assert server.wait_for_event("ndn.contradiction")["cause"] == "no-such-recipient"
    assert server.events("ndn.sent") == []


def test_what_its_size_forbids_is_not_even_sent(server, onward):
    before = len(onward.taken)
    content = b"Subject: x\r\n\r\n" + (b"x" * 76 + b"\r\n") * 2000
    server.submit(["carol@branch.example"], content)
    (ndn,) = wait_for_notifications(server)
    action, status, diagnostic = ndn.fate("carol@branch.example")
    assert (action, status) == ("failed", "5.3.4") and diagnostic.startswith("x-libmailsec; 55")
    assert server.wait_for_event("ndn.sent")["cause"] == "too-large"
    server.wait_for_empty_queue()
    assert len(onward.taken) == before
