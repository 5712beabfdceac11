"""rspamd with a rule of a test's own, which asks nobody."""
import shutil

from testbed import Process, free_port, is_listening, wait_until

GTUBE = b"XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
SPAM = b"mailsec-spam"  # Scores 7.5 by OWN_RULE: marked, not refused.

CONFIG = """
options {{
  pidfile = "{folder}/rspamd.pid";
  filters = "";
  dns {{ nameserver = ["127.0.0.1:1:1"]; timeout = 0.1; retransmits = 1; }}
  local_addrs = [];
  url_tld = "{folder}/tld.dat";
  disable_monitoring = true;
  hs_cache_dir = "{folder}";
}}
logging {{ type = "file"; filename = "{folder}/rspamd.log"; level = "info"; }}
metric {{ name = "default"; actions {{ reject = 15; add_header = 6; greylist = 4; }}
  symbol {{ name = "OWN_RULE"; weight = 7.5; }} }}
lua = "{folder}/own.lua";
worker "normal" {{ bind_socket = "127.0.0.1:{port}"; count = 1; task_timeout = 5s; }}
"""

RULE = """
rspamd_config:register_symbol({ name = 'OWN_RULE', score = 7.5, type = 'normal',
  callback = function(task)
    if not tostring(task:get_content()):find('mailsec-spam', 1, true) then return false end
    local from = task:get_from('smtp')
    local names = {}
    for _, r in ipairs(task:get_recipients('smtp') or {}) do names[#names + 1] = r.addr end
    return true, 1.0, tostring(task:get_from_ip()), from and from[1] and from[1].addr or '<>',
           table.concat(names, ','), tostring(task:get_helo())
  end })
"""


def is_installed():
    return shutil.which("rspamd") is not None


class Rspamd:
    """Knows GTUBE and SPAM. Serves at `address`."""

    def __init__(self, folder):
        self.folder = folder
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        # Its own list of domains takes many seconds to compile.
        (folder / "tld.dat").write_text("com\norg\nnet\nexample\n")
        (folder / "own.lua").write_text(RULE)
        (folder / "rspamd.conf").write_text(CONFIG.format(folder=folder, port=self.port))

    def __enter__(self):
        self.process = Process(["rspamd", "-f", "-i", "-c", str(self.folder / "rspamd.conf")],
                               self.folder / "start.log")
        wait_until(lambda: is_listening(self.port),
                   lambda: "rspamd's start: " + self.process.log.read_text())
        return self

    def __exit__(self, *unused):
        self.process.stop()
