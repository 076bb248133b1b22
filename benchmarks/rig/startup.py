#!/usr/bin/env python3
"""startup.py NAME PORT RUN_DIR   launches a peer and waits for its first answer; one TSV row for startup.sh

Prints the delay in ms since peers.sh started the program, the memory at rest in MB (10^6 bytes, PSS) before and after a
garbage collection, and the threads."""
import os
import subprocess
import sys
import time

import proc
from memory import collect
from pgwire import Conn, PgError

LIMIT = 60.0  # seconds
HERE = os.path.dirname(os.path.abspath(__file__))


def first_answer(port):
    """The time of the first answer; this program must be running before the peer is, or its own start would count."""
    limit = time.time() + LIMIT
    while True:
        try:
            c = Conn(port, timeout=LIMIT)
            c.query("select 1")
            answered = time.time()
            c.close()
            return answered
        except (OSError, PgError) as e:
            if time.time() > limit:
                sys.exit(f"startup.py: no answer on port {port} for {LIMIT:.0f} s: {e}")
            time.sleep(0.002)


def read(*path):
    with open(os.path.join(*path), encoding="ascii") as f:
        return f.read().strip()


def main():
    if len(sys.argv) != 4:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    name, port, run_dir = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    launcher = subprocess.Popen([os.path.join(HERE, "peers.sh"), "launch", name])
    answered = first_answer(port)
    if launcher.wait() != 0:
        sys.exit(f"startup.py: {name} was not launched")
    pid, started = int(read(run_dir, f"{name}.pid")), float(read(run_dir, f"{name}.started"))
    time.sleep(float(os.environ.get("SETTLE", "2")))
    rest = proc.mem([pid])
    collect(pid)
    after = proc.mem([pid])
    print(f"{(answered - started) * 1000:.0f}", *(f"{m[0] * 1024 / 1e6:.1f}" for m in (rest, after)), rest[3], sep="\t")


main()
