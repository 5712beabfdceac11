"""Mistakes that a type checker finds: one in each line that says so."""
import mailsec
from mailsec import ndn, route

mailsec.Reply("250", "OK")  # wrong
mailsec.Reply(250, "OK", status=(5, 7))  # wrong
mailsec.Reply(250, "OK").code = 251  # wrong
mailsec.Domain("example.org").asci  # wrong
mailsec.RelayPolicy(mx=None)  # wrong
mailsec.RelayPolicy(mx=mailsec.StaticMxAuthority([1]))  # wrong
mailsec.AcceptancePolicy(local_domains=["example.org"])  # wrong
mailsec.ServerSession("mx.example.org", protocol=0)  # wrong
mailsec.ServerSession("mx.example.org").receive("text")  # wrong
mailsec.ContentPolicy(["clamd"])  # wrong
mailsec.Server("", handler=object())  # wrong
mailsec.Server("", logger=print)  # wrong
mailsec.Verdict.YES  # wrong
ndn.Builder(hostname="mx.example.org")  # wrong
ndn.Cause.classify("550")  # wrong
route.Destination.smtp("mx.example.org", "25")  # wrong
autoreply = mailsec.autoreply.AbsenceSettings("a@example.org", outside_texts=["Away."])  # wrong


class Directory(mailsec.RecipientDirectory):
    def find(self, address: str) -> mailsec.RecipientAnswer:  # wrong
        return mailsec.RecipientAnswer.unknown()


class Scanner(mailsec.Scanner):
    def scan(self, request: mailsec.ScanRequest, content: bytes) -> bool:  # wrong
        return True


class Handler(mailsec.RcptHandler):
    def rcpt(  # wrong
        self, session: mailsec.SessionInfo, rcpt: mailsec.RcptTo
    ) -> mailsec.Reply | None:
        return None


class Yes:
    def message(
        self, session: mailsec.SessionInfo, envelope: mailsec.Envelope, content: bytes
    ) -> bool:
        return True


mailsec.Server("", handler=Yes())  # wrong
