"""Many next hops that take connections and never say a word: mail to others
goes past them, and theirs stays in the queue."""
import contextlib
import socket

import pytest

from faulty_hop import FaultyHop
from house import House
from testbed import free_port, new_folder, wait_until

HANGING = 600  # More than there are places for next hops that nobody knows.


@contextlib.contextmanager
def silent_hosts(count):
    """Their addresses and their port: connections wait there for ever."""
    port = free_port()
    with contextlib.ExitStack() as stack:
        addresses = [f"127.1.{i // 250}.{i % 250 + 1}" for i in range(count)]
        for address in addresses:
            listener = stack.enter_context(socket.socket())
            listener.bind((address, port))
            listener.listen(16)
        yield addresses, port


def route(domain, address, port):
    return f'route {{ domain: "{domain}" next_hop {{ host: "{address}" port: {port} }} }}\n'


@pytest.fixture(name="world")
def fixture_world():
    with new_folder() as folder, silent_hosts(HANGING) as (addresses, port), FaultyHop() as hop:
        routes = "".join(route(f"hang{i}.example", address, port)
                         for i, address in enumerate(addresses))
        routes += route("healthy.example", "127.0.0.1", hop.port)
        with House(folder / "s", routes + "mx { off: true }") as server:
            yield server, hop


def test_healthy_mail_passes_by_all_that_hangs(world):
    server, hop = world
    for first in range(0, HANGING, 50):  # A message to 50 domains each.
        server.submit([f"x@hang{i}.example" for i in range(first, first + 50)])
    names = [f"y{i}@healthy.example" for i in range(20)]
    for name in names:
        server.submit([name])
    # Long before any of the silent hosts is given up for its silence.
    wait_until(lambda: all(hop.copies(name) for name in names),
               lambda: f"the healthy mail\n{server.log()}", seconds=15)
    assert all(hop.copies(name) == 1 for name in names)
    assert len(server.queue()) == HANGING // 50
