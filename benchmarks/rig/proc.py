#!/usr/bin/env python3
"""proc.py cpu PID...   CPU seconds (user and system, reaped children included) of the process trees
proc.py mem PID...   one line: pss_kb rss_kb processes threads   of the process trees
proc.py host         one line: total idle steal   jiffies of /proc/stat"""
import os
import sys

TICK = os.sysconf("SC_CLK_TCK")


def stat(pid):
    """The fields of /proc/PID/stat after the program's name; the first one is the state."""
    with open(f"/proc/{pid}/stat") as f:
        return f.read().rsplit(")", 1)[1].split()


def tree(roots):
    children = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            children.setdefault(int(stat(name)[1]), []).append(int(name))
        except OSError:
            pass  # gone meanwhile
    found, todo = [], [int(r) for r in roots]
    while todo:
        pid = todo.pop()
        found.append(pid)
        todo += children.get(pid, [])
    return found


def cpu(roots):
    ticks = 0
    for pid in tree(roots):
        try:
            ticks += sum(int(x) for x in stat(pid)[11:15])
        except OSError:
            pass
    return ticks / TICK


def mem(roots):
    pss = rss = processes = threads = 0
    for pid in tree(roots):
        try:
            with open(f"/proc/{pid}/smaps_rollup") as f:
                for line in f:
                    key, _, value = line.partition(":")
                    if key == "Pss":
                        pss += int(value.split()[0])
                    elif key == "Rss":
                        rss += int(value.split()[0])
            threads += int(stat(pid)[17])
            processes += 1
        except OSError:
            pass
    return pss, rss, processes, threads


def main():
    what, pids = (sys.argv[1], sys.argv[2:]) if len(sys.argv) > 1 else ("", [])
    if what == "cpu":
        print(f"{cpu(pids):.2f}")
    elif what == "mem":
        print(*mem(pids))
    elif what == "host":
        with open("/proc/stat") as f:
            v = [int(x) for x in f.readline().split()[1:9]]
        print(sum(v), v[3] + v[4], v[7])
    else:
        print(__doc__, file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
