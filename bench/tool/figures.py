"""The figures: what each one starts, how one sample is taken, and what it is compared with."""
import time
from pathlib import Path
from statistics import median

from . import Problem
from .load import SlowBackend, SlowClient, at_rate, hold, lost, saturate
from .machine import CACHE, PROJECT, output
from .systems import MIB, Backends, System, goaround, image_files, peers, scg

# Names of GoAround run in other ways than as the target.
ONE_LOOP, TWO_LOOPS = "1 event loop", "2 event loops"
TWO, BACKUPS, THOUSAND = "2 backends", "1,000 backends, 999 of them backups", "1,000 backends in rotation"
ALONE, WITH_BACKEND, WITH_CLIENT = "64 fast ones", "and a slow backend", "and a slow client"
BARE, SCG_SAME = "goaround, bare jar", "scg, image's options"
NOT_PROBED = "1,000 backends in rotation, probed once an hour"


class Goal:
    """What a metric of one system must be at most, relative to another's, or absolutely where there is no other."""

    def __init__(self, title, metric, most, against=None, system="goaround"):
        self.title, self.metric, self.most, self.against, self.system = title, metric, most, against, system


CPU, GET, POST, TAIL = "CPU per request, 1 KiB GET", "CPU per GiB, 1 MiB GET", "CPU per GiB, 1 MiB POST", "p99 at a fixed rate"
GOALS = [
    Goal(CPU, "cpu.us", 1.5, "nginx"), Goal(CPU, "cpu.us", 1.45, "haproxy"), Goal(CPU, "cpu.us", 0.70, "go"),
    Goal(CPU, "cpu.us", 0.45, "caddy"), Goal(CPU, "cpu.us", 0.37, "scg"),
    Goal(GET, "big.get", 0.9, "nginx"), Goal(GET, "big.get", 0.55, "scg"), Goal(POST, "big.post", 0.9, "scg"),
    Goal(TAIL, "rate.p99", 1.5, "nginx"), Goal(TAIL, "rate.p99", 1.0, "go"), Goal(TAIL, "rate.p99", 0.7, "scg"),
    Goal("RSS after load, image's JVM options", "rss.mib", 0.65, "scg"),
    Goal("RSS after load, image's JVM options", "rss.mib", 0.65, SCG_SAME),
    Goal("memory per idle keep-alive connection, KiB", "idle.kib", 12),
    Goal("start to first forwarded answer, AOT cache", "start.ms", 0.33, "scg"),
    Goal("CPU per request, two event loops", "loops.us", 1.1, ONE_LOOP, TWO_LOOPS),
    Goal("CPU per request, 1,000 backends, 999 idle", "backends.us", 1.1, TWO, BACKUPS),
    Goal("p99 of 64 fast ones beside a slow backend", "slow.p99", 1.2, ALONE, WITH_BACKEND),
    Goal("p99 of 64 fast ones beside a slow client", "slow.p99", 1.2, ALONE, WITH_CLIENT),
]

# How each metric is shown: title, unit, digits.
METRICS = {
    "cpu.us": ("CPU per request, 1 KiB GET", "µs", 1), "cpu.rps": ("requests per second, saturated", "1/s", 0),
    "big.get": ("CPU per GiB, 1 MiB GET", "ms", 0), "big.post": ("CPU per GiB, 1 MiB POST", "ms", 0),
    "rate.p50": ("p50 at a fixed rate", "µs", 0), "rate.p99": ("p99 at a fixed rate", "µs", 0),
    "rate.us": ("CPU per request at that rate", "µs", 1),
    "rss.mib": ("RSS after load", "MiB", 0), "idle.kib": ("memory per idle connection", "KiB", 1),
    "idle.heap": ("of it Java heap", "KiB", 1), "start.ms": ("start to first answer", "ms", 0),
    "start.cpu": ("CPU of a start", "ms", 0),
    "loops.us": ("CPU per request", "µs", 1), "backends.us": ("CPU per request", "µs", 1),
    "backends.ready": ("start to all healthy", "s", 1),
    "slow.p50": ("p50 of the fast ones", "µs", 0), "slow.p99": ("p99 of the fast ones", "µs", 0),
}


class Figures:
    """Takes the samples of one run: metric, system, values."""

    def __init__(self, bench):
        self.bench, self.options, self.samples = bench, bench.options, {}

    def add(self, metric, system, value):
        self.samples.setdefault(metric, {}).setdefault(system.name if isinstance(system, System) else system, []).append(value)

    def rounds(self, title, systems, rounds, sample):
        """Takes turns between the systems, in turned order every other round."""
        for number in range(rounds):
            for system in systems[::-1] if number % 2 else systems:
                self.bench.say(f"{title}: round {number + 1} of {rounds}, {system.name}")
                sample(system)

    def warm(self, systems):
        for system in systems:
            self.bench.say(f"warming up {system.name}")
            if system.jvm:
                saturate(self.bench, system, self.options.warm)
                system.settle()
            saturate(self.bench, system, 1)
            self.bench.forget_failures(system.name)

    def target(self, name="goaround", jar=None, flags=None, inside=None, **options):
        bench = self.bench
        command = goaround(bench, jar or bench.jar, flags or bench.jvm_flags, **options)
        return System(bench, name, command, jvm=True, inside=inside)

    def everyone(self):
        base = [self.target("base", self.options.base)] if self.options.base else []
        also = [self.target(name, more=flags.split()) for name, _, flags in (each.partition("=") for each in self.options.also)]
        return [self.target(), *base, *also, *peers(self.bench, self.options.peers)]

    def side_by_side(self, figures):
        """cpu, big and rate: the same processes for all of them."""
        systems = self.everyone()
        for system in systems:
            system.start()
        self.warm(systems)
        if "cpu" in figures:
            self.rounds("cpu", systems, self.options.rounds, self.cpu)
        if "big" in figures:
            self.warm_big(systems)
            self.rounds("big", systems, self.options.rounds, self.big)
        if "rate" in figures:
            self.choose_rate(systems)
            self.rounds("rate", systems, min(5, self.options.rounds), self.rate)
        for system in systems:
            system.stop()

    def cpu(self, system):
        sample = saturate(self.bench, system, self.options.seconds)
        if sample["busy"] < 85 and self.bench.proxy_cpus:
            self.bench.warn(f"{system.name} was not saturated in every sample")
        self.add("cpu.us", system, sample["us"])
        self.add("cpu.rps", system, sample["rps"])
        self.add("cpu.p50", system, sample["p50"])
        self.add("cpu.p99", system, sample["p99"])

    def get(self, system, seconds):
        return saturate(self.bench, system, seconds, "/1m", connections=16)

    def post(self, system, seconds):
        script = str(self.bench.folder / "post.lua")
        return saturate(self.bench, system, seconds, "/post", connections=8, extra=("-s", script))

    def warm_big(self, systems):
        for system in systems:
            if system.jvm:
                self.bench.say(f"warming up {system.name} with large bodies")
                self.get(system, max(1, self.options.warm // 9))
                self.post(system, max(1, self.options.warm // 9))

    def big(self, system):
        seconds = max(1, self.options.seconds * 3 // 4)
        self.add("big.get", system, self.get(system, seconds)["ms_per_gib"])
        self.add("big.post", system, self.post(system, seconds)["ms_per_gib"])

    def choose_rate(self, systems):
        """Half of what the slowest JVM can do."""
        if not self.options.rps:
            known = self.samples.get("cpu.rps", {})
            most = [median(known[system.name]) if system.name in known
                    else saturate(self.bench, system, 2)["rps"] for system in systems if system.jvm]
            self.options.rps = max(200, min(20_000, int(min(most) / 2 / 100) * 100))
        self.bench.facts["fixed rate"] = f"{self.options.rps} requests/s over 32 connections"

    def rate(self, system):
        sample = at_rate(self.bench, system, self.options.rps, self.options.seconds)
        for key in ("p50", "p99", "us"):
            self.add(f"rate.{key}", system, sample[key])

    def fresh(self, title, systems, rounds, sample):
        """Like rounds, but with a new process for each sample."""
        def whole(system):
            took = system.start()
            sample(system, took)
            system.stop()
        self.rounds(title, systems, rounds, whole)

    def needed(self, figure):
        """The peers for a figure that needs new processes: a quick run has only those that a goal names, and one more."""
        names = [name for name in self.options.peers if not self.options.quick or name in QUICK[figure]]
        return peers(self.bench, names)

    def image_options(self):
        """The JVM options of the image, in a container of 1 GiB."""
        lines = (PROJECT / "deploy/jvm.options").read_text().splitlines()
        return [line for line in lines if line.startswith("-")] + ["-XX:MaxRAM=1g", *self.bench.one_loop]

    def as_image(self):
        """GoAround as the image runs it, with the AOT cache of its own training run; as a bare jar before Java 25."""
        bench, options = self.bench, self.image_options()
        if bench.java_major < 25:
            bench.note("the image's AOT cache needs Java 25; the bare jar is measured instead")
            return self.target(flags=options)
        bench.say("training run for the AOT cache")
        cache = ["-XX:AOTMode=on", "-XX:AOTCache=goaround.aot"]
        return self.target(jar=bench.jar.name, flags=[*options, *cache], inside=image_files(bench))

    def rss(self):
        systems = [self.as_image(), *self.needed("rss")]
        if any(system.name == "scg" for system in systems) and not self.options.quick:
            systems.append(System(self.bench, SCG_SAME, scg(self.bench, self.image_options()), jvm=True))

        def sample(system, _):
            saturate(self.bench, system, max(3, self.options.warm // 3) if system.jvm else 2)
            system.settle()
            self.get(system, 2)
            self.post(system, 2)
            self.bench.forget_failures(system.name)
            self.add("rss.mib", system, system.running.rss() / MIB)
        self.bench.facts["RSS after load"] = "GoAround as in the image, with -XX:MaxRAM=1g; scg with the JVM flags of this run, " \
                                             "and once more with the image's options"
        self.fresh("rss", systems, self.options.fresh, sample)

    def idle(self):
        """A heap that is resident from the start, so that what grows is outside of it; live objects come on top."""
        bench = self.bench
        flags = [*bench.jvm_flags, "-XX:+AlwaysPreTouch"]
        systems = [self.target(flags=flags), *self.needed("idle")]
        for system in systems:
            if system.name == "scg":
                system.command = scg(bench, flags)

        def memory(system):
            heap = system.running.live_heap(bench.java) if system.jvm else 0
            return system.running.rss(), heap

        def sample(system, _):
            saturate(bench, system, max(3, self.options.warm // 5) if system.jvm else 1)
            system.settle()
            bench.forget_failures(system.name)
            time.sleep(5)  # until idle connections to the backends have been given up
            memory(system)  # asking takes memory as well, the first time
            rss, heap = memory(system)
            held = hold(system, bench.connections)
            time.sleep(5)
            full_rss, full_heap = memory(system)
            if gone := lost(held):
                bench.warn(f"{system.name} closed {gone} of {len(held)} idle connections meanwhile")
            for connection in held:
                connection.close()
            self.add("idle.kib", system, (full_rss - rss + full_heap - heap) / 1024 / len(held))
            self.add("idle.heap", system, (full_heap - heap) / 1024 / len(held))
        bench.facts["idle connections"] = f"{bench.connections}, each used once"
        self.fresh("idle", systems, min(3, self.options.fresh), sample)

    def start(self):
        """With every CPU, as a start is: a JVM compiles on the others."""
        bench = self.bench
        systems = self.needed("start")
        for system in systems:
            if system.name == "scg":
                system.command = scg(bench, [])
        if not self.options.quick:
            systems.insert(0, self.target(BARE, flags=["-Xshare:auto"]))
        if bench.java_major >= 25:
            bench.say("start: training run for the AOT cache")
            inside = image_files(bench)
            flags = ["@" + str(PROJECT / "deploy/jvm.options"), "-XX:AOTMode=on", "-XX:AOTCache=goaround.aot"]
            systems.insert(0, self.target(jar=bench.jar.name, flags=flags, inside=inside))
        else:
            bench.note("the image's AOT cache needs Java 25; only the bare jar is started")
        for system in systems:
            system.pinned = False

        def sample(system, took):
            self.add("start.ms", system, took * 1e3)
            self.add("start.cpu", system, system.running.cpu() * 1e3)
        self.fresh("start", systems, self.options.fresh, sample)

    def loops(self):
        flags = [flag for flag in self.bench.jvm_flags if "ioWorkerCount" not in flag]
        systems = [self.target(ONE_LOOP, flags=[*flags, "-Dreactor.netty.ioWorkerCount=1"]),
                   self.target(TWO_LOOPS, flags=[*flags, "-Dreactor.netty.ioWorkerCount=2"])]
        for system in systems:
            system.start()
        self.warm(systems)
        self.rounds("loops", systems, self.options.rounds, lambda system: self.saturated("loops.us", system))
        for system in systems:
            system.stop()

    def saturated(self, metric, system):
        self.add(metric, system, saturate(self.bench, system, self.options.seconds)["us"])

    def backends(self):
        many = self.bench.many_backends()
        rotation = [f"    - {url}" for url in many.urls]
        backups = [f"    - url: {many.urls[0]}", *(line for url in many.urls[1:]
                                                   for line in (f"    - url: {url}", "      backup: true"))]
        systems = [self.target(TWO, urls=many.urls[:2]), self.target(BACKUPS, yaml=backups)]
        if not self.options.quick:
            systems.append(self.target(THOUSAND, yaml=rotation))
            rare = ["-Dgoaround.health.interval=1h", "-Dgoaround.health.degraded-interval=5s"]
            systems.append(self.target(NOT_PROBED, yaml=rotation, flags=[*self.bench.jvm_flags, *rare]))
        # One after the other: two that probe a thousand backends would take each other's CPU.
        visits = 1 if self.options.quick else 2
        for number in range(visits):
            for system in systems[::-1] if number % 2 else systems:
                self.bench.say(f"backends: visit {number + 1} of {visits}, {system.name}")
                system.start()
                self.add("backends.ready", system, system.all_healthy())
                self.warm([system])
                for _ in range(max(1, self.options.rounds // visits)):
                    self.saturated("backends.us", system)
                system.stop()

    def slow(self):
        bench = self.bench
        many = bench.many_backends()
        slow = SlowBackend(bench.ports.free())
        bench.started.append(slow)
        alone, beside = self.target(ALONE, urls=many.urls[:64]), self.target(WITH_BACKEND, urls=[*many.urls[:64], slow.url])
        for system in (alone, beside):
            system.start()
            system.all_healthy()
        self.warm([alone, beside])
        rate = self.options.rps or 4000
        bench.facts["slow ones"] = f"{rate} requests/s over 64 connections to 64 backends; the slow backend takes 1 s, " \
                                   "the slow client reads 40 KiB/s"

        def sample(name, system):
            taken = at_rate(bench, system, rate, self.options.seconds, connections=64)
            self.add("slow.p50", name, taken["p50"])
            self.add("slow.p99", name, taken["p99"])
        for number in range(self.options.rounds):
            bench.say(f"slow: round {number + 1} of {self.options.rounds}")
            sample(ALONE, alone)
            sample(WITH_BACKEND, beside)
            with SlowClient(alone.port):
                sample(WITH_CLIENT, alone)
        if not slow.served:
            bench.warn("no request reached the slow backend")
        alone.stop()
        beside.stop()

    def growth(self):
        """How cost grows; for plots. Metric names end with what is varied, system names are those of the run."""
        systems = [system for system in self.everyone() if system.name in ("goaround", "nginx", "scg")]
        for system in systems:
            system.start()
        self.warm(systems)
        rounds, seconds = min(3, self.options.rounds), max(1, self.options.seconds // 2)
        for count in (1, 4, 16, 64, 256, 1024):
            self.vary("connections", count, systems, rounds, lambda s, n: saturate(self.bench, s, seconds, connections=n))
        for count in (4, 12, 24, 48, 90):
            self.vary("fields", count, systems, rounds, lambda s, n: saturate(self.bench, s, seconds, extra=fields(n)))
        for path, size in (("/", 1), ("/4k", 4), ("/16k", 16), ("/64k", 64), ("/256k", 256), ("/1m", 1024)):
            self.vary("body", size, systems, rounds, lambda s, _: saturate(self.bench, s, seconds, path, 16))
        for system in systems:
            system.stop()
        many = self.bench.many_backends()
        for count in (2, 10, 30, 100, 300, 1000):
            system = self.target(yaml=[f"    - {url}" for url in many.urls[:count]])
            system.start()
            system.all_healthy()
            self.warm([system])
            self.vary("backends", count, [system], rounds, lambda s, _: saturate(self.bench, s, seconds))
            system.stop()

    def flame(self):
        """Where the CPU goes: stacks of the saturated target, as lines that bench/plot draws."""
        bench = self.bench
        library = CACHE / "libasyncProfiler.so"
        if not library.exists():
            raise Problem("the profiler is not there; bench/peers/build gets it")
        if not self.options.stacks:
            raise Problem("the figure flame needs --stacks FILE")
        system = self.target(flags=[*bench.jvm_flags, "-XX:+UnlockDiagnosticVMOptions", "-XX:+DebugNonSafepoints"])
        system.start()
        self.warm([system])
        stacks = bench.folder / "stacks.txt"

        def profiler(command):
            # In quotes, since jcmd would take what stands before an equals sign for an option of its own.
            says = output(str(Path(bench.java).parent / "jcmd"), str(system.running.process.pid), "JVMTI.agent_load",
                          str(library), f'"{command}"')
            return "return code: 0" in says
        bench.say("flame: sampling")
        if not profiler("start,event=cpu,interval=1ms"):
            bench.note("the kernel lets nobody sample it; the stacks end where the kernel begins")
            if not profiler("start,event=itimer,interval=1ms"):
                raise Problem("the profiler does not start")
        saturate(bench, system, 5 * self.options.seconds)
        profiler(f"stop,collapsed,file={stacks}")
        system.stop()
        self.options.stacks.write_text(stacks.read_text())

    def vary(self, what, value, systems, rounds, sample):
        self.rounds(f"growth, {what} {value}", systems, rounds,
                    lambda system: self.add(f"growth.{what}.{value}", system, sample(system, value)["us"]))


def fields(count):
    """Header fields for wrk, which sends Host itself."""
    return [word for i in range(count - 1) for word in ("-H", f"X-Field-{i:02}: value of field number {i:02}")]


SHARED = ("cpu", "big", "rate")
STANDARD = ("cpu", "big", "rate", "rss", "idle", "start", "loops", "backends", "slow")
ALL = (*STANDARD, "growth", "flame")
QUICK = {"rss": ("scg",), "idle": ("nginx",), "start": ("scg",)}


def take(bench, figures):
    taken = Figures(bench)
    if unknown := set(figures) - set(ALL):
        raise Problem(f"{min(unknown)} is no figure; there are {', '.join(ALL)}")
    try:
        if set(figures) & set(SHARED):
            taken.side_by_side(figures)
        for name in ALL:
            if name in figures and name not in SHARED:
                getattr(taken, name)()
    finally:
        bench.samples = taken.samples
    return taken.samples
