"""Hostile clients, ordinary clients beside them, and the run of bench/hostile."""
import argparse
import asyncio
import itertools
import multiprocessing
import os
import random
import re
import signal
import socket
import struct
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from . import Problem, clients, http2, report
from .chaos import Chaos
from .machine import open_files

RATE = 200  # requests of ordinary clients, per second
MIB = 1024 * 1024
PAUSE = 0.2  # seconds between two connections of one hostile client
numbers = itertools.count(1)


class Connection:
    """One hostile connection, whose end, by whichever side, is expected."""

    def __init__(self, port, receive=None):
        self.port, self.receive, self.reader, self.writer = port, receive, None, None

    async def __aenter__(self):
        plain = socket.socket()
        if self.receive:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.receive)
        plain.setblocking(False)
        await asyncio.wait_for(asyncio.get_running_loop().sock_connect(plain, ("127.0.0.1", self.port)), 5)
        self.reader, self.writer = await asyncio.open_connection(sock=plain, limit=4096)
        return self

    async def __aexit__(self, *_):
        self.writer.transport.abort()

    async def send(self, *parts):
        self.writer.write(b"".join(parts))
        await asyncio.wait_for(self.writer.drain(), 5)

    async def begin(self, **values):
        """The beginning of HTTP/2; a large window of the connection unless the client asks for none."""
        window = struct.pack(">I", (1 << 31) - 1 - 65_535)
        await self.send(http2.PREFACE, http2.settings(**values), http2.frame(http2.WINDOW_UPDATE, payload=window),
                        http2.frame(http2.SETTINGS, http2.ACK))

    async def read_for(self, seconds):
        """Reads and drops what comes, until the other end closes or the time is over."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                if not await asyncio.wait_for(self.reader.read(65_536), left):
                    return
            except (OSError, asyncio.TimeoutError):
                return


async def giant_table(port):
    """A huge table of fields, in which the other end may keep every field of its responses."""
    async with Connection(port) as connection:
        await connection.begin(table=(1 << 32) - 1)
        drop = asyncio.ensure_future(connection.read_for(10))
        for stream in range(1, 2_000, 2):
            if drop.done():
                return
            path = f"/fields/{next(numbers)}".encode()
            await connection.send(http2.headers(stream, http2.request(b"GET", path)))
            await asyncio.sleep(0.005)
        await drop


async def tiny_frames(port, connect=True):
    """Frames of one byte, before a tunnel is open or in a body that the backend doesn't take."""
    async with Connection(port) as connection:
        await connection.begin()
        block = http2.request(b"CONNECT", b"/never/1", http2.field(b":protocol", b"websocket")) if connect else \
            http2.request(b"POST", b"/never/1")
        await connection.send(http2.headers(1, block, end=False))
        piece = http2.frame(http2.DATA, 0, 1, b"x") * 1_000
        for _ in range(60):
            await connection.send(piece)
            await asyncio.sleep(0.01)
        await connection.read_for(2)


async def tiny_chunks(port):
    """The same by chunks of HTTP/1.1."""
    async with Connection(port) as connection:
        await connection.send(b"POST /never/1 HTTP/1.1\r\nHost: bench\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(60):
            await connection.send(b"1\r\nx\r\n" * 1_000)
            await asyncio.sleep(0.01)


async def pipelining(port):
    """Many small requests at once, after a body that has the other end read much at a time."""
    async with Connection(port) as connection:
        await connection.send(b"POST /work/1 HTTP/1.1\r\nHost: bench\r\nContent-Length: 2000000\r\n\r\n", b"x" * 2_000_000)
        await connection.send(b"GET /never/1 HTTP/1.1\r\nHost: b\r\n\r\n" + b"GET / HTTP/1.1\r\nHost: b\r\n\r\n" * 2_500)
        await connection.read_for(5)


async def crumbs(port):
    """Cookies of some thousand bytes each that cost the client a byte each."""
    async with Connection(port) as connection:
        await connection.begin()
        large = http2.field(b"cookie", b"x" * 3_900, indexed=True)
        await connection.send(http2.headers(1, http2.request(b"GET", b"/never/1", large)))
        for stream in range(3, 203, 2):
            await connection.send(http2.headers(stream, http2.request(b"GET", b"/never/1", http2.kept(0) * random.choice((7, 60)))))
        await connection.read_for(3)


async def zero_windows(port):
    """Responses that the client asks for and never takes, or takes by single bytes."""
    async with Connection(port) as connection:
        await connection.begin(window=random.choice((0, 1, 100)))
        for stream in range(1, 201, 2):
            await connection.send(http2.headers(stream, http2.request(b"GET", b"/large/1")))
        for _ in range(50):
            stream = random.randrange(1, 201, 2)
            await connection.send(http2.frame(http2.WINDOW_UPDATE, 0, stream, struct.pack(">I", 1)))
            await connection.read_for(0.2)


async def slow_reader(port):
    """The same over HTTP/1.1."""
    async with Connection(port, receive=4_096) as connection:
        await connection.send(b"GET /large/1 HTTP/1.1\r\nHost: bench\r\n\r\n")
        for _ in range(100):
            if not await connection.reader.read(100):
                return
            await asyncio.sleep(0.1)


async def resets(port):
    """Requests that are cancelled at once (CVE-2023-44487)."""
    async with Connection(port) as connection:
        await connection.begin()
        cancel = struct.pack(">I", http2.CANCEL)
        for stream in range(1, 2_000, 2):
            await connection.send(http2.headers(stream, http2.request(b"GET", b"/work/1")),
                                  http2.frame(http2.RST_STREAM, 0, stream, cancel))
        await connection.read_for(1)


async def flood(port):
    """Frames that want replies, or are nothing, and replies that nobody reads."""
    kind = random.choice(("ping", "settings", "empty", "continuation"))
    async with Connection(port, receive=4_096) as connection:
        await connection.begin()
        piece = {
            "ping": http2.frame(http2.PING, payload=bytes(8)),
            "settings": http2.settings(window=65_535),
            "empty": http2.frame(http2.DATA, 0, 1),
            "continuation": http2.frame(http2.CONTINUATION, 0, 1, b"\x00\x01a\x01b"),
        }[kind] * 500
        if kind == "empty":
            await connection.send(http2.headers(1, http2.request(b"POST", b"/work/1"), end=False))
        if kind == "continuation":
            await connection.send(http2.frame(http2.HEADERS, 0, 1, http2.request(b"GET", b"/")))
        for _ in range(40):
            await connection.send(piece)
            await asyncio.sleep(0.01)


async def malformed(port):
    """Heads that are wrong, unfinished or too large, and uploads that end too early."""
    text = random.choice((b"GET / HTTP/1.1\r\n\r\n", b"GET /\x00 HTTP/1.1\r\nHost: a\r\n\r\n", b"\x16\x03\x01" + os.urandom(200),
                          b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 500, b"GET /" + b"a" * 30_000, os.urandom(1_000),
                          b"POST /work/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n",
                          b"POST /work/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 999\r\n\r\nx"))
    async with Connection(port) as connection:
        await connection.send(text)
        await connection.read_for(random.uniform(0, 1))


async def rude(port):
    """Uploads that the backend refuses without reading them, and that the client goes on with."""
    async with Connection(port) as connection:
        await connection.send(b"POST /rude/1 HTTP/1.1\r\nHost: bench\r\nContent-Length: 5000000\r\n\r\n")
        for _ in range(50):
            await connection.send(b"x" * 100_000)


ATTACKS = {
    "table": giant_table, "frames": tiny_frames, "post": lambda port: tiny_frames(port, connect=False), "chunks": tiny_chunks,
    "pipeline": pipelining, "crumbs": crumbs, "windows": zero_windows, "readers": slow_reader, "resets": resets, "flood": flood,
    "malformed": malformed, "rude": rude,
}


def attack_for(port, names, seconds, results):
    """Attacks in a process of its own, so that ordinary clients measure GoAround and not their neighbours here."""
    open_files(10_000)
    os.nice(19)  # attackers have machines of their own elsewhere
    made = Counter()

    async def every():
        until = time.monotonic() + seconds
        await asyncio.gather(*(attack(port, name, until, made) for name in names))

    asyncio.run(every())
    results.put(made)


async def attack(port, name, until, made):
    while time.monotonic() < until:
        made[name] += 1
        try:
            await ATTACKS[name](port)
        except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError):
            made[f"{name} cut"] += 1
        await asyncio.sleep(random.uniform(0, 2 * PAUSE))


class Ordinary(clients.Open):
    """Clients at a steady rate, each of which may send anything that is right."""

    async def one(self):
        client = self.idle.pop() if self.idle else clients.Client(self.port)
        self.done.append(await client.send(*clients.every_method(next(numbers))))
        self.idle.append(client)


def figures(done):
    took = sorted(exchange.took for exchange in done)
    bad = Counter(exchange.how for exchange in done if exchange.how != "ok")
    return {
        "requests": f"{len(done):,}",
        "failed": ", ".join(f"{how}: {count}" for how, count in sorted(bad.items())) or "none",
        "p50": f"{1000 * took[len(took) // 2]:.1f} ms", "p99": f"{1000 * took[int(0.99 * len(took))]:.1f} ms",
        "slowest": f"{1000 * took[-1]:.0f} ms",
    }


async def phase(hostile, title, seconds, attackers=()):
    """So many seconds of ordinary clients, hostile ones beside them."""
    ordinary, sizes = Ordinary(hostile.system.port), []
    until = time.monotonic() + seconds
    processes, results = multiprocessing.get_context("spawn"), None
    if attackers:
        results = processes.Queue()
        processes.Process(target=attack_for, args=(hostile.system.port, attackers, seconds, results), daemon=True).start()
    watching = asyncio.ensure_future(watch(hostile, until, sizes))
    await ordinary.run(RATE, seconds)
    ordinary.close()
    await watching
    if attackers:
        made = await asyncio.to_thread(results.get, True, 60)
    for name, figure in figures(ordinary.done).items():
        hostile.cells.setdefault(name, {})[title] = figure
    quarters = [sizes[(len(sizes) - 1) * quarter // 4] for quarter in range(5)]
    hostile.cells.setdefault("resident, by quarters, MiB", {})[title] = ", ".join(f"{size / MIB:.0f}" for size in quarters)
    if ordinary.unsent:
        hostile.remarks.append(f"{title}: {ordinary.unsent:,} requests found this process too busy to send them")
    if attackers:
        counts = ", ".join(f"{name} {made[name]:,} ({made[f'{name} cut']:,})" for name in sorted(set(attackers)))
        hostile.remarks.append(f"attacks, and in brackets those that GoAround cut: {counts}")


async def watch(hostile, until, sizes):
    while time.monotonic() < until:
        hostile.system.check()
        sizes.append(hostile.system.rss())
        await asyncio.sleep(1)


def pin(process, cpus):
    for thread in os.listdir(f"/proc/{process}/task"):
        os.sched_setaffinity(int(thread), cpus)


class Hostile(Chaos):
    """The backends and the one GoAround of this run."""

    pinned = None

    def command(self, name, port, limit, streams=False):
        argv = super().command(name, port, limit, streams)
        argv[argv.index("-Xmx256m")] = f"-Xmx{self.options.heap}"
        return [word for word in argv if not word.startswith(("--goaround.upstream.response", "--goaround.upstream.body"))]


async def run(hostile):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, asyncio.current_task().cancel)
    options = hostile.options
    hostile.tell_all("announce 0")
    cpus = sorted(os.sched_getaffinity(0))
    hostile.start("goaround")
    if len(cpus) > 1:
        # GoAround has a CPU to itself, and so what its clients notice is its own doing; it compiles on all of them before.
        hostile.pinned = {cpus[0]}
        for thing in hostile.backends.values():
            pin(thing.process.pid, {*cpus[1:]})
        pin(os.getpid(), {*cpus[1:]})
    hostile.titles = ["warm", "quiet", "hostile", "quiet again"]
    await phase(hostile, "warm", options.warm)
    if hostile.pinned:
        hostile.system.pin(hostile.pinned)
    await phase(hostile, "quiet", options.quiet)
    await phase(hostile, "hostile", options.seconds, options.only * options.times)
    await phase(hostile, "quiet again", options.quiet)
    log = hostile.system.log.read_text(errors="replace")
    hostile.remarks.append(f"GoAround wrote {len(log.splitlines()):,} lines ({len(log) / 1024:.0f} KiB) to its log")
    out = [line for line in log.splitlines() if re.search(r"degraded|unhealthy", line) and "backend" in line.lower()]
    hostile.remarks.append(f"{len(out)} lines say that a backend was degraded" + (f", the first: {out[0][:160]}" if out else ""))
    hostile.stop_system()


def arguments(description):
    parser = argparse.ArgumentParser(prog="bench/hostile", description=description, allow_abbrev=False)
    add = parser.add_argument
    add("--seconds", type=float, default=1800, help="how long the attack lasts (1800)")
    add("--quiet", type=float, default=30, help="how long it is quiet before and after (30)")
    add("--warm", type=float, default=20, help="how long GoAround is warmed up (20)")
    add("--times", type=int, default=2, help="clients of each kind (2)")
    add("--only", type=lambda value: [name for name in value.split(",") if name in ATTACKS] or parser.error(f"none of {','.join(ATTACKS)}"),
        default=list(ATTACKS), metavar="NAMES", help=f"some of {','.join(ATTACKS)}")
    add("--heap", default="128m", help="the heap of GoAround (128m)")
    add("--jar", help="default: target/goaround.jar, built if it is not there")
    add("--java", metavar="HOME", help="JDK (default: the newest one found)")
    add("--flag", action="append", default=[], metavar="FLAG", help="one more flag of GoAround, --flag=--key=value; repeatable")
    options = parser.parse_args()
    options.systems = ["goaround"]
    return options


def main(description):
    options = arguments(description)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    hostile = None
    with tempfile.TemporaryDirectory(prefix="goaround-hostile-", ignore_cleanup_errors=True) as folder:
        try:
            hostile = Hostile(options, Path(folder))
            asyncio.run(run(hostile))
        except (Problem, OSError) as problem:
            print(f"bench/hostile: {problem}", file=sys.stderr)
            sys.exit(2)
        except (KeyboardInterrupt, asyncio.CancelledError):
            sys.exit(130)
        finally:
            if hostile:
                hostile.stop()
                titles = list(dict.fromkeys(title for row in hostile.cells.values() for title in row))
                rows = [["ordinary clients", *titles]]
                rows += [[name, *(row.get(title, "-") for title in titles)] for name, row in hostile.cells.items()]
                print(report.facts(hostile), report.table(rows), *(f"- {remark}" for remark in hostile.remarks), sep="\n\n")
