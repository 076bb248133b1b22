#!/usr/bin/env python3
"""failover.py PORT VICTIM_PID SURVIVOR_PORTS kill|stop|standby|switchover CLIENTS   one run of failover.sh; prints one TSV row

Every fourth client writes, the others read through PORT, a connection each; one more reads directly at each of the survivors
(SURVIVOR_PORTS: with commas); then the event."""
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

IDS_EACH = 10**9
LIMIT, AFTER = 60.0, 3.0  # seconds: at most after the event; without an error until the run is over


class Client(threading.Thread):
    def __init__(self, port, stop, pause, writer=None):
        """writer: its number, from 0; None for a reader. pause: seconds between its statements"""
        super().__init__(daemon=True)
        self.port, self.writer, self.stop_event, self.pause = port, writer, stop, pause
        self.ok, self.errors, self.acked, self.texts = [], [], [], {}

    def run(self):
        conn, i = None, (self.writer or 0) * IDS_EACH
        while not self.stop_event.is_set():
            i += 1
            try:
                conn = conn or Conn(self.port, timeout=5)
                conn.query(f"insert into failover_t values ({i})" if self.writer is not None else "select 1")
                if self.writer is not None:
                    self.acked.append(i)
                self.ok.append(time.time())
                time.sleep(self.pause)
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
        return 0.0 if length <= 0.05 + self.pause else end

    def calm(self, event, now):
        return self.ok and now - self.ok[-1] < 0.5 + self.pause and now - max(self.errors, default=event) > AFTER


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
    if len(sys.argv) != 6:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    port, pid, how, clients = int(sys.argv[1]), int(sys.argv[2]), sys.argv[4], int(sys.argv[5])
    survivors = [int(x) for x in sys.argv[3].split(",")]
    stop = threading.Event()
    c = Conn(port)
    c.query("create table failover_t (id bigint primary key)")
    c.close()
    pause = clients / 2000  # all together about 2,000 statements a second, so that it is not this program that is slow
    writers = [Client(port, stop, pause, i) for i in range(max(1, clients // 4))]
    readers = [Client(port, stop, pause) for _ in range(clients - len(writers))]
    direct = [Client(survivor, stop, pause) for survivor in survivors]
    everyone = [*writers, *readers]
    for t in [*everyone, *direct]:
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
    for t in [*everyone, *direct]:
        t.join(7)
    primaries, ids = look(survivors)
    acked = {i for t in writers for i in t.acked}
    lost = len(acked - ids) if primaries else "no primary"
    print(f"{max(w.outage(event) for w in writers):.3f}", f"{min(r.outage(event) for r in readers):.3f}",
          f"{max(r.outage(event) for r in readers):.3f}", f"{max(w.silence(event)[0] for w in writers):.3f}",
          f"{max(r.silence(event)[0] for r in readers):.3f}", f"{max(d.silence(event)[0] for d in direct):.3f}",
          sum(t > event for w in writers for t in w.errors), sum(t > event for r in readers for t in r.errors),
          len(acked), lost, ",".join(map(str, primaries)) or "-", sep="\t", flush=True)
    for t in everyone:
        for text, n in t.texts.items():
            print(f"  {'reader' if t.writer is None else 'writer'}: {n} x {text}", file=sys.stderr)


main()
