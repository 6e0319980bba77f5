"""The faults and scenarios of bench/chaos."""
import argparse
import asyncio
import http.client
import os
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from . import Problem, clients, report
from .faulty import Backend, compiled
from .machine import Ports, commit, describe, java, open_files
from .main import jar, names
from .streams import Resetting
from .systems import PATIENCE, Running, template, versions

CLIENTS, POSTING = 14, 2
SYSTEMS = ("goaround", "haproxy", "nginx")
ALL = ("a", "b", "c", "d")
WORKERS, WORK = 2, 0.05  # what a backend can do in the scenario overload, at once and for how many seconds each
CAPACITY = len(ALL) * WORKERS / WORK
OVERLOAD = 10


class Fault:
    """What is wrong with some of the backends for a while, or what some clients more ask for."""

    def __init__(self, title, hit, begin=None, end=None, told=None, more=None):
        self.title, self.hit, self.more = title, hit, more
        self.begin = begin or (lambda backend: backend.tell(f"be {told}"))
        self.end = end or (lambda backend: backend.tell("be ordinary"))


FAULTS = {
    "kill9": Fault("kill -9", "a", Backend.kill, Backend.start),
    "sigterm": Fault("SIGTERM, unannounced", "b", Backend.terminate, Backend.start),
    "sigstop": Fault("SIGSTOP, SIGCONT", "c", Backend.freeze, Backend.thaw),
    "reset": Fault("reset in mid-head", "d", told="resetting"),
    "hang": Fault("accepts, never answers", "a", told="hanging"),
    "fail": Fault("503, health check passes", "b", told="failing"),
    "full": Fault("accept queue full", "c", told="full"),
    "close": Fault("closes after each answer (all)", "abcd", told="closing"),
    "idle": Fault("closes idle after 1-5 ms (all)", "abcd", told="impatient"),
    "refuse": Fault("uploads refused unread (all)", "abcd", told="ordinary", more=clients.refused),
    "quiet": Fault("streams that pause for 2 s (all)", "abcd", told="ordinary", more=clients.quiet),
}
SCENARIOS = ("race", "rolling", "overload", "streams")


class Chaos:
    """The backends, the folder and the results of one run."""

    def __init__(self, options, folder):
        self.options, self.folder, self.connections, self.ports = options, folder, 6_000, Ports()
        self.born, self.started, self.cells, self.remarks = time.monotonic(), [], {}, []
        folder.chmod(0o755)  # workers of nginx may run as another user
        _, version, self.java = java(options.java)
        self.jar = jar(options.jar)
        self.systems = [name for name in options.systems if name == "goaround" or self.there(name)]
        self.facts = {"GoAround": commit(), **describe(version)}
        self.facts["peers"] = ", ".join(f"{name} {number}" for name, number in versions(self.systems).items())
        open_files(2 * self.connections + 1000)
        classes = compiled(self.java, folder)
        self.backends = {name: Backend(name, self.ports.free(), self.java, classes) for name in ALL}
        for backend in self.backends.values():
            self.started.append(backend)
            backend.start()
        self.resetting = {name: Resetting(name) for name in ALL} if "streams" in options.only else {}
        self.started += self.resetting.values()
        self.system = None

    def there(self, name):
        if not shutil.which(name):
            self.remarks.append(f"{name} is left out: it is not installed")
        return bool(shutil.which(name))

    def say(self, text):
        print(f"{time.monotonic() - self.born:5.0f} s  {text}", file=sys.stderr, flush=True)

    def tell_all(self, command):
        return [backend.tell(command) for backend in self.backends.values()]

    def posts(self):
        return Counter(path for paths in self.tell_all("posts") for path in paths.split())

    def command(self, name, port, limit, streams=False):
        backends = self.resetting if streams else self.backends
        hosts = {name: f"127.0.0.1:{backend.port}" for name, backend in backends.items()}
        if name == "goaround":
            return [self.java, "-Xmx256m", "-jar", str(self.jar), "-p", str(port), "--management-port", str(self.ports.free()),
                    "--goaround.upstream.connect-timeout=500ms", "--goaround.upstream.response-timeout=1s",
                    "--goaround.upstream.body-timeout=1s",
                    "--goaround.health.interval=1s", "--goaround.health.timeout=500ms",
                    *(["-n", str(limit)] if limit else []), *(["--goaround.upstream.protocol=h2c"] if streams else []), *self.options.flag,
                    *(word for host in hosts.values() for word in ("-b", f"http://{host}"))]
        if name == "haproxy":
            path = template(self, "chaos-haproxy", port=port, limit="proto h2" if streams else f"maxconn {limit}" if limit else "", **hosts)
            return ["haproxy", "-db", "-f", path]
        path = template(self, "chaos-nginx", port=port, limit=f"max_conns={limit}" if limit else "", **hosts)
        return ["nginx", "-e", "stderr", "-c", path]

    def start(self, name, limit=None, streams=False):
        """Starts the system, waits until it forwards, and warms it up a little."""
        port = self.ports.free()
        self.system = Running(name, self.command(name, port, limit, streams), self.folder, None)
        self.started.append(self.system)
        self.system.port = port
        while time.perf_counter() - self.system.began < PATIENCE:
            self.system.check()
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
            try:
                connection.request("GET", "/work/0")
                if connection.getresponse().status == 200:
                    return
            except (OSError, http.client.HTTPException):
                pass  # not yet
            finally:
                connection.close()
            time.sleep(0.05)
        raise Problem(f"{name} forwarded nothing within {PATIENCE} s")

    def stop_system(self):
        self.started.remove(self.system)
        self.system.stop(orderly=False)
        text = self.system.log.read_text(errors="replace")
        if self.system.name == "goaround" and ("Exception" in text or "LEAK" in text):
            lines = [line for line in text.splitlines() if "Exception" in line or "LEAK" in line]
            self.remarks.append(f"goaround logged: {lines[0][:200]} ({len(lines)} such lines)")

    def keep(self, row, cell):
        self.cells.setdefault(row, {})[self.system.name] = cell
        self.say(f"{self.system.name}, {row}: {cell}")

    def stop(self):
        for thing in self.started[::-1]:
            thing.stop()


async def each(function, backends):
    for backend in backends:
        await asyncio.to_thread(function, backend)


def counted(done):
    """How many of these failed, how, how many were cut short after their beginning, and the slowest one."""
    hows = Counter(exchange.how for exchange in done)
    bad = {how: count for how, count in hows.items() if how not in ("ok", "begun")}
    text = f"{sum(bad.values())} of {len(done):,}"
    if bad:
        text += " (" + ", ".join(f"{how}: {count}" for how, count in sorted(bad.items())) + ")"
    if hows["begun"]:
        text += f", {hows['begun']} begun"
    return f"{text}; {max(exchange.took for exchange in done):.2f} s"


async def warm(chaos):
    """A JVM that still compiles is slow, which is not what this is about."""
    load = clients.Closed(chaos.system.port)
    load.add(CLIENTS + POSTING, clients.every_method)
    await asyncio.sleep(chaos.options.warm)
    await load.end()


async def fault(chaos, name):
    """One fault under constant load; what was begun is explained if the backend that began it was hit."""
    what, options = FAULTS[name], chaos.options
    hit = [chaos.backends[letter] for letter in what.hit]
    load = clients.Closed(chaos.system.port)
    load.add(CLIENTS, clients.idempotent)
    load.add(POSTING, clients.post)
    if not await load.all_seen(set(ALL), 20):
        chaos.remarks.append(f"{chaos.system.name}: not every backend was in use before {name}")
    del load.done[:]
    if what.more:
        load.add(POSTING, what.more)
    await each(what.begin, hit)
    await asyncio.sleep(options.seconds)
    await each(what.end, hit)
    await asyncio.sleep(options.seconds / 2)
    await load.end()
    safe = [exchange for exchange in load.done if exchange.method != "POST"]
    if what.more:
        theirs = f"/{what.more(0)[1]}/"
        chaos.keep(what.title, counted([exchange for exchange in safe if exchange.path.startswith(theirs)]))
        safe = [exchange for exchange in safe if not exchange.path.startswith(theirs)]
        chaos.keep(f"{what.title}: other clients", counted(safe))
    else:
        chaos.keep(what.title, counted(safe))
    odd = [exchange for exchange in load.done if exchange.how == "begun" and exchange.backend not in what.hit]
    if odd:
        chaos.remarks.append(f"{chaos.system.name}, {name}: {len(odd)} answers were cut short of backends that were well")
    return load.done


def count_posts(chaos, row, done, recorded):
    """How POSTs ended, and how many of them backends got more than once; those that were killed can't be asked."""
    posts = [exchange for exchange in done if exchange.method == "POST"]
    doubled = sum(recorded[exchange.path] > 1 for exchange in posts)
    chaos.keep(row, f"{counted(posts)}; {doubled} doubled")


async def all_faults(chaos, chosen):
    done, recorded = [], Counter()
    for name in chosen:
        done += await fault(chaos, name)
        for path, count in chaos.posts().items():
            recorded[path] = max(recorded[path], count)
    count_posts(chaos, "POST in all of these", done, recorded)


async def race(chaos):
    """GET and POST to backends that close 0 to 5 ms after an answer, whatever may have come meanwhile."""
    chaos.tell_all("serve 1000 0")
    chaos.tell_all("be racing")
    load = clients.Closed(chaos.system.port)
    load.add(16, clients.get, chaos.options.gets // 16, 0.004)
    load.add(4, clients.post, chaos.options.gets // 40, 0.004)
    await load.finish()
    chaos.tell_all("be ordinary")
    chaos.tell_all("serve 1000 4")
    chaos.keep("race: GET", counted([exchange for exchange in load.done if exchange.method == "GET"]))
    count_posts(chaos, "race: POST", load.done, chaos.posts())


async def rolling(chaos):
    """One backend after the other says so for a while, stops, and starts again."""
    chaos.tell_all(f"announce {int(1000 * chaos.options.announce)}")
    load = clients.Closed(chaos.system.port)
    load.add(CLIENTS + POSTING, clients.every_method)
    for name, backend in chaos.backends.items():
        await each(Backend.terminate, [backend])
        await each(Backend.start, [backend])
        if not await load.all_seen({name}, 20):
            chaos.remarks.append(f"{chaos.system.name}: backend {name} was not used again within 20 s")
    await load.end()
    chaos.keep("rolling restart: all methods", counted(load.done))
    count_posts(chaos, "rolling restart: POST", load.done, chaos.posts())


async def overload(chaos):
    """Ten times of what the backends can do, then half of it."""
    chaos.tell_all(f"serve {WORKERS} {int(1000 * WORK)}")
    calm = clients.Open(chaos.system.port)
    await calm.run(CAPACITY / 2, 2)
    calm.close()
    before = chaos.system.rss()
    load, began = clients.Open(chaos.system.port), time.monotonic()
    halfway = asyncio.ensure_future(asyncio.sleep(chaos.options.overload / 2, None))
    halfway.add_done_callback(lambda _: setattr(chaos, "halfway", chaos.system.rss()))
    ended = await load.run(CAPACITY * OVERLOAD, chaos.options.overload)
    after = chaos.system.rss()
    load.close()
    good = [exchange for exchange in load.done if exchange.how == "ok"]
    seconds = Counter(int(exchange.began + exchange.took - began) for exchange in good)
    whole = [seconds[second] / CAPACITY for second in range(1, int(ended - began))]
    took = sorted(exchange.took for exchange in good)
    chaos.keep("overload: requests per second", f"{len(load.done) / (ended - began):,.0f}, capacity {CAPACITY:.0f}")
    if load.unsent > len(load.done) / 5:
        chaos.remarks.append(f"{chaos.system.name}: {load.unsent:,} requests of the overload found no client to send them")
    chaos.keep("overload: goodput, of capacity", f"{sum(whole) / len(whole):.0%}, worst second {min(whole):.0%}")
    chaos.keep("overload: p99 of the answered", f"{took[int(0.99 * len(took))]:.2f} s")
    others = Counter(exchange.how for exchange in load.done if exchange.how != "ok")
    chaos.keep("overload: refused", ", ".join(f"{how}: {count:,}" for how, count in sorted(others.items())) or "none")
    sizes = [f"{size / 1024 / 1024:.0f}" for size in (before, chaos.halfway, after)]
    chaos.keep("overload: memory before, halfway, after", f"{', '.join(sizes)} MiB")
    await recover(chaos)
    chaos.tell_all("serve 1000 4")


async def recover(chaos):
    """How long after the overload the last request was sent that failed or took more than three times its work."""
    calm, began = clients.Open(chaos.system.port), time.monotonic()
    await calm.run(CAPACITY / 2, 2 if chaos.options.quick else 4)
    calm.close()
    late = [exchange.began - began for exchange in calm.done if exchange.how != "ok" or exchange.took > 3 * WORK]
    chaos.keep("overload: recovered after", f"{max(late, default=0):.1f} s")


async def streams(chaos):
    """Backends of HTTP/2 each of which resets one stream in ten before its response's head."""
    load = clients.Closed(chaos.system.port)
    load.add(CLIENTS, clients.every_method_but_post)
    load.add(POSTING, clients.post)
    await asyncio.sleep(2 * chaos.options.seconds)
    await load.end()
    for row, post in (("one stream in ten reset (HTTP/2)", False), ("one stream in ten reset: POST", True)):
        chaos.keep(row, counted([exchange for exchange in load.done if (exchange.method == "POST") == post]))


async def run(chaos, name):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # An exception from a handler of Python's own could hit the event loop itself, which then waits for ever.
        asyncio.get_running_loop().add_signal_handler(number, asyncio.current_task().cancel)
    chosen = chaos.options.only
    faults = [each for each in FAULTS if each in chosen]
    chaos.tell_all("announce 0")
    chaos.start(name)
    await warm(chaos)
    if "rolling" in chosen:
        # First, so that nothing is left of backends that had failed.
        await rolling(chaos)
        chaos.tell_all("announce 0")
    if faults:
        await all_faults(chaos, faults)
    if "race" in chosen:
        await race(chaos)
    chaos.stop_system()
    if "overload" in chosen:
        chaos.start(name, WORKERS)
        await warm(chaos)
        await overload(chaos)
        chaos.stop_system()
    if "streams" in chosen and name != "nginx":  # whose backends don't speak HTTP/2
        chaos.start(name, streams=True)
        await warm(chaos)
        await streams(chaos)
        chaos.stop_system()


def table(chaos):
    rows = [["failed of all; slowest", *chaos.systems]]
    rows += [[row, *(cells.get(name, "-") for name in chaos.systems)] for row, cells in chaos.cells.items()]
    return report.table(rows)


def some(wanted, there):
    wanted = names(wanted)
    for name in wanted:
        if name not in there:
            raise argparse.ArgumentTypeError(f"{name} is none of {','.join(there)}")
    return wanted


def arguments(description):
    parser = argparse.ArgumentParser(prog="bench/chaos", description=description, allow_abbrev=False)
    add, everything = parser.add_argument, (*FAULTS, *SCENARIOS)
    add("--quick", action="store_true", help="shorter, less than 3 minutes")
    add("--only", type=lambda text: some(text, everything), default=list(everything), metavar="NAMES",
        help=f"some of {','.join(everything)}")
    add("--systems", type=lambda text: some(text, SYSTEMS), default=list(SYSTEMS), metavar="NAMES",
        help=f"some of {','.join(SYSTEMS)} (default: all that are there)")
    add("--seconds", type=float, help="how long each fault lasts (5; the load goes on for half as long)")
    add("--jar", help="default: target/goaround.jar, built if it is not there")
    add("--java", metavar="HOME", help="JDK for GoAround and the backends (default: the newest one found)")
    add("--flag", action="append", default=[], metavar="FLAG", help="one more flag of GoAround, --flag=--key=value; repeatable")
    options = parser.parse_args()
    options.seconds = options.seconds or (1 if options.quick else 5)
    options.gets, options.overload, options.announce, options.warm = (2_000, 4, 2.4, 1) if options.quick else (20_000, 30, 4, 8)
    return options


def main(description):
    options = arguments(description)
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have it ignored in the background
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    chaos = None
    with tempfile.TemporaryDirectory(prefix="goaround-chaos-", ignore_cleanup_errors=True) as folder:
        try:
            chaos = Chaos(options, Path(folder))
            for name in chaos.systems:
                asyncio.run(run(chaos, name))
        except (Problem, OSError) as problem:
            print(f"bench/chaos: {problem}", file=sys.stderr)
            sys.exit(2)
        except (KeyboardInterrupt, asyncio.CancelledError):
            sys.exit(130)
        finally:
            if chaos:
                chaos.stop()
                # Whatever there is, if it was told to end.
                print(report.facts(chaos), table(chaos), *(f"- {remark}" for remark in chaos.remarks), sep="\n\n")
