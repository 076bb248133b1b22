#!/usr/bin/env python3
"""idle.py NAME PORT N SERVER_PORTS PID [tls]   opens N connections, leaves them idle, lets all ask at once; one TSV row for idle.sh

SERVER_PORTS: with commas. PID 0: the peer has no process tree of its own."""
import selectors
import ssl
import sys
import time

from memory import pss_kb
from pgwire import Conn

PER_ADDRESS = 20_000  # connections from one address to one port; the kernel has about 28,000 ports for them
SILENCE = 3.0  # seconds without an answer after which nobody is expected to get one any more


def backends(ports):
    """Client backends on the servers, our own not counted; "full" if a server has no room to ask."""
    count = 0
    try:
        for port in ports:
            c = Conn(port)
            count += int(c.query("select count(*) from pg_stat_activity where backend_type = 'client backend' "
                                 "and pid <> pg_backend_pid()")[0][0])
            c.close()
    except Exception:  # whatever the reason, the figure is not to be had
        return "full"
    return count


def open_all(port, n, tls):
    held = []
    try:
        for i in range(n):
            held.append(Conn(port, timeout=4, tls=tls, source=f"127.0.0.{1 + i // PER_ADDRESS}" if i >= PER_ADDRESS else None))
    except Exception as e:  # the peer's ceiling
        return held, str(e)[:60]
    return held, "-"


class Waiting:
    """Clients that have asked and not been answered."""

    def __init__(self, conns):
        self.selector, self.left, self.trouble = selectors.DefaultSelector(), 0, "-"
        for c in conns:
            try:
                c.send("select 1")
            except OSError as e:
                self.trouble = str(e)[:50]
                continue
            self.selector.register(c.s, selectors.EVENT_READ, c)
            self.left += 1

    def answers(self, silence):
        """Yields the connections as they are answered, until all are or none is for that many seconds."""
        last = time.monotonic()
        while self.left and time.monotonic() - last < silence:
            for key, _ in self.selector.select(0.2):
                c = key.data
                self.selector.unregister(c.s)
                self.left -= 1
                last = time.monotonic()
                try:
                    c.rows()
                except Exception as e:  # counted as not answered
                    self.trouble = str(e)[:50]
                    continue
                yield c


def main():
    mode = sys.argv[6] if len(sys.argv) == 7 else "plain"
    if len(sys.argv) not in (6, 7) or mode not in ("plain", "tls"):
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    name, port, n = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    servers, pid = [int(x) for x in sys.argv[4].split(",")], int(sys.argv[5])
    tls = None
    if mode == "tls":
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
    for _ in range(3):  # code paths, first backend
        c = Conn(port, tls=tls)
        c.query("select 1")
        c.close()
    pss0, backends0 = pss_kb(pid), backends(servers)
    started = time.monotonic()
    held, why = open_all(port, n, tls)
    opened = time.monotonic() - started
    pss_idle, backends_idle = pss_kb(pid), backends(servers)
    waiting = Waiting(held)
    answered = list(waiting.answers(SILENCE))
    pss_used, backends_used = pss_kb(pid), backends(servers)
    for c in answered:
        c.close()
    in_turn = len(answered)
    for c in waiting.answers(SILENCE):
        c.close()
        in_turn += 1
    per = max(len(held), 1)
    stuck = waiting.trouble if in_turn == len(held) or waiting.trouble != "-" else "silence"
    print(name, mode, n, len(held), f"{opened:.1f}", pss0, pss_idle, f"{(pss_idle - pss0) / per:.1f}", backends0, backends_idle,
          pss_used, f"{(pss_used - pss0) / per:.1f}", backends_used, len(answered), in_turn, why, stuck, sep="\t")


main()
