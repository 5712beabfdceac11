"""mailsec.srs: what its docstrings do not show, and what Perl's Mail::SRS says.

Mail::SRS has another hash (SHA-1, 4 characters of base64), so structures are
compared with the hash cut out; what one has made, the other can carry on and
give back.
"""
import datetime
import gc
import re
import subprocess

import mailsec
import pytest
from mailsec.srs import MemorySrsTable, SqliteSrsTable, Srs, SrsOutcome

NOON = datetime.datetime(2026, 11, 25, 12, tzinfo=datetime.timezone.utc)
DAY = datetime.timedelta(days=1)
SECRET = b"a secret of thirty-two octets..."


def make(domain="fwd.example.org", secret=SECRET, **options):
    return Srs(domain, **({"secrets": [secret], "table": MemorySrsTable()} | options))


def forward(srs, sender, now=NOON):
    return str(srs.forward(f"<{sender}>", now=now))[1:-1]


def reverse(srs, address, now=NOON):
    answer = srs.reverse(address, now=now)
    return str(answer.original) if answer.original else answer.decision.rule


WAYS = [
    "alice@example.com", "Bob+x=y@example.com", "\"j doe\"@example.com", "a@[192.0.2.1]",
    "SRS0=abcd=XY=example.com=alice@hop.example", "x" * 64 + "@example.com",
]


@pytest.mark.parametrize("sender", WAYS)
def test_there_and_back(sender):
    srs = make()
    assert reverse(srs, forward(srs, sender)) == sender
    assert reverse(srs, forward(srs, sender).lower()).lower() == sender.lower()
    assert reverse(srs, forward(srs, sender), NOON + 30 * DAY) == "srs.expired"


def test_an_answer_says_what_to_do():
    srs = make()
    answer = srs.reverse("SRS0=AAAA=AA=example.com=bob@fwd.example.org")
    assert answer.outcome == SrsOutcome.REFUSED and answer.original is None
    assert str(answer.decision.reply).startswith("550 5.7.1")
    assert srs.reverse("bob@example.org").outcome == SrsOutcome.NOT_OURS
    assert srs.is_ours("srs0=x@FWD.example.org") and not srs.is_ours("srs0=x@example.org")
    assert str(srs.domain) == "fwd.example.org"


def test_secrets_are_rotated():
    old, new = make(secret=b"o" * 32), make(secrets=[b"n" * 32, b"o" * 32])
    assert reverse(new, forward(old, "alice@example.com")) == "alice@example.com"
    assert reverse(old, forward(new, "alice@example.com")) == "srs.bad-hash"


@pytest.mark.parametrize("options", [
    {"secrets": []}, {"secrets": [b"short"]}, {"separator": "."}, {"valid_days": 0},
    {"valid_days": 512}, {"domain": "not a domain"},
])
def test_what_is_wrong_raises(options):
    with pytest.raises(ValueError):
        make(**options)


def test_without_a_table_what_does_not_fit_raises():
    with pytest.raises(RuntimeError, match="no table"):
        forward(make(table=None), "\"j doe\"@example.com")
    assert reverse(make(table=None), forward(make(table=None), "a@example.com")) == "a@example.com"


def test_a_file_outlives_a_restart(tmp_path):
    path = str(tmp_path / "srs.db")
    address = forward(make(table=SqliteSrsTable(path)), "\"j doe\"@example.com")
    gc.collect()
    assert reverse(make(table=SqliteSrsTable(path)), address) == "\"j doe\"@example.com"
    assert reverse(make(), address) == "srs.unknown-token"


def test_a_full_table_raises():
    srs = make(table=MemorySrsTable(max_addresses=1))
    forward(srs, "\"a b\"@example.com")
    with pytest.raises(OSError):
        forward(srs, "\"c d\"@example.com")


PERL = r"""
use strict; use warnings; use Mail::SRS;
my ($secret, $separator, $length) = @ARGV;
my $srs = Mail::SRS->new(Secret => $secret, Separator => $separator, HashLength => $length);
$SIG{__WARN__} = sub {};
while (my $line = <STDIN>) {
    chomp $line;
    my ($what, $address, $alias) = split / /, $line;
    my $said = eval { $what eq 'forward' ? $srs->forward($address, $alias)
                                         : $srs->reverse($address) };
    print defined $said ? $said : 'refused', "\n";
}
"""


def perl(lines, secret="secret", separator="=", length=4):
    done = subprocess.run(["perl", "-e", PERL, secret, separator, str(length)], check=True,
                          input="".join(line + "\n" for line in lines), capture_output=True,
                          text=True)
    return done.stdout.splitlines()


def structure(address):
    """Without the hash: the first field, after the tag and the separator."""
    return re.sub(r"(?i)^(SRS[01][-+=])[^=]*", r"\1HASH", address)


SENDERS = [
    "alice@example.com", "Alice@example.com", "a=b@example.com", "a+b-c=@example.com",
    "SRS0=abcd=XY=example.com=alice@hop.example", "srs0=abcd=xy=example.com=alice@hop.example",
    "SRS0+abcd=XY=example.com=alice@hop.example", "SRS0-abcd=XY=a.example=b=c@hop.example",
    "SRS1=efgh=hop.example==abcd=XY=example.com=al@next.example",
    "SRS1+efgh=hop.example=-abcd=XY=example.com=al@next.example",
    "srs1-efgh=hop.example=+abcd=xy=example.com=al@next.example",
    "SRS0@example.com", "srs0alice@example.com", "SRS.alice@example.com",
    # Their chains of short hashes.
    "SRS0=x/y+=XY=a.example=b@c.example",
]


@pytest.mark.parametrize("separator", "=+-")
def test_the_structure_is_that_of_mail_srs(separator):
    theirs = perl([f"forward {s} fwd.example.org" for s in SENDERS], separator=separator)
    srs = make(separator=separator)
    ours = [str(srs.forward(f"<{s}>"))[1:-1] for s in SENDERS]  # Today, as theirs.
    assert [structure(a) for a in ours] == [structure(a) for a in theirs]
    back = perl([f"reverse {a}" for a in theirs], separator=separator)
    assert [str(srs.reverse(a).original) for a in ours] == back


def test_senders_that_need_no_rewriting_are_the_same():
    (theirs,) = perl(["forward bob@fwd.example.org fwd.example.org"])
    assert forward(make(), "bob@fwd.example.org") == theirs == "bob@fwd.example.org"


def test_each_carries_on_a_chain_that_the_other_began():
    srs = make("ours.example")
    # Ours first; theirs leaves our part as it is.
    first = str(srs.forward("<al@a.example>"))[1:-1]
    (second,) = perl([f"forward {first} theirs.example"])
    assert second.startswith("SRS1=") and "=ours.example==" in second
    (back,) = perl([f"reverse {second}"])
    assert back == first and str(srs.reverse(back).original) == "al@a.example"
    # And in whatever case it comes back.
    (lower,) = perl([f"reverse {second.lower()}"])
    assert str(srs.reverse(lower).original) == "al@a.example"
    # Theirs first, a third hop behind.
    (first,) = perl(["forward al@a.example theirs.example"])
    second = str(srs.forward(f"<{first}>"))[1:-1]
    third = str(make("third.example", secret=b"3" * 32).forward(f"<{second}>"))[1:-1]
    assert "=theirs.example==" in third and "ours.example" not in third
    back = str(srs.reverse(second).original)
    assert back == first and perl([f"reverse {back}"]) == ["al@a.example"]
    back = str(make("third.example", secret=b"3" * 32).reverse(third).original)
    assert perl([f"reverse {back}"]) == ["al@a.example"]


def test_neither_takes_what_the_other_signed():
    srs = make("ours.example", secret=SECRET)
    (theirs,) = perl(["forward al@a.example ours.example"], secret=SECRET.decode())
    assert srs.reverse(theirs).outcome == SrsOutcome.REFUSED
    ours = forward(srs, "al@a.example")
    assert perl([f"reverse {ours}"], secret=SECRET.decode(), length=16) == ["refused"]
