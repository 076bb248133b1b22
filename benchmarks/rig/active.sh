#!/usr/bin/env bash
# active.sh [--peers a,b,c] [--clients N (1000)] [--secs N (600)] [--out FILE]   many clients that never rest, on few backends
#   --peers  (pgbouncer-tx trunkline-tx trunkline-tx-reuse, as far as installed): peers with transaction pools, of POOL (20) servers
# All peers are stopped first and each runs alone; the cluster must be up. Nine in ten transactions of pgbench are one select, the
# others simple-update, in the extended protocol. Memory is read every twentieth of the time: PSS, and the heap in use where the
# peer is a JVM, both after jcmd PID GC.run.
# Columns of FILE (RUN_DIR/active.tsv): clients, seconds, ok or err, tps, transactions, failed ones, clients that gave up; PSS in
# KiB early (the second quarter of the readings) and late (the last quarter) and how much it grew, the same of the heap; all
# readings, with semicolons.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
peers='' clients=1000 secs=600 out=$RUN_DIR/active.tsv
while (($#)); do
  case $1 in --peers | --clients | --secs | --out) (($# >= 2)) || usage ;; *) usage ;; esac
  declare "${1#--}=$2"
  shift 2
done
for number in "$clients" "$secs"; do [[ $number =~ ^[1-9][0-9]*$ ]] || usage; done
peers=$(spaced "$peers")
if [ -z "$peers" ]; then
  for name in pgbouncer-tx trunkline-tx trunkline-tx-reuse; do ! have_peer "$name" || peers+="$name "; done
fi
for name in $peers; do
  if [ "$name" = direct ] || ! multiplexes "$name"; then die "$name has no transaction pool"; fi
done
if ((TRUNKLINE_CHILDREN < clients + 100)); then TRUNKLINE_CHILDREN=$((clients + 100)); fi
export TRUNKLINE_CHILDREN
open_files $((clients + 1000))
running=''
trap '[ -z "$running" ] || "$BENCH_HOME/peers.sh" stop "$running"' EXIT
trap 'exit 1' INT TERM HUP
"$BENCH_HOME/peers.sh" stop all
printf '%s\n' peer clients secs status tps transactions failed gave_up pss_early_kb pss_late_kb pss_growth_pct heap_early_kb \
  heap_late_kb heap_growth_pct pss_kb heap_kb | paste -s | tee "$out"
for peer in $peers; do
  running=$peer
  "$BENCH_HOME/peers.sh" start "$peer"
  python3 "$BENCH_HOME/active.py" "$peer" "$(peer_port "$peer")" "$(peer_pid "$peer")" "$clients" "$secs" | tee -a "$out"
  "$BENCH_HOME/peers.sh" stop "$peer"
  running=''
done
