"""Starts mailsecd in a folder of its own and sends it real mail.

  quickstart.py MAILSECD MAILSEC

Everything happens on loopback. The client is Python's smtplib; the next hop is
a second mailsecd.
"""
import pathlib
import signal
import smtplib
import subprocess
import sys
import tempfile
import time

STRANGER = ("127.0.0.1", 0)  # Any client of the world.
TRUSTED = ("127.0.0.2", 0)   # The only network that may send to anyone.


class Server:
    """One `mailsecd --demo`."""

    def __init__(self, programs, folder, smarthost=None):
        self.mailsecd, self.mailsec = programs
        self.folder = folder
        arguments = [self.mailsecd, "--demo", folder]
        if smarthost:
            arguments += ["--smarthost", smarthost]
        self.log = open(folder + ".log", "ab")
        self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=self.log,
                                        text=True)
        ready = self.process.stdout.readline().split()
        if len(ready) != 2:
            sys.exit(f"mailsecd did not start; see {folder}.log")
        self.port = int(ready[1].rsplit(":", 1)[1])
        print(f"   mailsecd listens on port {self.port}, folder {folder}")

    def send(self, source, sender, recipient, subject):
        """Sends one message and prints what the server said."""
        with smtplib.SMTP("127.0.0.1", self.port, local_hostname="client.example",
                          source_address=source) as client:
            try:
                client.sendmail(sender, [recipient], f"From: {sender}\r\nTo: {recipient}\r\n"
                                f"Subject: {subject}\r\n\r\nHello.\r\n")
                answer = "accepted"
            except smtplib.SMTPRecipientsRefused as refusal:
                code, text = next(iter(refusal.recipients.values()))
                answer = f"{code} {text.decode()}"
        print(f"   {source[0]}: {sender} -> {recipient}: {answer}")
        return answer

    def command(self, *words):
        print("   $ mailsec " + " ".join(words))
        done = subprocess.run([self.mailsec, "--demo", self.folder, *words],
                              capture_output=True, text=True, check=False)
        for line in (done.stdout + done.stderr).splitlines():
            print("     " + line)
        return done.stdout

    def mailbox(self, name):
        return list((pathlib.Path(self.folder) / "mail" / name / "new").glob("*"))

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait()
        self.process.stdout.close()


def wait_for(question, what):
    for _ in range(500):
        if question():
            return
        time.sleep(0.02)
    sys.exit(f"{what} did not happen")


def must(condition, what):
    if not condition:
        sys.exit(f"this is wrong: {what}")


def main():
    programs = sys.argv[1:3]
    if len(programs) != 2:
        sys.exit(__doc__)
    base = tempfile.mkdtemp(prefix="mailsec-quickstart-")
    print("A server, and a second one as the next hop for mail to elsewhere:")
    elsewhere = Server(programs, base + "/elsewhere")
    server = Server(programs, base + "/here", smarthost=f"127.0.0.1:{elsewhere.port}")

    print("\nAnyone may write to a mailbox that exists, and to nobody else:")
    must(server.send(STRANGER, "carol@example.net", "alice@example.org", "hello") == "accepted",
         "a mailbox of ours was refused")
    must(server.send(STRANGER, "carol@example.net", "nobody@example.org", "x")[:3] == "550",
         "an unknown recipient was accepted")
    must(server.send(STRANGER, "carol@example.net", "full@example.org", "x")[:3] == "552",
         "a full mailbox was accepted")
    must(server.send(STRANGER, "carol@example.net", "dave@example.com", "x")[:3] == "550",
         "a stranger could relay")
    wait_for(lambda: server.mailbox("alice"), "the delivery to alice")
    print(f"   delivered: {server.mailbox('alice')[0]}")

    print("\nWhy? The same code explains itself:")
    server.command("explain", "--client", "198.51.100.7", "--from", "carol@example.net",
                   "--to", "dave@example.com")

    print("\nThe trusted network may write to everybody; the next hop is down:")
    elsewhere.stop()
    must(server.send(TRUSTED, "alice@example.org", "bob@example.org", "inside") == "accepted",
         "inside mail was refused")
    must(server.send(TRUSTED, "alice@example.org", "dave@example.com", "out") == "accepted",
         "the trusted network was refused")
    must("waiting" in server.command("queue", "list"), "the mail does not wait")

    print("\nThe server is killed without warning (SIGKILL), and started again:")
    server.stop(signal.SIGKILL)
    server = Server(programs, base + "/here")
    must("waiting" in server.command("queue", "list"), "the mail is lost")

    for each in (server,):
        each.stop()
    print("\nAll as it should be. To try more:")
    print(f"   {programs[0]} --demo {base}/here --port 2525")
    print(f"   {programs[1]} --demo {base}/here queue list")


if __name__ == "__main__":
    main()
