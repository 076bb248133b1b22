#!/usr/bin/env python3
"""compare.py RESULT.tsv [--base PEER] [--foreign MAX_PCT] [--title TEXT]   tables and verdicts of compare.sh

Throughput, CPU per transaction and latency relative to a base peer, as medians of the ratios of each round; memory, from
RESULT.idle.tsv and RESULT.active.tsv if they are there; and the bars (bars.py) for what was run. Exit status 1 if a bar is
missed or could not be measured."""
import argparse
import sys

import bars
from results import Results, beside, describe, number

FIXED_RATE = "r120"


def row(cells):
    print("| " + " | ".join(cells) + " |")


def head(texts, figures):
    row(texts + figures)
    print("|" + "---|" * len(texts) + "---:|" * len(figures))


def contests(results):
    return [w for w in results.distinct("workload") if w != FIXED_RATE]


def throughput(results, base):
    others = [p for p in results.distinct("peer") if p != base]
    print(f"Transactions per second relative to {base} (median of the rounds' ratios):\n")
    head(["workload"], [f"{base} tps"] + others)
    for w in contests(results):
        row([f"{w}: {describe(w)}", number(results.median(w, base, "tps"))]
            + ["fails" if results.fails(w, p) else number(results.ratio(w, p, base), 2) for p in others])


def cpu(results, key, peers, base):
    """A table of microseconds, in brackets relative to the base peer."""
    head(["workload"], peers)
    for w in results.distinct("workload"):
        cells = []
        for p in peers:
            ratio = results.ratio(w, p, base, key) if p != base else None
            cells.append("fails" if results.fails(w, p) else number(results.median(w, p, key), 1) + (f" ({ratio:.2f})" if ratio else ""))
        row([w] + cells)


def fixed_rate(results, base):
    print(f"\nLatency, {describe(FIXED_RATE)} ({number(results.median(FIXED_RATE, base, 'rate'))} transactions per second), µs from the "
          f"time at which a transaction was due:\n")
    head(["peer"], ["tps", "p50", "p99", "maximum", f"p99 relative to {base}"])
    for p in results.distinct("peer"):
        if results.ran(FIXED_RATE, p):
            ratio = results.ratio(FIXED_RATE, p, base, "p99_us")
            row([p] + [number(results.median(FIXED_RATE, p, key)) for key in ("tps", "p50_us", "p99_us", "max_us")] + [number(ratio, 2)])


def idle(rows):
    print("\nMemory of idle clients (PSS after a garbage collection):\n")
    head(["peer", "clients"], ["asked", "held", "opened in, s", "at rest, MB", "KiB each", "KiB each after a query", "backends",
                               "answered at once", "in turn"])
    for r in rows:
        row([r["peer"], r["mode"], r["asked"], r["held"], r["open_s"], number(int(r["pss0_kb"]) * 1024 / 1e6), r["kb_per_conn"],
             r["kb_per_conn_used"], r["backends_used"], r["answered"], r["answered_in_turn"]])


def active(rows):
    print("\nMany active clients on few backends (growth from the second quarter of the time to the last):\n")
    head(["peer"], ["clients", "seconds", "tps", "failed", "gave up", "PSS, MB", "PSS grew, %", "heap, MB", "heap grew, %"])
    for r in rows:
        sizes = ["–" if r[k] == "-" else number(int(r[k]) * 1024 / 1e6, 1) for k in ("pss_late_kb", "heap_late_kb")]
        row([r["peer"], r["clients"], r["secs"], number(float(r["tps"])), r["failed"], r["gave_up"], sizes[0],
             r["pss_growth_pct"], sizes[1], r["heap_growth_pct"]])


def verdicts(lines):
    """Prints the bars; true if every one is met."""
    lines = list(lines)
    if lines:
        print("\nBars and goals (5 % of throughput is a tie):\n")
        print("| what | of | against | bar | goal | reached | rounds | verdict |\n|---|---|---|---:|---:|---:|---:|---|")
    for line in lines:
        row(line)
    return all(line[-1] == "goal" or line[-1].startswith("pass") for line in lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("result")
    parser.add_argument("--base", default="pgbouncer-session")
    parser.add_argument("--foreign", type=float, default=20)
    parser.add_argument("--title", default="")
    args = parser.parse_args()
    results, idle_rows, active_rows = Results(args.result, args.foreign), beside(args.result, "idle"), beside(args.result, "active")
    if args.title:
        print(args.title + "\n")
    peers = results.distinct("peer")
    if contests(results):
        throughput(results, args.base)
    if results.all:
        print(f"\nCPU µs of the proxy itself per transaction (in brackets relative to {args.base}):\n")
        cpu(results, "peer_cpu_us", [p for p in peers if p != "direct"], args.base)
        print("\nCPU µs of all PostgreSQL servers per transaction" + (" (in brackets relative to direct)" if "direct" in peers else "") + ":\n")
        cpu(results, "pg_cpu_us", peers, "direct")
    if any(results.ran(FIXED_RATE, p) for p in peers):
        fixed_rate(results, next((p for p in peers if p == "pgbouncer-tx"), args.base))
    if idle_rows:
        idle(idle_rows)
    if active_rows:
        active(active_rows)
    met = verdicts([*bars.by_ratio(results), *bars.of_one_client(results), *bars.of_idle(idle_rows), *bars.of_active(active_rows)])
    errors = sum(r["status"] != "ok" for r in results.all)
    print(f"\nDropped for foreign load over {args.foreign:g} %: {len(results.all) - len(results.rows)} of {len(results.all)} cells. "
          f"Failed cells: {errors}.")
    sys.exit(0 if met else 1)


main()
