"""Which hosts take mail for a domain, asked of a real authoritative name server
(NSD) with a signed zone, and of one that is broken: UnboundResolver and
MxPlanner together (RFC 5321, 5.1; RFC 7505)."""
import shutil
import subprocess

import pytest

from faulty_name_server import BROKEN_MX, FaultyNameServer
from testbed import ROOT, Process, free_port, is_listening, new_folder, wait_until

ZONE = """
$ORIGIN {zone}.
$TTL 60
@           SOA   ns hostmaster 1 3600 600 86400 60
@           NS    ns
ns          A     127.0.0.1

a           A     198.51.100.1
a           AAAA  2001:db8:1::1
b           A     198.51.100.2
c           A     198.51.100.3
lo          A     127.0.0.1
lo6         AAAA  ::1
mapped      AAAA  ::ffff:127.0.0.1
any         A     0.0.0.0
any6        AAAA  ::
nobody      TXT   "no address"
mx.ours     A     203.0.113.1
alias.ours  CNAME mx.ours
by-address  A     192.0.2.25
m           CNAME b
loop1       CNAME loop2
loop2       CNAME loop1
mail_1      A     198.51.100.4

ordered     MX    20 b
ordered     MX    10 a
implicit    A     198.51.100.5
null        MX    0 .
null        A     198.51.100.80
nodata      TXT   "neither MX nor address"
localhost4  MX    10 lo
localhost6  MX    10 lo6
localmapped MX    10 mapped
localany    MX    10 any
localany6   MX    10 any6
localname   MX    10 localhost.
second      MX    10 a
second      MX    20 MX.Ours
second      MX    30 c
only-us     MX    10 mx.ours
us-by-alias MX    10 a
us-by-alias MX    20 alias.ours
us-by-addr  MX    10 a
us-by-addr  MX    20 by-address
literal     MX    10 192.0.2.99.
literal2    MX    10 [192.0.2.99].
odd         MX    10 a\\032b\\000
odd         MX    20 b
underscore  MX    10 mail_1
cname-mx    MX    10 m
cname-loop  MX    10 loop1
cname-loop2 MX    10 loop1
cname-loop2 MX    20 b
no-address  MX    10 nobody
no-address  MX    20 missing
domain      CNAME ordered
domain2     CNAME implicit
tampered    MX    10 a
badhost     A     198.51.100.6
tampered2   MX    10 badhost
mixed       MX    10 a
mixed       MX    20 a.example.net.
"""

NSD = """
server:
  ip-address: 127.0.0.1@{port}
  username: ""
  chroot: ""
  zonesdir: "{folder}"
  database: ""
  pidfile: "{folder}/nsd.pid"
  xfrdfile: "{folder}/xfrd.state"
  zonelistfile: "{folder}/zone.list"
  xfrdir: "{folder}"
  server-count: 1
  rrl-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: "example."
  zonefile: "example.signed"
zone:
  name: "example.net."
  zonefile: "unsigned.zone"
"""

# Domain (without ".example") and what must be planned.
PLANS = {
    # RFC 5321, 5.1 if nothing else is said.
    "ordered": "secure a.example=2001:db8:1::1 a.example=198.51.100.1 b.example=198.51.100.2",
    "implicit": "insecure implicit.example=198.51.100.5",
    "null": "failure 556 5.1.10",  # MX-01, RFC 7505.
    "nodata": "failure 550 5.1.2 The domain nodata.example has neither",  # DNS-01
    "missing": "failure 550 5.1.2 The domain missing.example does not exist",  # DNS-01
    # MX-04
    "localhost4": "failure 554 5.4.6",
    "localhost6": "failure 554 5.4.6",
    "localmapped": "failure 554 5.4.6",
    "localany": "failure 554 5.4.6",
    "localany6": "failure 554 5.4.6",
    "localname": "failure 554 5.4.6",
    # MX-05
    "second": "secure a.example=2001:db8:1::1 a.example=198.51.100.1",
    "only-us": "failure 554 5.4.6",
    "us-by-alias": "secure a.example=2001:db8:1::1 a.example=198.51.100.1",
    "us-by-addr": "secure a.example=2001:db8:1::1 a.example=198.51.100.1",
    # MX-07
    "literal": "failure 550 5.4.4",
    "literal2": "failure 550 5.4.4",
    "odd": "secure b.example=198.51.100.2",
    "underscore": "secure mail_1.example=198.51.100.4",
    "cname-mx": "secure m.example=198.51.100.2",
    "cname-loop": "failure 451 4.4.3",
    "cname-loop2": "secure b.example=198.51.100.2",
    "domain": "secure a.example=2001:db8:1::1 a.example=198.51.100.1 b.example=198.51.100.2",
    "domain2": "insecure domain2.example=198.51.100.5",
    "no-address": "failure 550 5.4.4",
    # Signatures that do not hold are no answer.
    "tampered": "failure 451 4.4.3",
    "tampered2": "failure 451 4.4.3",
    # One answer that is not signed makes the whole not secure.
    "mixed": "insecure a.example=2001:db8:1::1 a.example=198.51.100.1 "
             "a.example.net=2001:db8:1::1 a.example.net=198.51.100.1",
}


def plan(port, domains, anchor="-", seconds=5):
    """{domain: plan}"""
    built = ROOT / "tests" / "route" / "mx_plan"
    if not built.exists():
        built = ROOT / "bazel-bin" / "tests" / "route" / "mx_plan"
    done = subprocess.run([built, f"127.0.0.1@{port}", anchor, str(seconds), *domains],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done
    return dict(line.split(" ", 1) for line in done.stdout.splitlines())


def sign(folder):
    """Writes example.signed, in which two records are not what was signed, and
    returns the trust anchor."""
    def run(*command):
        return subprocess.run(command, cwd=folder, capture_output=True, text=True,
                              check=True).stdout.strip()

    (folder / "example.zone").write_text(ZONE.format(zone="example"))
    (folder / "unsigned.zone").write_text(ZONE.format(zone="example.net"))
    key = run("ldns-keygen", "-a", "ECDSAP256SHA256", "-k", "example.")
    run("ldns-signzone", "-f", "example.signed", "example.zone", key)
    lines = []
    for line in (folder / "example.signed").read_text().splitlines():
        words = line.split()
        if words[:1] == ["tampered.example."] and "MX" in words and "RRSIG" not in words \
                and "NSEC" not in words:
            line = line.replace("a.example.", "c.example.")
        if words[:1] == ["badhost.example."] and words[-1] == "198.51.100.6":
            line = line.replace("198.51.100.6", "198.51.100.66")
        lines.append(line)
    (folder / "example.signed").write_text("\n".join(lines) + "\n")
    return str(folder / f"{key}.key")


@pytest.fixture(name="nsd", scope="module")
def fixture_nsd():
    """The port and the trust anchor of a running NSD."""
    if shutil.which("nsd") is None or shutil.which("ldns-signzone") is None:
        pytest.skip("nsd or ldnsutils is not installed")
    with new_folder() as folder:
        port = free_port()
        anchor = sign(folder)
        (folder / "nsd.conf").write_text(NSD.format(folder=folder, port=port))
        nsd = Process(["nsd", "-d", "-c", str(folder / "nsd.conf")], folder / "nsd.log")
        try:
            wait_until(lambda: is_listening(port), lambda: (folder / "nsd.log").read_text())
            yield port, anchor
        finally:
            nsd.stop()


def test_plans_from_a_signed_zone(nsd):
    port, anchor = nsd
    got = plan(port, [f"{name}.example" for name in PLANS], anchor)
    for name, want in PLANS.items():
        assert got[f"{name}.example"].startswith(want), got[f"{name}.example"]
        if not want.startswith("failure"):
            assert got[f"{name}.example"] == want
        else:
            assert f"{name}.example" in got[f"{name}.example"], "people want to know which domain"


def test_without_a_trust_anchor_nothing_is_secure(nsd):
    port, _ = nsd
    got = plan(port, ["ordered.example", "ordered.example.net", "tampered.example"])
    assert {text.split()[0] for text in got.values()} == {"insecure"}


@pytest.fixture(name="faulty", scope="module")
def fixture_faulty():
    return FaultyNameServer()


def test_broken_answers_are_no_verdict(faulty):
    """DNS-05: as if there had been no answer; above all, no fallback to the
    domain's own address."""
    good = plan(faulty.port, ["good.example"])["good.example"]
    assert good == "insecure mail.good.example=198.51.100.1", "what is not broken is taken"
    for fault in BROKEN_MX:
        got = plan(faulty.port, [f"{fault}.example"], seconds=3)[f"{fault}.example"]
        assert got.startswith("failure 451 4.4.3"), (fault, got)


@pytest.mark.parametrize("fault", ["servfail", "silent", "garbage", "cut", "truncated-for-ever"])
def test_no_answer_is_no_verdict(faulty, fault):
    """DNS-01"""
    got = plan(faulty.port, [f"{fault}.example"], seconds=3)[f"{fault}.example"]
    assert got.startswith("failure 451 4.4.3"), got
    assert faulty.questions[fault] < 40, "no storm of questions"


def test_a_truncated_answer_is_asked_for_again_over_tcp(faulty):
    """DNS-01, RFC 7766, 5"""
    before = faulty.tcp_questions
    got = plan(faulty.port, ["truncated.example"])
    assert got["truncated.example"] == "insecure mail.good.example=198.51.100.1"
    assert faulty.tcp_questions > before
