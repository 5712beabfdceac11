"""unbound, which answers from the records of a test and asks nobody."""
from testbed import Process, free_port, wait_until

CONFIG = """
server:
  directory: "{folder}"
  chroot: ""
  username: ""
  pidfile: "{folder}/unbound.pid"
  logfile: "{folder}/unbound.log"
  use-syslog: no
  interface: 127.0.0.1@{port}
  do-ip6: no
  access-control: 127.0.0.0/8 allow
  module-config: "iterator"
  local-zone: "example." static
{data}
remote-control:
  control-enable: no
"""


def local_data(records):
    """Lines "NAME MX 10 HOST": names without a final dot are below example."""
    lines = []
    for record in records.strip().splitlines():
        name, kind, rest = record.split(" ", 2)
        if kind == "MX" and not rest.endswith("."):
            rest += ".example."
        lines.append(f"  local-data: '{name}. {kind} {rest}'")
    return "\n".join(lines)


class NameServer:
    """Serves example., to which nothing but `records` belongs."""

    def __init__(self, folder, records):
        self.folder = folder
        self.port = free_port()
        (folder / "unbound.conf").write_text(
            CONFIG.format(folder=folder, port=self.port, data=local_data(records)))

    def __enter__(self):
        self.process = Process(["unbound", "-d", "-c", str(self.folder / "unbound.conf")],
                               self.folder / "start.log")
        log = self.folder / "unbound.log"
        wait_until(lambda: log.exists() and "start of service" in log.read_text(),
                   lambda: "unbound's start: " + self.process.log.read_text())
        return self

    def __exit__(self, *unused):
        self.process.stop()
