"""What Trunkline must reach and what it is after, beside which peer, and how far it gets in a result."""
import statistics
from typing import NamedTuple, Optional

from results import TIE, number

TPS, CPU, PG_CPU, P99 = "tps", "peer_cpu_us", "pg_cpu_us", "p99_us"
SAYS = {TPS: "tps", CPU: "CPU of the proxy", PG_CPU: "CPU of PostgreSQL", P99: "p99"}
S1_MICROSECONDS = 3  # that one client may wait longer than with PgBouncer
S1_SIMILAR = 15  # percent of the host idle by which two cells of one client may differ
IDLE_KB, IDLE_KB_GOAL, BASE_MB = 8, 4, 150
GROWTH_PCT = 5


class Bar(NamedTuple):
    workload: str
    key: str
    subject: str
    base: str
    bound: float
    goal: Optional[float] = None

    def met_by(self, ratio, bound):
        return ratio >= bound if self.key == TPS else ratio <= bound


def all_bars():
    session, shared = ("trunkline", "pgbouncer-session"), ("trunkline-tx", "pgbouncer-tx")
    for workload in ("s16", "s64", "e16"):
        for pair in (session, shared):
            yield Bar(workload, TPS, *pair, 1.0, 1.15)
            yield Bar(workload, CPU, *pair, 1.3, 1.1)
    for subject in ("trunkline", "trunkline-tx"):
        yield Bar("p16", TPS, subject, "pgbouncer-session", 1.0, 1.15)
        yield Bar("p16", CPU, subject, "pgbouncer-session", 1.3, 1.1)
    yield Bar("s16", TPS, "trunkline-routing", "pgpool", 2.2, 2.5)
    yield Bar("e16", TPS, "trunkline-routing", "pgpool", 3.8, 4.5)
    yield Bar("e16", TPS, "trunkline-routing-reuse", "pgpool", 3.8, 4.5)
    for workload in ("e16", "p16"):
        yield Bar(workload, PG_CPU, "trunkline-tx-reuse", "direct", 0.75, 0.65)
    for pair in (session, shared):
        yield Bar("conn8", TPS, *pair, 0.8, 1.0)
    for peer in ("pgpool", "pgpool-nolb"):
        yield Bar("conn8", TPS, "trunkline", peer, 3.0)
    yield Bar("big4", TPS, "trunkline", "pgbouncer-session", 1.0)
    yield Bar("big4", TPS, "trunkline", "haproxy", 0.0, 1.0)  # nothing but a goal
    yield Bar("big4", CPU, "trunkline", "pgbouncer-session", 1.0)
    yield Bar("r120", P99, "trunkline-tx", "pgbouncer-tx", 1.0, 0.5)


def by_ratio(results):
    """Lines of the table for the bars whose cells were tried: what, beside whom, bar, goal, reached, rounds, verdict."""
    for bar in all_bars():
        if not (results.ran(bar.workload, bar.subject) and results.ran(bar.workload, bar.base)):
            continue
        sign = "≥" if bar.key == TPS else "≤"
        ratio = results.ratio(bar.workload, bar.subject, bar.base, bar.key)
        if ratio is None:
            says = "not measured"
        elif bar.goal is not None and bar.met_by(ratio, bar.goal):
            says = "goal"
        elif bar.met_by(ratio, bar.bound):
            says = "pass"
        else:
            says = "pass (tie)" if bar.key == TPS and ratio >= bar.bound * (1 - TIE) else "MISS"
        yield [f"{bar.workload}, {SAYS[bar.key]}", bar.subject, bar.base, f"{sign} {bar.bound:g} ×" if bar.bound else "–",
               f"{sign} {bar.goal:g} ×" if bar.goal else "–", number(ratio, 2) + (" ×" if ratio else ""),
               str(len(results.ratios(bar.workload, bar.subject, bar.base, bar.key))), says]


def of_one_client(results):
    """The microseconds that one client waits longer than with PgBouncer, from rounds in which the host was equally idle."""
    for subject, base in (("trunkline", "pgbouncer-session"), ("trunkline-tx", "pgbouncer-tx")):
        if not (results.ran("s1", subject) and results.ran("s1", base)):
            continue
        more = [mine - theirs for mine, theirs, a, b in results.pairs("s1", subject, base, "p50_us")
                if abs(float(a["idle_pct"]) - float(b["idle_pct"])) <= S1_SIMILAR]
        median = statistics.median(more) if more else None
        says = "not measured" if median is None else "goal" if median <= 0 else "pass" if median <= S1_MICROSECONDS else "MISS"
        yield ["s1, p50", subject, base, f"≤ + {S1_MICROSECONDS} µs", "≤ + 0 µs",
               "–" if median is None else f"{median:+.0f} µs", str(len(more)), says]


def of_idle(rows):
    for r in rows:
        if not r["peer"].startswith("trunkline"):
            continue
        name = f"{int(r['asked']):,} idle clients, {'TLS' if r['mode'] == 'tls' else 'plain'}"
        held, per, base = int(r["held"]), float(r["kb_per_conn_used"]), int(r["pss0_kb"]) * 1024 / 1e6
        yield [name + ", held", r["peer"], "", "all", "–", f"{held:,}", "1", "pass" if held == int(r["asked"]) else "MISS"]
        if r["mode"] == "plain":
            says = "goal" if per <= IDLE_KB_GOAL else "pass" if per <= IDLE_KB else "MISS"
            yield [name + ", each after a query", r["peer"], "", f"≤ {IDLE_KB} KiB", f"≤ {IDLE_KB_GOAL} KiB", f"{per:.1f} KiB", "1", says]
            yield ["at rest", r["peer"], "", f"≤ {BASE_MB} MB", "–", f"{base:.0f} MB", "1", "pass" if base <= BASE_MB else "MISS"]


def of_active(rows):
    for r in rows:
        if not r["peer"].startswith("trunkline"):
            continue
        growth = [float(r[key]) for key in ("pss_growth_pct", "heap_growth_pct") if r[key] != "-"]
        says = "pass" if r["status"] == "ok" and growth and max(growth) <= GROWTH_PCT else "MISS"
        yield [f"{int(r['clients']):,} active clients, {int(r['secs']):,} s", r["peer"], "", f"no error, growth ≤ {GROWTH_PCT} %", "–",
               f"{'no error' if r['status'] == 'ok' else 'errors'}, {max(growth):+.1f} %" if growth else r["status"], "1", says]
