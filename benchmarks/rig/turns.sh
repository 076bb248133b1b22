#!/usr/bin/env bash
# turns.sh [--peers a,b,c] [--mode simple|extended|prepared] [--clients N] [--cycles N] [--cell SECONDS] [--warm SECONDS]
#   --peers  (pgbouncer-tx,trunkline-tx) the first is whom the others are compared with; NAME:PORT:PID is a program that runs already,
#            on this host, such as another build
#   --mode (simple)  --clients (16)  --cycles (60)  --cell (0.25)  --warm (20: before the first cell)
# Tells differences of 1 to 2 %, for which run.sh's rounds are too far apart: each program has a pgbench of its own that is stopped (SIGSTOP)
# while it is not its turn, and turns are short. Tables of medians, and of the mean ratio with its standard error. What two processes
# of one program differ by (4 to 6 %) is not in that: run it several times, the peers are started afresh each time.
# The cluster must be up (cluster.sh up); needs ss of iproute2. CPU is that of the threads that live.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
peers=pgbouncer-tx,trunkline-tx mode=simple clients=16 cycles=60 cell=0.25 warm=20
while (($#)); do
  case $1 in --peers | --mode | --clients | --cycles | --cell | --warm) (($# >= 2)) || usage ;; *) usage ;; esac
  declare "${1#--}=$2"
  shift 2
done
[[ $mode =~ ^(simple|extended|prepared)$ && $clients =~ ^[1-9][0-9]*$ && $cycles =~ ^[1-9][0-9]+$ ]] || usage
[[ $cell =~ ^[0-9]+(\.[0-9]+)?$ && $warm =~ ^[1-9][0-9]*$ ]] || usage
[ -e "$CLUSTER_DIR/n0/postmaster.pid" ] || die "the cluster is not up: cluster.sh up"
command -v ss >/dev/null || die "no program ss; install iproute2"
names=() specs=()
for peer in $(spaced "$peers"); do
  case $peer in
    *:*:*) ;;
    *) peer_port "$peer" >/dev/null && names+=("$peer") ;;
  esac
done
# shellcheck disable=SC2317 # called by the trap
finish() { ((${#names[@]} == 0)) || "$BENCH_HOME/peers.sh" stop "${names[@]}"; }
trap finish EXIT
trap 'exit 1' INT TERM HUP
((${#names[@]} == 0)) || "$BENCH_HOME/peers.sh" restart "${names[@]}"
for peer in $(spaced "$peers"); do
  case $peer in
    *:*:*) specs+=("$peer") ;;
    *) specs+=("$peer:$(peer_port "$peer"):$(peer_pid "$peer")") ;;
  esac
done
python3 "$BENCH_HOME/turns.py" "$mode" "$clients" "$cycles" "$cell" "$warm" "$(head -1 "$CLUSTER_DIR/n0/postmaster.pid")" "${specs[@]}"
