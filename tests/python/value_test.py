"""Addresses and networks are values: parsed once, compared, hashed, shown."""
import mailsec
import pytest

REFUSED = [
    ("ADDR: two unquoted '@'", mailsec.Address, "a@b@example.org"),
    ("a line end in an address", mailsec.Address, "a\r\n@example.org"),
    ("a NUL in an address", mailsec.Address, "a\0@example.org"),
    ("a label of 64 octets", mailsec.Domain, "a" * 64 + ".example"),
    ("the null path as a recipient", mailsec.ForwardPath, "<>"),
    ("a path without brackets", mailsec.ForwardPath, "a@example.org"),
    ("a zone id", mailsec.IpAddress, "fe80::1%eth0"),
    ("host bits beyond the prefix", mailsec.IpNetwork, "10.0.0.5/8"),
    ("a literal without brackets", mailsec.AddressLiteral, "192.0.2.1"),
]


@pytest.mark.parametrize("words, kind, text", REFUSED)
def test_what_is_not_valid_cannot_be_held(words, kind, text):
    with pytest.raises(ValueError):
        kind(text)


EQUAL = [
    (mailsec.Domain("EXAMPLE.org"), mailsec.Domain("example.ORG")),
    (mailsec.Domain("bücher.example"), mailsec.Domain("xn--bcher-kva.example")),
    (mailsec.Address('"a"@x.example'), mailsec.Address("a@X.example")),
    (mailsec.ReversePath("<a@x.example>"), mailsec.ReversePath("<@y.example:a@x.example>")),
    (mailsec.ForwardPath("<postmaster>"), mailsec.ForwardPath.postmaster()),
    (mailsec.ReversePath(), mailsec.ReversePath("<>")),
    (mailsec.IpAddress("::ffff:192.0.2.1"), mailsec.IpAddress("192.0.2.1")),
    (mailsec.IpNetwork("::ffff:10.0.0.0/104"), mailsec.IpNetwork("10.0.0.0/8")),
    (mailsec.AddressLiteral("[IPv6:2001:DB8::1]"), mailsec.AddressLiteral.from_ip("2001:db8::1")),
    (mailsec.EnhancedStatus(5, 7, 1), mailsec.EnhancedStatus(5, 7, 1)),
    (mailsec.Reply(250, "ok"), mailsec.Reply(250, "ok")),
]


@pytest.mark.parametrize("one, other", EQUAL)
def test_equal_values_are_one_key(one, other):
    assert one == other
    assert len({one, other}) == 1


def test_values_are_not_equal_to_text():
    assert mailsec.Domain("example.org") != "example.org"


def test_values_cannot_be_changed():
    address = mailsec.Address("a@example.org")
    with pytest.raises(AttributeError):
        address.local_part = "b"


def test_the_local_part_is_never_taken_apart():
    for trick in ("a%far.example", "far.example!a", '"a@far.example"'):
        address = mailsec.Address(trick + "@example.org")
        assert address.domain == mailsec.Domain("example.org")


def test_an_address_literal_has_no_domain():
    address = mailsec.Address("a@[192.0.2.1]")
    assert address.domain is None
    assert address.host.ip == mailsec.IpAddress("192.0.2.1")


def test_addresses_sort():
    ips = [mailsec.IpAddress(text) for text in ("192.0.2.9", "192.0.2.10")]
    assert sorted(reversed(ips)) == ips


def test_octets_come_back():
    for text in ("192.0.2.7", "2001:db8::1"):
        ip = mailsec.IpAddress(text)
        assert mailsec.IpAddress.from_octets(ip.to_octets()) == ip
    with pytest.raises(ValueError):
        mailsec.IpAddress.from_octets(b"12345")


def test_a_mapped_client_is_in_the_ipv4_network():
    assert "::ffff:192.0.2.7" in mailsec.NetworkSet(["192.0.2.0/24"])


def test_what_is_no_address_is_an_error_and_not_outside():
    with pytest.raises(ValueError):
        "192.0.2.7/24" in mailsec.NetworkSet(["192.0.2.0/24"])
    with pytest.raises(TypeError):
        mailsec.NetworkSet("192.0.2.0/24")


def test_lone_surrogates_do_not_pass_for_text():
    with pytest.raises(UnicodeEncodeError):
        mailsec.Address("\udcff@example.org")


def test_a_peer_cannot_forge_a_log_line():
    assert mailsec.log_safe("250 ok\r\nroot logged in") == (
        "250 ok\\x0d\\x0aroot logged in"
    )
    assert mailsec.log_safe("x" * 2000, max_octets=8) == "xxxxx..."


def test_a_reply_is_always_well_formed():
    reply = mailsec.Reply(550, "no\r\nMAIL FROM:<x>", status=(2, 0, 0))
    assert reply.status == mailsec.EnhancedStatus(5, 0, 0)
    for line in reply.to_wire().split(b"\r\n")[:-1]:
        assert line.startswith(b"550")
    for code in (199, 600, -1):
        with pytest.raises(ValueError):
            mailsec.Reply(code, "")
