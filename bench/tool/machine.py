"""What this machine has: CPUs, ports, programs, and how busy others keep it."""
import os
import platform
import random
import re
import resource
import shutil
import socket
import subprocess
from pathlib import Path

from . import Problem

PROJECT = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "goaround-bench"
TICK = os.sysconf("SC_CLK_TCK")


def output(*argv, timeout=60):
    """What a program prints on both of its outputs; empty if it is not there."""
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=timeout, check=False)
        return done.stdout + done.stderr
    except (OSError, subprocess.TimeoutExpired):
        return ""


def tool(name):
    if not shutil.which(name):
        raise Problem(f"{name} is not installed, and nothing can be measured without it")
    return name


def java(wanted=None):
    """The newest JDK here, unless one is asked for; as its version and the path of its java."""
    homes = [Path(wanted)] if wanted else []
    if not homes:
        homes = [Path(home) for name in ("JAVA25_HOME", "JAVA_HOME") if (home := os.environ.get(name))]
        homes += [found.parent for found in sorted(Path("/usr/lib/jvm").glob("*/release"))]
        if on_path := shutil.which("java"):
            homes.append(Path(on_path).resolve().parents[1])
    found = []
    for home in homes:
        release = home / "release"
        text = release.read_text(errors="replace") if release.is_file() else ""
        version = re.search(r'JAVA_VERSION="(\d+)([^"]*)"', text)
        if version and os.access(home / "bin/java", os.X_OK):
            found.append((int(version[1]), version[1] + version[2], str(home / "bin/java")))
    if not found:
        raise Problem(f"{wanted} is no JDK" if wanted else "no JDK found, set JAVA_HOME to one")
    return max(found, key=lambda each: each[0])


class Ports:
    """Free ports of loopback, below the range that outgoing connections take theirs from."""

    def __init__(self):
        self.top = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
        self.given = set()

    def free(self):
        for _ in range(1000):
            port = random.randrange(self.top // 2, self.top)
            with socket.socket() as trial:
                if port not in self.given and trial.connect_ex(("127.0.0.1", port)):
                    self.given.add(port)
                    return port
        raise Problem("no free port found on loopback")


def open_files(needed):
    """Raises the limit on open files as far as it goes."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    limit = 200_000 if hard == resource.RLIM_INFINITY else min(hard, 200_000)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    if limit < needed:
        raise Problem(f"only {limit} files may be open at once and {needed} are needed (ulimit -n)")


class Load:
    """CPU time of the whole machine and of our own children, to see what others used meanwhile."""

    def __init__(self):
        fields = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
        self.stolen = fields[7]
        self.total = sum(fields)
        self.busy = self.total - fields[3] - fields[4]


def describe(java_version):
    """Machine and versions, as rows of name and value."""
    cpu = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    memory = int(Path("/proc/meminfo").read_text().split()[1]) / 1024 / 1024
    return {
        "CPU": f"{cpu[1].strip() if cpu else platform.machine()}, {len(os.sched_getaffinity(0))} usable",
        "memory": f"{memory:.0f} GiB",
        "kernel": f"{platform.system()} {platform.release()}",
        "Java": java_version,
    }


def commit():
    git = ("git", "-C", str(PROJECT))
    change = "" if not output(*git, "status", "--porcelain", "--", "src", "pom.xml").strip() else " with changes"
    return output(*git, "rev-parse", "--short", "HEAD").strip() + change
