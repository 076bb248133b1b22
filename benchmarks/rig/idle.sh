#!/usr/bin/env bash
# idle.sh [--peers a,b,c] [--conns N,...] [--tls] [--out FILE] [--append]   memory per idle client connection
#   --peers  (haproxy pgbouncer-session pgbouncer-tx pgpool trunkline and trunkline-tx, as far as installed)
#   --conns  (1000,10000)
#   --tls    the clients use TLS; only with the peers that can
#   --append keeps the rows that are in FILE (RUN_DIR/idle.tsv)
# All peers are stopped first and each is started afresh for each count; the cluster must be up.
# env: TRUNKLINE_CHILDREN (here 12000), TRUNKLINE_POOL (64), PGPOOL_CHILDREN (here 400: with three nodes each client has three
#      backends), SETTLE (2: seconds before each reading). Memory is PSS; of a JVM it is read after jcmd PID GC.run.
# Columns: plain or tls; clients asked for and held; seconds to open them; PSS in KiB before, with N idle, and per connection;
# backends on the three servers; then, after "select 1" on all at once: PSS, PSS per connection, backends, how many clients were
# answered while all stayed connected, how many in the end (each leaves when it has its answer, so that the next has its turn).
# N clients take N open files here and N in the peer, and where N is over 20,000 several addresses of 127.0.0.0/8, for their ports.
set -euo pipefail
export TRUNKLINE_CHILDREN=${TRUNKLINE_CHILDREN:-12000} PGPOOL_CHILDREN=${PGPOOL_CHILDREN:-400}
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
peers='' conns="1000 10000" out=$RUN_DIR/idle.tsv append=''
while (($#)); do
  case $1 in
    --append) append=1 && shift && continue ;;
    --tls) export RIG_TLS=1 && shift && continue ;;
    --peers | --conns | --out) (($# >= 2)) || usage ;;
    *) usage ;;
  esac
  declare "${1#--}=$2"
  shift 2
done
peers=$(spaced "$peers") conns=$(spaced "$conns")
if [ -z "$peers" ]; then
  for name in haproxy pgbouncer-session pgbouncer-tx pgpool trunkline trunkline-tx; do
    if have_peer "$name" && { [ -z "$RIG_TLS" ] || has_tls "$name"; }; then peers+="$name "; fi
  done
fi
for name in $peers; do [ -z "$RIG_TLS" ] || has_tls "$name" || die "$name is without TLS"; done
for count in $conns; do
  [[ $count =~ ^[1-9][0-9]*$ ]] || usage
  open_files $((count + 1000))
done
running=''
trap '[ -z "$running" ] || "$BENCH_HOME/peers.sh" stop "$running"' EXIT
trap 'exit 1' INT TERM HUP
"$BENCH_HOME/peers.sh" stop all
if [ -z "$append" ] || [ ! -s "$out" ]; then
  printf '%s\n' peer mode asked held open_s pss0_kb pss_idle_kb kb_per_conn backends0 backends_idle pss_used_kb kb_per_conn_used \
    backends_used answered answered_in_turn why_no_more why_stuck | paste -s | tee "$out"
fi
for peer in $peers; do
  for count in $conns; do
    running=$peer
    "$BENCH_HOME/peers.sh" start "$peer"
    python3 "$BENCH_HOME/idle.py" "$peer" "$(peer_port "$peer")" "$count" "$PORT0,$((PORT0 + 1)),$((PORT0 + 2))" \
      "$(peer_pid "$peer")" ${RIG_TLS:+tls} | tee -a "$out"
    "$BENCH_HOME/peers.sh" stop "$peer"
    running=''
    [ "$(tail -1 "$out" | cut -f4)" = "$count" ] || break # the ceiling is found
  done
done
