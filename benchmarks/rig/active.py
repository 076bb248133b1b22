#!/usr/bin/env python3
"""active.py NAME PORT PID CLIENTS SECONDS   drives a peer with many clients and watches its memory; one TSV row for active.sh"""
import re
import statistics
import subprocess
import sys
import tempfile
import time

from memory import heap_kb, pss_kb

READINGS = 20
WORK = ["-b", "select-only@9", "-b", "simple-update@1", "-M", "extended"]


def found(pattern, text, default="0"):
    match = re.search(pattern, text)
    return match.group(1) if match else default


def trend(values):
    """Medians of the second quarter of the readings and of the last one, and the growth between them in percent."""
    if not values or not all(values):
        return "-", "-", "-"
    quarter = max(len(values) // 4, 1)
    early = statistics.median(values[quarter:2 * quarter] or values[-1:])
    late = statistics.median(values[-quarter:])
    return f"{early:.0f}", f"{late:.0f}", f"{100 * (late / early - 1):.1f}"


def main():
    if len(sys.argv) != 6:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    name, port, pid, clients, seconds = sys.argv[1], sys.argv[2], *(int(x) for x in sys.argv[3:])
    command = ["pgbench", "-n", "-h", "127.0.0.1", "-p", port, "-U", "bench", *WORK,
               "-c", str(clients), "-j", "2", "-T", str(seconds), "bench"]
    pss, heap = [], []
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        with subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT) as pgbench:
            started = time.monotonic()
            for i in range(1, READINGS + 1):
                time.sleep(max(0.0, started + i * seconds / (READINGS + 1) - time.monotonic()))
                if pgbench.poll() is not None:
                    break
                pss.append(pss_kb(pid, settle=0))
                heap.append(heap_kb(pid))
            status = pgbench.wait()
        output.seek(0)
        text = output.read()
    gave_up = len(re.findall(r"client \d+ (?:script \d+ )?aborted", text))
    transactions = int(found(r"transactions actually processed: (\d+)", text))
    failed = int(found(r"number of failed transactions: (\d+)", text))
    well = status == 0 and transactions and not failed and not gave_up
    if not well:
        print("\n".join([line for line in text.splitlines() if "rror" in line or "FATAL" in line][:3]), file=sys.stderr)
    print(name, clients, seconds, "ok" if well else "err", f"{float(found(r'tps = ([0-9.]+)', text)):.0f}", transactions, failed,
          gave_up, *trend(pss), *trend(heap), ";".join(map(str, pss)), ";".join(map(str, heap)), sep="\t")


main()
