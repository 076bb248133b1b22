#!/usr/bin/env python3
"""summary.py RESULT.tsv [--vs PEER] [--foreign MAX_PCT] [--quiet MIN_IDLE_PCT]   a result of run.sh as Markdown

Medians over the rounds; ratios are medians of the ratios of each round. --vs adds the ratio to that peer; --foreign
drops cells in which other jobs took more of the host; --quiet drops one-client cells with less idle (one client through
a proxy leaves half of two cores idle, unless somebody else uses them)."""
import argparse
import statistics

from results import Results, describe, number


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("result")
    parser.add_argument("--vs")
    parser.add_argument("--foreign", type=float)
    parser.add_argument("--quiet", type=float)
    args = parser.parse_args()
    results = Results(args.result, args.foreign, args.quiet)
    columns = ["peer", "tps", "spread", "vs direct"] + ([f"vs {args.vs}"] if args.vs else []) + [
        "lat ms", "p50 us", "p99 us", "max us", "peer CPU us/tx", "PG CPU us/tx", "PSS MiB", "procs/threads"]
    for workload in results.distinct("workload"):
        print(f"\n### {workload}: {describe(workload)}\n")
        print("| " + " | ".join(columns) + " |")
        print("|---|" + "---:|" * (len(columns) - 1))
        for peer in results.distinct("peer"):
            rows, ok = results.cells(workload, peer, ok=False), results.cells(workload, peer)
            if rows:
                print("| " + " | ".join(line(results, workload, peer, rows, ok, args.vs, len(columns))) + " |")
    foot(results)


def line(results, workload, peer, rows, ok, versus, width):
    if not ok:
        return [peer, "fails"] + [""] * (width - 2)
    tps = [float(r["tps"]) for r in ok]
    median = statistics.median(tps)
    own = peer != "direct"
    name = peer if len(ok) == len(rows) else f"{peer} ({len(rows) - len(ok)} of {len(rows)} failed)"
    cells = [name, number(median), f"±{100 * (max(tps) - min(tps)) / 2 / median:.0f}%",
             number(results.ratio(workload, peer, "direct"), 2)]
    if versus:
        cells.append(number(results.ratio(workload, peer, versus), 2))
    return cells + [
        number(results.median(workload, peer, "lat_ms"), 3), number(results.median(workload, peer, "p50_us")),
        number(results.median(workload, peer, "p99_us")), number(results.median(workload, peer, "max_us")),
        number(results.median(workload, peer, "peer_cpu_us") if own else None, 1),
        number(results.median(workload, peer, "pg_cpu_us"), 1),
        number(max(float(r["pss_kb"]) for r in ok) / 1024 if own else None, 1),
        f"{ok[-1]['procs']}/{ok[-1]['threads']}" if own else "–"]


def foot(results):
    rows = results.rows
    if not rows:
        print(f"\nNone of {len(results.all)} cells is left.")
        return
    steal, idle = ([float(r[k]) for r in rows] for k in ("steal_pct", "idle_pct"))
    print(f"\nHost over {len(rows)} of {len(results.all)} cells: steal median {statistics.median(steal):.1f}% "
          f"max {max(steal):.1f}%; idle median {statistics.median(idle):.1f}%. "
          f"Failed transactions: {sum(int(r['failed']) for r in rows)}.")


main()
