#!/usr/bin/env bash
# cluster.sh up|down|status   one PostgreSQL primary with two streaming standbys on 127.0.0.1
#   up [--scale N] [--sync]   --scale: pgbench scale (10)   --sync: synchronous_standby_names = 'ANY 1 (*)'
# env: CLUSTER_DIR (/tmp/trunkline-bench/cluster), PORT0 (5501; standbys PORT0+1, PORT0+2), PGBIN (newest installed),
#      PG_OS_USER (postgres: who runs the servers when root calls this)
# Users: bench (superuser, trust), scram (scram-sha-256, password "secret"). Database: bench.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
verb=${1:-}
shift || true
scale=10 sync=''
while (($#)); do
  case $1 in
    --scale) (($# >= 2)) || usage && scale=$2 && shift 2 ;;
    --sync) sync=1 && shift ;;
    *) usage ;;
  esac
done

conf() { # PORT
  cat <<CONF
port = $1
listen_addresses = '$HOST'
unix_socket_directories = '$CLUSTER_DIR'
max_connections = 1000
shared_buffers = 256MB
fsync = off
full_page_writes = off
wal_level = replica
wal_log_hints = on
max_wal_senders = 10
wal_keep_size = 512MB
max_wal_size = 4GB
checkpoint_timeout = 30min
autovacuum = off
jit = off
max_parallel_workers_per_gather = 0
password_encryption = 'scram-sha-256'
logging_collector = off
log_min_messages = warning
log_checkpoints = off
cluster_name = 'n$(($1 - PORT0))'
CONF
}

up() {
  local i
  # the file may be left over from before the machine was started anew
  [ ! -e "$CLUSTER_DIR/n0/postmaster.pid" ] || ! pg_isready -q -h "$HOST" -p "$PORT0" || die "already up: $CLUSTER_DIR"
  rm -rf "$CLUSTER_DIR"
  mkdir -p "$(dirname "$CLUSTER_DIR")"
  own_dir "$OS_USER" "$CLUSTER_DIR"
  as_pg initdb -D "$CLUSTER_DIR/n0" -U "$BENCH_USER" -A trust -E UTF8 --locale=C -N >/dev/null
  conf "$PORT0" >>"$CLUSTER_DIR/n0/postgresql.conf"
  cat >"$CLUSTER_DIR/n0/pg_hba.conf" <<HBA
local all all trust
local replication all trust
host all $SCRAM_USER $HOST/32 scram-sha-256
host all all $HOST/32 trust
host replication all $HOST/32 trust
HBA
  as_pg pg_ctl -D "$CLUSTER_DIR/n0" -l "$CLUSTER_DIR/n0.log" -w start >/dev/null
  DB=postgres sql "$PORT0" "create database bench"
  sql "$PORT0" "create user $SCRAM_USER password '$SCRAM_PASSWORD'; grant pg_read_all_data, pg_write_all_data to $SCRAM_USER"
  for i in 1 2; do
    as_pg pg_basebackup -h "$HOST" -p "$PORT0" -U "$BENCH_USER" -D "$CLUSTER_DIR/n$i" -R -X stream -c fast
    conf $((PORT0 + i)) >>"$CLUSTER_DIR/n$i/postgresql.conf"
    as_pg pg_ctl -D "$CLUSTER_DIR/n$i" -l "$CLUSTER_DIR/n$i.log" -w start >/dev/null
  done
  if [ -n "$sync" ]; then
    DB=postgres sql "$PORT0" "alter system set synchronous_standby_names = 'ANY 1 (*)'"
    DB=postgres sql "$PORT0" "select pg_reload_conf()" >/dev/null
  fi
  pgbench -i -q -s "$scale" -h "$HOST" -p "$PORT0" -U "$BENCH_USER" bench 2>&1 | tail -1
  sql "$PORT0" "vacuum analyze"
  for ((i = 0; i < 100; i++)); do
    [ "$(sql "$PORT0" "select count(*) from pg_stat_replication where replay_lsn >= pg_current_wal_lsn()")" != 2 ] || break
    sleep 0.2
  done
  echo "up: primary $PORT0, standbys $((PORT0 + 1)) $((PORT0 + 2)), $(postgres --version)"
}

down() {
  local i
  for i in 0 1 2; do
    [ -e "$CLUSTER_DIR/n$i/postmaster.pid" ] || continue
    as_pg pg_ctl -D "$CLUSTER_DIR/n$i" -m immediate -w stop >/dev/null 2>&1 || true
  done
  rm -rf "$CLUSTER_DIR"
  echo "down: $CLUSTER_DIR"
}

status() {
  local i
  for i in 0 1 2; do
    if as_pg pg_ctl -D "$CLUSTER_DIR/n$i" status >/dev/null 2>&1; then echo "n$i up"; else echo "n$i down"; fi
  done
}

case $verb in
  up | down | status) "$verb" ;;
  *) usage ;;
esac
