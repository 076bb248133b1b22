#!/usr/bin/env bash
# startup.sh [--peers a,b,c] [--runs N (5)] [--out FILE]   start to the first accepted query, and memory at rest
#   --peers  (pgbouncer-session pgpool-nolb haproxy trunkline, as far as installed)
# Each peer is started N times, one at a time (all peers are stopped first; the cluster must be up). A run: milliseconds from
# the start of the program to the answer to "select 1" on a new connection (tried every 2 ms); after SETTLE (2) seconds the
# PSS of the process tree, and once more after jcmd PID GC.run where the peer is a JVM. MB are 10^6 bytes.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
peers='' runs=5 out=$RUN_DIR/startup.tsv
while (($#)); do
  case $1 in --peers | --runs | --out) (($# >= 2)) || usage ;; *) usage ;; esac
  declare "${1#--}=$2"
  shift 2
done
[[ $runs =~ ^[1-9][0-9]*$ ]] || usage
peers=$(spaced "$peers")
if [ -z "$peers" ]; then
  for name in pgbouncer-session pgpool-nolb haproxy trunkline; do ! have_peer "$name" || peers+="$name "; done
fi
running=''
trap '[ -z "$running" ] || "$BENCH_HOME/peers.sh" stop "$running"' EXIT
trap 'exit 1' INT TERM HUP
"$BENCH_HOME/peers.sh" stop all
printf '%s\n' run peer first_answer_ms rest_mb rest_after_gc_mb threads | paste -s >"$out"
for ((run = 1; run <= runs; run++)); do
  for peer in $peers; do
    running=$peer
    python3 "$BENCH_HOME/startup.py" "$peer" "$(peer_port "$peer")" "$RUN_DIR" | sed "s/^/$run\t$peer\t/" | tee -a "$out" >&2 ||
      die "$peer gave no answer: see $RUN_DIR/$peer.log"
    "$BENCH_HOME/peers.sh" stop "$peer"
    running=''
  done
done
median() { # PEER COLUMN
  awk -F'\t' -v p="$1" -v k="$2" '$2 == p {print $k}' "$out" | sort -n | awk '{a[NR] = $1} END {print a[int((NR + 1) / 2)]}'
}
printf '| peer | start to first answer, ms (median of %s) | at rest, MB PSS | after a GC, MB PSS |\n|---|---:|---:|---:|\n' "$runs"
for peer in $peers; do printf '| %s | %s | %s | %s |\n' "$peer" "$(median "$peer" 3)" "$(median "$peer" 4)" "$(median "$peer" 5)"; done
