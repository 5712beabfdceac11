#!/usr/bin/python3
"""Checks the layers of mailcore/ with `bazel query`.

A room may use rooms of lower layers only, and some pairs are forbidden beyond
that. Prints every edge between two rooms that should not be; ends with 1 if
there is one.
"""
import itertools
import re
import subprocess
import sys

LAYERS = {
    "base": 0, "ip": 1, "rate": 1, "address": 2, "smtp": 3, "message": 3, "dns": 3,
    "policy": 4, "spool": 4, "tls": 4, "route": 5, "notify": 5, "autoreply": 5,
    "watch": 5, "audit": 6, "io": 7, "server": 8,
}
# The rooms of server/ in their order: each may use those with a smaller number.
SERVER_LAYERS = {
    "config": 1, "runtime": 1, "snapshot": 2, "queue": 3, "tell": 4, "deliver": 5,
    "receive": 6, "control": 7,
}
# What policy and spool may see of smtp: values, never a session.
SMTP_VALUES = {"hop_answer", "reply", "parameters", "protocol"}


def query(expression):
    done = subprocess.run(["bazel", "query", "--noshow_progress", expression],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit("bazel query failed:\n" + done.stderr)
    return done.stdout.split()


def rooms():
    packages = query("//mailcore/... except //mailcore/testing/...")
    return sorted({re.split("[:/]", label.removeprefix("//mailcore/"))[0] for label in packages})


def server_rooms():
    packages = query("//mailcore/server/... except //mailcore/server:all")
    return sorted({re.split("[:/]", label.removeprefix("//mailcore/server/"))[0] for label in packages})


def check_order(prefix, layers, present):
    """The number of forbidden pairs of rooms below `prefix`, and of edges between them."""
    unknown = set(present) - set(layers)
    if unknown:
        sys.exit(f"rooms without a layer: {sorted(unknown)}; add them to {sys.argv[0]}")
    pairs = bad = 0
    for user, used in itertools.permutations(present, 2):
        if layers[user] > layers[used]:
            continue
        pairs += 1
        for label in query(f"deps({prefix}{user}/...) intersect {prefix}{used}/..."):
            print(f"{user} (layer {layers[user]}) uses {label} (layer {layers[used]})")
            bad += 1
    return pairs, bad


def main():
    present = [room for room in rooms() if room]
    pairs, bad = check_order("//mailcore/", LAYERS, present)
    inner_pairs, inner_bad = check_order("//mailcore/server/", SERVER_LAYERS, server_rooms())
    pairs, bad = pairs + inner_pairs, bad + inner_bad
    for user in ("policy", "spool"):
        pairs += 1
        for label in query(f"kind(cc_library, deps(//mailcore/{user}/...)"
                           " intersect //mailcore/smtp/...)"):
            if label.split(":")[1] not in SMTP_VALUES:
                print(f"{user} uses {label}, which is no value")
                bad += 1
    for room in present:
        pairs += 1
        if LAYERS[room] < LAYERS["io"] and query(f"deps(//mailcore/{room}/...) intersect @boost//..."):
            print(f"{room} is core and uses Boost.Asio")
            bad += 1
    print(f"layers: {pairs} forbidden pairs looked at, {bad} broken")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
