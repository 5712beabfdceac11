"""A real rspamd with rules of the test's own: no DNS, no other service."""
import os
import pwd
import grp

from testbed import Process, free_port, is_listening, wait_until

GTUBE = b"XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"

# Words of the Subject, a symbol's name and its score.
RULES = [("SPAMMY", "TEST_SPAM", 8.0), ("AWFUL", "TEST_AWFUL", 20.0)]
# Who said so: what the server handed over.
ENVELOPE_RULE = """
rspamd_config:register_symbol({name = 'TEST_ENVELOPE', type = 'normal', score = 9.0,
  callback = function(task)
    local from, to = task:get_from('smtp'), task:get_recipients('smtp')
    return from and from[1].addr == 'envelope@example.com' and #to == 2
      and tostring(task:get_from_ip()) == '127.0.0.1' and task:get_helo() == 'client.example'
  end})
"""
CONFIG = """
options {{
  pidfile = "{folder}/pid"; tempdir = "{folder}"; dbdir = "{folder}"; rundir = "{folder}";
  filters = ""; dns {{ nameserver = ["127.0.0.1:1"]; timeout = 0.1s; retransmits = 1; }}
  url_tld = "{folder}/tld"; disable_hyperscan = true;
  control_socket = "{folder}/control.sock mode=0600";
}}
logging {{ type = "file"; filename = "{folder}/log"; level = "info"; }}
worker {{ type = "normal"; bind_socket = "127.0.0.1:{port}"; count = 1; }}
actions {{ reject = 15; add_header = 6; }}
lua = "{folder}/rules.lua";
"""


class Rspamd:
    def __init__(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        (folder / "tld").write_text("com\norg\nnet\nexample\n")
        (folder / "rspamd.conf").write_text(CONFIG.format(folder=folder, port=self.port))
        rules = "".join(
            f"rspamd_config:register_symbol({{name = '{name}', type = 'normal', score = {score}, "
            f"callback = function(task) local s = task:get_subject() "
            f"return s ~= nil and s:find('{word}', 1, true) ~= nil end}})\n"
            for word, name, score in RULES)
        (folder / "rules.lua").write_text(rules + ENVELOPE_RULE)
        self.address = f"127.0.0.1:{self.port}"
        self.config = f'scanner {{ rspamd: "{self.address}" }}\n'
        me = ["-i", "-u", pwd.getpwuid(os.getuid()).pw_name,
              "-g", grp.getgrgid(os.getgid()).gr_name]
        self.process = Process(["rspamd", "-f", *me, "-c", str(folder / "rspamd.conf")],
                               folder / "output")
        wait_until(lambda: is_listening(self.port), lambda: (folder / "output").read_text(), 60)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.process.stop()
