#!/usr/bin/env python3
"""failover.py PORT VICTIM_PID SURVIVOR_PORTS kill|stop|standby|switchover   one run of failover.sh; prints one TSV row

One writer and three readers through PORT, a connection each; then the event. SURVIVOR_PORTS: with commas."""
import atexit
import os
import random
import signal
import subprocess
import sys
import threading
import time

import proc
from pgwire import Conn

LIMIT, AFTER = 60.0, 3.0  # seconds: at most after the event; without an error until the run is over


class Client(threading.Thread):
    def __init__(self, port, writer, stop):
        super().__init__(daemon=True)
        self.port, self.writer, self.stop_event = port, writer, stop
        self.ok, self.errors, self.acked, self.texts = [], [], [], {}

    def run(self):
        conn, i = None, 0
        while not self.stop_event.is_set():
            i += 1
            try:
                conn = conn or Conn(self.port, timeout=5)
                conn.query(f"insert into failover_t values ({i})" if self.writer else "select 1")
                if self.writer:
                    self.acked.append(i)
                self.ok.append(time.time())
                time.sleep(0.002)
            except Exception as e:  # any trouble is an error that the client sees
                self.errors.append(time.time())
                text = str(e)[:70]
                self.texts[text] = self.texts.get(text, 0) + 1
                if conn:
                    conn.s.close()
                conn = None
                time.sleep(0.01)

    def silence(self, event):
        """Length of the longest silence that ends after the event, and its end after the event; inf: it never ended."""
        if self.errors and (not self.ok or self.errors[-1] > self.ok[-1]):
            return float("inf"), float("inf")
        points = [t for t in self.ok if t > event - 1]
        return max(((b - a, b - event) for a, b in zip(points, points[1:]) if b > event), default=(float("nan"),) * 2)

    def outage(self, event):
        length, end = self.silence(event)
        return 0.0 if length <= 0.05 else end

    def calm(self, event, now):
        return self.ok and now - self.ok[-1] < 0.5 and now - max(self.errors, default=event) > AFTER


def strike(how, pid):
    if how == "stop":
        victims = proc.tree([pid])
        for p in victims:
            os.kill(p, signal.SIGSTOP)
        atexit.register(end, victims)
    elif how == "switchover":
        subprocess.run(os.environ["SWITCHOVER"], shell=True, check=False)
    else:
        os.kill(pid, signal.SIGKILL)


def end(victims):
    for p in victims:
        try:
            os.kill(p, signal.SIGKILL)
        except ProcessLookupError:
            pass


def look(ports):
    """The primaries among the survivors and the ids that the last of them has."""
    primaries, ids = [], set()
    for port in ports:
        try:
            c = Conn(port)
            if c.query("select pg_is_in_recovery()")[0][0] == "f":
                primaries.append(port)
                ids = {int(r[0]) for r in c.query("select id from failover_t")}
            c.close()
        except Exception as e:
            print(f"  server {port}: {e}", file=sys.stderr)
    return primaries, ids


def main():
    if len(sys.argv) != 5:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    port, pid, how = int(sys.argv[1]), int(sys.argv[2]), sys.argv[4]
    survivors = [int(x) for x in sys.argv[3].split(",")]
    stop = threading.Event()
    c = Conn(port)
    c.query("create table failover_t (id bigint primary key)")
    c.close()
    writer, readers = Client(port, True, stop), [Client(port, False, stop) for _ in range(3)]
    everyone = [writer, *readers]
    for t in everyone:
        t.start()
    time.sleep(3 + 2 * random.random())  # no fixed phase to the health check's clock
    event = time.time()
    strike(how, pid)
    while time.time() - event < LIMIT:
        time.sleep(0.1)
        now = time.time()
        if now - event > AFTER + 1 and all(t.calm(event, now) for t in everyone):
            break
    stop.set()
    for t in everyone:
        t.join(7)
    primaries, ids = look(survivors)
    lost = len(set(writer.acked) - ids) if primaries else "no primary"
    print(f"{writer.outage(event):.3f}", f"{min(r.outage(event) for r in readers):.3f}",
          f"{max(r.outage(event) for r in readers):.3f}", f"{writer.silence(event)[0]:.3f}",
          f"{max(r.silence(event)[0] for r in readers):.3f}", sum(t > event for t in writer.errors),
          "/".join(str(sum(t > event for t in r.errors)) for r in readers), len(writer.acked), lost,
          ",".join(map(str, primaries)) or "-", sep="\t", flush=True)
    for t in everyone:
        for text, n in t.texts.items():
            print(f"  {'writer' if t.writer else 'reader'}: {n} x {text}", file=sys.stderr)


main()
