"""Healthy mail beside destinations that hang; see hanging_destinations.sh --help."""
import argparse
import asyncio
import os
import pathlib
import resource
import shutil
import socket
import sys
import tempfile
import time

import servers

DESCRIPTION = """Sends mail to many destinations that hang, half of which take connections and
never greet while the other half drop each SYN, and all the while mail to one
destination that is well. Measures how long the healthy mail takes from our 250
to its next hop's, and says whether p99 is below 2 s.

Traffic stays on 127.0.0.0/8; all files are in one temporary folder, removed at
the end."""


def parse_arguments():
    parser = argparse.ArgumentParser(prog="benchmarks/hanging_destinations.sh",
                                     description=DESCRIPTION,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--destinations", type=int, default=1000, help="default: 1000")
    parser.add_argument("--messages", type=int, default=3,
                        help="to each of them; default: 3")
    parser.add_argument("--seconds", type=float, default=40, help="of healthy mail; default: 40")
    parser.add_argument("--rate", type=float, default=20,
                        help="healthy messages a second; default: 20")
    parser.add_argument("--bin", default="bazel-bin", help=argparse.SUPPRESS)
    return parser.parse_args()


class HangingHosts:
    """Addresses of 127.1.0.0/16 where one port hangs."""

    def __init__(self, port, count):
        self.sockets = []
        self.addresses = []
        for i in range(count):
            address = f"127.1.{i // 250}.{i % 250 + 1}"
            self.addresses.append(address)
            listener = socket.socket()
            self.sockets.append(listener)
            listener.bind((address, port))
            drops = i % 2 == 1
            # The kernel completes as many connections as may wait, here at
            # least one; for any more it drops what comes.
            listener.listen(0 if drops else 4096)
            if drops:
                self.fill(address, port)

    def fill(self, address, port):
        for _ in range(4):
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex((address, port))
            self.sockets.append(client)

    def close(self):
        for one in self.sockets:
            one.close()


class HealthyHop:
    """Takes all mail, and notes when each message came."""

    def __init__(self):
        self.came = {}

    async def start(self):
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        return server.sockets[0].getsockname()[1]

    async def serve(self, reader, writer):
        writer.write(b"220 hop.example ESMTP\r\n")
        try:
            while line := await reader.readline():
                verb = line[:4].upper()
                writer.write(b"354 go on\r\n" if verb == b"DATA" else b"250 fine\r\n")
                if verb == b"DATA":
                    while (line := await reader.readline()) not in (b".\r\n", b""):
                        if line.startswith(b"Subject: healthy "):
                            name = line.split()[-1].decode()
                    self.came[name] = time.monotonic()
                    writer.write(b"250 taken\r\n")
                if verb == b"QUIT":
                    break
        except ConnectionError:
            pass
        writer.close()


class Client:
    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    @classmethod
    async def connect(cls, port):
        client = cls(*await asyncio.open_connection("127.0.0.1", port))
        await client.reply()
        await client.ask("EHLO client.example")
        return client

    async def reply(self):
        while line := await self.reader.readline():
            if line[3:4] == b" ":
                return line.decode()
        raise ConnectionError("the server hung up")

    async def ask(self, line):
        self.writer.write(line.encode() + b"\r\n")
        return await self.reply()

    async def send(self, recipient, subject):
        for line in (f"MAIL FROM:<alice@local.example>", f"RCPT TO:<{recipient}>", "DATA",
                     f"Subject: {subject}\r\n\r\nhello\r\n."):
            reply = await self.ask(line)
            if reply[0] not in "23":
                raise RuntimeError(f"{line!r}: {reply}")


async def send_hanging(port, destinations, messages):
    client = await Client.connect(port)
    for round_ in range(messages):
        for i in range(destinations):
            await client.send(f"x@hang{i}.example", f"hanging {round_}")


async def send_healthy(port, rate, seconds):
    """When each message was taken from us."""
    client = await Client.connect(port)
    accepted = {}
    start = time.monotonic()
    while time.monotonic() < start + seconds:
        name = f"m{len(accepted)}"
        await client.send("y@healthy.example", f"healthy {name}")
        accepted[name] = time.monotonic()
        await asyncio.sleep(max(0, start + len(accepted) / rate - time.monotonic()))
    return accepted


def route(domain, address, port):
    return f'route {{ domain: "{domain}" next_hop {{ host: "{address}" port: {port} }} }}'


async def measure(arguments, folder):
    hop = HealthyHop()
    healthy_port = await hop.start()
    port = servers.free_port()
    hosts = HangingHosts(port, arguments.destinations)
    routes = [route(f"hang{i}.example", address, port)
              for i, address in enumerate(hosts.addresses)]
    routes.append(route("healthy.example", "127.0.0.1", healthy_port))
    server = servers.Mailsecd(folder / "mailsecd", pathlib.Path(arguments.bin) / "examples" /
                              "reference_server" / "mailsecd", False, "\n".join(routes))
    server.start()
    try:
        print(f"{arguments.destinations} destinations hang; healthy mail for"
              f" {arguments.seconds:.0f} s ...", flush=True)
        hanging = asyncio.create_task(
            send_hanging(server.port, arguments.destinations, arguments.messages))
        accepted = await send_healthy(server.port, arguments.rate, arguments.seconds)
        await hanging
        end = time.monotonic() + 60
        while len(hop.came) < len(accepted) and time.monotonic() < end:
            await asyncio.sleep(0.1)
    finally:
        server.stop()
        hosts.close()
    return sorted(hop.came.get(name, float("inf")) - when for name, when in accepted.items())


def main():
    arguments = parse_arguments()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    folder = pathlib.Path(tempfile.mkdtemp(prefix="hanging.", dir="/var/tmp"))
    os.chmod(folder, 0o700)
    try:
        waits = asyncio.run(measure(arguments, folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    p50, p99 = waits[len(waits) // 2], waits[len(waits) * 99 // 100]
    print(f"{len(waits)} healthy messages: p50 {p50 * 1000:.1f} ms, p99 {p99 * 1000:.1f} ms,"
          f" longest {waits[-1] * 1000:.1f} ms")
    reached = p99 < 2
    print(f"{'reached' if reached else 'MISSED '} p99 of healthy mail below 2 s: {p99:.3f} s")
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
