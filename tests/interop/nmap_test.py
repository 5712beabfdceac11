"""nmap's open-relay test, from a stranger's address."""
import re
import shutil
import subprocess

import pytest

from testbed import Mailsecd, Sink, new_folder

pytestmark = pytest.mark.skipif(shutil.which("nmap") is None, reason="nmap is not installed")


def test_none_of_its_combinations_is_relayed():
    with new_folder() as folder, Sink() as sink:
        with Mailsecd(folder / "demo", smarthost=f"127.0.0.1:{sink.port}") as server:
            done = subprocess.run(
                ["nmap", "-Pn", "-n", "-sT", "-sV", "-p", str(server.port), "--script",
                 "smtp-open-relay", "--script-args",
                 "smtp-open-relay.from=stranger@example.net,smtp-open-relay.to="
                 "victim@elsewhere.example,smtp-open-relay.ip=127.0.0.1,"
                 "smtp-open-relay.domain=client.example", "127.0.0.1"],
                capture_output=True, text=True, timeout=200, check=False)
            assert "smtp-open-relay" in done.stdout, done.stdout + done.stderr
            assert "doesn't seem to be an open relay" in done.stdout, done.stdout
            assert not re.search(r"open relay \([1-9]", done.stdout)
            assert server.log().count("policy.relay_refused") > 0
            assert sink.received == []
