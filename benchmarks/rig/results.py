"""Reading a result of run.sh: rows, what may be trusted of them, and paired ratios."""
import csv
import statistics

WORKLOADS = {"s1": "select-only simple, 1 client", "s16": "select-only simple, 16 clients",
             "s64": "select-only simple, 64 clients", "e16": "select-only extended, 16 clients",
             "p16": "select-only prepared, 16 clients", "t16": "TPC-B simple, 16 clients",
             "conn8": "a connection per transaction, 8 clients", "big4": "10,000 rows (1 MB) per query, 4 clients"}
TIE = 0.05


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

    def cells(self, workload, peer, ok=True):
        return [r for r in self.rows if r["workload"] == workload and r["peer"] == peer and (not ok or r["status"] == "ok")]

    def median(self, workload, peer, key):
        values = [float(r[key]) for r in self.cells(workload, peer) if r[key] not in ("-", "")]
        return statistics.median(values) if values else None

    def ratios(self, workload, peer, base, key="tps"):
        """The ratio of every round in which both cells are to be trusted: drift of the machine cancels."""
        of_base = {r["round"]: float(r[key]) for r in self.cells(workload, base)}
        return [float(r[key]) / of_base[r["round"]] for r in self.cells(workload, peer) if of_base.get(r["round"])]

    def ratio(self, workload, peer, base, key="tps"):
        values = self.ratios(workload, peer, base, key)
        return statistics.median(values) if values else None


def number(x, digits=0):
    return "–" if x is None else f"{x:,.{digits}f}"
