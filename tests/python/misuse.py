"""Uses every class and function of the module wrongly; run by misuse_test.py.

  misuse.py unmade        methods of objects that __init__() never made
  misuse.py odd SEED     calls with odd arguments, chosen by SEED

Whatever is raised is right; a crash, or a call that does not return, is not.
Ends with the number of uses.
"""
import datetime
import enum
import faulthandler
import inspect
import random
import sys
import warnings

import mailsec
import mailsec.autoreply
import mailsec.ndn
import mailsec.route
import mailsec.srs

MODULES = [mailsec, mailsec.autoreply, mailsec.ndn, mailsec.route, mailsec.srs]
CLASSES = [
    thing
    for module in MODULES
    for thing in (getattr(module, name) for name in module.__all__)
    if inspect.isclass(thing)
]
FUNCTIONS = [
    thing
    for module in MODULES
    for thing in (getattr(module, name) for name in module.__all__)
    if not inspect.isclass(thing)
]
BASES = [cls for cls in CLASSES if not issubclass(cls, enum.Enum)]
# They start something, or wait: what they do is tested elsewhere.
LEFT_OUT = {"__init_subclass__", "__class__", "__dir__", "__reduce__", "__reduce_ex__"}


class OddSequence:
    def __len__(self):
        return 3

    def __getitem__(self, index):
        raise KeyError(index)


class OddText(str):
    def __str__(self):
        raise ValueError("no text")


class OddObject:
    def __repr__(self):
        raise ValueError("no repr")

    def __eq__(self, other):
        raise ValueError("no comparison")

    def __hash__(self):
        raise ValueError("no hash")

    def __bool__(self):
        raise ValueError("no truth")

    def __index__(self):
        raise ValueError("no index")

    def __iter__(self):
        raise ValueError("no iteration")

    def __getattr__(self, name):
        raise ValueError(name)


def unmade(cls):
    return cls.__new__(cls)


ODD = [
    None, True, 0, -1, 1, 2**31 - 1, 2**31, -2**31, 2**63, -2**63 - 1, 2**64, 10**30, 0.0, -1.5,
    float("nan"), float("inf"), "", "x", "\ud800", "a\0b", "a\r\nb", "<>", "<a@example.org>",
    "a@example.org", "example.org", "192.0.2.1", "192.0.2.0/24", "::1", "x" * 100000, b"", b"x",
    b"\xff\xfe", b"\0" * 100000, bytearray(b"x"), memoryview(b"abcdef")[::2], memoryview(b"x"),
    [], [None], ["x"], ["a@example.org"], [[]], (), (1, 2), (5, 1, 1), {}, {"x": 1}, {None: None},
    {"example.org": None}, set(), object(), OddObject(), OddSequence(), OddText("x"), int, print,
    lambda *_: None, Ellipsis, NotImplemented, 1j, range(3), iter([1]), ["\ud800"],
    datetime.datetime(2026, 1, 1), datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc),
    datetime.datetime.max.replace(tzinfo=datetime.timezone.utc),
    datetime.datetime.min.replace(tzinfo=datetime.timezone.utc), datetime.timedelta.max,
    datetime.timedelta.min, datetime.timedelta(0), datetime.timedelta(microseconds=1),
    datetime.date(2026, 1, 1), mailsec.Domain, mailsec.Verdict.ACCEPT,
]


def try_(use, *arguments, **named):
    try:
        return use(*arguments, **named)
    except (Exception, SystemExit):  # Whatever it is.
        return None


def members(cls):
    for name in sorted(dir(cls)):
        if name not in LEFT_OUT:
            yield name


def use_unmade():
    uses = 0
    for cls in BASES:
        for name in members(cls):
            thing = unmade(cls)
            value = try_(getattr, thing, name)
            uses += 1
            if callable(value):
                try_(value)
                try_(value, thing)
                try_(value, b"x", thing)
                uses += 3
        thing = unmade(cls)
        for use in (repr, str, hash, bool, len, iter, list, dir, bytes, int):
            try_(use, thing)
            uses += 1
        try_(lambda: thing == thing)
        try_(lambda: thing < thing)
        try_(lambda: thing in thing)
        try_(lambda: thing == cls.__new__(cls))
        for other in BASES:
            try_(other, thing)
            uses += 1
        for function in FUNCTIONS:
            try_(function, thing)
            uses += 1
    return uses


def dialogue():
    """Every event of a session on either side."""
    session = mailsec.ServerSession("mx.example.org", offer_starttls=True,
                                    auth_mechanisms=["CRAM-MD5"])
    for line, answer in (
            (b"EHLO client.example", 250), (b"AUTH CRAM-MD5", 334), (b"AA==", 535),
            (b"MAIL FROM:<a@client.example>", 250), (b"RCPT TO:<b@example.org>", 250),
            (b"DATA", 354)):
        session.take_output()  # The peer waits for it.
        session.receive(line + b"\r\n")
        yield session.next_event()
        yield session.next_event()  # ReplyOwed.
        session.respond(mailsec.Reply(answer, "OK"))
    yield session.next_event()
    session.take_output()
    session.receive(b"x\r\n.\r\nMAIL FROM:<>\r\n")
    yield session.next_event()
    yield session.next_event()
    session.respond(mailsec.Reply(250, "OK"))
    yield session.next_event()
    session.respond(mailsec.Reply(250, "OK"))
    session.take_output()
    session.receive(b"RSET\r\nSTARTTLS\r\n")
    yield session.next_event()
    yield session.next_event()
    session.respond(mailsec.Reply(454, "No"))
    session.receive(b"")
    yield session.next_event()
    client = mailsec.ClientSession("client.example")
    client.receive(b"220 mx\r\n250-mx\r\n250 SIZE 1000\r\n")
    yield client.next_event()
    client.begin(mailsec.Transaction(
        "<a@client.example>", [mailsec.OutgoingRecipient("<b@example.org>")]))
    client.receive(b"250 OK\r\n250 OK\r\n354 Go\r\n")
    yield client.next_event()
    client.content(b"x\r\n")
    client.content_end()
    client.receive(b"250 OK\r\n")
    event = client.next_event()
    yield event
    yield event.outcomes[0]
    yield client.capabilities
    client.receive(b"")
    yield client.next_event()
    yield client.next_event()


def made_objects(folder="."):
    """An object of each class that can be made without much ado."""
    content = b"From: a@example.com\r\nTo: b@example.org\r\nSubject: x\r\n\r\nhello\r\n"
    directory = mailsec.TextRecipientDirectory("postmaster@example.org\nabuse@example.org\n")
    mx = mailsec.StaticMxAuthority(["example.org"])
    policy = mailsec.RelayPolicy(mx=mx)
    decision = policy.decide(client_ip="192.0.2.1", recipient="<a@far.example>")
    away = mailsec.autoreply.AbsenceSettings("a@example.org", outside_texts=[("en", "Away.")])
    session = mailsec.ServerSession("mx.example.org")
    client = mailsec.ClientSession("client.example")
    governor = mailsec.Governor(["example.org"])
    resolver = mailsec.Resolver()
    planner = mailsec.route.MxPlanner(resolver)
    inside = mailsec.route.Inside(own_domains=["example.org"])
    notice = mailsec.AutomaticMail(
        mailsec.AutomaticKind.ABSENCE_NOTICE, answered="<b@example.com>",
        author="a@example.org", target="b@example.com")
    scanned = mailsec.ContentPolicy([mailsec.Scanner("mine")]).decide(content)
    builder = mailsec.ndn.Builder(hostname="mx.example.org",
                                  from_address="postmaster@example.org")
    failed = mailsec.ndn.RecipientStatus(
        final_recipient="rfc822; a@example.org", status="5.1.1")
    report = mailsec.ndn.DeliveryReport(recipients=[failed])
    ndn = builder.build(target="b@example.com", report=report, original=content, unique="1")
    srs = mailsec.srs.Srs("example.org", secrets=[b"x" * 32])
    names = mailsec.route.LocalNames(
        [mailsec.route.NamesOfDomain("example.org", catch_all="abuse@example.org")],
        mailsec.route.AliasTable("", served=["example.org"]), directory)
    usage = mailsec.read_maildir_usage(str(folder), "nobody", quota_octets=7)
    made = [
        names, mailsec.route.NamesOfDomain("example.net", "-"), names.of("x@example.org"),
        names.of("abuse+x@example.org").mailboxes[0], mailsec.route.FixedHost("192.0.2.1", 26),
        usage, usage.quota,
        *dialogue(), notice, governor.decide(notice), scanned, scanned.opinions[0], ndn,
        mailsec.ndn.parse(ndn.content), mailsec.ndn.rules()[0], mailsec.ndn.lint(b"x")[0],
        mailsec.ndn.NdnPolicy(governor).decide(
            sender="<b@example.com>", recipient="<a@example.org>",
            author="postmaster@example.org"),
        mailsec.autoreply.Autoresponder().decide(content, sender="<>", settings=away),
        mailsec.autoreply.ReceiptPolicy().decide(content, sender="<>", mailbox="a@example.org"),
        mailsec.autoreply.build_notice(away, content, target="b@example.com", unique="1"),
        mailsec.RateLimiter().take("x"), srs.reverse("a@example.org"),
        planner.plan("example.org"),
        mailsec.route.NextHopFinder(inside, planner, resolver).find(
            mailsec.route.Destination.smtp("198.51.100.1"), mailsec.route.MailClass.ORDINARY),
        directory, mx, policy, decision, decision.reply, away, session, client, governor,
        mailsec.Address("a@example.org"), mailsec.Domain("example.org"),
        mailsec.ForwardPath("<a@example.org>"), mailsec.ReversePath(), mailsec.IpAddress("::1"),
        mailsec.IpNetwork("192.0.2.0/24"), mailsec.NetworkSet(["192.0.2.0/24"]),
        mailsec.AddressLiteral("[192.0.2.1]"), mailsec.EnhancedStatus(5, 1, 1),
        mailsec.MailParameters(), mailsec.RcptParameters(), mailsec.DsnNotify(),
        mailsec.RateLimiter(), mailsec.HeaderScanner(content), mailsec.ServerLimits(),
        mailsec.Transaction("<>", [mailsec.OutgoingRecipient("<a@example.org>")]),
        mailsec.AcceptancePolicy(local_domains=["example.org"], directory=directory),
        mailsec.ContentPolicy([]), mailsec.ScanRequest(), mailsec.RecipientDirectory(),
        mailsec.ScanResult(mailsec.ScanOutcome.CLEAN), mailsec.Scanner("x"), resolver,
        mailsec.RecipientVerifier(), mailsec.CachingVerifier(mailsec.RecipientVerifier()),
        mailsec.MxAuthority(), mailsec.LiveMxAuthority(["mx.example.org"], resolver),
        mailsec.Mailbox("a"), mailsec.RecipientAnswer.unknown(), mailsec.Taken(),
        mailsec.MxRecord(1, "mx.example.org"), mailsec.MxAnswer([]), mailsec.AddressAnswer([]),
        mailsec.MxVerdict(mailsec.Answer.YES), mailsec.VerifierAnswer(decision.reply),
        mailsec.AutomaticMail(mailsec.AutomaticKind.FORWARD, target="a@example.org",
                              author="a@example.org"),
        mailsec.TraceField(helo="x", client_ip="::1", own_name="x",
                           time=datetime.datetime.now(datetime.timezone.utc)),
        mailsec.ScanStep(mailsec.Scanner("y")),
        mailsec.autoreply.Autoresponder(), mailsec.autoreply.ReceiptPolicy(enabled=True),
        mailsec.autoreply.MemoryReplyMemory(), mailsec.autoreply.MemoryAbsenceStore(),
        mailsec.autoreply.AbsenceText("en", "Away."), mailsec.autoreply.ReplyKey("a", "b", "c"),
        mailsec.autoreply.SqliteReplyMemory(mailsec.autoreply.SqliteDatabase(f"{folder}/a.db")),
        mailsec.autoreply.SqliteAbsenceStore(mailsec.autoreply.SqliteDatabase(f"{folder}/b.db")),
        mailsec.ndn.Builder(hostname="mx.example.org", from_address="postmaster@example.org"),
        mailsec.ndn.NdnPolicy(governor), mailsec.ndn.TypedValue("dns", "x"),
        mailsec.ndn.RecipientStatus(final_recipient="rfc822; a@example.org", status="5.1.1"),
        mailsec.ndn.DeliveryReport(recipients=[]), inside, planner,
        mailsec.route.AliasTable("", served=["example.org"]), mailsec.route.Destination(),
        mailsec.route.LocalDomain("example.org", mailsec.route.Destination.maildir("/x")),
        mailsec.route.NextHopFinder(inside, planner, resolver),
        mailsec.route.Router(local_domains=[mailsec.route.LocalDomain(
            "example.org", mailsec.route.Destination.maildir("/x"))]), mailsec.srs.MemorySrsTable(),
        mailsec.srs.Srs("example.org", secrets=[b"x" * 32]),
        mailsec.srs.SqliteSrsTable(f"{folder}/c.db"),
    ]
    return made


def odd_arguments(choose, made):
    def one():
        kind = choose.random()
        if kind < 0.7:
            return choose.choice(ODD)
        if kind < 0.9:
            return choose.choice(made)
        return try_(unmade, choose.choice(BASES))

    count = choose.choice([0, 1, 1, 2, 2, 3, 4])
    return [one() for _ in range(count)]


def parameters_of(function):
    """The names that its docstring's signature has."""
    first = (getattr(function, "__doc__", None) or "").partition("\n")[0]
    inside = first.partition("(")[2].rpartition(") ->")[0]
    return [part.partition(":")[0].strip() for part in inside.split(", ") if ":" in part]


def call(function, choose, made):
    arguments = odd_arguments(choose, made)
    names = [name for name in parameters_of(function) if name.isidentifier() and name != "self"]
    uses = 0
    if names and choose.random() < 0.5:
        chosen = choose.sample(names, min(len(names), choose.choice([1, 2, 3])))
        try_(function, **{name: (odd_arguments(choose, made) or [None])[0] for name in chosen})
        uses += 1
    return keep(try_(function, *arguments), made), uses + 1


def keep(thing, made):
    """What a call returned is used, too."""
    if type(thing).__module__.partition(".")[0] == "mailsec" and len(made) < 2000:
        made.append(thing)


def use_oddly(seed):
    choose = random.Random(seed)
    made = made_objects()
    uses = 0
    for _ in range(6):
        for function in FUNCTIONS:
            uses += call(function, choose, made)[1]
        for cls in CLASSES:
            if cls is not mailsec.Server:
                uses += call(cls, choose, made)[1]
            for name in members(cls):
                if isinstance(inspect.getattr_static(cls, name), staticmethod):
                    uses += call(getattr(cls, name), choose, made)[1]
        for thing in list(made):
            for name in members(type(thing)):
                value = try_(getattr, thing, name)
                if callable(value):
                    uses += call(value, choose, made)[1]
        for word in (repr, str, hash):
            for thing in list(made):
                try_(word, thing)
    return uses


def main(how, seed=0):
    faulthandler.enable()
    warnings.simplefilter("ignore")
    sys.unraisablehook = lambda _: None
    print(use_unmade() if how == "unmade" else use_oddly(int(seed)))


if __name__ == "__main__":
    main(*sys.argv[1:])
