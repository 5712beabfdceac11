"""mailsec.RateLimiter: what its docstring does not show."""
import datetime
import threading

import mailsec
import pytest

NOON = datetime.datetime(2026, 11, 25, 12, tzinfo=datetime.timezone.utc)
MINUTE = datetime.timedelta(minutes=1)


def limiter(**options):
    return mailsec.RateLimiter(**({"burst": 2, "interval": MINUTE} | options))


def taken(limit, key, now=NOON):
    """How often `key` may act at once."""
    count = 0
    while limit.take(key, now).allowed:
        count += 1
    return count


def test_a_burst_and_then_one_every_interval():
    limit = limiter()
    assert taken(limit, "a") == 2
    refused = limit.take("a", NOON + MINUTE / 4)
    assert not refused.allowed and refused.left == 0
    assert refused.retry_after == MINUTE * 3 / 4
    assert taken(limit, "a", NOON + MINUTE) == 1


def test_looking_takes_nothing_and_what_is_returned_is_there_again():
    limit = limiter()
    assert limit.take("a", NOON).left == 1
    assert [limit.peek("a", NOON).allowed for _ in range(5)] == [True] * 5
    limit.return_("a", NOON)
    assert taken(limit, "a") == 2


def test_a_key_is_text_or_the_same_octets():
    limit = limiter(burst=1)
    assert limit.take("ä", NOON).allowed
    assert not limit.take("ä".encode(), NOON).allowed
    with pytest.raises(TypeError):
        limit.take(1, NOON)


def test_without_a_time_the_clock_is_asked():
    limit = limiter(burst=1, interval=datetime.timedelta(days=1))
    assert limit.take("a").allowed
    assert not limit.take("a").allowed
    assert datetime.timedelta(hours=23) < limit.peek("a").retry_after


def test_a_time_without_a_zone_is_a_mistake():
    with pytest.raises(ValueError):
        limiter().take("a", datetime.datetime(2026, 11, 25))


def test_a_restart_goes_on_where_it_was():
    before = limiter()
    assert taken(before, "a") == 2
    saved = before.save(NOON)
    assert isinstance(saved, bytes)
    after = limiter()
    after.load(bytearray(saved))
    assert len(after) == len(before) == 1
    assert taken(after, "a") == 0
    assert taken(after, "b") == 2


@pytest.mark.parametrize("damage", [lambda s: s[:-1], lambda s: b"", lambda s: b"x" + s])
def test_what_save_did_not_make_changes_nothing(damage):
    limit = limiter()
    assert taken(limit, "a") == 2
    with pytest.raises(OSError):
        limit.load(damage(limit.save(NOON)))
    assert taken(limit, "a") == 0


def test_each_has_a_secret_of_its_own():
    saved = []
    for _ in range(2):
        limit = limiter()
        limit.take("a", NOON)
        saved.append(limit.save(NOON))
    assert saved[0] != saved[1]


def test_no_more_is_given_to_many_threads():
    limit = limiter(burst=1000)
    counts = []
    threads = [
        threading.Thread(target=lambda: counts.append(taken(limit, "a"))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        limit.save(NOON)
    assert sum(counts) == 1000
