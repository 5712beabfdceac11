"""One measurement: load on one server, or idle connections to it."""
import json
import os
import resource
import socket
import subprocess
import threading
import time

import process_tree


def quiet(servers, seconds=3):
    """Waits until no server works on its own any more."""
    end = time.monotonic() + seconds
    before = None
    while time.monotonic() < end:
        now = [process_tree.cpu_seconds(server.pid) for server in servers]
        if before is not None and sum(now) - sum(before) < 0.02:
            return
        before = now
        time.sleep(0.1)


def flushes_a_second(folder, seconds=0.1):
    """How fast the disk is just now: 10 KiB appended and flushed in sequence."""
    path = folder / "probe"
    fd = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    count, start = 0, time.monotonic()
    while time.monotonic() - start < seconds:
        os.write(fd, b"x" * 10240)
        os.fdatasync(fd)
        count += 1
    rate = count / (time.monotonic() - start)
    os.close(fd)
    path.unlink()
    return rate


class MemoryWatch(threading.Thread):
    """The largest memory of a server's tree, looked at ten times a second."""

    def __init__(self, pid):
        super().__init__()
        self.pid = pid
        self.peak = 0
        self.over = threading.Event()

    def run(self):
        while not self.over.wait(0.1):
            self.peak = max(self.peak, process_tree.pss_octets(self.pid))

    def stop(self):
        self.over.set()
        self.join()
        return self.peak


def _generate(program, server, case, seconds):
    """Runs the load generator; returns its figures."""
    done = subprocess.run(
        [program, f"--port={server.port}", f"--sessions={case.sessions}",
         f"--octets={case.octets}", f"--seconds={seconds}",
         f"--max_messages={case.max_messages}"],
        capture_output=True, text=True, check=True, timeout=120)
    return json.loads(done.stdout)


def load(program, server, case, seconds):
    """The load generator's figures and the server's cost."""
    watch = MemoryWatch(server.pid)
    cpu = process_tree.cpu_seconds(server.pid)
    watch.start()
    figures = _generate(program, server, case, seconds)
    cpu = process_tree.cpu_seconds(server.pid) - cpu
    figures["peak_octets"] = watch.stop()
    figures["cpu_per_1000"] = 1000 * cpu / max(1, figures["all_messages"])
    return figures


def relay(program, server, sink, case, seconds):
    """The same, and until the sink has everything that was accepted: the rate
    is that of messages that have arrived."""
    watch = MemoryWatch(server.pid)
    cpu, before, start = process_tree.cpu_seconds(server.pid), sink.count(), time.monotonic()
    watch.start()
    figures = _generate(program, server, case, seconds)
    accepted, end = figures["all_messages"], time.monotonic() + 120
    while sink.count() - before < accepted and time.monotonic() < end:
        time.sleep(0.002)
    figures["rate"] = (sink.count() - before) / (time.monotonic() - start)
    figures["lost"] = accepted - (sink.count() - before)
    time.sleep(0.3)  # What came last is still to be recorded.
    figures["peak_octets"] = watch.stop()
    cpu = process_tree.cpu_seconds(server.pid) - cpu
    figures["cpu_per_1000"] = 1000 * cpu / max(1, accepted)
    return figures


def _reply(client):
    """One whole reply, or nothing if the server has hung up."""
    octets = b""
    while not octets.endswith(b"\r\n") or octets.split(b"\r\n")[-2][3:4] == b"-":
        more = client.recv(4096)
        if not more:
            return b""
        octets += more
    return octets


def _open_idle(port):
    client = socket.create_connection(("127.0.0.1", port), 5)
    if _reply(client).startswith(b"220"):
        client.sendall(b"EHLO idle.example\r\n")
        if _reply(client).startswith(b"250"):
            return client
    client.close()
    return None


def idle(server, count):
    """Holds `count` connections after EHLO: (how many were held, octets of the
    server's memory for each). Ends early if the server takes no more."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    held = []
    try:
        for _ in range(8):  # What a server needs once is not counted.
            client = _open_idle(server.port)
            if client:
                client.close()
        time.sleep(0.5)
        before = process_tree.pss_octets(server.pid)
        end = time.monotonic() + 60
        while len(held) < count and time.monotonic() < end:
            client = _open_idle(server.port)
            if client is None:
                break
            held.append(client)
        time.sleep(0.5)
        after = process_tree.pss_octets(server.pid)
    except OSError:
        return len(held), 0
    finally:
        for client in held:
            client.close()
    return len(held), (after - before) / max(1, len(held))
