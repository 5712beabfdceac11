"""A mailsecd that serves example.org and is configured by a test."""
import json
import os
import shlex

from testbed import Client, Mailsecd, wait_until

INSIDE, OUTSIDE = "127.0.0.2", "127.0.0.1"

CONFIG = """
hostname: "mx.example.org"
administrator: "postmaster@example.org" deputy: "abuse@example.org"
listen { address: "127.0.0.1" }
authorised_network: "127.0.0.2/32"
spool { segment_megabytes: 1 }
"""
MAILDIRS = ('local_domain { name: "example.org" recipients_file: "recipients" '
            'maildir_root: "mail" }\n')
PEOPLE = ("postmaster", "abuse", "alice", "bob")


class House(Mailsecd):
    """Clients from INSIDE are its own, those from OUTSIDE are strangers."""

    def __init__(self, folder, config, retry="", local=MAILDIRS, people=PEOPLE, files=(),
                 domain="example.org"):
        (folder / "mail").mkdir(parents=True)
        os.chmod(folder, 0o700)
        (folder / "recipients").write_text("".join(
            f"{name}@{domain} mailbox={name}\n" for name in people))
        for name, text in dict(files).items():
            (folder / name).write_text(text)
        waits = "" if "first_seconds" in retry else "first_seconds: 1 max_seconds: 2"
        super().__init__(folder, config=(
            f"{CONFIG}{local}{config}\nretry {{ {waits} {retry} }}\n"))

    def submit(self, recipients, content=b"Subject: x\r\n\r\nhello\r\n", source=INSIDE,
               sender="alice@example.org"):
        """Sends one message that is accepted. Parameters may stand after an
        address: "bob@example.org> NOTIFY=NEVER"."""
        with Client(self.port, source=source) as client:
            replies = [client.ask("MAIL FROM:<" + closed(sender))]
            replies += [client.ask("RCPT TO:<" + closed(r)) for r in recipients]
            replies.append(client.ask("DATA"))
            client.send(content + b".\r\n")
            replies.append(client.reply())
        assert all(r[0] in "23" for r in replies), replies
        return replies[-1].split()[-1]  # The queue id.

    def queue(self):
        listing = self.command("queue", "list", "--json").stdout
        return [json.loads(line) for line in listing.splitlines()]

    def show(self, queue_id=None):
        """One message, else the first of the queue; "" if there is none."""
        entries = self.queue()
        if queue_id is None and not entries:
            return ""
        return self.command("queue", "show", queue_id or entries[0]["id"]).stdout

    def wait_for_empty_queue(self, seconds=20):
        wait_until(lambda: not self.queue(), lambda: f"an empty queue\n{self.log()}", seconds)

    def wait_for_held(self):
        """The one message that is kept for a person."""
        return wait_until(lambda: [e for e in self.queue() if e["state"] == "held"],
                          lambda: f"the hold\n{self.log()}")[0]

    def events(self, name):
        """The fields of each event of that name in the log, and "severity"."""
        found = []
        for line in self.log().splitlines():
            if line.split(" ", 4)[3:4] == [name]:
                words = shlex.split(line)
                fields = dict(word.split("=", 1) for word in words[4:])
                found.append({"severity": words[1], **fields})
        return found

    def wait_for_event(self, name):
        return wait_until(lambda: self.events(name), lambda: f"{name}\n{self.log()}")[0]


def closed(address):
    return address if ">" in address else address + ">"
