#!/usr/bin/env bash
# failover.sh [flags]   the outage that clients see when the primary dies
#   --peer pgpool|trunkline-routing (pgpool)   --runs N (3)   --out FILE (RUN_DIR/failover.tsv; lines are added)
#   --how kill        SIGKILL to the primary's postmaster (default)
#         stop        SIGSTOP to all of the primary's processes: a server that hangs
#         standby     SIGKILL to the postmaster of the first standby
#         switchover  runs the command in the environment variable SWITCHOVER
#   --clients N       (4) one in four writes, the others read; a multiple of four
#   --grace SECONDS   (0) standby_grace_after_promotion, of Trunkline
#   --sync            synchronous_standby_names = 'ANY 1 (*)'
#   --detect  what may start the failover besides the health check of 1 s: notice (default) a backend's 57P01 and a failed
#             connection (failover_on_backend_shutdown, failover_on_backend_error); error only the latter; health neither
# A cluster of its own (ports 5511-5513). Primary and readers are on different nodes (backend_weight0 = 0); beside the clients
# of the peer, one reads directly at each node that survives. The outage is the time from the event to the end of the longest
# silence, 0 where no silence exceeds 50 ms and a client's pause (0.5 ms for each client); the gap is that silence's length.
# failover_command promotes and repoints the other standby.
set -euo pipefail
export CLUSTER_DIR=${CLUSTER_DIR:-/tmp/trunkline-bench/failover-cluster} RUN_DIR=${RUN_DIR:-/tmp/trunkline-bench/failover-run}
export PORT0=${PORT0:-5511} PEER_PORT0=${PEER_PORT0:-6601}
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
peer=pgpool runs=3 sync='' detect=notice how=kill clients=4 grace=0 out=$RUN_DIR/failover.tsv
while (($#)); do
  case $1 in
    --sync) sync=--sync && shift && continue ;;
    --peer | --runs | --detect | --how | --clients | --grace | --out) (($# >= 2)) || usage ;;
    *) usage ;;
  esac
  declare "${1#--}=$2"
  shift 2
done
case $how in kill | stop | standby) ;; switchover) : "${SWITCHOVER:?set the command}" ;; *) usage ;; esac
on_error=on on_shutdown=on
case $detect in notice) ;; error) on_shutdown=off ;; health) on_shutdown=off on_error=off ;; *) usage ;; esac
case $peer in pgpool | trunkline-routing) ;; *) usage ;; esac

mkdir -p "$RUN_DIR"
promote=$RUN_DIR/promote.sh
cat >"$promote" <<SCRIPT
#!/usr/bin/env bash
# FAILED_ID OLD_PRIMARY_ID NEW_MAIN_ID: promotes NEW_MAIN if the primary is what failed; the other standby follows it
[ "\$1" = "\$2" ] || exit 0
as=()
if [ "\$(id -un)" != "$OS_USER" ]; then as=(setpriv --reuid=$OS_USER --regid=$(id -g "$OS_USER") --init-groups --); fi
cd / && "\${as[@]}" "$(command -v pg_ctl)" -D "$CLUSTER_DIR/n\$3" -w -t 30 promote || exit 1
for i in 0 1 2; do
  if [ \$i = "\$1" ] || [ \$i = "\$3" ]; then continue; fi
  "$(command -v psql)" -X -q -h $HOST -p \$(($PORT0 + i)) -U $BENCH_USER -d postgres \\
    -c "alter system set primary_conninfo = 'host=$HOST port=\$(($PORT0 + \$3)) user=$BENCH_USER'" -c "select pg_reload_conf()"
done
SCRIPT
chmod 755 "$promote"
settings=$(
  cat <<CONF
health_check_period = 1
health_check_timeout = 1
health_check_max_retries = 0
sr_check_period = 1
connect_timeout = 1000
search_primary_node_timeout = 10
backend_weight0 = 0
failover_on_backend_error = $on_error
failover_on_backend_shutdown = $on_shutdown
failover_command = '$promote %d %P %m'
CONF
)
sessions=$((clients + 12))
export PGPOOL_EXTRA=$settings TRUNKLINE_EXTRA=$settings$'\n'"standby_grace_after_promotion = $grace"
export PGPOOL_CHILDREN=$sessions TRUNKLINE_CHILDREN=$sessions TRUNKLINE_POOL=$sessions

trap '"$BENCH_HOME/peers.sh" stop "$peer"; "$BENCH_HOME/cluster.sh" down >/dev/null' EXIT
trap 'exit 1' INT TERM HUP
[ -s "$out" ] || printf '%s\n' peer clients detect how sync write_outage_s read_outage_min_s read_outage_max_s \
  write_gap_s read_gap_s direct_gap_s write_errors read_errors acked acked_lost new_primary | paste -s >"$out"
mode=async victim=n0 survivors=$((PORT0 + 1)),$((PORT0 + 2))
[ -z "$sync" ] || mode=sync
if [ "$how" = standby ]; then victim=n1 survivors=$PORT0,$((PORT0 + 2)); fi
for ((run = 0; run < runs; run++)); do
  "$BENCH_HOME/cluster.sh" up --scale 1 ${sync:+"$sync"} >/dev/null
  "$BENCH_HOME/peers.sh" start "$peer"
  python3 "$BENCH_HOME/failover.py" "$(peer_port "$peer")" "$(head -1 "$CLUSTER_DIR/$victim/postmaster.pid")" "$survivors" \
    "$how" "$clients" 2>>"$out.err" | sed "s/^/$peer\t$clients\t$detect\t$how\t$mode\t/" | tee -a "$out"
  "$BENCH_HOME/peers.sh" stop "$peer"
  "$BENCH_HOME/cluster.sh" down >/dev/null
done
