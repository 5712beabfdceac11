"""Both sessions through Python: events, replies, and mistakes of the caller."""
import datetime
import re

import mailsec
import pytest

OK = mailsec.Reply(250, "OK", status=(2, 0, 0))


class Server:
    """Says yes to everything, and keeps what it was told."""

    def __init__(self, **options):
        self.session = mailsec.ServerSession("mx.example.org", **options)
        self.events = []
        self.content = b""
        self.said = b""

    def hear(self, octets):
        """Takes octets line by line, as from a client that waits for each
        answer; returns what goes back."""
        for line in re.findall(rb"[^\n]*\n|[^\n]+", octets):
            self.said += self.hear_at_once(line)
        said, self.said = self.said, b""
        return said

    def hear_at_once(self, octets):
        """Takes octets in one piece; returns what goes back."""
        self.session.receive(octets)
        while True:
            event = self.session.next_event()
            if isinstance(event, (mailsec.NeedInput, mailsec.Closed)):
                self.last = event
                return self.session.take_output()
            self.events.append(event)
            if isinstance(event, mailsec.DataChunk):
                self.content += event.octets
            elif isinstance(event, mailsec.DataBegin):
                self.session.respond(mailsec.Reply(354, "Go ahead"))
            elif not isinstance(event, mailsec.TransactionAborted):
                self.session.respond(OK)

    def names(self):
        return [type(event).__name__ for event in self.events]


def test_a_whole_dialogue_becomes_events():
    server = Server()
    server.hear(
        b"EHLO client.example\r\n"
        b"MAIL FROM:<a@client.example> SIZE=20 BODY=8BITMIME RET=HDRS\r\n"
        b"RCPT TO:<b@example.org> NOTIFY=SUCCESS,DELAY\r\n"
        b"DATA\r\n"
    )
    server.hear(b"Subject: x\r\n\r\n..dot\r\n.\r\nQUIT\r\n")
    assert server.names()[:3] == ["Hello", "MailFrom", "RcptTo"]
    hello, mail, rcpt = server.events[:3]
    assert hello.extended and hello.name == "client.example"
    assert mail.path == mailsec.ReversePath("<a@client.example>")
    assert mail.parameters.declared_size == 20
    assert mail.parameters.body == mailsec.BodyType.EIGHT_BIT_MIME
    assert mail.parameters.dsn_return == mailsec.DsnReturn.HEADERS
    assert rcpt.parameters.notify == mailsec.DsnNotify(success=True, delay=True)
    assert server.content == b"Subject: x\r\n\r\n.dot\r\n"
    assert isinstance(server.last, mailsec.Closed)
    assert server.last.reason


def prdr_dialogue(**options):
    server = Server(**options)
    said = server.hear(b"EHLO client.example\r\n")
    server.hear(
        b"MAIL FROM:<a@client.example> PRDR\r\n"
        b"RCPT TO:<b@example.org>\r\n"
        b"RCPT TO:<c@example.org>\r\n"
    )
    return server, said


def test_prdr_is_offered_only_if_asked_for():
    server, said = prdr_dialogue()
    assert b"PRDR" not in said
    assert "MailFrom" not in server.names()


def test_with_prdr_each_recipient_has_a_reply_after_the_content():
    server, said = prdr_dialogue(offer_prdr=True)
    assert b"PRDR" in said
    (mail,) = [e for e in server.events if isinstance(e, mailsec.MailFrom)]
    assert mail.parameters.prdr
    server.hear(b"DATA\r\n")
    server.session.receive(b"Subject: x\r\n\r\nHello\r\n.\r\n")
    while not isinstance(event := server.session.next_event(), mailsec.DataEnd):
        pass
    assert event.replies == 2
    server.session.respond(OK)
    server.session.respond(mailsec.Reply(550, "Not for me", status=(5, 7, 1)))
    codes = [line[:3] for line in server.session.take_output().splitlines()]
    assert codes[:3] == [b"353", b"250", b"550"]


def test_the_events_do_not_depend_on_how_the_octets_are_cut():
    whole = b"HELO c.example\r\nMAIL FROM:<>\r\nRCPT TO:<b@example.org>\r\nQUIT\r\n"
    want = Server()
    want.hear(whole)
    for cut in range(1, len(whole)):
        server = Server()
        server.hear(whole[:cut])
        server.hear(whole[cut:])
        assert server.names() == want.names()


def test_octets_may_lie_in_any_buffer():
    for kind in (bytes, bytearray, memoryview):
        assert Server().hear_at_once(kind(b"NOOP\r\n")).endswith(b"250 2.0.0 OK\r\n")
    with pytest.raises(TypeError):
        Server().hear_at_once("NOOP\r\n")


def test_who_does_not_wait_is_refused():
    server = Server()
    out = server.hear_at_once(b"HELO c\r\nMAIL FROM:<>\r\n")
    assert out.splitlines()[1].startswith(b"503 5.5.0")
    assert isinstance(server.last, mailsec.Closed)
    assert server.names() == []


def test_what_a_session_refuses_by_itself_is_told_for_the_log():
    server = Server()
    server.hear(b"EHLO client.example\r\nMAIL FROM:<\xff>\r\nAUTH PLAIN AGEAYg==\r\n")
    assert server.names() == ["Hello"]
    mail, auth = server.session.take_refused()
    assert server.session.take_refused() == []
    assert (mail.command, mail.line) == ("MAIL", b"MAIL FROM:<\xff>")
    assert mail.reply.code == 553
    match auth:
        case mailsec.CommandRefused("AUTH", b"AUTH", reply):
            assert reply.code == 502


def test_refusals_of_other_sessions_can_be_brought_along():
    server = Server(refusals_before=2000)
    for _ in range(5):  # A quarter of 20 is left.
        assert server.hear(b"BOGUS\r\n").startswith((b"220", b"500"))
    assert server.hear(b"BOGUS\r\n").startswith(b"421")
    assert server.session.take_refusals_spent() == 600
    assert server.session.take_refusals_spent() == 0


def test_a_chunk_outlives_its_session():
    server = Server()
    server.hear(b"HELO c\r\nMAIL FROM:<>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n")
    server.hear(b"first\r\nsecond\r\n")
    chunks = [e for e in server.events if isinstance(e, mailsec.DataChunk)]
    text = server.content
    server.hear(b"x" * 100000)
    del server
    assert b"".join(chunk.octets for chunk in chunks) == text


def test_events_can_be_matched():
    server = Server()
    server.hear(b"HELO c.example\r\n")
    match server.events[0]:
        case mailsec.Hello(name, extended):
            assert (name, extended) == ("c.example", False)
        case _:
            pytest.fail("not matched")


def test_a_bare_line_feed_is_refused_and_the_connection_closed():
    server = Server()
    server.hear(b"HELO c\r\nMAIL FROM:<>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n")
    out = server.hear(b"a\n.\r\nMAIL FROM:<x@y.example>\r\n\r\n.\r\n")
    assert out.startswith(b"5")
    assert "DataEnd" not in server.names()
    assert isinstance(server.last, mailsec.Closed)


def test_normalising_takes_it():
    server = Server(line_ends=mailsec.LineEndPolicy.NORMALISE)
    server.hear(b"HELO c\r\nMAIL FROM:<>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n")
    server.hear(b"a\nb\r\n.\r\n")
    assert server.content == b"a\r\nb\r\n"


def test_a_limit_is_kept():
    server = Server(limits=mailsec.ServerLimits(max_recipients=1))
    out = server.hear(
        b"HELO c\r\nMAIL FROM:<>\r\n"
        b"RCPT TO:<a@example.org>\r\nRCPT TO:<b@example.org>\r\n"
    )
    assert b"452 4.5.3" in out
    assert server.names().count("RcptTo") == 1


def test_an_answer_that_nobody_waits_for_is_the_callers_mistake():
    with pytest.raises(RuntimeError):
        mailsec.ServerSession("mx.example.org").respond(OK)


def test_a_question_before_the_answer_says_so():
    session = mailsec.ServerSession("mx.example.org")
    session.receive(b"HELO c\r\n")
    session.next_event()
    assert isinstance(session.next_event(), mailsec.ReplyOwed)


def test_a_host_name_cannot_forge_a_greeting():
    for kind in (mailsec.ServerSession, mailsec.ClientSession):
        with pytest.raises(ValueError):
            kind("mx\r\n250 x")


def talk(client, server):
    """Carries octets between both until the client has something to report."""
    while True:
        event = client.next_event()
        if not isinstance(event, mailsec.NeedInput):
            return event
        client.receive(server.hear(client.take_output()))


@pytest.mark.parametrize("protocol", [mailsec.Protocol.SMTP, mailsec.Protocol.LMTP])
def test_client_and_server_understand_each_other(protocol):
    server = Server(protocol=protocol)
    client = mailsec.ClientSession("client.example", protocol=protocol)
    client.receive(server.session.take_output())
    assert isinstance(talk(client, server), mailsec.Ready)
    assert client.capabilities.pipelining
    client.begin(
        mailsec.Transaction(
            "<a@client.example>", [mailsec.OutgoingRecipient("<b@example.org>")]
        )
    )
    assert isinstance(talk(client, server), mailsec.ContentWanted)
    client.content(b".dot\nand a bare end\r\n")
    client.content_end()
    done = talk(client, server)
    assert [o.reply.code for o in done.outcomes] == [250]
    assert done.outcomes[0].from_peer
    assert server.content == b".dot\r\nand a bare end\r\n"
    client.quit()
    closed = talk(client, server)
    while isinstance(closed, mailsec.Ready):
        closed = talk(client, server)
    assert closed.clean


def test_a_lost_connection_is_an_outcome():
    client = mailsec.ClientSession("client.example")
    client.receive(b"220 mx\r\n")
    client.next_event()
    client.receive(b"")
    closed = client.next_event()
    assert isinstance(closed, mailsec.ClientClosed)
    assert not closed.clean
    assert closed.reply.is_transient


def test_the_clients_calls_have_their_moment():
    client = mailsec.ClientSession("client.example")
    with pytest.raises(RuntimeError):
        client.content(b"x")
    recipient = mailsec.OutgoingRecipient("<b@example.org>")
    with pytest.raises(RuntimeError):
        client.begin(mailsec.Transaction("<>", [recipient]))


def session_of_an_early_client(**options):
    session = mailsec.ServerSession("mx.example.org", **options)
    session.take_output()
    session.receive(b"EHLO client.example\r\nNOOP\r\n")
    return session, session.next_event()


def test_a_client_that_does_not_wait_is_refused():
    session, event = session_of_an_early_client()
    assert isinstance(event, mailsec.Closed)
    assert b"503 5.5.0" in session.take_output() and session.spoke_out_of_turn


def test_or_it_is_noted():
    session, event = session_of_an_early_client(out_of_turn=mailsec.OutOfTurnPolicy.NOTE)
    assert isinstance(event, mailsec.Hello)
    session.respond(OK)
    assert isinstance(session.next_event(), mailsec.NeedInput)
    assert session.spoke_out_of_turn and session.peer_must_wait
    waiting = mailsec.ServerSession("mx.example.org")
    assert not waiting.spoke_out_of_turn


def test_who_is_refused_often_has_to_wait():
    session = mailsec.ServerSession("mx.example.org")
    pauses = []
    for _ in range(15):
        session.take_output()
        session.receive(b"GUESS\r\n")
        session.next_event()
        pauses.append(session.take_pause())
    assert pauses[0] == datetime.timedelta(0) < pauses[-1]
    assert session.take_pause() == datetime.timedelta(0)  # It was told.


@pytest.mark.parametrize("options", [
    {"auth_mechanisms": ["PLAIN\r\n250 x"]}, {"auth_mechanisms": ["plain"]},
    {"auth_mechanisms": [""]},
])
def test_what_would_break_out_of_its_line_is_no_option(options):
    with pytest.raises(ValueError, match="auth_mechanisms"):
        mailsec.ServerSession("mx.example.org", **options)


@pytest.mark.parametrize("make", [
    lambda: mailsec.DsnNotify(never=True, delay=True),
    lambda: mailsec.RcptParameters(original_type="rfc822"),
    lambda: mailsec.RcptParameters(original_recipient="a@example.org"),
    lambda: mailsec.RcptParameters(original_type="a b", original_recipient="a@example.org"),
    lambda: mailsec.RcptParameters(original_type="rfc822", original_recipient="a\r\nb"),
    lambda: mailsec.MailParameters(envelope_id="a\r\nRCPT TO:<x>"),
    lambda: mailsec.MailParameters(envelope_id="x" * 101),
])
def test_what_no_peer_can_say_is_no_parameter(make):
    with pytest.raises(ValueError):
        make()
