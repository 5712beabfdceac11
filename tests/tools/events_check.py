#!/usr/bin/python3
"""Checks the catalogues of events: each id is "room.what", stands there once,
and the server records it. Prints what is not so; ends with 1 if anything is.
"""
import pathlib
import re
import sys

ROW = re.compile(r"EventType (k\w+) = \{\s*\"([^\"]*)\"")


def main():
    sources = {path: path.read_text() for folder in ("mailcore", "examples")
               for path in sorted(pathlib.Path(folder).rglob("*")) if path.suffix in (".h", ".cc")}
    faults, seen = [], set()
    for catalogue in [path for path in sources if path.name.endswith("_events.h")]:
        rows = ROW.findall(sources[catalogue])
        if not rows or len(rows) != sources[catalogue].count("EventType k"):
            faults.append(f"{catalogue}: not all rows can be read")
        for name, event in rows:
            if not re.fullmatch(r"[a-z]+\.[a-z_]+", event) or event in seen:
                faults.append(f"{catalogue}: {event}: no id, or the second one of that name")
            seen.add(event)
            if not any(re.search(rf"\b{name}\b", text) for path, text in sources.items()
                       if path != catalogue):
                faults.append(f"{catalogue}: {event} is never recorded")
    print("\n".join(faults) or f"events: {len(seen)} are right")
    return 1 if faults or not seen else 0


if __name__ == "__main__":
    sys.exit(main())
