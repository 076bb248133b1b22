#!/usr/bin/env bash
# peers.sh start|launch|stop|restart|status NAME...|all
#   NAME: direct haproxy pgbouncer-session pgbouncer-tx pgpool pgpool-nolb odyssey
#         trunkline trunkline-tx trunkline-tx-reuse trunkline-routing trunkline-routing-reuse
#   "all" is every peer that is installed. launch is start without waiting for the first answer.
#   pgpool and trunkline-routing balance over three nodes; every other peer has the primary as its only backend.
#   -tx: pool_mode = transaction, with POOL servers; without it session mode.  -reuse: reuse_unnamed_statements = on
# env: TRUNKLINE_BIN (target/trunkline/bin/trunkline of this checkout)   TRUNKLINE_JAVA, TRUNKLINE_JAVA_OPTS (the launcher's)
#      TRUNKLINE_CHILDREN (1200: num_init_children)  TRUNKLINE_POOL (64: backend_pool_size in session mode)
#      TRUNKLINE_WEIGHTS ("1 1 1")  TRUNKLINE_EXTRA, PGPOOL_EXTRA (more lines for pgpool.conf)
#      PGPOOL_CHILDREN (100)  MAX_CLIENTS (12000: of haproxy and pgbouncer)  SESSION_POOL (64)  POOL (20: servers in the transaction pools)  ODYSSEY_BIN (odyssey)
#      RIG_TLS (1: pgbouncer, pgpool and trunkline serve clients with TLS, with one self-signed certificate)
#      TLS_VERSION (TLSv1.3, or TLSv1.2)
#      RIG_SCRAM (1: pgbouncer, pgpool and trunkline check clients by SCRAM; not for odyssey)
# Configurations, logs and pids: $RUN_DIR (/tmp/trunkline-bench/run).
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
POOL=${POOL:-20} SESSION_POOL=${SESSION_POOL:-64} PGPOOL_CHILDREN=${PGPOOL_CHILDREN:-100} MAX_CLIENTS=${MAX_CLIENTS:-12000}

launch() { # USER NAME COMMAND...   a foreground program in a session of its own; keeps its pid and the time of its start
  local user=$1 name=$2
  shift 2
  local as=()
  if [ "$user" != "$(id -un)" ]; then as=(setpriv "--reuid=$user" "--regid=$(id -g "$user")" --init-groups --); fi
  echo "$EPOCHREALTIME" >"$RUN_DIR/$name.started"
  # A shell's background processes ignore SIGINT, and a JVM keeps it so.
  (cd "$RUN_DIR/$name.d" && exec setsid "${as[@]}" env --default-signal=INT,QUIT "$@") >"$RUN_DIR/$name.log" 2>&1 </dev/null &
  echo $! >"$(peer_pidfile "$name")"
}

tls_cert() { # made once; the key is for the user that runs the peers
  local dir=$RUN_DIR/tls
  [ ! -s "$dir/server.crt" ] || return 0
  own_dir "$OS_USER" "$dir"
  as_pg openssl req -x509 -newkey rsa:2048 -nodes -keyout "$dir/server.key" -out "$dir/server.crt" -days 3650 \
    -subj "/CN=localhost" -addext "subjectAltName=DNS:localhost,IP:$HOST" 2>/dev/null
  chmod 600 "$dir/server.key"
}

pgbouncer_conf() { # NAME MODE POOL_SIZE   auth_type any drops the user's name, so the database names the user
  local forced=" user=$BENCH_USER" auth="auth_type = any"
  if [ -n "$RIG_SCRAM" ]; then # with the verifier of the servers it passes the client's proof on
    DB=postgres sql "$PORT0" "select format('\"%s\" \"%s\"', rolname, rolpassword) from pg_authid where rolname = '$SCRAM_USER'" >"$RUN_DIR/userlist.txt"
    forced='' auth="auth_type = scram-sha-256
auth_file = $RUN_DIR/userlist.txt"
  fi
  cat <<CONF
[databases]
* = host=$HOST port=$PORT0$forced
[pgbouncer]
listen_addr = $HOST
listen_port = $(peer_port "$1")
unix_socket_dir =
$auth
pool_mode = $2
max_client_conn = $MAX_CLIENTS
default_pool_size = $3
ignore_startup_parameters = extra_float_digits
log_connections = 0
log_disconnections = 0
log_stats = 0
CONF
  if has_tls "$1"; then
    cat <<CONF
client_tls_sslmode = require
client_tls_cert_file = $RUN_DIR/tls/server.crt
client_tls_key_file = $RUN_DIR/tls/server.key
client_tls_protocols = $(tr '[:upper:]' '[:lower:]' <<<"$TLS_VERSION")
CONF
  fi
}

haproxy_conf() { # each of its clients takes two files
  local room
  room=$(($(ulimit -n) / 2 - 100))
  cat <<CONF
global
  maxconn $((MAX_CLIENTS < room ? MAX_CLIENTS : room))
defaults
  mode tcp
  timeout connect 5s
  timeout client 1h
  timeout server 1h
listen pg
  bind $HOST:$(peer_port haproxy)
  option tcp-check
  server p $HOST:$PORT0 check inter 10s
CONF
}

# What Pgpool-II and Trunkline are both told, and the nodes: a weight each.
cluster_conf() { # NAME LOAD_BALANCE CHILDREN WEIGHT...
  local name=$1 balance=$2 children=$3 node=0 weight hba=off passwords=''
  shift 3
  if [ -n "$RIG_SCRAM" ] && [[ $name = pgpool* ]]; then hba=on passwords=pool_passwd; fi
  cat <<CONF
backend_clustering_mode = 'streaming_replication'
listen_addresses = '$HOST'
port = $(peer_port "$name")
pcp_listen_addresses = '$HOST'
pcp_port = $(($(peer_port "$name") + 100))
pcp_socket_dir = '$RUN_DIR/$name.d'
pid_file_name = '$RUN_DIR/$name.d/server.pid'
work_dir = '$RUN_DIR/$name.d'
num_init_children = $children
max_pool = 2
connection_cache = on
load_balance_mode = $balance
enable_pool_hba = $hba
pool_passwd = '$passwords'
sr_check_period = 10
sr_check_user = '$BENCH_USER'
sr_check_database = 'bench'
health_check_period = 10
health_check_user = '$BENCH_USER'
health_check_database = 'bench'
use_watchdog = off
CONF
  if has_tls "$name"; then
    cat <<CONF
ssl = on
ssl_cert = '$RUN_DIR/tls/server.crt'
ssl_key = '$RUN_DIR/tls/server.key'
CONF
  fi
  for weight in "$@"; do
    cat <<CONF
backend_hostname$node = '$HOST'
backend_port$node = $((PORT0 + node))
backend_weight$node = $weight
backend_flag$node = 'ALLOW_TO_FAILOVER'
backend_data_directory$node = '$CLUSTER_DIR/n$node'
CONF
    node=$((node + 1))
  done
}
pgpool_conf() { # NAME
  local weights=(1) balance=off
  if [ "$1" = pgpool ]; then weights=(1 1 1) balance=on; fi
  cluster_conf "$1" "$balance" "$PGPOOL_CHILDREN" "${weights[@]}"
  cat <<CONF
socket_dir = '$RUN_DIR/$1.d'
wd_ipc_socket_dir = '$RUN_DIR/$1.d'
logdir = '$RUN_DIR/$1.d'
log_min_messages = error
${PGPOOL_EXTRA:-}
CONF
}
trunkline_conf() { # NAME
  local weights=(1) balance=off mode=session size=$TRUNKLINE_POOL reuse=off
  case $1 in trunkline-routing*) read -ra weights <<<"$TRUNKLINE_WEIGHTS" && balance=on ;; esac
  case $1 in trunkline-tx*) mode=transaction size=$POOL ;; esac
  case $1 in *-reuse) reuse=on ;; esac
  cluster_conf "$1" "$balance" "$TRUNKLINE_CHILDREN" "${weights[@]}"
  cat <<CONF
unix_socket_directories = '$RUN_DIR/$1.d'
backend_sslmode = disable
pool_mode = $mode
backend_pool_size = $size
reuse_unnamed_statements = $reuse
log_min_messages = warning
CONF
  if [ -n "$RIG_SCRAM" ]; then
    cat <<CONF
auth_query_user = '$BENCH_USER'
auth_query_password = 'trusted'
CONF
  fi
  echo "${TRUNKLINE_EXTRA:-}"
}

odyssey_conf() {
  cat <<CONF
daemonize no
pid_file "$RUN_DIR/odyssey.d/server.pid"
unix_socket_dir "$RUN_DIR/odyssey.d"
unix_socket_mode "0644"
locks_dir "$RUN_DIR/odyssey.d"
log_to_stdout yes
log_config no
log_session no
log_query no
log_stats no
log_format "%p %t %l [%i %s] (%c) %m\n"
workers 1
resolvers 1
readahead 8192
cache_coroutine 0
coroutine_stack_size 16
nodelay yes
listen {
  host "$HOST"
  port $(peer_port odyssey)
  backlog 1024
}
storage "pg" {
  type "remote"
  host "$HOST"
  port $PORT0
}
database default {
  user default {
    authentication "none"
    storage "pg"
    pool "transaction"
    pool_size $POOL
    pool_timeout 0
    pool_ttl 0
    pool_discard no
    pool_smart_discard no
    pool_cancel yes
    pool_rollback yes
    pool_reserve_prepared_statement yes
    client_fwd_error yes
    log_debug no
  }
}
CONF
}

await_answer() { # NAME
  local name=$1 i port DB_USER
  DB_USER=$(client_user)
  port=$(peer_port "$name")
  for ((i = 0; i < 300; i++)); do
    peer_runs "$name" || break
    [ "$(PGCONNECT_TIMEOUT=5 PGSSLMODE=prefer PGPASSWORD=$SCRAM_PASSWORD sql "$port" 'select 1' 2>/dev/null)" != 1 ] || return 0
    sleep 0.1
  done
  tail -5 "$RUN_DIR/$name.log" >&2
  if peer_runs "$name"; then die "$name does not answer on port $port"; else die "$name has ended"; fi
}

launch_peer() { # NAME
  local name=$1 me user=$OS_USER dir=$RUN_DIR/$1.d conf method
  me=$(id -un)
  [ "$name" != direct ] || return 0
  if [ ! -x "$TRUNKLINE_BIN" ] && [[ $name = trunkline* ]]; then die "no program $TRUNKLINE_BIN; build the distribution first"; fi
  have_peer "$name" || die "$name is not installed"
  ! has_tls "$name" || tls_cert
  case $name in haproxy | trunkline*) user=$me ;; esac
  own_dir "$user" "$dir"
  echo "$RIG_SCRAM" >"$RUN_DIR/$name.scram" # for run.sh
  conf=$RUN_DIR/$name.conf
  case $name in
    haproxy)
      haproxy_conf >"$conf"
      launch "$user" "$name" haproxy -db -f "$conf"
      ;;
    pgbouncer-session)
      pgbouncer_conf "$name" session "$SESSION_POOL" >"$conf"
      launch "$user" "$name" pgbouncer "$conf"
      ;;
    pgbouncer-tx)
      pgbouncer_conf "$name" transaction "$POOL" >"$conf"
      launch "$user" "$name" pgbouncer "$conf"
      ;;
    pgpool | pgpool-nolb)
      rm -f "$dir/pgpool_status"
      : >"$RUN_DIR/pcp.conf"
      method=trust
      [ -z "$RIG_SCRAM" ] || method=scram-sha-256
      echo "host all all $HOST/32 $method" >"$RUN_DIR/pool_hba.conf"
      echo "$SCRAM_USER:TEXT$SCRAM_PASSWORD" >"$RUN_DIR/pool_passwd"
      pgpool_conf "$name" >"$conf"
      launch "$user" "$name" pgpool -n -D -f "$conf" -F "$RUN_DIR/pcp.conf" -a "$RUN_DIR/pool_hba.conf"
      ;;
    odyssey)
      odyssey_conf >"$conf"
      launch "$user" "$name" "$ODYSSEY_BIN" "$conf"
      ;;
    trunkline*)
      trunkline_conf "$name" >"$conf"
      launch "$user" "$name" "$TRUNKLINE_BIN" start -n -D -f "$conf"
      ;;
  esac
}

stop_peer() { # NAME
  local pid i signal=TERM
  [ "$1" != direct ] || return 0
  if ! peer_runs "$1"; then rm -f "$(peer_pidfile "$1")" && return; fi
  pid=$(peer_pid "$1")
  case $1 in pgpool* | trunkline*) signal=INT ;; esac # fast shutdown
  kill "-$signal" "$pid" 2>/dev/null || true
  for ((i = 0; i < 100; i++)); do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  if kill -0 "$pid" 2>/dev/null; then
    echo "$1 did not stop on SIG$signal within 10 s: killed" >&2
    ps -o pid= -s "$pid" | xargs -r kill -KILL 2>/dev/null || true # its whole session
  fi
  rm -f "$(peer_pidfile "$1")"
}

start_peer() { # NAME
  if [ "$1" = direct ] || peer_runs "$1"; then return 0; fi
  launch_peer "$1"
  await_answer "$1"
}

verb=${1:-}
shift || true
(($# > 0)) || usage
case $verb in start | launch | stop | restart | status) ;; *) usage ;; esac
mkdir -p "$RUN_DIR"
open_files 4096
names=("$@")
if [ "$1" = all ]; then
  names=()
  for name in $ALL_PEERS; do ! have_peer "$name" || names+=("$name"); done
fi
for name in "${names[@]}"; do
  peer_port "$name" >/dev/null
  case $verb in
    start) start_peer "$name" ;;
    launch) launch_peer "$name" ;;
    stop) stop_peer "$name" ;;
    restart) stop_peer "$name" && start_peer "$name" ;;
    status) if peer_runs "$name"; then echo "$name up"; elif [ "$name" != direct ]; then echo "$name down"; fi ;;
  esac
done
