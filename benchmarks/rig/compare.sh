#!/usr/bin/env bash
# compare.sh [flags]   the comparison of docs/performance.md in one go: cluster up, peers up, run.sh, verdicts, all down again
#   --peers "a b c"      ("direct pgbouncer-session pgpool-nolb pgpool haproxy trunkline")
#   --workloads "w ..."  ("s16 s64 p16 e16 big4 conn8")
#   --rounds N (5)  --secs N (5)  --prewarm N (10)   see run.sh
#   --foreign PCT        cells in which other jobs took more of the host are dropped (20)
#   --subject PEER       who is held to the bars (trunkline)
#   --out PATH           PATH.tsv is the raw result, PATH.md the tables (RUN_DIR/compare)
#   --tls                clients use TLS ($TLS_VERSION) with pgbouncer, pgpool and trunkline; the others are without
#   --scram              clients log in with SCRAM; pgbouncer, pgpool and trunkline check them and log in to the servers with SCRAM
#   --keep               leave cluster and peers up
# A cluster that is up is used and left; the named peers are started afresh. With the defaults it takes about half an hour.
# Exit: 0 every bar is met, 1 a bar is missed or could not be measured, 2 usage.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
peers="direct pgbouncer-session pgpool-nolb pgpool haproxy trunkline" workloads="s16 s64 p16 e16 big4 conn8"
rounds=5 secs=5 prewarm=10 foreign=20 subject=trunkline out=$RUN_DIR/compare keep=''
given="$*"
while (($#)); do
  case $1 in
    --keep) keep=1 && shift && continue ;;
    --tls) export RIG_TLS=1 && shift && continue ;;
    --scram) export RIG_SCRAM=1 && shift && continue ;;
    --peers | --workloads | --rounds | --secs | --prewarm | --foreign | --subject | --out) (($# >= 2)) || usage ;;
    *) usage ;;
  esac
  declare "${1#--}=$2"
  shift 2
done
read -ra names <<<"$peers"
for name in "${names[@]}"; do
  peer_port "$name" >/dev/null
  have_peer "$name" || die "$name is not installed; leave it out with --peers, or build the distribution for trunkline"
done

own_cluster=''
# shellcheck disable=SC2317 # called by the trap
finish() {
  [ -z "$keep" ] || return 0
  "$BENCH_HOME/peers.sh" stop "${names[@]}" || true
  [ -z "$own_cluster" ] || "$BENCH_HOME/cluster.sh" down >&2
}
trap finish EXIT
trap 'exit 1' INT TERM HUP
if [ ! -e "$CLUSTER_DIR/n0/postmaster.pid" ]; then
  own_cluster=1
  "$BENCH_HOME/cluster.sh" up >&2
fi
"$BENCH_HOME/peers.sh" restart "${names[@]}"

version_of() { # PEER
  local java
  case $1 in
    direct) postgres --version | sed 's/^postgres (PostgreSQL)/PostgreSQL/' ;;
    pgbouncer-*) pgbouncer --version | head -1 ;;
    pgpool*) pgpool --version 2>&1 | head -1 ;;
    haproxy) haproxy -v | head -1 | cut -d' ' -f1-3 ;;
    trunkline*)
      java=$(readlink "/proc/$(peer_pid "$1")/exe")
      [ "${java##*/}" != java ] || echo "$("$java" -version 2>&1 | sed -n 2p)${TRUNKLINE_JAVA_OPTS:+ with $TRUNKLINE_JAVA_OPTS}"
      ;;
  esac
}
versions=$(for name in "${names[@]}"; do version_of "$name"; done | awk '!seen[$0]++' | paste -sd';' | sed 's/;/; /g')
machine="$(nproc) x $(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -1), kernel $(uname -r | cut -d. -f1,2)"

"$BENCH_HOME/run.sh" --peers "$peers" --workloads "$workloads" --rounds "$rounds" --secs "$secs" --prewarm "$prewarm" --out "$out" ${RIG_TLS:+--tls} ${RIG_SCRAM:+--scram} >/dev/null
status=0
python3 "$BENCH_HOME/compare.py" "$out.tsv" --subject "$subject" --foreign "$foreign" \
  --title "$(date +%F), benchmarks/rig/compare.sh${given:+ $given}: $rounds rounds of $secs s, prewarm $prewarm s. $machine. $versions." >"$out.md" || status=$?
cat "$out.md"
echo "$out.tsv $out.md" >&2
exit "$status"
