#!/usr/bin/env bash
# idle.sh [--peers "a b c"] [--conns "1000 5000"] [--out FILE]   memory per idle client connection
#   --peers  (haproxy pgbouncer-session pgbouncer-transaction pgpool and trunkline, as far as installed)
# All peers are stopped first and each is started afresh for each count; the cluster must be up.
# env: TRUNKLINE_CHILDREN (here 6000), TRUNKLINE_POOL (64), PGPOOL_CHILDREN (here 400: PostgreSQL's limit with three nodes),
#      SETTLE (2: seconds before each reading). Memory is PSS; of a JVM it is read after jcmd PID GC.run.
# Columns: clients asked for and held; seconds to open them; PSS in KiB before, with N idle, and per connection; backends on
# the three servers; then, after "select 1" on all at once: PSS, PSS per connection, backends, how many clients were answered
# while all stayed connected, how many in the end (each leaves when it has its answer, so that the next one has its turn).
set -euo pipefail
export TRUNKLINE_CHILDREN=${TRUNKLINE_CHILDREN:-6000} PGPOOL_CHILDREN=${PGPOOL_CHILDREN:-400}
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
peers='' conns="1000 5000" out=$RUN_DIR/idle.tsv
while (($#)); do
  case $1 in --peers | --conns | --out) (($# >= 2)) || usage ;; *) usage ;; esac
  declare "${1#--}=$2"
  shift 2
done
if [ -z "$peers" ]; then
  for name in haproxy pgbouncer-session pgbouncer-transaction pgpool trunkline; do ! have_peer "$name" || peers+="$name "; done
fi
ulimit -n "$(ulimit -Hn)"
running=''
trap '[ -z "$running" ] || "$BENCH_HOME/peers.sh" stop "$running"' EXIT
trap 'exit 1' INT TERM HUP
"$BENCH_HOME/peers.sh" stop all
printf '%s\n' peer asked held open_s pss0_kb pss_idle_kb kb_per_conn backends0 backends_idle pss_used_kb kb_per_conn_used \
  backends_used answered answered_in_turn why_no_more why_stuck | paste -s | tee "$out"
for peer in $peers; do
  for count in $conns; do
    running=$peer
    "$BENCH_HOME/peers.sh" start "$peer"
    python3 "$BENCH_HOME/idle.py" "$peer" "$(peer_port "$peer")" "$count" "$PORT0,$((PORT0 + 1)),$((PORT0 + 2))" "$(peer_pid "$peer")" |
      tee -a "$out"
    "$BENCH_HOME/peers.sh" stop "$peer"
    running=''
    [ "$(tail -1 "$out" | cut -f3)" = "$count" ] || break # the ceiling is found
  done
done
