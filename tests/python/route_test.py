"""mailsec.route: what the examples in its docstrings do not show."""
import gc
import threading
import weakref

import mailsec
import pytest
from mailsec.route import (
    AliasTable,
    Destination,
    DestinationKind,
    Inside,
    LocalDomain,
    MailClass,
    MxPlanner,
    NextHopFinder,
    Router,
)


class Zone(mailsec.Resolver):
    """mail: {domain: [(preference, exchanger)]}; hosts: {name: [address]}."""

    def __init__(self, mail=None, hosts=None):
        super().__init__()
        self.mail = mail or {}
        self.hosts = hosts or {}

    def look_up_mx(self, domain):
        records = [mailsec.MxRecord(*record) for record in self.mail[str(domain)]]
        return mailsec.MxAnswer(records)

    def look_up_addresses(self, host):
        addresses = self.hosts[host]
        if isinstance(addresses, str):  # An alias.
            return mailsec.AddressAnswer(self.hosts[addresses], canonical_name=addresses)
        return mailsec.AddressAnswer(addresses)


def plan(zone):
    planner = MxPlanner(zone, own_names=["mx.example.org"], own_addresses=["192.0.2.25"])
    return planner.plan("example.com")


def test_exchangers_by_preference_both_families_in_turn():
    got = plan(Zone({"example.com": [(20, "b.example"), (10, "a.example")]},
                    {"a.example": ["198.51.100.1", "2001:db8:1::1"],
                     "b.example": ["198.51.100.2"]}))
    assert got.failure is None
    assert [(h.preference, h.host, str(h.address)) for h in got.hops] == [
        (10, "a.example", "2001:db8:1::1"),
        (10, "a.example", "198.51.100.1"),
        (20, "b.example", "198.51.100.2"),
    ]
    assert got.key == "mx:a.example;b.example"
    assert got.dnssec == mailsec.DnssecStatus.INSECURE


@pytest.mark.parametrize("mail, hosts, code", [
    ({"example.com": [(0, "")]}, {"example.com": ["198.51.100.1"]}, "556 5.1.10"),
    ({}, {}, "550 5.1.2"),
    ({"example.com": [(10, "missing.example")]}, {}, "550 5.4.4"),
    ({"example.com": [(10, "MX.example.org.")]}, {}, "554 5.4.6"),
    ({"example.com": [(10, "a.example")]}, {"a.example": ["127.0.0.1"]}, "554 5.4.6"),
    ({"example.com": [(10, "a.example")]},
     {"a.example": "mx.example.org", "mx.example.org": ["203.0.113.1"]}, "554 5.4.6"),
])
def test_failures_say_for_how_long_and_why(mail, hosts, code):
    got = plan(Zone(mail, hosts))
    assert got.hops == []
    assert str(got.failure).startswith(code)
    assert "example.com" in got.failure.text


def test_a_resolver_that_cannot_tell_is_no_verdict():
    class Down(mailsec.Resolver):
        def look_up_mx(self, domain):
            raise TimeoutError("nobody answers")

    got = plan(Down())
    assert str(got.failure).startswith("451 4.4.3")
    assert "nobody answers" in got.failure.text


def test_a_plan_may_be_made_in_another_thread():
    plans = []
    zone = Zone({"example.com": [(10, "a.example")]}, {"a.example": ["198.51.100.1"]})
    thread = threading.Thread(target=lambda: plans.append(plan(zone)))
    thread.start()
    thread.join(20)
    assert len(plans[0].hops) == 1


def test_the_resolver_lives_as_long_as_who_asks_it():
    zone = Zone({"example.com": [(10, "a.example")]}, {"a.example": ["198.51.100.1"]})
    alive = weakref.ref(zone)
    finder = NextHopFinder(Inside(own_domains=[]), MxPlanner(zone), zone)
    del zone
    gc.collect()
    assert alive() is not None
    to = finder.find(Destination.mx("example.com"), MailClass.ORDINARY)
    assert [str(hop.address) for hop in to.hops] == ["198.51.100.1"]


def test_nothing_can_be_left_out_of_a_finder():
    zone = Zone()
    with pytest.raises(TypeError):
        NextHopFinder(None, MxPlanner(zone), zone)


def test_local_only_mail_stays_inside():
    zone = Zone({"example.com": [(10, "out.example")]}, {"out.example": ["198.51.100.1"]})
    inside = Inside(own_domains=["example.org"],
                    networks=mailsec.NetworkSet(["10.0.0.0/8"]))
    finder = NextHopFinder(inside, MxPlanner(zone), zone)
    for destination in (Destination.mx("example.com"), Destination.smtp("out.example"),
                        Destination.lmtp("198.51.100.1")):
        assert len(finder.find(destination, MailClass.ORDINARY).hops) == 1
        kept = finder.find(destination, MailClass.LOCAL_ONLY)
        assert kept.hops == [] and kept.kept_inside
        assert str(kept.failure).startswith("550 5.7.1")
    to = finder.find(Destination.lmtp("unix:/run/lmtp"), MailClass.LOCAL_ONLY)
    assert to.unix_path == "/run/lmtp"


def test_not_everything_can_be_inside():
    with pytest.raises(ValueError, match="nothing would be outside"):
        Inside(own_domains=["example.org"], networks=["0.0.0.0/0"])


def test_routes():
    router = Router(
        local_domains=[LocalDomain("example.org", Destination.lmtp("unix:/run/lmtp"))],
        own_addresses=["192.0.2.25"],
        fallback=Destination.mx(),
    )
    assert router.route("<Postmaster>").kind == DestinationKind.LMTP
    assert str(router.mailbox_owner("<bob@[192.0.2.25]>")) == "bob@example.org"
    assert router.mailbox_owner("<bob@example.com>") is None
    assert router.route("<bob@[198.51.100.1]>").kind == DestinationKind.REFUSED
    assert str(router.route("<bob@example.com>").domain) == "example.com"
    assert not router.is_local("<bob@example.com>")


def test_wrong_routes_are_refused():
    with pytest.raises(ValueError, match="no local domain"):
        Router(local_domains=[])
    with pytest.raises(ValueError, match="mailboxes are reached by LMTP"):
        Router(local_domains=[LocalDomain("example.org", Destination.mx())])


def test_aliases_report_every_error_with_its_place():
    with pytest.raises(ValueError) as error:
        AliasTable("a@example.org: b@example.com\nb@example.org\n", ["example.org"])
    assert str(error.value).splitlines() == [
        'line 1, column 16: "b@example.com" is not in a domain that is served here',
        "line 2, column 1: ':' is missing after the first address",
    ]


def test_aliases_know_other_names_of_a_domain():
    table = AliasTable("a@other.example: b@example.org", ["example.org", "other.example"],
                       other_names=[("other.example", "example.org")])
    assert [str(a) for a in table.expand("A@example.org")] == ["b@example.org"]
    assert [str(a) for a in table.aliases()] == ["a@example.org"]
