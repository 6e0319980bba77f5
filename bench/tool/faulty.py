"""Backends that misbehave as they are told: the program of ChaosIT, compiled for a run."""
import os
import queue
import signal
import subprocess
import threading
from pathlib import Path

from . import Problem
from .machine import PROJECT

SOURCE = PROJECT / "src/test/java/dev/goaround/testing/FaultyBackendMain.java"
PATIENCE = 30  # seconds to start, to obey, and to end


def compiled(java, folder):
    """The classes of the program."""
    done = subprocess.run([str(Path(java).parent / "javac"), "-d", str(folder / "classes"), str(SOURCE)],
                          capture_output=True, text=True, check=False)
    if done.returncode:
        raise Problem(f"{SOURCE.name} cannot be compiled: {done.stderr.strip()[:200]}")
    return folder / "classes"


class Backend:
    """A process; what it can do is told in its source. It ends when this one does, since its input does then."""

    def __init__(self, name, port, java, classes):
        self.name, self.port, self.process, self.lines = name, port, None, None
        self.argv = [java, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx64m", "-cp", str(classes),
                     "dev.goaround.testing.FaultyBackendMain", name, str(port)]

    def start(self):
        self.process = subprocess.Popen(self.argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        start_new_session=True)
        self.lines = queue.Queue()
        threading.Thread(target=self.read, args=(self.process.stdout, self.lines), daemon=True).start()
        self.next_line()

    @staticmethod
    def read(out, lines):
        for line in out:
            lines.put(line.strip())

    def next_line(self):
        try:
            return self.lines.get(timeout=PATIENCE)
        except queue.Empty:
            raise Problem(f"backend {self.name} says nothing") from None

    def tell(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return self.next_line()

    def signal(self, number):
        os.kill(self.process.pid, number)

    def freeze(self):
        self.signal(signal.SIGSTOP)

    def thaw(self):
        self.signal(signal.SIGCONT)

    def kill(self):
        self.signal(signal.SIGKILL)
        self.process.wait(PATIENCE)

    def terminate(self):
        self.signal(signal.SIGTERM)
        self.process.wait(PATIENCE)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.kill()
        if self.process:
            self.process.stdin.close()
