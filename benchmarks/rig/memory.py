"""Proportional memory of a peer and the heap of a JVM, after a garbage collection."""
import os
import re
import subprocess
import sys
import time

import proc


def java_tool(pid):
    """jcmd of the JVM that runs as pid; None if pid is no JVM."""
    program = os.path.realpath(f"/proc/{pid}/exe")
    if os.path.basename(program) != "java":
        return None
    beside = os.path.join(os.path.dirname(program), "jcmd")
    return beside if os.path.exists(beside) else "jcmd"


def collect(pid):
    jcmd = java_tool(pid)
    if not jcmd:
        return
    try:
        done = subprocess.run([jcmd, str(pid), "GC.run"], capture_output=True, text=True, timeout=60, check=False)
        trouble = done.stderr if done.returncode else (done.stdout if "disabled" in done.stdout else "")
    except (OSError, subprocess.TimeoutExpired) as e:
        trouble = str(e)
    if trouble:
        print(f"memory.py: no garbage collection before the reading: {trouble.strip()}", file=sys.stderr)


def pss_kb(pid, settle=None):
    """PSS of the process tree in KiB, after SETTLE seconds (environment, 2) and a garbage collection; 0 for pid 0."""
    if not pid:
        return 0
    collect(pid)
    time.sleep(float(os.environ.get("SETTLE", "2")) if settle is None else settle)
    return proc.mem([pid])[0]


def heap_kb(pid):
    """Heap in use of the JVM that runs as pid, in KiB, garbage that was not collected yet included; 0 if pid is no JVM."""
    jcmd = java_tool(pid)
    if not jcmd:
        return 0
    try:
        said = subprocess.run([jcmd, str(pid), "GC.heap_info"], capture_output=True, text=True, timeout=60, check=False).stdout
    except (OSError, subprocess.TimeoutExpired) as e:
        print(f"memory.py: no size of the heap: {e}", file=sys.stderr)
        return 0
    return sum(int(used) for used in re.findall(r"\bused (\d+)K", said.split("Metaspace")[0]))
