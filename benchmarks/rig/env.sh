# Shared settings of the rig; sourced by the scripts. Everything listens on 127.0.0.1.
# shellcheck shell=bash disable=SC2034
BENCH_HOME=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
REPOSITORY=$(cd "$BENCH_HOME/../.." && pwd)

# Both directories must be reachable by the user that runs PostgreSQL; the checkout need not be.
CLUSTER_DIR=${CLUSTER_DIR:-/tmp/trunkline-bench/cluster} # data directories, server logs
RUN_DIR=${RUN_DIR:-/tmp/trunkline-bench/run}             # peers' configurations, pids, logs; results
PORT0=${PORT0:-5501}                                     # primary; standbys at +1 and +2
PEER_PORT0=${PEER_PORT0:-6501}                           # first of the peers' ports; PCP 100 above each

TRUNKLINE_BIN=$(realpath -m "${TRUNKLINE_BIN:-$REPOSITORY/target/trunkline/bin/trunkline}")
TRUNKLINE_CHILDREN=${TRUNKLINE_CHILDREN:-1200}       # num_init_children
TRUNKLINE_POOL=${TRUNKLINE_POOL:-64}                 # backend_pool_size in session mode
TRUNKLINE_WEIGHTS=${TRUNKLINE_WEIGHTS:-1 1 1}        # backend_weight0 to 2 of trunkline-routing
ODYSSEY_BIN=${ODYSSEY_BIN:-odyssey}
RIG_TLS=${RIG_TLS:-}                                 # 1: the peers that can are started with TLS for clients
TLS_VERSION=${TLS_VERSION:-TLSv1.3}                  # that clients and peers use with it
RIG_SCRAM=${RIG_SCRAM:-}                             # 1: the peers ask clients for SCRAM; see client_user

HOST=127.0.0.1
BENCH_USER=bench # superuser of the cluster, trust
SCRAM_USER=scram # of whom the servers ask SCRAM
SCRAM_PASSWORD=secret
ALL_PEERS="direct haproxy pgbouncer-session pgbouncer-tx pgpool pgpool-nolb odyssey trunkline trunkline-tx trunkline-tx-reuse \
trunkline-routing trunkline-routing-reuse"
export PYTHONDONTWRITEBYTECODE=1

die() {
  echo "${0##*/}: $*" >&2
  exit 1
}
usage() { # prints the header comment of the script that was called
  sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0" >&2
  exit 2
}

if [ -z "${PGBIN:-}" ]; then # the newest installed server
  PGBIN=$(for d in /usr/lib/postgresql/*/bin; do [ ! -x "$d/initdb" ] || echo "$d"; done | sort -V | tail -1)
fi
export PATH="${PGBIN:+$PGBIN:}$PATH:/usr/sbin"
for program in initdb pg_ctl psql pgbench python3; do
  command -v "$program" >/dev/null || die "no $program; install PostgreSQL or set PGBIN"
done

# PostgreSQL, pgbouncer and pgpool will not or should not run as root; an ordinary user runs everything as himself.
OS_USER=$(id -un)
if [ "$(id -u)" = 0 ]; then OS_USER=${PG_OS_USER:-postgres}; fi
as_pg() { run_as "$OS_USER" "$@"; }
run_as() ( # USER COMMAND...
  user=$1
  shift
  cd /
  [ "$user" != "$(id -un)" ] || exec "$@"
  exec setpriv --reuid="$user" --regid="$(id -g "$user")" --init-groups -- "$@"
)
own_dir() { # USER DIR
  if [ "$1" = "$(id -un)" ]; then install -d "$2"; else install -d -o "$1" -g "$(id -g "$1")" "$2"; fi
}

peer_port() { # NAME   PORT0 of direct, the others in the order of ALL_PEERS
  local port=$((PEER_PORT0 - 1)) name
  for name in $ALL_PEERS; do
    if [ "$name" = "$1" ]; then
      if [ "$name" = direct ]; then port=$PORT0; fi
      echo "$port" && return
    fi
    port=$((port + 1))
  done
  die "unknown peer $1; known: $ALL_PEERS"
}
peer_pidfile() { echo "$RUN_DIR/$1.pid"; }
peer_runs() { # NAME
  local file
  file=$(peer_pidfile "$1")
  [ -e "$file" ] && kill -0 "$(cat "$file")" 2>/dev/null
}
peer_pid() { # NAME   0: no process tree of its own
  if [ "$1" = direct ]; then echo 0; else cat "$(peer_pidfile "$1")"; fi
}
have_peer() { # NAME
  case $1 in
    haproxy | pgpool) command -v "$1" >/dev/null ;;
    pgpool-nolb) command -v pgpool >/dev/null ;;
    pgbouncer-*) command -v pgbouncer >/dev/null ;;
    odyssey) [ -z "$RIG_SCRAM" ] && command -v "$ODYSSEY_BIN" >/dev/null ;; # its configuration here has no passwords
    trunkline*) [ -x "$TRUNKLINE_BIN" ] ;;
    direct) true ;;
  esac
}
multiplexes() { # NAME   whether it serves more clients than it has backends (direct: as many backends as clients)
  case $1 in direct | *-tx | *-tx-* | odyssey) ;; *) false ;; esac
}
spaced() { tr ',' ' ' <<<"$1"; } # LIST   with commas or spaces
open_files() { # N   so many for this process and all that it starts, or more
  local hard
  hard=$(ulimit -Hn)
  [ "$hard" != unlimited ] || hard=$1
  if ((hard < $1)); then
    ulimit -Hn "$1" 2>/dev/null || die "$1 open files are needed and $hard allowed: raise ulimit -Hn"
    hard=$1
  fi
  ulimit -Sn "$hard"
}

has_tls() { # NAME   whether the peer speaks TLS to clients with RIG_TLS
  case $1 in pgbouncer-* | pgpool* | trunkline*) [ -n "$RIG_TLS" ] ;; *) false ;; esac
}
client_user() { if [ -n "$RIG_SCRAM" ]; then echo "$SCRAM_USER"; else echo "$BENCH_USER"; fi; }
client_env() { # NAME   the environment of libpq for a client of the peer
  local settings=PGSSLMODE=disable
  if has_tls "$1"; then settings="PGSSLMODE=require PGSSLMINPROTOCOLVERSION=$TLS_VERSION PGSSLMAXPROTOCOLVERSION=$TLS_VERSION"; fi
  echo "$settings${RIG_SCRAM:+ PGPASSWORD=$SCRAM_PASSWORD}"
}

sql() { # PORT SQL   in database $DB, else bench; as $DB_USER, else $BENCH_USER
  psql -X -q -A -t -h "$HOST" -p "$1" -U "${DB_USER:-$BENCH_USER}" -d "${DB:-bench}" -c "$2"
}
