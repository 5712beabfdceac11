"""The load generator, the sink and the report of benchmarks/side_by_side.sh."""
import collections
import pathlib
import sys

import pytest

ROOT = pathlib.Path.cwd()  # As Bazel starts a test: its files are below.
BINARIES = ROOT / "benchmarks"
sys.path.insert(0, str(BINARIES / "side_by_side"))

import measure  # noqa: E402
import report  # noqa: E402
import servers  # noqa: E402

Case = collections.namedtuple("Case", "octets sessions max_messages")


@pytest.mark.parametrize("octets, sessions", [(300, 1), (10240, 20), (1 << 20, 3)])
def test_each_message_is_sent_once_and_whole(tmp_path, octets, sessions):
    sink = servers.GroupCommitSink(tmp_path / "sink", str(BINARIES / "group_commit_sink"))
    sink.start()
    try:
        case = Case(octets, sessions, 150)
        figures = measure.load(str(BINARIES / "smtp_load"), sink, case, 0.5)
    finally:
        sink.stop()
    assert figures["errors"] == {}
    content = (tmp_path / "sink" / "log").read_bytes()
    messages = content.split(b"\r\n.\r\n")
    assert messages.pop() == b""
    assert len(messages) == figures["all_messages"] > 0
    ids = {message.split(b"\r\n", 1)[0] for message in messages}
    assert len(ids) == len(messages)
    assert all(abs(len(message) - octets) < 200 for message in messages)


def test_a_server_that_refuses_is_counted_as_an_error(tmp_path):
    sink = servers.GroupCommitSink(tmp_path / "sink", str(BINARIES / "group_commit_sink"))
    sink.start()
    sink.stop()  # Its port refuses connections now.
    sink.pid = 1
    figures = measure.load(str(BINARIES / "smtp_load"), sink, Case(1024, 1, 10), 0.2)
    assert figures["error_count"] > 0
    assert figures["all_messages"] == 0


def record(server, rate, cpu, sessions=20, octets=10240):
    return {"server": server, "octets": octets, "sessions": sessions, "rate": rate,
            "cpu_per_1000": cpu, "p50_ms": 1, "p99_ms": 2, "peak_octets": 1 << 20,
            "error_count": 0}


def target_lines(*records, idle=None):
    return report.targets(report.by_case(records), idle or {}, {20: (4, 0.6)}, 10240)


def test_targets_compare_medians_of_one_case():
    lines = target_lines(record("postfix", 1000, 1.0), record("gcsink", 10000, 0.05),
                         record("mailsecd", 1, 0.1), record("mailsecd", 4000, 0.1),
                         record("mailsecd", 9999, 0.1), record("mailsecd sealed", 3500, 0.1),
                         record("mailsecd", 1, 9, octets=1024))
    assert [line.split()[0] for line in lines] == ["reached", "MISSED", "reached", "MISSED"]
    assert lines[0].endswith("4.00")
    assert lines[1].endswith("0.40")


def test_targets_of_idle_connections():
    lines = target_lines(idle={"mailsecd": (10000, 12 * 1024, 10000)})
    assert [line.split()[0] for line in lines] == ["reached", "reached"]
    lines = target_lines(idle={"mailsecd": (9999, 12 * 1024 + 1, 10000)})
    assert [line.split()[0] for line in lines] == ["MISSED", "MISSED"]


def test_table_gives_ratios_only_where_there_is_a_base():
    lines = report.table(report.by_case([record("mailsecd", 500, 0.1), record("gcsink", 1000, 0.1)]),
                         ["postfix", "gcsink", "mailsecd"])
    assert len(lines) == 3
    assert " - " in lines[2] and " 0.50 " in lines[2]
