#!/usr/bin/env python3
"""charts.py RESULT.tsv DIR [--base PEER] [--peers a,b,c] [--workloads w,...] [--foreign MAX_PCT] [--note TEXT]

Draws a result of compare.sh as SVG. DIR gets throughput.svg (relative to the base peer), cpu.svg (of the proxy, per
transaction), server-cpu.svg (of PostgreSQL), memory.svg (per idle client, from RESULT.idle.tsv) and latency.svg (at a fixed
rate), as far as the result has what they show. Figures are those of compare.py: medians over the rounds, without cells that
other jobs on the machine disturbed."""
import argparse
import math
import os
import textwrap
from typing import NamedTuple, Optional
from xml.sax.saxutils import escape

from results import Results, beside, describe

COLOURS = {  # in the order in which bars are drawn: a family of colours for each program
    "trunkline": "#0b4f9e", "trunkline-tx": "#2b7bd6", "trunkline-tx-reuse": "#78b0ee",
    "trunkline-routing": "#0d7d7f", "trunkline-routing-reuse": "#55bdb8",
    "pgbouncer-session": "#d2690a", "pgbouncer-tx": "#f0a35a", "pgpool-nolb": "#5d8f41", "pgpool": "#a3c46a",
    "haproxy": "#8862bd", "odyssey": "#b0717f", "direct": "#9aa0a6"}
NAMES = {"pgpool-nolb": "pgpool, 1 node", "pgpool": "pgpool, 3 nodes, LB", "direct": "no proxy"}
WIDTH, MARGIN, GAP = 800, 16, 20  # pixels, as all below
COLUMN = (WIDTH - 2 * MARGIN - GAP) // 2
LABELS, VALUES, BAR, AXIS, HEADING = 132, 52, 17, 34, 24
FONT = "font-family=\"-apple-system, 'Segoe UI', Helvetica, Arial, sans-serif\""
INK, FAINT, GRID = "#24292f", "#57606a", "#d8dee4"


class Figure(NamedTuple):
    peer: str
    value: Optional[float]  # None: it was tried and fails
    remark: str = ""


class Panel(NamedTuple):
    title: str
    figures: list

    def height(self):
        return HEADING + BAR * len(self.figures) + AXIS


class Chart(NamedTuple):
    title: str
    what: str
    unit: str  # under each axis
    panels: list
    one: bool = False  # a line at 1, and one scale for all panels


def written(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def ticks(top):
    """Round steps from 0 to the first one that is not below top, four or five of them."""
    top = top or 1
    raw = top / 4
    unit = 10 ** math.floor(math.log10(raw))
    step = next(m * unit for m in (1, 2, 2.5, 5, 10) if m * unit >= raw * 0.999)
    return [i * step for i in range(math.ceil(top / step - 1e-9) + 1)]


def text(x, y, words, size=11, fill=INK, **more):
    rest = "".join(f' {key.replace("_", "-")}="{value}"' for key, value in more.items())
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{fill}"{rest}>{escape(words)}</text>'


def line(x1, y1, x2, y2, colour, **more):
    rest = "".join(f' {key.replace("_", "-")}="{value}"' for key, value in more.items())
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"{rest}/>'


def draw_panel(panel, x, y, scale, unit, one):
    remarks = max(len(f.remark) for f in panel.figures)
    left, right, top = x + LABELS, x + COLUMN - VALUES - 5 * remarks, y + HEADING
    bottom, per = top + BAR * len(panel.figures), (right - left) / scale[-1]
    yield text(x, y + 14, panel.title, 12, font_weight="600")
    for tick in scale:
        at = left + tick * per
        yield line(at, top, at, bottom + 4, GRID)
        yield text(at, bottom + 15, f"{tick:,.10g}", 10, FAINT, text_anchor="middle")
    yield text((left + right) / 2, bottom + 28, unit, 10, FAINT, text_anchor="middle")
    for i, figure in enumerate(panel.figures):
        at = top + i * BAR
        yield text(left - 6, at + 12.5, NAMES.get(figure.peer, figure.peer), text_anchor="end")
        if figure.value is None:
            yield text(left + 5, at + 12.5, "fails", 11, FAINT, font_style="italic")
            continue
        yield (f'<rect x="{left}" y="{at + 2:.1f}" width="{max(figure.value * per, 0.5):.1f}" height="{BAR - 4}" rx="1.5" '
               f'fill="{COLOURS.get(figure.peer, FAINT)}"/>')
        yield text(left + figure.value * per + 4, at + 12.5, written(figure.value) + figure.remark)
    yield line(left, top, left, bottom, FAINT)
    if one:
        yield line(left + per, top, left + per, bottom, INK, stroke_dasharray="3 3", stroke_opacity="0.7")


def draw(chart, note):
    notes = [row for part in (chart.what, note) if part for row in textwrap.wrap(part, 128)]
    y = MARGIN + 22 + 15 * len(notes) + 12
    highest = [max((f.value or 0 for f in p.figures), default=0) for p in chart.panels]
    body = []
    for first in range(0, len(chart.panels), 2):
        pair = chart.panels[first:first + 2]
        for i, panel in enumerate(pair):
            scale = ticks(max(highest) if chart.one else highest[first + i])
            body += draw_panel(panel, MARGIN + i * (COLUMN + GAP), y, scale, chart.unit, chart.one)
        y += max(p.height() for p in pair) + 10
    head = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y}" viewBox="0 0 {WIDTH} {y}" role="img" {FONT}>',
            f"<title>{escape(chart.title)}</title>",
            f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{y - 1}" rx="6" fill="#ffffff" stroke="{GRID}"/>',
            text(MARGIN, MARGIN + 14, chart.title, 17, font_weight="600")]
    head += [text(MARGIN, MARGIN + 34 + 15 * i, row, 11, FAINT) for i, row in enumerate(notes)]
    return "\n".join(head + body + ["</svg>"]) + "\n"


def figures(results, peers, workload, measure):
    """The bars of one workload, in the order of the colours; nothing for a peer that was not measured."""
    found = []
    for peer in peers:
        value = measure(workload, peer)
        if value is not None or results.fails(workload, peer):
            found.append(Figure(peer, value))
    return found


def idle_panels(rows, peers):
    for mode in ("plain", "tls"):
        for key, when in (("kb_per_conn", "idle"), ("kb_per_conn_used", "after one query each")):
            found = {r["peer"]: r for r in rows if r["mode"] == mode}
            bars = [Figure(p, max(float(found[p][key]), 0.0), remark(found[p])) for p in peers if p in found]
            if bars:
                count = max(int(r["asked"]) for r in found.values())
                yield Panel(f"{count:,} clients, {'TLS' if mode == 'tls' else 'plain'}, {when}", bars)


def remark(row):
    return "" if row["held"] == row["asked"] else f" ({int(row['held']):,} held)"


def charts(results, idle_rows, base, wanted, workloads):
    """The name of each picture and what it shows; wanted, workloads: only these, unless empty."""
    peers = [p for p in COLOURS if not wanted or p in wanted]
    workloads = [w for w in results.distinct("workload") if w != "r120" and (not workloads or w in workloads)]

    def panels(names, measure, among=tuple(peers)):
        made = [Panel(f"{w.split('-')[0]}: {describe(w)}", figures(results, among, w, measure)) for w in names]
        return [p for p in made if p.figures]

    def ratio(workload, peer):
        return results.ratio(workload, peer, base)

    def median(key):
        return lambda workload, peer: results.median(workload, peer, key)

    yield "throughput", Chart("Throughput", f"Transactions per second relative to {base}; more is better. "
                              "Median over rounds of the ratio within a round.", f"times {base}", panels(workloads, ratio), True)
    proxies = tuple(p for p in peers if p != "direct")
    yield "cpu", Chart("CPU of the proxy per transaction", "CPU time of the proxy's own processes; less is better. Each panel has "
                       "its own scale.", "µs per transaction", panels(workloads, median("peer_cpu_us"), proxies))
    servers = [w for w in results.distinct("workload") if w in ("e16", "p16")]
    yield "server-cpu", Chart("CPU of PostgreSQL per transaction", "CPU time of all server processes; less is better.",
                              "µs per transaction", panels(servers, median("pg_cpu_us")))
    yield "memory", Chart("Memory per idle client", "Growth of the process tree's PSS for each client, after a garbage collection; "
                          "less is better.", "KiB per client", list(idle_panels(idle_rows, proxies)))
    rates = [float(r["rate"]) for r in results.rows if r["workload"] == "r120" and r["rate"] not in ("", "-")]
    latencies = [Panel(title, figures(results, peers, "r120", median(key)))
                 for title, key in (("Median", "p50_us"), ("99th percentile", "p99_us"))]
    yield "latency", Chart("Latency at a fixed rate", f"120 clients on 20 servers, {max(rates, default=0):,.0f} transactions per second "
                           "(60 % of what the slower peer can do), from the time at which each was due; less is better.",
                           "µs", [p for p in latencies if p.figures])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("result")
    parser.add_argument("directory")
    parser.add_argument("--base", default="pgbouncer-session")
    parser.add_argument("--peers", default="", help="only these")
    parser.add_argument("--workloads", default="", help="only these in throughput.svg and cpu.svg")
    parser.add_argument("--foreign", type=float, default=20)
    parser.add_argument("--note", default="", help="what is to be said of the machine and the versions")
    args = parser.parse_args()
    os.makedirs(args.directory, exist_ok=True)
    wanted, workloads = (given.replace(",", " ").split() for given in (args.peers, args.workloads))
    for name, chart in charts(Results(args.result, args.foreign), beside(args.result, "idle"), args.base, wanted, workloads):
        if chart.panels:
            path = os.path.join(args.directory, name + ".svg")
            with open(path, "w", encoding="utf-8") as f:
                f.write(draw(chart, args.note))
            print(path)


main()
