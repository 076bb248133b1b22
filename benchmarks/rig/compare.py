#!/usr/bin/env python3
"""compare.py RESULT.tsv [--subject PEER] [--base PEER] [--foreign MAX_PCT] [--title TEXT]   tables and verdicts of compare.sh

Throughput and CPU per transaction relative to the base peer, as medians of the ratios of each round, and the bars that the
subject is held to. Exit status 1 if a bar is missed or could not be measured."""
import argparse
import sys

from results import TIE, WORKLOADS, Results, number

# workload, what is compared, with whom, the bound, whether a tie (5 %) meets it
BARS = [
    ("s16", "tps", "pgbouncer-session", 1.0, True),
    ("s16", "peer_cpu_us", "pgbouncer-session", 1.3, False),
    ("s64", "tps", "pgbouncer-session", 1.0, True),
    ("p16", "tps", "pgbouncer-session", 1.0, True),
    ("e16", "tps", "pgbouncer-session", 1.0, True),
    ("big4", "tps", "pgbouncer-session", 1.0, True),
    ("conn8", "tps", "pgpool", 2.0, False),
    ("conn8", "tps", "pgpool-nolb", 2.0, False),
]


def row(cells):
    print("| " + " | ".join(cells) + " |")


def head(first, others):
    row([first] + others)
    print("|---|" + "---:|" * len(others))


def tables(results, base):
    peers = results.distinct("peer")
    others = [p for p in peers if p != base]
    print(f"Transactions per second relative to {base} (median of the rounds' ratios):\n")
    head("workload", [f"{base} tps"] + others)
    for w in results.distinct("workload"):
        row([f"{w}: {WORKLOADS.get(w, w)}", number(results.median(w, base, "tps"))]
            + [number(results.ratio(w, p, base), 2) for p in others])
    print("\nCPU µs of the proxy itself per transaction (in brackets relative to " + base + "):\n")
    proxies = [p for p in peers if p != "direct"]
    head("workload", proxies)
    for w in results.distinct("workload"):
        cells = []
        for p in proxies:
            ratio = results.ratio(w, p, base, "peer_cpu_us") if p != base else None
            cells.append(number(results.median(w, p, "peer_cpu_us"), 1) + (f" ({ratio:.2f})" if ratio else ""))
        row([w] + cells)


def verdict(ratio, key, bound, tie):
    if ratio is None:
        return "not measured"
    if key == "peer_cpu_us":
        return "pass" if ratio <= bound else "MISS"
    if tie and abs(ratio - bound) <= TIE * bound:
        return "pass (tie)"
    return "pass" if ratio >= bound else "MISS"


def bars(results, subject):
    """Prints the bars of the workloads that were run; true if every one is met."""
    names = {"tps": "tps", "peer_cpu_us": "CPU per transaction"}
    met = True
    print(f"\nBars for {subject} (5 % is a tie):\n")
    print("| workload | what | against | bar | ratio | rounds | verdict |\n|---|---|---|---:|---:|---:|---|")
    ran = {(r["workload"], r["peer"]) for r in results.all}
    for w, key, base, bound, tie in BARS:
        if (w, subject) not in ran or (w, base) not in ran:
            continue
        ratios = results.ratios(w, subject, base, key)
        ratio = results.ratio(w, subject, base, key)
        says = verdict(ratio, key, bound, tie)
        met = met and says.startswith("pass")
        sign = "≤" if key == "peer_cpu_us" else "≥"
        row([w, names[key], base, f"{sign} {bound:.1f}", number(ratio, 2), str(len(ratios)), says])
    return met


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("result")
    parser.add_argument("--subject", default="trunkline")
    parser.add_argument("--base", default="pgbouncer-session")
    parser.add_argument("--foreign", type=float, default=20)
    parser.add_argument("--title", default="")
    args = parser.parse_args()
    results = Results(args.result, args.foreign)
    if args.title:
        print(args.title + "\n")
    tables(results, args.base)
    met = bars(results, args.subject)
    errors = sum(r["status"] != "ok" for r in results.all)
    print(f"\nDropped for foreign load over {args.foreign:g} %: {len(results.all) - len(results.rows)} of {len(results.all)} cells. "
          f"Failed cells: {errors}.")
    sys.exit(0 if met else 1)


main()
