"""`mailsec spool`: the mail of a server that does not run, damaged or not."""
import json
import os

import pytest

from house import House
from testbed import new_folder

# Nobody listens there: what comes waits.
CONFIG = 'smarthost { host: "127.0.0.1" port: 9 }\n'
LARGE = b"Subject: large\r\n\r\n" + b"0123456789abcdef\r\n" * 80000


@pytest.fixture(name="house")
def fixture_house():
    """A server that was stopped, with two messages."""
    with new_folder() as folder:
        server = House(folder / "s", CONFIG)
        try:
            server.ids = [server.submit(["carol@far.example", "dora@far.example"],
                                        b"Subject: small\r\n\r\nhello\r\n"),
                          server.submit(["carol@far.example"], LARGE)]
            server.stop()
            yield server
        finally:
            server.stop()


def files(house):
    return {path.relative_to(house.folder): path.read_bytes()
            for path in (house.folder / "spool").rglob("*") if path.is_file()
            and path.name != "LOCK"}


def check(house):
    done = house.command("spool", "check", "--json")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return done.returncode, lines, done.stderr


def segment_with(house, octets):
    for path in (house.folder / "spool" / "log").iterdir():
        if octets in path.read_bytes():
            return path
    raise AssertionError("no segment has it")


def damage(path, octets):
    content = path.read_bytes()
    path.write_bytes(content.replace(octets, bytes(len(octets)), 1))


def test_a_whole_spool_is_said_to_be_whole_and_stays_as_it_is(house):
    before = files(house)
    code, lines, errors = check(house)
    assert code == 0 and errors == ""
    assert lines[-1]["whole"] == 2 and lines[-1]["damaged"] == 0
    assert "2 messages are whole" in house.command("spool", "check").stdout
    assert files(house) == before


def test_what_is_damaged_is_named_and_the_rest_is_found(house):
    damage(segment_with(house, b"hello\r\n"), b"hello\r\n")
    before = files(house)
    code, lines, _ = check(house)
    assert code == 1
    assert lines[0]["id"] == house.ids[0] and "damaged" in lines[0]["reason"]
    assert lines[0]["recipient"] == ["<carol@far.example>", "<dora@far.example>"]
    assert lines[-1]["whole"] == 1 and lines[-1]["damaged"] == 1
    assert files(house) == before


def test_all_that_is_whole_can_be_got_out(house):
    damage(segment_with(house, b"hello\r\n"), b"hello\r\n")
    folder = house.folder / "out"
    done = house.command("spool", "export", str(folder))
    assert done.returncode == 1 and house.ids[0] in done.stdout
    assert sorted(path.name for path in folder.iterdir()) == [
        house.ids[1] + ".eml", house.ids[1] + ".json"]
    assert (folder / (house.ids[1] + ".eml")).read_bytes().endswith(LARGE)
    about = json.loads((folder / (house.ids[1] + ".json")).read_text())
    assert about["sender"] == "<alice@example.org>"
    assert about["recipient"][0]["path"] == "<carol@far.example>"
    assert about["recipient"][0]["state"] == "pending"
    for path in [folder, *folder.iterdir()]:
        assert path.stat().st_mode & 0o077 == 0
    # Never into a folder that is there already.
    again = house.command("spool", "export", str(folder))
    assert again.returncode == 1 and "File exists" in again.stderr


def test_a_strange_file_is_named_and_left(house):
    (house.folder / "spool" / "log" / "core").write_bytes(b"x")
    os.chmod(house.folder / "spool" / "log" / "core", 0o600)
    code, _, errors = check(house)
    assert code == 0 and "would set aside log/core" in errors
    assert (house.folder / "spool" / "log" / "core").exists()


def test_a_running_server_is_not_disturbed(house):
    house.start()
    code, _, errors = check(house)
    assert code == 1 and "another server" in errors
    assert len(house.queue()) == 2


@pytest.mark.parametrize("words", [(), ("look",), ("export",), ("check", "x")])
def test_wrong_words_are_explained(house, words):
    done = house.command("spool", *words)
    assert done.returncode == 2 and "say check, or export DIR" in done.stderr


def test_a_spool_that_is_not_there_is_said_and_not_made(house):
    spool = house.folder / "spool"
    spool.rename(house.folder / "elsewhere")
    code, _, errors = check(house)
    assert code == 1 and "No such file" in errors
    assert not spool.exists()
