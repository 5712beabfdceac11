"""Puts other mail servers beside mailsecd; see side_by_side.sh --help."""
import argparse
import collections
import json
import os
import pathlib
import shutil
import sys
import tempfile
import time

import measure
import report
import servers

Case = collections.namedtuple("Case", "octets sessions max_messages")

MAIN_OCTETS = 10 << 10  # The targets are for this size.
# {connections: (at least so many times Postfix's rate, and gcsink's)}
LIMITS = {1: (2, 0.8), 20: (4, 0.6), 100: (8, 0.6)}
RELAY = (10 << 10, 20)  # Octets and connections, accepted and handed on.
SESSIONS = (1, 20, 100)
OTHER_OCTETS = (1 << 10, 100 << 10, 1 << 20)
MAX_OCTETS_OF_A_RUN = 256 << 20  # Of messages; they stay on the disk.
IDLE = {"mailsecd": 10000, "postfix": 100}  # Postfix's default limit is 100.

DESCRIPTION = """Starts other mail servers from their packages beside mailsecd and puts the
same load on each in turn: they accept mail durably and keep it, and then once
more and hand it on to a sink. Prints tables and then the targets, each reached
or missed with its figure.

Needs the Debian packages of tools/packages.txt (groups build and bench), and
root for Postfix, which is left out otherwise. Traffic stays on 127.0.0.1; all
files are in one temporary folder, removed at the end, on the disk that is to
be measured (up to 8 GB). Timings of different runs cannot be compared: the
disk's flush rate drifts. Compare ratios within one run.

gcsink is the ceiling of group commit: it parses almost nothing, keeps no
index, and flushes one log once for all that has come."""


def parse_arguments():
    parser = argparse.ArgumentParser(prog="benchmarks/side_by_side.sh", description=DESCRIPTION,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true",
                        help="less than 3 minutes instead of about 9")
    parser.add_argument("--only", default="",
                        help="servers to run, by name and separated by commas")
    parser.add_argument("--cases", default="",
                        help="only these, as OCTETS:CONNECTIONS, separated by commas")
    parser.add_argument("--relay", action="store_true", help="only the relay")
    parser.add_argument("--rounds", type=int, default=0, help="of 10 KiB messages")
    parser.add_argument("--seconds", type=float, default=0, help="of one measurement")
    parser.add_argument("--folder", default="", help="on the disk to be measured; default: /var/tmp")
    parser.add_argument("--json", default="", help="write every measurement to this file")
    parser.add_argument("--config", default="", help="lines to add to mailsecd's configuration")
    parser.add_argument("--bin", default="bazel-bin", help=argparse.SUPPRESS)
    return parser.parse_args()


def make_servers(arguments, folder):
    binaries = pathlib.Path(arguments.bin)
    mailsecd = binaries / "examples" / "reference_server" / "mailsecd"
    every = [
        servers.Postfix(folder / "postfix"),
        servers.OpenSmtpd(folder / "opensmtpd"),
        servers.Haraka(folder / "haraka"),
        servers.GroupCommitSink(folder / "gcsink", binaries / "benchmarks" / "group_commit_sink"),
        servers.Mailsecd(folder / "mailsecd", mailsecd, False, arguments.config),
        servers.Mailsecd(folder / "sealed", mailsecd, True, arguments.config),
    ]
    wanted = [name for name in arguments.only.split(",") if name]
    present = []
    for server in every:
        if wanted and server.name not in wanted:
            continue
        why = server.missing()
        if why:
            print(f"{server.name}: {why}")
        else:
            present.append(server)
    return present


def plan(arguments):
    """The cases of each round, and the seconds of one measurement."""
    seconds = arguments.seconds or (1.2 if arguments.quick else 2)
    rounds = arguments.rounds or (3 if arguments.quick else 5)
    if arguments.relay:
        return [[]] * rounds, seconds
    other_rounds = 1 if arguments.quick else 3

    def case(octets, sessions):
        return Case(octets, sessions, max(100, MAX_OCTETS_OF_A_RUN // octets))

    if arguments.cases:
        chosen = [tuple(map(int, text.split(":"))) for text in arguments.cases.split(",")]
        return [[case(*pair) for pair in chosen]] * rounds, seconds
    main = [case(MAIN_OCTETS, sessions) for sessions in SESSIONS]
    other = [case(octets, sessions) for octets in OTHER_OCTETS for sessions in SESSIONS]
    return [main + (other if i < other_rounds else []) for i in range(rounds)], seconds


def run_round(number, cases, seconds, present, arguments, folder):
    """All servers run, and take turns case by case, so that all of them meet
    the disk in the same mood. Yields (case, server, figures)."""
    load = str(pathlib.Path(arguments.bin) / "benchmarks" / "smtp_load")
    try:
        for server in present:
            server.start()
        os.sync()
        for case in cases:
            for server in present if number % 2 == 0 else reversed(present):
                measure.quiet(present)
                flushes = measure.flushes_a_second(folder)
                figures = measure.load(load, server, case, seconds)
                figures["flushes_a_second"] = flushes
                yield case, server, figures
    finally:
        for server in present:
            server.stop()
            server.remove()


def run_relay(arguments, folder, rounds, seconds):
    """Postfix and mailsecd hand on what they accept. Yields figures."""
    binaries = pathlib.Path(arguments.bin)
    mailsecd = binaries / "examples" / "reference_server" / "mailsecd"
    load = str(binaries / "benchmarks" / "smtp_load")
    case = Case(*RELAY, MAX_OCTETS_OF_A_RUN // RELAY[0])
    sink = servers.CountingSink(folder / "counter", binaries / "benchmarks" / "group_commit_sink")
    wanted = [name for name in arguments.only.split(",") if name]
    try:
        sink.start()
        present = [server for server in (
            servers.Postfix(folder / "postfix", sink.port),
            servers.Mailsecd(folder / "mailsecd", mailsecd, False, arguments.config, sink.port),
            servers.Mailsecd(folder / "sealed", mailsecd, True, arguments.config, sink.port),
        ) if not server.missing() and (not wanted or server.name in wanted)]
        for number in range(rounds):
            print(f"relay, round {number + 1} of {rounds}", flush=True)
            for server in present if number % 2 == 0 else reversed(present):
                try:
                    server.start()
                    measure.quiet([server])
                    figures = measure.relay(load, server, sink, case, seconds)
                finally:
                    server.stop()
                    server.remove()
                yield {"round": number, "server": server.name, "octets": case.octets,
                       "sessions": case.sessions, "relay": True, **figures}
    finally:
        sink.stop()
        sink.remove()


def run_idle(present):
    idle = {}
    for server in present:
        if server.name in IDLE:
            try:
                server.start()
                held, each = measure.idle(server, IDLE[server.name])
                idle[server.name] = (held, each, IDLE[server.name])
            finally:
                server.stop()
                server.remove()
    return idle


def main():
    arguments = parse_arguments()
    start = time.monotonic()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="side_by_side.", dir=arguments.folder or "/var/tmp"))
    os.chmod(folder, 0o755)  # Postfix's processes have users of their own.
    records = []
    try:
        present = make_servers(arguments, folder)
        rounds, seconds = plan(arguments)
        for number, cases in enumerate(rounds):
            print(f"round {number + 1} of {len(rounds)}: {len(cases)} cases,"
                  f" {len(present)} servers", flush=True)
            for case, server, figures in run_round(number, cases, seconds, present, arguments, folder):
                records.append({"round": number, "server": server.name, "octets": case.octets,
                                "sessions": case.sessions, **figures})
        relayed = []
        if not arguments.cases or arguments.relay:
            relayed = list(run_relay(arguments, folder, len(rounds), seconds))
        idle = {} if arguments.cases or arguments.relay else run_idle(present)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if arguments.json:
        pathlib.Path(arguments.json).write_text(
            "".join(json.dumps(r) + "\n" for r in records + relayed))
    if records:
        print_report(records, idle, [server.name for server in present])
    if relayed:
        print_relay(relayed)
    print(f"\n{time.monotonic() - start:.0f} s")
    return 0


def print_relay(records):
    results = report.by_case(records)
    print("\nAccepted and handed on:\n")
    print("\n".join(report.table(results, ["postfix", "mailsecd", "mailsecd sealed"])))
    print("\n".join(report.errors(results)))
    print("\n".join(report.relay_targets(results[RELAY])))


def print_report(records, idle, names):
    results = report.by_case(records)
    flushes = [record["flushes_a_second"] for record in records]
    print("\n" + "\n".join(report.table(results, names)))
    print("\n".join(report.errors(results)))
    if idle:
        print("\n" + "\n".join(report.idle_table(idle)))
    print(f"\nBetween the measurements the disk flushed {min(flushes):.0f} to {max(flushes):.0f}"
          f" appends of 10 KiB a second. {os.cpu_count()} processors.\n")
    print("\n".join(report.targets(results, idle, LIMITS, MAIN_OCTETS)))


if __name__ == "__main__":
    sys.exit(main())
