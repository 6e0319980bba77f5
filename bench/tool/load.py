"""What sends requests: wrk as fast as it can, h2load at a fixed rate, and sockets of our own that idle or dawdle."""
import http.client
import re
import select
import socket
import subprocess
import threading
import time

from . import Problem
from .machine import tool
from .systems import SMALL

MICROS = {"us": 1.0, "ms": 1e3, "s": 1e6, "m": 6e7}


def run(argv, limit):
    try:
        return subprocess.run(argv, capture_output=True, text=True, timeout=limit, check=False).stdout
    except subprocess.TimeoutExpired:
        raise Problem(f"{argv[0]} did not end within {limit:.0f} s") from None


def saturate(bench, system, seconds, path="/", connections=64, extra=()):
    """Keeps that many connections busy; CPU per request, requests per second, latencies."""
    argv = [tool("wrk"), "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "--latency", *extra,
            f"http://127.0.0.1:{system.port}{path}"]
    began, before = time.monotonic(), system.running.cpu()
    text = run(argv, seconds + 60)
    spent, wall = system.running.cpu() - before, time.monotonic() - began
    ended = re.search(r"(\d+) requests in", text)
    requests = int(ended[1]) if ended else 0
    if not requests:
        raise Problem(f"{system.name} answered nothing at {path} within {seconds} s")
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    failed = int(refused[1]) if refused else 0
    failed += sum(int(number) for number in re.findall(r" (?:connect|read|write|timeout) (\d+)", text))
    bench.failed(system.name, failed)
    tail = {quantile: float(value) * MICROS[unit]
            for quantile, value, unit in re.findall(r"\s(50|99)%\s+([\d.]+)(us|ms|s|m)\b", text)}
    return {"us": spent * 1e6 / requests, "rps": requests / seconds, "busy": 100 * spent / wall,
            "p50": tail["50"], "p99": tail["99"], "ms_per_gib": spent * 1e3 / (requests / 1024)}


def spread(rate, connections):
    """After how many ms to open the next connection, so that the turns of all are spread evenly over a period."""
    period = 1000 * connections / rate

    def crowding(gap):
        turns = sorted(i * gap % period for i in range(connections))
        return min(b - a for a, b in zip(turns, [*turns[1:], turns[0] + period]))
    return max(range(1, 12), key=crowding)


def at_rate(bench, system, rate, seconds, connections=32):
    """Sends requests at a fixed rate; latencies of those between the ramps at both ends."""
    gap = spread(rate, connections)
    total, log = int(rate * seconds), bench.folder / "h2load.log"
    log.write_text("")
    before = system.running.cpu()
    run([tool("h2load"), "--h1", "-t1", f"-c{connections}", "-r1", f"--rate-period={gap}ms", f"-n{total}",
         f"--rps={rate / connections:.4f}", f"--log-file={log}", f"http://127.0.0.1:{system.port}/"], seconds * 3 + 60)
    spent = system.running.cpu() - before
    rows = [[int(field) for field in line.split()[:3]] for line in log.read_text().splitlines()]
    good = sorted((start, took) for start, status, took in rows if 200 <= status < 300)
    bench.failed(system.name, total - len(good))
    if len(good) < 200:
        raise Problem(f"{system.name} gave only {len(good)} good answers at {rate:.0f} requests/s")
    ramp = connections * gap * 1000
    first, last = good[0][0] + ramp, good[-1][0] - ramp
    steady = sorted(took for start, took in good if first <= start <= last)
    reached = len(steady) * 1e6 / max(last - first, 1)
    if reached < 0.95 * rate:
        bench.warn(f"{system.name} reached {reached:.0f} of {rate:.0f} requests/s; the waiting is not in its latencies")
    return {"us": spent * 1e6 / len(good), "rps": reached, "p50": float(steady[len(steady) // 2]),
            "p99": float(steady[int(len(steady) * 0.99)])}


def hold(system, count):
    """Opens keep-alive connections and uses each once, 50 at a time."""
    held = []
    try:
        while len(held) < count:
            batch = [socket.create_connection(("127.0.0.1", system.port), 10) for _ in range(min(50, count - len(held)))]
            held += batch
            for connection in batch:
                connection.sendall(b"GET / HTTP/1.1\r\nHost: bench\r\n\r\n")
            for connection in batch:
                answer = http.client.HTTPResponse(connection)
                answer.begin()
                if answer.status != 200 or answer.read() != SMALL:
                    raise Problem(f"{system.name} answered {answer.status} on connection {len(held)}")
    except (OSError, http.client.HTTPException) as error:
        raise Problem(f"{system.name} failed at connection {len(held)} of {count}: {error}") from None
    return held


def lost(held):
    """How many of these idle connections have been closed: an idle one has nothing to read but its end."""
    poll = select.poll()
    for connection in held:
        poll.register(connection, select.POLLIN)
    return len(poll.poll(0))


class SlowClient:
    """A client that reads 1 MiB at about 40 KiB a second, and again, until told to stop."""

    def __init__(self, port):
        self.port, self.over = port, threading.Event()
        self.thread = threading.Thread(target=self.dawdle, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join(5)

    def dawdle(self):
        while not self.over.is_set():
            with socket.socket() as client:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
                client.settimeout(5)
                try:
                    client.connect(("127.0.0.1", self.port))
                    client.sendall(b"GET /1m HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n")
                    while not self.over.wait(0.1) and client.recv(4096):
                        pass
                except OSError:
                    self.over.wait(0.5)


class SlowBackend:
    """A backend that answers its health check at once and everything else after a second."""

    def __init__(self, port):
        self.server = socket.create_server(("127.0.0.1", port), backlog=256)
        self.url = f"http://127.0.0.1:{port}"
        self.name, self.served = "slow backend", 0
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return  # stopped
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: 1024\r\n\r\n" + SMALL
        with client:
            try:
                while head := client.recv(16384):
                    if not head.startswith(b"GET /health"):
                        self.served += 1
                        time.sleep(1)
                    client.sendall(answer)
            except OSError:
                pass  # the load balancer went away

    def cpu_so_far(self):
        return 0.0

    def stop(self):
        self.server.close()
