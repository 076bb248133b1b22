"""Reading a result of run.sh: rows, what may be trusted of them, and paired ratios."""
import csv
import os
import statistics

WORKLOADS = {"s1": "select-only simple, 1 client", "s16": "select-only simple, 16 clients",
             "s64": "select-only simple, 64 clients", "e16": "select-only extended, 16 clients",
             "p16": "select-only prepared, 16 clients", "t16": "TPC-B simple, 16 clients",
             "conn8": "a connection per transaction, 8 clients", "big4": "10,000 rows (1 MB) per query, 4 clients",
             "r120": "select-only simple, 120 clients at a fixed rate"}
TIE = 0.05


def describe(workload):
    """What the workload is, in words; "-tls" and "-scram" are how its clients connect."""
    name, _, mode = workload.partition("-")
    return WORKLOADS.get(name, name) + {"": "", "tls": ", TLS", "scram": ", SCRAM"}.get(mode, f", {mode}")


def beside(path, kind):
    """The rows of the result of idle.sh or active.sh that compare.sh has left beside this one; none if there is no such file."""
    name = f"{path.removesuffix('.tsv')}.{kind}.tsv"
    if not os.path.exists(name):
        return []
    with open(name, encoding="utf-8") as f:
        return list(csv.DictReader(f, delimiter="\t"))


class Results:
    def __init__(self, path, foreign=None, quiet=None):
        """foreign: drops cells in which other jobs took more percent of the host than that;
        quiet: drops one-client cells with less percent idle than that."""
        with open(path, encoding="utf-8") as f:
            self.all = list(csv.DictReader(f, delimiter="\t"))
        self.rows = [r for r in self.all if (foreign is None or float(r["foreign_pct"]) <= foreign)
                     and (quiet is None or r["workload"] != "s1" or float(r["idle_pct"]) >= quiet)]

    def distinct(self, key):
        return list(dict.fromkeys(r[key] for r in self.all))

    def ran(self, workload, peer):
        return any(r["workload"] == workload and r["peer"] == peer for r in self.all)

    def cells(self, workload, peer, ok=True):
        return [r for r in self.rows if r["workload"] == workload and r["peer"] == peer and (not ok or r["status"] == "ok")]

    def fails(self, workload, peer):
        """Whether it was tried, and no cell went well."""
        return self.ran(workload, peer) and all(
            r["status"] != "ok" for r in self.all if r["workload"] == workload and r["peer"] == peer)

    def median(self, workload, peer, key):
        values = [float(r[key]) for r in self.cells(workload, peer) if known(r, key)]
        return statistics.median(values) if values else None

    def pairs(self, workload, peer, base, key):
        """Both peers' figures of every round in which both cells are to be trusted, with their rows."""
        of_base = {r["round"]: r for r in self.cells(workload, base) if known(r, key)}
        return [(float(r[key]), float(of_base[r["round"]][key]), r, of_base[r["round"]])
                for r in self.cells(workload, peer) if known(r, key) and r["round"] in of_base]

    def ratios(self, workload, peer, base, key="tps"):
        """The ratio of every round: what the machine does slowly cancels."""
        return [mine / theirs for mine, theirs, _, _ in self.pairs(workload, peer, base, key) if theirs]

    def ratio(self, workload, peer, base, key="tps"):
        values = self.ratios(workload, peer, base, key)
        return statistics.median(values) if values else None


def known(row, key):
    return row.get(key) not in ("-", "", None)


def number(x, digits=0):
    return "–" if x is None else f"{x:,.{digits}f}"
