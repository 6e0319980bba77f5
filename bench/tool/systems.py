"""The programs under test and the backends behind them."""
import ctypes
import http.client
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import time
import urllib.request
from pathlib import Path

from . import Problem
from .machine import CACHE, PROJECT, TICK, output

PEERS = Path(__file__).resolve().parent.parent / "peers"
MIB = 1024 * 1024
SMALL = b"x" * 1024
PATIENCE = 60  # seconds to the first good answer
LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1


def members(session):
    """The fields of /proc/PID/stat after the name, by process id, of all processes of a session."""
    found = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                fields = Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it has ended
            if int(fields[3]) == session:
                found[int(entry)] = fields
    return found


class Running:
    """A process in a session of its own, which ends with this one."""

    def __init__(self, name, argv, folder, cpus, inside=None):
        self.name, self.log = name, folder / f"{re.sub('[^a-z0-9]+', '-', name.lower())}.log"

        def prepare():
            LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            if cpus:
                os.sched_setaffinity(0, cpus)

        self.began = time.perf_counter()
        with open(self.log, "wb") as log:
            try:
                self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=inside or folder,
                                                start_new_session=True, preexec_fn=prepare)
            except OSError as error:
                raise Problem(f"{name} cannot be started: {error.strerror}") from None

    def check(self):
        if (code := self.process.poll()) is not None:
            lines = [line.strip() for line in self.log.read_text(errors="replace").splitlines() if line.strip()]
            last = f", saying: {lines[-1][:200]}" if lines else ""
            raise Problem(f"{self.name} ended with {code}{last}")

    def cpu(self):
        """Seconds of CPU, user and system, of the process, its threads and children, ended ones included."""
        self.check()
        total = 0.0
        for pid, fields in members(self.process.pid).items():
            total += (int(fields[13]) + int(fields[14])) / TICK
            try:
                # The clock of that process (clock_getcpuclockid), which is finer than the ticks in /proc.
                total += time.clock_gettime((~pid << 3) | 2)
            except OSError:
                pass  # it has ended
        return total

    def pin(self, cpus):
        """Moves every thread that there is to these CPUs; those to come inherit it."""
        moved, found = set(), None
        while found is None or found - moved:
            for thread in found or ():
                try:
                    os.sched_setaffinity(thread, cpus)
                except ProcessLookupError:
                    pass  # it has ended
                moved.add(thread)
            found = {int(thread.name) for pid in members(self.process.pid) for thread in Path(f"/proc/{pid}/task").glob("*")}

    def rss(self):
        return sum(int(fields[21]) for fields in members(self.process.pid).values()) * resource.getpagesize()

    def live_heap(self, java):
        """Bytes of live Java objects, after a full collection."""
        text = output(str(Path(java).parent / "jcmd"), str(self.process.pid), "GC.class_histogram")
        total = re.search(r"^Total\s+\d+\s+(\d+)", text, re.M)
        if not total:
            raise Problem(f"{self.name} does not tell its live heap; is {Path(java).parent.parent.name} a whole JDK?")
        return int(total[1])

    def stop(self, orderly=True):
        for step in (signal.SIGTERM, signal.SIGKILL) if orderly else (signal.SIGKILL,):
            try:
                os.killpg(self.process.pid, step)
                self.process.wait(10)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue


class System:
    """One way to run one load balancer."""

    def __init__(self, bench, name, command, **options):
        """
        command: called with the port to listen on, returns the argv
        jvm: whether it has to warm up
        pinned: whether it gets the first CPU only
        inside: the folder it runs in
        """
        self.bench, self.name, self.command = bench, name, command
        self.jvm, self.pinned = options.get("jvm", False), options.get("pinned", True)
        self.running, self.port, self.inside, self.unsettled = None, 0, options.get("inside"), False

    def start(self):
        """
        Starts a new process and returns the seconds to its first forwarded answer.

        A JVM has every CPU until it is settled, since it needs several times as long to start and compile on one;
        it believes in one all the same.
        """
        self.port = self.bench.ports.free()
        argv = self.command(self.port)
        self.unsettled = bool(self.jvm and self.pinned and self.bench.proxy_cpus)
        if self.unsettled:
            argv.insert(1, "-XX:ActiveProcessorCount=1")
        cpus = self.bench.proxy_cpus if self.pinned and not self.unsettled else self.bench.all_cpus
        self.running = Running(self.name, argv, self.bench.folder, cpus, self.inside)
        self.bench.started.append(self)
        return self.first_answer()

    def settle(self):
        """From now on it has the CPU that it is measured on."""
        if self.unsettled:
            self.unsettled = False
            self.running.pin(self.bench.proxy_cpus)

    def first_answer(self):
        running = self.running
        while (waited := time.perf_counter() - running.began) < PATIENCE:
            running.check()
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            try:
                connection.request("GET", "/", headers={"Connection": "close"})
                answer = connection.getresponse()
                if answer.status == 200 and answer.read() == SMALL:
                    return time.perf_counter() - running.began
            except (OSError, http.client.HTTPException):
                pass  # not yet
            finally:
                connection.close()
            time.sleep(0.002)
        raise Problem(f"{self.name} forwarded nothing within {waited:.0f} s")

    def all_healthy(self):
        """Waits until GoAround finds every backend healthy, and returns the seconds that took from its start."""
        argv = self.running.process.args
        url = f"http://127.0.0.1:{argv[argv.index('--management-port') + 1]}/actuator/goaround"
        while (waited := time.perf_counter() - self.running.began) < PATIENCE:
            self.running.check()
            try:
                with urllib.request.urlopen(url, timeout=10) as answer:
                    totals = json.load(answer)["totals"]
                if totals["healthy"] == totals["backends"]:
                    return time.perf_counter() - self.running.began
            except OSError:
                pass  # not yet
            time.sleep(0.1)
        raise Problem(f"{self.name} did not find all of its backends healthy within {waited:.0f} s")

    def stop(self):
        if self in self.bench.started:
            self.bench.started.remove(self)
            # A JVM takes seconds for an orderly end, and has nothing to put in order.
            self.running.stop(orderly=not self.jvm)

    def cpu_so_far(self):
        try:
            return self.running.cpu()
        except Problem:
            return 0.0


def template(bench, kind, **values):
    """Fills in a configuration of bench/peers and returns where it is."""
    values = {"folder": bench.folder, "name": kind, "connections": bench.connections + 2000, **values}
    text = (PEERS / f"{kind}.conf").read_text()
    path = bench.folder / f"{kind}-{values.get('port', 'x')}.conf"
    path.write_text(re.sub(r"@(\w+)@", lambda match: str(values[match[1]]), text))
    return str(path)


class Backends:
    """One nginx that listens on as many addresses of loopback as there are to be backends."""

    def __init__(self, bench, count):
        self.port = bench.ports.free()
        addresses = [f"127.0.{1 + i // 250}.{1 + i % 250}" for i in range(count)]
        self.hosts = [f"{address}:{self.port}" for address in addresses]
        self.urls = [f"http://{host}" for host in self.hosts]
        name = f"backends-{count}"
        listen = "\n".join(f"listen {host} backlog=4096;" for host in [*self.hosts, f"127.0.0.1:{self.port}"])
        path = template(bench, "backends", port=self.port, listen=listen, workers=1, name=name)
        self.running = Running(name, ["nginx", "-e", "stderr", "-c", path], bench.folder, None)
        bench.started.append(self)

    def cpu_so_far(self):
        return self.running.cpu()

    def stop(self):
        self.running.stop()


def goaround(bench, jar, flags, urls=None, yaml=None, more=()):
    """The command of GoAround: its backends as flags, or as the lines of a configuration file."""
    def command(port):
        argv = [bench.java, *flags, "-jar", str(jar), "-p", str(port), "--management-port", str(bench.ports.free()),
                "--goaround.shutdown.announce=0s", "--goaround.shutdown.timeout=1s", *more]
        if yaml:
            path = bench.folder / f"goaround-{port}.yml"
            path.write_text("\n".join(["goaround:", "  backends:", *yaml]) + "\n")
            return [*argv, f"--spring.config.additional-location=file:{path}"]
        return [*argv, *(word for url in urls or bench.backends.urls[:2] for word in ("-b", url))]
    return command


def scg(bench, flags):
    jar, urls = CACHE / "scg.jar", bench.backends.urls
    return lambda port: [bench.java, *flags, "-jar", str(jar), f"--server.port={port}", f"--backend1={urls[0]}",
                         f"--backend2={urls[1]}"]


def peers(bench, chosen):
    """The peers that are there, by name, with what they say of their version."""
    first, second = bench.backends.hosts[:2]
    both = {"backend1": first, "backend2": second, "workers": 1 if bench.proxy_cpus else "auto"}
    commands = {
        "nginx": lambda port: ["nginx", "-e", "stderr", "-c", template(bench, "nginx", port=port, **both)],
        "haproxy": lambda port: ["haproxy", "-db", "-f", template(bench, "haproxy", port=port, **both)],
        "caddy": lambda port: ["caddy", "run", "--adapter", "caddyfile", "--config",
                               template(bench, "caddy", port=port, **both)],
        "go": lambda port: [str(CACHE / "go-proxy"), f"127.0.0.1:{port}", f"http://{first}", f"http://{second}"],
        "scg": scg(bench, bench.jvm_flags),
    }
    there = {name: (CACHE / {"go": "go-proxy", "scg": "scg.jar"}[name]).exists() if name in ("go", "scg")
             else bool(shutil.which(name)) for name in commands}
    for name in chosen:
        if name not in commands:
            raise Problem(f"{name} is no peer; there are {', '.join(commands)}")
        if not there[name]:
            hint = "bench/peers/build makes it" if name in ("go", "scg") else "it is not installed"
            bench.note(f"{name} is left out: {hint}")
    return [System(bench, name, commands[name], jvm=name == "scg") for name in chosen if there[name]]


def versions(names):
    """What the peers say of their version."""
    ask = {"nginx": ("nginx", "-v"), "haproxy": ("haproxy", "-v"), "caddy": ("caddy", "version")}
    found = {}
    for name in names:
        if name in ask:
            number = re.search(r"\d+\.\d+(\.\d+)?", output(*ask[name]))
            found[name] = number[0] if number else "?"
        elif name == "go":
            number = re.search(r"go(\d[\d.]*)", output("go", "version", str(CACHE / "go-proxy")))
            found[name] = number[1] if number else "?"
        elif name == "scg":
            listing = output("unzip", "-l", str(CACHE / "scg.jar"))
            number = re.search(r"spring-cloud-gateway-server-webflux-([\d.]+)\.jar", listing)
            found[name] = number[1] if number else "?"
    return found


def image_files(bench):
    """The folder of GoAround as the image has it: the parts of the jar, and an AOT cache from the image's training run.

    The cache is bound to the jar's name as the JVM was given it, so that it must be run from within.
    """
    folder = bench.folder / "image"
    if (folder / "goaround.aot").exists():
        return folder
    says = output(bench.java, "-Djarmode=tools", "-jar", str(bench.jar), "extract", "--destination", str(folder))
    if not (folder / bench.jar.name).exists():
        raise Problem(f"the jar could not be taken apart: {says.strip()[-200:]}")
    environment = {**os.environ, "PATH": f"{Path(bench.java).parent}:{os.environ['PATH']}"}
    trained = subprocess.run(["bash", str(PROJECT / "deploy/train.sh"), bench.jar.name, "goaround.aot"], cwd=folder,
                             env=environment, capture_output=True, text=True, timeout=180, check=False,
                             preexec_fn=lambda: os.sched_setaffinity(0, bench.all_cpus))
    if not (folder / "goaround.aot").exists():
        raise Problem(f"the training run left no AOT cache: {trained.stderr.strip()[-200:]}")
    return folder
