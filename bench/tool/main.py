"""The command line, and all that one run shares."""
import argparse
import datetime
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from . import Problem, figures, report
from .machine import PROJECT, TICK, Load, Ports, commit, describe, java, open_files, tool
from .systems import MIB, SMALL, Backends, versions


class Bench:
    """The folder, CPUs, ports and processes of one run."""

    def __init__(self, options, folder):
        self.options, self.folder, self.started, self.samples = options, folder, [], {}
        self.born = time.monotonic()
        self.failures, self.warnings, self.notes = Counter(), [], []
        self.connections, self.ports, self.many = options.connections, Ports(), None
        tool("nginx"), tool("wrk"), tool("h2load")
        open_files(2 * self.connections + 4000)
        self.java_major, java_version, self.java = java(options.java)
        machine = describe(java_version)
        self.pin()
        self.jvm_flags = ["-Xms256m", "-Xmx256m", "-XX:+UseSerialGC", *self.one_loop]
        self.jar = jar(options.jar)
        self.facts = {"date": datetime.date.today().isoformat(), "GoAround": commit(), **machine}
        self.make_files()
        self.backends = self.add(Backends(self, 2))
        self.facts["peers"] = ", ".join(f"{name} {number}" for name, number in versions(options.peers).items())
        self.facts["samples"] = f"{options.rounds} of {options.seconds} s each, after {options.warm} s of warm-up"
        self.facts["JVM flags"] = " ".join(self.jvm_flags)
        self.began, self.load, self.spent = time.monotonic(), Load(), own_cpu()

    def add(self, thing):
        if thing not in self.started:
            self.started.append(thing)
        return thing

    def pin(self):
        """The systems get the first CPU, load and backends the second, which they inherit from here."""
        cpus = sorted(os.sched_getaffinity(0))
        if self.options.pin and len(cpus) < 2:
            raise Problem("this process may use one CPU only and two are needed (or --no-pin)")
        self.proxy_cpus = {cpus[0]} if self.options.pin else None
        self.one_loop = ["-Dreactor.netty.ioWorkerCount=1"] if self.options.pin else []
        if self.options.pin:
            os.sched_setaffinity(0, {cpus[1]})
            os.environ["GOMAXPROCS"] = "1"
        self.all_cpus = set(cpus)
        os.environ.update(XDG_DATA_HOME=str(self.folder), XDG_CONFIG_HOME=str(self.folder))

    def make_files(self):
        self.folder.chmod(0o755)  # workers of nginx may run as another user
        www = self.folder / "www"
        www.mkdir()
        (www / "small").write_bytes(SMALL)
        for name, size in (("4k", 4), ("16k", 16), ("64k", 64), ("256k", 256), ("1m", 1024)):
            (www / name).write_bytes(os.urandom(size * 1024))
        (self.folder / "post.lua").write_text(f'wrk.method = "POST"\nwrk.body = string.rep("x", {MIB})\n')

    def many_backends(self):
        if not self.many:
            self.many = self.add(Backends(self, 1000))
            time.sleep(1)
        return self.many

    def failed(self, name, count):
        self.failures[name] += count

    def forget_failures(self, name):
        """A JVM that still compiles may well run into the load generator's time-outs."""
        self.failures[name] = 0

    def warn(self, text):
        if text not in self.warnings:
            self.warnings.append(text)

    def note(self, text):
        if text not in self.notes:
            self.notes.append(text)
            self.say(text)

    def say(self, text):
        print(f"{time.monotonic() - self.born:5.0f} s  {text}", file=sys.stderr, flush=True)

    def judge(self):
        """Adds what makes a run worth repeating."""
        for name, count in self.failures.items():
            if count:
                self.warn(f"{name}: {count} requests failed")
        now, wall = Load(), time.monotonic() - self.began
        if (stolen := (now.stolen - self.load.stolen) / max(now.total - self.load.total, 1)) > 0.01:
            self.warn(f"the hypervisor took {stolen:.0%} of the CPU time away")
        ours = own_cpu() - self.spent + sum(thing.cpu_so_far() for thing in self.started)
        others = ((now.busy - self.load.busy) / TICK - ours) / wall
        self.facts["CPU used by others"] = f"{max(0.0, others):.0%} of one"
        if others > 0.05:
            self.warn(f"other processes used {others:.0%} of a CPU")
        nginx = self.samples.get("cpu.us", {}).get("nginx")
        if nginx and (spread := max(nginx) / min(nginx) - 1) > 0.05:
            self.warn(f"the samples of nginx are {spread:.0%} apart, and more than 5 % is noise")
        self.facts["took"] = f"{wall / 60:.0f} minutes" if wall > 90 else f"{wall:.0f} s"

    def remarks(self):
        return [f"warning: {text}" for text in self.warnings] + self.notes

    def stop(self):
        for thing in self.started[::-1]:
            thing.stop()


def own_cpu():
    """Seconds of this process and of all that it started and that has ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def jar(wanted):
    path = Path(wanted) if wanted else PROJECT / "target/goaround.jar"
    if wanted and not path.is_file():
        raise Problem(f"there is no {path}")
    if not path.is_file():
        print("building target/goaround.jar", file=sys.stderr, flush=True)
        built = subprocess.run(["./mvnw", "-q", "-DskipTests", "package"], cwd=PROJECT, stdout=sys.stderr, check=False)
        if built.returncode or not path.is_file():
            raise Problem("target/goaround.jar could not be built")
    return path.resolve()


def positive(text):
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number above 0")
    return int(text)


def names(text):
    return [name for name in text.split(",") if name]


def arguments():
    parser = argparse.ArgumentParser(prog="bench/run", description=__doc__ or "", allow_abbrev=False)
    add = parser.add_argument
    add("--quick", action="store_true", help="few short samples, less than 5 minutes: to see that nothing broke")
    add("--only", type=names, metavar="FIGURES", help=f"some of {','.join(figures.ALL)} (default: all but growth and flame)")
    add("--peers", type=names, default=["nginx", "haproxy", "go", "caddy", "scg"], help="default: all that are there")
    add("--jar", help="default: target/goaround.jar, built if it is not there")
    add("--base", type=Path, metavar="JAR", help="another build, measured beside the first for cpu, big and rate")
    add("--also", action="append", default=[], metavar="NAME=FLAGS",
        help="the same build with more flags, measured beside the first for cpu, big and rate")
    add("--java", metavar="HOME", help="JDK for everything that runs on a JVM (default: the newest one found)")
    add("--rounds", type=positive, help="samples of each system (7)")
    add("--fresh", type=positive, help="samples of each system that need a new process (3)")
    add("--seconds", type=positive, help="length of a sample (4)")
    add("--warm", type=positive, help="seconds of load on each JVM first (45)")
    add("--rps", type=positive, help="the fixed rate (half of what the slowest JVM can do)")
    add("--connections", type=positive, help="idle connections (5000)")
    add("--no-pin", dest="pin", action="store_false", help="let everything use every CPU")
    add("--json", type=Path, metavar="FILE", help="write all samples")
    add("--stacks", type=Path, metavar="FILE", help="where --only flame writes its stacks")
    add("--markdown", type=Path, metavar="FILE", help="write the tables")
    options = parser.parse_args()
    long, short = {"rounds": 7, "fresh": 3, "seconds": 4, "warm": 45, "connections": 5000}, \
        {"rounds": 2, "fresh": 1, "seconds": 1, "warm": 5, "connections": 1000}
    for name, value in (short if options.quick else long).items():
        if getattr(options, name) is None:
            setattr(options, name, value)
    return options


def save(bench):
    text = report.whole(bench)
    print(text, end="")
    if bench.options.markdown:
        bench.options.markdown.write_text(text)
    if bench.options.json:
        content = {"facts": bench.facts, "samples": bench.samples, "remarks": bench.remarks()}
        bench.options.json.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def main():
    options = arguments()
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have it ignored in the background
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    bench = None
    with tempfile.TemporaryDirectory(prefix="goaround-bench-", ignore_cleanup_errors=True) as folder:
        try:
            for path in (options.json, options.markdown):
                if path:
                    path.touch()  # it fails now rather than at the end
            bench = Bench(options, Path(folder))
            figures.take(bench, options.only or figures.STANDARD)
            bench.judge()
            save(bench)
        except (Problem, OSError) as problem:
            print(f"bench/run: {problem}", file=sys.stderr)
            sys.exit(2)
        except KeyboardInterrupt:
            sys.exit(130)
        finally:
            if bench:
                bench.stop()
