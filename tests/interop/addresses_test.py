"""What an operator expects of addresses and of mail that is taken: subaddresses,
catch-alls, aliases that keep a copy, quotas, smarthosts in order, and the fields
that are added, marked and left out."""
import re
import subprocess

from house import INSIDE, OUTSIDE, House
from testbed import Client, Sink, free_port, new_folder, program, wait_until

LOCAL = ('local_domain {{ name: "example.org" recipients_file: "people" '
         'maildir_root: "mail" {} }}\n')
PEOPLE = """postmaster@example.org mailbox=postmaster
abuse@example.org mailbox=abuse
alice@example.org mailbox=alice
bob@example.org mailbox=bob
info@example.org mailbox=info
old@example.org refused
"""


def house(folder, config="", domain="", people=PEOPLE, aliases=""):
    return House(folder / "s", 'aliases_file: "aliases"\n' + config,
                 local=LOCAL.format(domain), files={"people": people, "aliases": aliases})


def rcpt(server, *recipients, source=OUTSIDE, sender="dave@example.com"):
    """The codes of RCPT for each."""
    with Client(server.port, source=source) as client:
        assert client.ask(f"MAIL FROM:<{sender}>")[:3] == "250"
        return [client.ask(f"RCPT TO:<{r}>")[:9] for r in recipients]


def explain(server, to, *more):
    return server.command("explain", "--client", "198.51.100.7", "--to", to, *more).stdout


def check(server):
    return subprocess.run(
        [program("mailsecd"), "--config", str(server.folder / "mailsecd.textproto"), "--check"],
        capture_output=True, text=True, check=False)


def test_an_address_with_a_detail_reaches_its_mailbox_once_each():
    with new_folder() as folder, house(folder) as server:
        assert rcpt(server, "bob+x@example.org", "eve+x@example.org") == [
            "250 2.1.5", "550 5.1.1"]
        server.submit(["alice@example.org", "alice+shop@example.org", "Alice+Shop@example.org"],
                      source=OUTSIDE, sender="dave@example.com")
        mails = server.wait_for_mail("alice", 2)
        assert len(mails) == 2
        to = sorted(re.search(rb"Delivered-To: (.*)\r\n", mail)[1] for mail in mails)
        assert to == [b"alice+shop@example.org", b"alice@example.org"]
        said = explain(server, "alice+shop@example.org")
        assert "recipient.subaddress" in said and "mailbox: alice" in said
        assert "goes-to: <alice+shop@example.org> by maildir:" in said


def test_a_catch_all_takes_the_rest_and_is_a_risk():
    with new_folder() as folder, house(folder, domain='catch_all: "info@example.org"') as server:
        assert rcpt(server, "guess@example.org", "old@example.org", "bob@example.org") == [
            "250 2.1.5", "550 5.1.1", "250 2.1.5"]
        server.submit(["guess@example.org"], source=OUTSIDE, sender="dave@example.com")
        server.wait_for_mail("info")
        assert "every name that somebody guesses" in explain(server, "guess@example.org")
        checked = check(server)
        assert checked.returncode == 0
        assert "warning: takes mail for every name" in checked.stderr, checked.stderr


def test_an_alias_that_keeps_a_copy():
    aliases = "alice@example.org: alice@example.org, bob@example.org\n"
    with new_folder() as folder, house(folder, aliases=aliases) as server:
        server.submit(["alice@example.org"])
        server.wait_for_mail("alice")
        server.wait_for_mail("bob")
        said = explain(server, "alice@example.org")
        assert re.search(r"goes-to: <alice@example.org> by .*; <bob@example.org> by ", said)
        (server.folder / "aliases").write_text(
            "alice@example.org: bob@example.org\nbob@example.org: alice@example.org\n")
        checked = check(server)
        assert checked.returncode == 1
        assert "aliases:2:18: " in checked.stderr and "circle" in checked.stderr


def test_fields_that_are_added_marked_and_left_out():
    content = (b"Return-Path: <eve@example.net>\r\nX-Mailsec-Sender: proven\r\n"
               b"From: alice@example.org\r\nSubject: x\r\n\r\nhello\r\n")
    with new_folder() as folder, house(folder) as server:
        server.submit(["bob@example.org"], content)
        mail = server.wait_for_mail("bob")[0]
        assert mail.startswith(b"Return-Path: <alice@example.org>\r\n")
        assert mail.count(b"Return-Path:") == 1 and b"X-Mailsec-Sender" not in mail
        head = mail.partition(b"\r\n\r\n")[0]
        assert head.index(b"Received:") < head.index(b"Date: ") < head.index(b"From:")
        assert re.search(rb"\r\nMessage-ID: <msg-[^@>]+@mx.example.org>\r\n", head)
        accepted = server.events("mail.accepted")[-1]
        assert accepted["added"] == "Date, Message-ID"
        assert accepted["message_id"].startswith("<msg-")
        # The same from a stranger.
        server.submit(["info@example.org"], content, source=OUTSIDE)
        mail = server.wait_for_mail("info")[0]
        assert mail.count(b"X-Mailsec-Sender: unproven; client=127.0.0.1\r\n") == 1
        assert b": proven" not in mail
        assert b"Date:" not in mail and b"Message-ID" not in mail
        accepted = server.events("mail.accepted")[-1]
        assert accepted["marked"] == "sender" and "added" not in accepted
        assert "mailing lists" in explain(server, "bob@example.org", "--from", "a@example.org")


def test_strangers_with_a_sender_of_ours_may_be_refused():
    with new_folder() as folder, house(folder, "strangers_with_own_sender: REFUSE "
                                       "content { add_missing_fields: false }") as server:
        for source, sender, code in ((OUTSIDE, "a@example.org", "550 5.7.1"),
                                     (OUTSIDE, "", "250 2.1.0"), (INSIDE, "a@example.org", "250"),
                                     (OUTSIDE, "a@example.com", "250")):
            with Client(server.port, source=source) as client:
                assert client.ask(f"MAIL FROM:<{sender}>").startswith(code)
        assert server.wait_for_event("policy.own_sender")["severity"] == "notice"
        server.submit(["bob@example.org"])
        assert b"Message-ID" not in server.wait_for_mail("bob")[0]


def test_a_full_maildir_is_refused_at_rcpt():
    people = PEOPLE.replace("mailbox=bob", "mailbox=bob quota=700")
    with new_folder() as folder, house(folder, people=people) as server:
        mail = b"Subject: x\r\n\r\n" + b"x" * 60 + b"\r\n"
        server.submit(["bob@example.org"], mail, source=OUTSIDE, sender="dave@example.com")
        sums = server.folder / "mail/bob/maildirsize"
        wait_until(lambda: sums.exists() and len(sums.read_text().splitlines()) == 3, "a sum")
        assert sums.read_text().startswith("700S\n0 0\n")
        with Client(server.port) as client:
            client.ask("MAIL FROM:<dave@example.com> SIZE=700")
            assert client.ask("RCPT TO:<bob@example.org>")[:9] == "552 5.2.2"
        sums.write_text("damage")
        (server.folder / "mail/bob/new/other").write_bytes(b"x" * 700)
        assert rcpt(server, "bob@example.org", "bob+x@example.org", "alice@example.org") == [
            "552 5.2.2", "552 5.2.2", "250 2.1.5"]
        (server.folder / "mail/bob/new/other").unlink()
        sums.unlink()
        assert rcpt(server, "bob@example.org") == ["250 2.1.5"]


def test_the_next_smarthost_is_tried_when_the_first_has_a_fault():
    with new_folder() as folder, Sink() as second, Sink() as third:
        first = free_port()
        hosts = "".join(f'smarthost {{ host: "127.0.0.1" port: {port} }}\n'
                        for port in (first, second.port, third.port))
        with house(folder, hosts) as server:
            for _ in range(5):
                server.submit(["carol@example.com"])
            second.wait_for(5)
            assert not third.received
            said = server.command("explain", "--client", "127.0.0.2", "--to",
                                  "carol@example.com").stdout
            assert (f"goes-to: <carol@example.com> by smtp:[127.0.0.1]:{first},"
                    f"[127.0.0.1]:{second.port},[127.0.0.1]:{third.port}\n") in said
        config = (server.folder / "mailsecd.textproto")
        config.write_text(config.read_text().replace(
            'listen { address: "127.0.0.1" }',
            f'listen {{ address: "127.0.0.1" port: {third.port} }}'))
        checked = check(server)
        assert checked.returncode == 1
        assert "is a listener of this server" in checked.stderr, checked.stderr


def test_a_mailbox_server_gets_the_detail_and_writes_the_only_return_path():
    with new_folder() as folder, Sink() as store:
        local = ('local_domain { name: "example.org" recipients_file: "recipients" '
                 f'lmtp {{ host: "127.0.0.1" port: {store.port} }} }}\n')
        with House(folder / "s", "", local=local) as server:
            server.submit(["alice+shop@example.org"],
                          b"return-PATH : <eve@example.net>\r\n more\r\nSubject: x\r\n\r\n"
                          b"Return-Path: body\r\n", source=OUTSIDE, sender="dave@example.com")
            envelope, content = store.wait_for(1)[0]
            assert "RCPT TO:<alice+shop@example.org>" in envelope
            assert b"eve@example.net" not in content and b" more" not in content
            assert content.endswith(b"\r\nSubject: x\r\n\r\nReturn-Path: body\r\n.\r\n")
