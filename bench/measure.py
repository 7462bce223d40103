"""Runs a command and measures it: wall time, CPU of it and of PostgreSQL, memory of all its processes."""

import collections
import contextlib
import os
import pathlib
import subprocess
import sys
import threading
import time

Run = collections.namedtuple("Run", "seconds client_cpu server_cpu peak_bytes file_bytes")
TICKS = os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def memory_cgroup(megabytes):
    """A cgroup of version 1 or 2 with a memory limit, or None where one cannot be made."""
    roots = [pathlib.Path("/sys/fs/cgroup/memory"), pathlib.Path("/sys/fs/cgroup")]
    root = next((path for path in roots if (path / "memory.limit_in_bytes").exists()
                 or "memory" in read(path / "cgroup.subtree_control")), None)
    if os.geteuid() != 0 or root is None:
        print("bench: no memory cgroup can be made here; running without the limit", file=sys.stderr)
        yield None
        return
    group = root / f"weir-bench-{os.getpid()}"
    group.mkdir()
    try:
        old = group / "memory.limit_in_bytes"
        (old if old.exists() else group / "memory.max").write_text(str(megabytes << 20))
        yield group
    finally:
        group.rmdir()


def read(path):
    try:
        return path.read_text()
    except OSError:
        return ""


class MemoryMeter:
    """The peak memory of a process with its children, looked at every 10 ms. (Not ru_maxrss, which begins
    with what this process takes.)"""

    def __init__(self, pid):
        self._pid = pid
        self._peak = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def _watch(self):
        while not self._stop.wait(0.01):
            self._peak = max(self._peak, self._look())

    def _look(self):
        proc = pathlib.Path(f"/proc/{self._pid}")
        children = read(proc / f"task/{self._pid}/children").split()
        if not children:
            return field(proc, "VmHWM")
        return field(proc, "VmRSS") + sum(field(pathlib.Path(f"/proc/{child}"), "VmRSS") for child in children)

    def stop(self):
        self._stop.set()
        self._thread.join()
        return self._peak


def field(proc, name):
    """Bytes that a process's status says."""
    for line in read(proc / "status").splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024
    return 0


def reaped_cpu(pid):
    """CPU-seconds of the children that a process has waited for: the postmaster's backends."""
    stat = read(pathlib.Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
    return (int(stat[13]) + int(stat[14])) / TICKS


def measure(command, output, postmaster, group=None):
    """Runs one command, inside the cgroup when there is one; ends the bench when it fails."""
    def enter():
        (group / "cgroup.procs").write_text(str(os.getpid()))

    before = reaped_cpu(postmaster)
    start = time.monotonic()
    process = subprocess.Popen(command, preexec_fn=enter if group else None, stdin=subprocess.DEVNULL)
    meter = MemoryMeter(process.pid)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - start
    peak = meter.stop()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"bench: exit status {process.returncode} of {' '.join(command)}")
    time.sleep(0.05)  # until the postmaster has waited for its backends
    return Run(seconds, usage.ru_utime + usage.ru_stime, reaped_cpu(postmaster) - before, peak,
               output.stat().st_size if output else 0)
