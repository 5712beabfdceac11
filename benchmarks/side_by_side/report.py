"""Turns measurements into the table of ratios and the list of targets."""
import collections
import statistics


def octets_text(octets):
    return f"{octets >> 20} MiB" if octets >= 1 << 20 else f"{octets >> 10} KiB"


def median(runs, key):
    return statistics.median(run[key] for run in runs) if runs else 0


def ratio(a, b):
    return a / b if b else 0


def by_case(records):
    """{(octets, sessions): {server's name: [figures]}} of all measurements."""
    results = collections.defaultdict(lambda: collections.defaultdict(list))
    for record in records:
        results[record["octets"], record["sessions"]][record["server"]].append(record)
    return results


def table(results, names):
    """The lines of the table, from what by_case() returns."""
    lines = [f"{'size':>8} {'conn.':>5}  {'server':<16} {'msg/s':>8} {'min':>7} {'max':>7}"
             f" {'/postfix':>8} {'/gcsink':>7} {'p50 ms':>7} {'p99 ms':>8}"
             f" {'cpu s/1000':>10} {'peak MiB':>8} {'errors':>6}"]
    for (octets, sessions), by_name in sorted(results.items()):
        postfix = median(by_name.get("postfix", []), "rate")
        sink = median(by_name.get("gcsink", []), "rate")
        for name in names:
            runs = by_name.get(name, [])
            if not runs:
                continue
            rate = median(runs, "rate")
            rates = [run["rate"] for run in runs]
            lines.append(
                f"{octets_text(octets):>8} {sessions:>5}  {name:<16} {rate:>8.0f}"
                f" {min(rates):>7.0f} {max(rates):>7.0f}"
                f" {_times(rate, postfix):>8} {_times(rate, sink):>7}"
                f" {median(runs, 'p50_ms'):>7.2f} {median(runs, 'p99_ms'):>8.2f}"
                f" {median(runs, 'cpu_per_1000'):>10.3f}"
                f" {max(run['peak_octets'] for run in runs) / (1 << 20):>8.1f}"
                f" {sum(run['error_count'] for run in runs):>6}")
    return lines


def errors(results):
    """What went wrong, as the load generator was told it."""
    lines = []
    for (octets, sessions), by_name in sorted(results.items()):
        for name, runs in by_name.items():
            for text in sorted({text for run in runs for text in run["errors"]}):
                lines.append(f"{octets_text(octets)}, {sessions} connections, {name}: {text}")
    return lines


def _times(a, b):
    return f"{a / b:.2f}" if b else "-"


def _line(reached, what, figure):
    return f"{'reached' if reached else 'MISSED ':<8} {what}: {figure}"


def targets(results, idle, limits, octets):
    """The list of targets with the figures of this run. `limits` is
    {sessions: (times Postfix's rate, times gcsink's)}; `idle` is
    {name: (connections held, octets for each, connections wanted)}."""
    lines = []
    for sessions, (of_postfix, of_sink) in sorted(limits.items()):
        by_name = results.get((octets, sessions), {})
        ours, sealed = by_name.get("mailsecd", []), by_name.get("mailsecd sealed", [])
        where = f"{sessions} connection{'s' if sessions > 1 else ''}, {octets_text(octets)}"
        for name, limit in (("postfix", of_postfix), ("gcsink", of_sink)):
            theirs = by_name.get(name, [])
            if theirs and ours:
                got = ratio(median(ours, "rate"), median(theirs, "rate"))
                lines.append(_line(got >= limit, f"{where}: at least {limit:g} times {name}'s rate",
                                   f"{got:.2f}"))
        if by_name.get("postfix") and ours:
            got = ratio(median(ours, "cpu_per_1000"), median(by_name["postfix"], "cpu_per_1000"))
            lines.append(_line(0 < got <= 0.1, f"{where}: CPU at most 0.1 of Postfix's", f"{got:.3f}"))
        if sealed and ours:
            got = ratio(median(sealed, "rate"), median(ours, "rate"))
            lines.append(_line(got >= 0.9, f"{where}: sealed at least 0.9 of the rate", f"{got:.2f}"))
    if "mailsecd" in idle:
        held, each, wanted = idle["mailsecd"]
        lines.append(_line(held >= wanted, f"{wanted} idle connections at once", f"{held} held"))
        lines.append(_line(held > 0 and each <= 12 * 1024,
                           "an idle connection takes at most 12 KiB",
                           f"{each / 1024:.1f} KiB"))
    return lines


def relay_targets(by_name):
    """The targets of the relay, with the figures of this run."""
    lines = []
    postfix, ours = by_name.get("postfix", []), by_name.get("mailsecd", [])
    if postfix and ours:
        got = ratio(median(ours, "rate"), median(postfix, "rate"))
        lines.append(_line(got >= 5, "relay: at least 5 times Postfix's rate", f"{got:.2f}"))
        got = ratio(median(ours, "cpu_per_1000"), median(postfix, "cpu_per_1000"))
        lines.append(_line(0 < got <= 0.1, "relay: CPU at most 0.1 of Postfix's", f"{got:.3f}"))
    for name, runs in by_name.items():
        lost = sum(run["lost"] for run in runs)
        lines.append(_line(lost == 0, f"relay: {name} hands on all it accepts", f"{lost} missing"))
    return lines


def idle_table(idle):
    lines = [f"{'server':<16} {'idle held':>9} {'KiB each':>9}"]
    for name, (held, each, _) in idle.items():
        lines.append(f"{name:<16} {held:>9} {each / 1024:>9.1f}")
    return lines
