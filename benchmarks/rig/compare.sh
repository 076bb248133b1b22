#!/usr/bin/env bash
# compare.sh [flags]   the comparison of docs/performance.md in one go: cluster up, peers up, measure, verdicts, all down again
#   --peers a,b,c        (direct, pgbouncer-session, pgbouncer-tx, pgpool-nolb, pgpool, haproxy, trunkline and its variants -tx,
#                        -tx-reuse, -routing, -routing-reuse; see peers.sh)
#   --workloads w,...    (s1,s16,s64,e16,p16,conn8,big4,r120, s16-tls,conn8-tls,s16-scram,conn8-scram, idle10000,idle10000-tls, a1000)
#       those of run.sh, alone or with -tls (clients use $TLS_VERSION) or -scram (they log in with SCRAM); the peers are started
#       afresh for each of the three.  idleN, idleN-tls: memory of N idle clients, see idle.sh.  aN: N active clients on few
#       backends, see active.sh.  Each is run with those of the peers that can.
#   --rounds N (5)  --secs N (5)  --warm N (1)  --prewarm N (10)  --rate N   see run.sh
#   --active-secs N      length of aN (600)
#   --base PEER          to whom the tables relate (pgbouncer-session)
#   --foreign PCT        cells in which other jobs took more of the host are dropped (20)
#   --out PATH           (RUN_DIR/compare) PATH.tsv, PATH.idle.tsv and PATH.active.tsv are the raw results, PATH.md the tables,
#                        PATH.charts/ the pictures of charts.py
#   --quick              to see that all works, in three minutes: --rounds 1 --secs 2 --warm 0 --prewarm 0 --active-secs 5 and
#                        --workloads s16,e16,r120,s16-tls,conn8-scram,idle1000,idle1000-tls,a1000 with fewer peers, unless given
#                        otherwise; its figures mean nothing
#   --keep               leave cluster and peers up
# A cluster that is up is used and left; the named peers are started afresh. With the defaults it takes over two hours.
# Exit: 0 every bar (bars.py) is met, 1 a bar is missed or could not be measured, 2 usage.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
peers='' workloads='' rounds='' secs='' warm='' prewarm='' rate='' active_secs='' base=pgbouncer-session foreign=20
out=$RUN_DIR/compare quick='' keep=''
given="$*"
while (($#)); do
  case $1 in
    --keep | --quick) declare "${1#--}=1" && shift && continue ;;
    --peers | --workloads | --rounds | --secs | --warm | --prewarm | --rate | --active-secs | --base | --foreign | --out) (($# >= 2)) || usage ;;
    *) usage ;;
  esac
  option=${1#--}
  declare "${option//-/_}=$2"
  shift 2
done
if [ -n "$quick" ]; then
  export SETTLE=${SETTLE:-0.5}
  defaults="s16 e16 r120 s16-tls conn8-scram idle1000 idle1000-tls a1000"
  everybody="direct pgbouncer-session pgbouncer-tx pgpool-nolb trunkline trunkline-tx trunkline-routing"
  rounds=${rounds:-1} secs=${secs:-2} warm=${warm:-0} prewarm=${prewarm:-0} active_secs=${active_secs:-5}
else
  defaults="s1 s16 s64 e16 p16 conn8 big4 r120 s16-tls conn8-tls s16-scram conn8-scram idle10000 idle10000-tls a1000"
  everybody="direct pgbouncer-session pgbouncer-tx pgpool-nolb pgpool haproxy trunkline trunkline-tx trunkline-tx-reuse \
trunkline-routing trunkline-routing-reuse"
  rounds=${rounds:-5} secs=${secs:-5} warm=${warm:-1} prewarm=${prewarm:-10} active_secs=${active_secs:-600}
fi
read -ra names <<<"$(spaced "${peers:-$everybody}")"
for name in "${names[@]}"; do
  peer_port "$name" >/dev/null
  have_peer "$name" || die "$name is not installed; leave it out with --peers, or build the distribution for trunkline"
done
declare -A rounds_of=() # by how the clients connect: workloads of run.sh
idle=() active=()
for workload in $(spaced "${workloads:-$defaults}"); do
  case $workload in
    idle[1-9]*) idle+=("$workload") ;;
    a[1-9]*) active+=("$workload") ;;
    *-tls) rounds_of[tls]+="${workload%-tls} " ;;
    *-scram) rounds_of[scram]+="${workload%-scram} " ;;
    *) rounds_of[plain]+="$workload " ;;
  esac
done
chosen() { # TEST...   the names for which the test (with the name as its last argument) is true
  local name
  for name in "${names[@]}"; do ! "$@" "$name" || echo "$name"; done | paste -sd' '
}
# shellcheck disable=SC2317 # these are called by their names
{
  can_plain() { :; }
  can_tls() { RIG_TLS=1 has_tls "$1"; }
  can_scram() { RIG_SCRAM=1 have_peer "$1"; }
  can_idle() { # those whose idle clients do not each take a backend; of Trunkline's variants what differs in memory
    case $1 in pgbouncer-* | pgpool-nolb | odyssey | trunkline | trunkline-tx) ;; *) false ;; esac
  }
  can_share() { [ "$1" != direct ] && multiplexes "$1"; }
}

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
"$BENCH_HOME/peers.sh" restart "${names[@]}"
versions=$(for name in "${names[@]}"; do version_of "$name"; done | awk '!seen[$0]++' | paste -sd';' | sed 's/;/; /g')
machine="$(nproc) x $(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -1), kernel $(uname -r | cut -d. -f1,2)"

mkdir -p "$(dirname "$out")"
rm -f "$out.tsv" "$out.idle.tsv" "$out.active.tsv"
for mode in plain tls scram; do
  able=$(chosen "can_$mode")
  if [ -z "${rounds_of[$mode]:-}" ] || [ -z "$able" ]; then continue; fi
  way=()
  if [ "$mode" != plain ]; then
    way=("--$mode")
    "$BENCH_HOME/peers.sh" stop "${names[@]}"
    # shellcheck disable=SC2086 # a list
    env "RIG_${mode^^}=1" "$BENCH_HOME/peers.sh" start $able
  fi
  "$BENCH_HOME/run.sh" --peers "$able" --workloads "${rounds_of[$mode]}" --rounds "$rounds" --secs "$secs" --warm "$warm" \
    --prewarm "$prewarm" ${rate:+--rate "$rate"} --out "$out" --append "${way[@]}" >/dev/null
done
for workload in "${idle[@]}"; do
  way=() able=$(chosen can_idle) count=${workload#idle}
  if [[ $workload = *-tls ]]; then way=(--tls) && able=$(RIG_TLS=1 && for name in $able; do ! has_tls "$name" || echo "$name"; done); fi
  [ -z "$able" ] || "$BENCH_HOME/idle.sh" --peers "$able" --conns "${count%-tls}" --out "$out.idle.tsv" --append "${way[@]}" >&2
done
for workload in "${active[@]}"; do
  able=$(chosen can_share)
  [ -z "$able" ] || "$BENCH_HOME/active.sh" --peers "$able" --clients "${workload#a}" --secs "$active_secs" --out "$out.active.tsv" >&2
done
[ -s "$out.tsv" ] || "$BENCH_HOME/run.sh" --peers direct --workloads s16 --rounds 0 --out "$out" >/dev/null # its heading, for what reads it

status=0
python3 "$BENCH_HOME/compare.py" "$out.tsv" --base "$base" --foreign "$foreign" \
  --title "$(date +%F), benchmarks/rig/compare.sh${given:+ $given}: $rounds rounds of $secs s, prewarm $prewarm s. $machine. $versions." >"$out.md" || status=$?
python3 "$BENCH_HOME/charts.py" "$out.tsv" "$out.charts" --base "$base" --foreign "$foreign" --note "$(date +%F). $machine. $versions." >&2
cat "$out.md"
echo "$out.tsv $out.md $out.charts" >&2
exit "$status"
