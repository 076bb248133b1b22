#!/usr/bin/env python3
"""turns.py MODE CLIENTS CYCLES CELL_SECONDS WARM_SECONDS POSTMASTER_PID NAME:PORT:PID...   see turns.sh"""
import math
import os
import re
import signal
import statistics
import subprocess
import sys
import time

from proc import tree

SETTLE = 0.02  # what is under way when a pgbench is stopped is answered by then


def cpu(roots):
    """Nanoseconds that the process trees have been on a processor."""
    total = 0
    for pid in tree(roots):
        try:
            for thread in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{thread}/schedstat") as f:
                    total += int(f.read().split()[0])
        except OSError:
            pass  # gone meanwhile
    return total


class Program:
    """A proxy, or the server, and the pgbench that asks it for as long as it is its turn."""

    def __init__(self, spec, postmaster):
        self.name, self.port, pid = spec.rsplit(":", 2)
        self.pids = [] if pid == "0" else [int(pid)]
        self.postmaster = postmaster
        self.cells = []

    def load(self, mode, clients, seconds):
        return subprocess.Popen(
            ["pgbench", "-n", "-S", "-M", mode, "-c", clients, "-j", "2", "-T", str(seconds),
             "-h", "127.0.0.1", "-p", self.port, "-U", "bench", "bench"],
            stdout=subprocess.DEVNULL, env={**os.environ, "PGSSLMODE": "disable"})  # fmt: skip

    def begin(self, mode, clients):
        self.bench = self.load(mode, clients, 100_000)
        time.sleep(1.5)
        if self.bench.poll() is not None:
            sys.exit(f"turns.py: pgbench has ended that asked {self.name}")
        self.bench.send_signal(signal.SIGSTOP)

    def counts(self):
        """Transactions so far, each of them one segment to the proxy; CPU of the proxy, the servers and pgbench."""
        shown = subprocess.run(
            ["ss", "-Htin", f"dport = :{self.port}"], capture_output=True, text=True, check=True).stdout  # fmt: skip
        sent = sum(map(int, re.findall(r"data_segs_out:(\d+)", shown)))
        return sent, cpu(self.pids), cpu([self.postmaster]), cpu([self.bench.pid])

    def turn(self, seconds):
        before = self.counts()
        since = time.perf_counter()
        self.bench.send_signal(signal.SIGCONT)
        time.sleep(seconds)
        self.bench.send_signal(signal.SIGSTOP)
        took = time.perf_counter() - since
        time.sleep(SETTLE)
        done, *used = (b - a for a, b in zip(before, self.counts()))
        self.cells.append((max(done, 1) / took, *(u / 1000 / max(done, 1) for u in used)))

    def end(self):
        self.bench.send_signal(signal.SIGCONT)
        self.bench.kill()


def main():
    if len(sys.argv) < 8:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    mode, clients, cycles, cell, warm, postmaster = sys.argv[1:7]
    programs = [Program(spec, int(postmaster)) for spec in sys.argv[7:]]
    begun = []
    try:
        for program in programs:
            program.load(mode, clients, warm).wait()
        for program in programs:
            program.begin(mode, clients)
            begun.append(program)
        for cycle in range(int(cycles)):
            # there and back, so that none is always behind the same one
            for program in programs if cycle % 2 == 0 else reversed(programs):
                program.turn(float(cell))
    finally:
        for program in begun:
            program.end()
    base = programs[0]
    print(f"| {mode} {clients} | tps | of {base.name} | CPU µs | PostgreSQL's | pgbench's |")
    print("|---|---:|---:|---:|---:|---:|")
    for program in programs:
        logs = [math.log(cell[0] / other[0]) for cell, other in zip(program.cells, base.cells)]
        error = statistics.stdev(logs) / math.sqrt(len(logs))
        tps, *used = (statistics.median(cell[i] for cell in program.cells) for i in range(4))
        ratio = f"{math.exp(statistics.mean(logs)):.3f} ± {error:.3f}"
        print(f"| {program.name} | {tps:,.0f} | {ratio} | " + " | ".join(f"{u:.1f}" for u in used) + " |")


if __name__ == "__main__":
    main()
