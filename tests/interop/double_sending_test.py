"""At most once more: after a crash, a message may be sent twice only in the
moment between the next hop's 250 and our record of it."""
import random
import signal
import time

from faulty_hop import FaultyHop
from house import INSIDE, House
from testbed import Client, new_folder, wait_until

MESSAGES = 400
KILLS = 6
# Records gather for 10 ms (io/spool_writer.h) and are then flushed to the disk,
# which may be slow. What is seen is printed.
MOMENT_SECONDS = 0.5


def address(number):
    return f"c{number}@far.example"


def fill(server):
    with Client(server.port, source=INSIDE) as client:
        for i in range(MESSAGES):
            replies = client.message("alice@example.org", [address(i)],
                                     b"Subject: %d\r\n\r\nx\r\n" % i)
            assert replies[-1].startswith("250"), replies


def test_a_crash_loses_nothing_and_doubles_only_what_was_under_way():
    chance = random.Random(5321)
    kills = []
    with new_folder() as folder, FaultyHop(take_seconds=0.03) as hop:
        config = f'smarthost {{ host: "127.0.0.1" port: {hop.port} }}'
        with House(folder / "s", config, retry="concurrency_per_destination: 3") as server:
            fill(server)
            while len(kills) < KILLS and len(hop.taken) < MESSAGES:
                seen = len(hop.taken)
                wait_until(lambda n=seen: len(hop.taken) >= min(n + 10, MESSAGES), "progress")
                time.sleep(chance.uniform(0, 0.1))
                server.process.send_signal(signal.SIGKILL)
                kills.append(time.monotonic())
                server.process.wait()
                server.stop()
                server.start()
            wait_until(lambda: len(hop.all_copies()) == MESSAGES,
                       lambda: f"all messages\n{server.log()[-2000:]}", 30)
            server.wait_for_empty_queue()

        assert len(kills) >= 3  # Else the test saw too little.
        first = {}
        ages = []  # How long before the kill a 250 came that was forgotten;
        # below zero: after it, so that it was never seen.
        for taken in hop.taken:
            (line,) = taken.recipients
            if line in first:
                ages.append(min(k for k in kills if k > first[line].since) - first[line].at)
            first[line] = taken
        print(f"{MESSAGES} messages, {len(kills)} kills, {len(ages)} sent twice; their 250 came "
              f"at most {max(ages, default=0) * 1000:.0f} ms before the kill")
        assert len(first) == MESSAGES
        assert all(age <= MOMENT_SECONDS for age in ages), ages
        # Of each kill, no more than what three connections had under way and
        # one batch of records.
        assert max(hop.all_copies().values()) <= 1 + len(kills)
        assert len(ages) <= len(kills) * 20
