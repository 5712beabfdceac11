#!/usr/bin/python3
"""Makes a wheel (PEP 427) of files; the same octets from the same files.

  make_wheel.py OUT NAME VERSION TAG FILE...

Each FILE goes into the folder NAME. The wheel's folder of metadata lists them
all with their digests (PEP 376).
"""
import base64
import hashlib
import os
import sys
import zipfile

METADATA = """\
Metadata-Version: 2.1
Name: {name}
Version: {version}
Summary: Safeguards for mail servers (BSI M 5.56)
License: Apache-2.0
Requires-Python: >=3.11
"""
WHEEL = """\
Wheel-Version: 1.0
Generator: make_wheel
Root-Is-Purelib: false
Tag: {tag}
"""
# The earliest time that a zip file can hold.
EPOCH = (1980, 1, 1, 0, 0, 0)


def record_line(path, octets):
    digest = base64.urlsafe_b64encode(hashlib.sha256(octets).digest())
    return f"{path},sha256={digest.rstrip(b'=').decode()},{len(octets)}\n"


def add(archive, path, octets):
    entry = zipfile.ZipInfo(path, EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    mode = 0o755 if path.endswith(".so") else 0o644
    entry.external_attr = (0o100000 | mode) << 16
    archive.writestr(entry, octets)


def contents(name, version, tag, files):
    """The files of the wheel but RECORD, path to octets."""
    found = {}
    for file in sorted(files, key=os.path.basename):
        with open(file, "rb") as source:
            found[f"{name}/{os.path.basename(file)}"] = source.read()
    info = f"{name}-{version}.dist-info"
    found[f"{info}/METADATA"] = METADATA.format(name=name, version=version).encode()
    found[f"{info}/WHEEL"] = WHEEL.format(tag=tag).encode()
    return found


def main(out, name, version, tag, *files):
    found = contents(name, version, tag, files)
    record = f"{name}-{version}.dist-info/RECORD"
    lines = [record_line(path, octets) for path, octets in found.items()]
    found[record] = ("".join(lines) + f"{record},,\n").encode()
    with zipfile.ZipFile(out, "w") as archive:
        for path, octets in found.items():
            add(archive, path, octets)


if __name__ == "__main__":
    main(*sys.argv[1:])
