"""The wheel is what PEP 427 says, and can be imported from an empty folder."""
import base64
import csv
import glob
import hashlib
import os
import subprocess
import zipfile

import mailsec
import pytest

BINDINGS = os.path.join(
    os.environ["TEST_SRCDIR"], os.environ["TEST_WORKSPACE"], "bindings", "python"
)


@pytest.fixture(name="wheel")
def wheel_path():
    (path,) = glob.glob(os.path.join(BINDINGS, "*.whl"))
    return path


def run(folder, code):
    return subprocess.run(
        ["/usr/bin/python3", "-c", code], cwd=folder,
        env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
        capture_output=True, text=True, timeout=60, check=False,
    )


def test_it_can_be_imported_where_nothing_else_is(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    done = run(tmp_path, "import mailsec; print(mailsec.__file__, mailsec.Domain('A.b'))")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(tmp_path / "mailsec" / "__init__.py"), "a.b"]


def test_its_record_lists_every_file_with_its_digest(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (record,) = [n for n in archive.namelist() if n.endswith("/RECORD")]
        rows = list(csv.reader(archive.read(record).decode().splitlines()))
        assert sorted(row[0] for row in rows) == sorted(archive.namelist())
        for path, digest, size in rows:
            if path == record:
                continue
            octets = archive.read(path)
            want = base64.urlsafe_b64encode(hashlib.sha256(octets).digest())
            assert digest == "sha256=" + want.rstrip(b"=").decode()
            assert int(size) == len(octets)


def test_it_holds_the_stubs_and_says_so(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    for name in (
        "__init__.py", "_autoreply.pyi", "_handler.py", "_mailsec.pyi", "_mailsec.so", "_ndn.pyi",
        "_route.pyi", "_srs.pyi", "autoreply.py", "ndn.py", "py.typed", "route.py", "srs.py",
    ):
        assert "mailsec/" + name in names


def test_its_version_is_the_packages(wheel):
    assert os.path.basename(wheel).split("-")[1] == mailsec.__version__


def test_the_same_files_make_the_same_wheel(tmp_path):
    source = tmp_path / "a.py"
    source.write_text("x = 1\n")
    made = []
    for name, time in (("one.whl", 0), ("two.whl", 10**9)):
        os.utime(source, (time, time))
        subprocess.run(
            ["/usr/bin/python3", os.path.join(BINDINGS, "make_wheel.py"),
             str(tmp_path / name), "x", "1", "py3-none-any", str(source)],
            check=True,
        )
        made.append((tmp_path / name).read_bytes())
    assert made[0] == made[1]
