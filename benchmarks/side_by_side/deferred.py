"""A long queue of deferred mail; see deferred_queue.sh --help."""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import process_tree
import servers

DESCRIPTION = """Fills mailsecd's spool with deferred messages of 1 KiB whose next hop is down,
stops it, and measures: how long a start takes until it says that it is ready,
how long `mailsec queue list` of all takes, what memory each waiting message
costs, and how fast the queue drains to a sink once that is there. The last
lines are the targets, each reached or missed with its figure.

Traffic stays on 127.0.0.1; all files are in one temporary folder, removed at
the end (100,000 messages need 0.3 GB, a million 3 GB)."""

# {messages: (seconds to start, seconds to list, octets for each)}
TARGETS = {100_000: (2, 1, None), 1_000_000: (20, None, 200)}


def parse_arguments():
    parser = argparse.ArgumentParser(prog="benchmarks/deferred_queue.sh", description=DESCRIPTION,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=100_000, help="default: 100000")
    parser.add_argument("--starts", type=int, default=3, help="to take the median of")
    parser.add_argument("--drain", type=float, default=20, help="seconds at most; 0: do not drain")
    parser.add_argument("--folder", default="", help="default: /var/tmp")
    parser.add_argument("--bin", default="bazel-bin", help=argparse.SUPPRESS)
    return parser.parse_args()


class Queue:
    """A mailsecd whose next hop is a port where, at first, nobody is."""

    def __init__(self, folder, binaries):
        self.programs = binaries / "examples" / "reference_server"
        self.load = binaries / "benchmarks" / "smtp_load"
        self.sink = servers.CountingSink(folder / "sink", binaries / "benchmarks" /
                                         "group_commit_sink")
        self.sink.port = servers.free_port()
        self.server = servers.Mailsecd(folder / "mailsecd", self.programs / "mailsecd", False,
                                       "retry { first_seconds: 3600 max_seconds: 14400 }",
                                       self.sink.port)

    def fill(self, messages):
        self.server.start()
        empty = process_tree.pss_octets(self.server.pid)
        done = subprocess.run([self.load, f"--port={self.server.port}", "--sessions=20",
                               "--octets=1024", "--seconds=100000", "--warmup=0",
                               f"--max_messages={messages}"],
                              check=True, capture_output=True)
        # Until everything has been tried, or put off.
        end = time.monotonic() + 120
        while time.monotonic() < end:
            before = process_tree.cpu_seconds(self.server.pid)
            time.sleep(1)
            if process_tree.cpu_seconds(self.server.pid) - before < 0.1:
                break
        self.server.stop()
        return empty, json.loads(done.stdout)["all_messages"]

    def restart(self):
        """Seconds until it is ready."""
        start = time.monotonic()
        self.server.launch()
        return time.monotonic() - start

    def list(self):
        """Messages and seconds of `mailsec queue list`."""
        start = time.monotonic()
        done = subprocess.run([self.programs / "mailsec", "--config",
                               self.server.folder / "mailsecd.textproto", "queue", "list"],
                              capture_output=True, check=True)
        return done.stdout.count(b"\n"), time.monotonic() - start

    def drain(self, messages, seconds):
        """Messages a second to a sink that is there now."""
        self.sink.folder.mkdir()
        self.sink.run_program_and_wait(self.sink.program, "--count", str(self.sink.folder / "count"),
                                       str(self.sink.port))
        subprocess.run([self.programs / "mailsec", "--config",
                        self.server.folder / "mailsecd.textproto", "queue", "flush"],
                       capture_output=True, check=True)
        start = time.monotonic()
        while self.sink.count() < messages and time.monotonic() < start + seconds:
            time.sleep(0.01)
        return self.sink.count() / (time.monotonic() - start)

    def close(self):
        self.server.stop()
        self.sink.stop()


def line(reached, what, figure):
    print(f"{'reached' if reached else 'MISSED ':<8} {what}: {figure}")


def main():
    arguments = parse_arguments()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="deferred.", dir=arguments.folder or "/var/tmp"))
    os.chmod(folder, 0o700)
    queue = Queue(folder, pathlib.Path(arguments.bin))
    wanted = arguments.messages
    try:
        print(f"filling with {wanted} messages ...", flush=True)
        empty, stored = queue.fill(wanted)
        starts, memory, lists = [], [], []
        for number in range(arguments.starts):
            starts.append(queue.restart())
            # What comes with every start, waiting mail or not, has come by now.
            time.sleep(2)
            memory.append((process_tree.pss_octets(queue.server.pid) - empty) / wanted)
            count, seconds = queue.list()
            lists.append(seconds)
            print(f"start {number + 1}: ready after {starts[-1]:.2f} s, list of {count} in"
                  f" {lists[-1]:.2f} s, {memory[-1]:.0f} octets a message", flush=True)
            if number + 1 < arguments.starts:
                queue.server.stop()
        rate = queue.drain(wanted, arguments.drain) if arguments.drain else 0
    finally:
        queue.close()
        shutil.rmtree(folder, ignore_errors=True)
    if rate:
        print(f"drains {rate:.0f} messages a second")
    line(count == stored, f"{stored} messages are all there", f"{count}")
    to_start, to_list, each = TARGETS.get(wanted, (None, None, None))
    middle = len(starts) // 2
    if to_start:
        got = sorted(starts)[middle]
        line(got <= to_start, f"ready within {to_start} s of the start", f"{got:.2f} s")
    if to_list:
        got = sorted(lists)[middle]
        line(got <= to_list, f"listed within {to_list} s", f"{got:.2f} s")
    if each:
        got = sorted(memory)[middle]
        line(got <= each, f"at most {each} octets of memory a message", f"{got:.0f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
