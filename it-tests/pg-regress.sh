#!/usr/bin/env bash
# pg-regress.sh [options]   PostgreSQL's own regression suite through Trunkline on one server
#   --direct              only against the server itself, no proxy
#   --port P              through the proxy that already listens on 127.0.0.1:P; its backend must be 127.0.0.1:SERVER_PORT
#   --pool-mode MODE      session, as Trunkline itself has it, or transaction
#   --server-port S       where the throw-away server listens (5590); Trunkline takes S+1, its PCP S+2
#   --direct-result FILE  failures of an earlier direct run (DIR/direct.failed) in place of a new one
#   --source DIR          PostgreSQL's sources: an unpacked tree, or the directory to download and unpack into
#   --pg-bin DIR          the server's programs (default: the newest version that has pg_regress)
#   --results DIR         where results are left (default: CACHE/pg-regress-results)
#   --timeout N           seconds for one run of the suite before it is taken to hang (900)
#   --keep                keep the work directory with data, logs and configuration
# CACHE is ${XDG_CACHE_HOME:-~/.cache}/trunkline. TRUNKLINE_BIN names another launcher than target/trunkline/bin/trunkline.
# Without --direct the suite runs twice, each time on a fresh server: directly, then through the proxy.
# With transaction pooling some tests show what docs/pooling.md says differs (known_differences below).
# Exit: 0 the failures through the proxy are a subset of the direct ones and those (--direct: the suite ran to its end),
#       1 they are not, or the suite could not be run, 2 usage.
# Needs postgresql-server-dev-NN, a C compiler, make and, unless --source is an unpacked tree, apt and dpkg-dev.
set -euo pipefail

usage() {
  sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0" >&2
  exit 2
}
die() {
  echo "pg-regress: $*" >&2
  exit 1
}
note() { echo "pg-regress: $*" >&2; }

# currval() outside of its transaction; pg_prepared_statements, pg_listening_channels() and LOAD; EXECUTE in a function;
# statistics that are not handed in; PREPARE TRANSACTION on a backend that has a temporary schema; triggers in C with
# state of their own.
known_differences=(constraints sequence guc prepare sysviews partition_prune stats temp triggers)

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=it-tests/debian-source.sh
. "$here/debian-source.sh"
cache=${XDG_CACHE_HOME:-${HOME:?}/.cache}/trunkline
host=127.0.0.1 superuser=postgres
direct_only='' proxy_port='' pool_mode=session server_port=5590 direct_result='' source_dir='' pg_bin='' limit=900 keep=''
results=$cache/pg-regress-results
while (($#)); do
  case $1 in
    --direct) direct_only=1 && shift ;;
    --keep) keep=1 && shift ;;
    --port | --pool-mode | --server-port | --direct-result | --source | --pg-bin | --results | --timeout)
      (($# >= 2)) || usage
      case $1 in
        --port) proxy_port=$2 ;;
        --pool-mode) pool_mode=$2 ;;
        --server-port) server_port=$2 ;;
        --direct-result) direct_result=$2 ;;
        --source) source_dir=$2 ;;
        --pg-bin) pg_bin=$2 ;;
        --results) results=$2 ;;
        --timeout) limit=$2 ;;
      esac
      shift 2
      ;;
    *) usage ;;
  esac
done
[[ $pool_mode =~ ^(session|transaction)$ ]] || usage
[ -z "$proxy_port" ] || [ "$pool_mode" = session ] || die "the mode of the proxy on port $proxy_port is its own"
for number in "${proxy_port:-1}" "$server_port" "$limit"; do [[ $number =~ ^[1-9][0-9]{0,8}$ ]] || usage; done
[ -z "$direct_only" ] || [ -z "$proxy_port$direct_result" ] || usage
[ -z "$direct_result" ] || [ -r "$direct_result" ] || die "cannot read $direct_result"
trunkline=$(realpath -m "${TRUNKLINE_BIN:-$here/../target/trunkline/bin/trunkline}")

# Programs --------------------------------------------------------------------------------------------------------

pg_regress_of() { # BIN_DIR
  local pgxs
  pgxs=$("$1/pg_config" --pgxs 2>/dev/null) && echo "$(dirname "$pgxs")/../test/regress/pg_regress"
}
if [ -z "$pg_bin" ]; then
  while read -r candidate; do
    if [ -x "$(pg_regress_of "$candidate")" ] && [ -x "$candidate/initdb" ]; then pg_bin=$candidate && break; fi
  done < <(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV)
fi
pg_regress=$(pg_regress_of "${pg_bin:-/none}") || true
[ -x "$pg_regress" ] || die "pg_regress not found; install postgresql-server-dev-NN of the server's version, or name --pg-bin"
pg_config=$pg_bin/pg_config
version=$("$pg_config" --version)
version=${version#PostgreSQL } version=${version%% *} major=${version%%.*}

if [ -n "$direct_only" ]; then
  :
elif [ -n "$proxy_port" ]; then
  (exec 3<>"/dev/tcp/$host/$proxy_port") 2>/dev/null || die "no proxy listens on port $proxy_port"
else
  [ -x "$trunkline" ] || die "no program $trunkline; build the distribution first"
fi

# The server refuses to run as root; the suite runs as the same user, because server and psql share its files.
as_pg=()
if [ "$(id -u)" = 0 ]; then
  pg_user=nobody
  ! id -u postgres >/dev/null 2>&1 || pg_user=postgres
  as_pg=(setpriv "--reuid=$pg_user" "--regid=$(id -g "$pg_user")" --init-groups --)
fi
as_pg() { (cd "$work" && exec "${as_pg[@]}" "$@"); }

# Sources ---------------------------------------------------------------------------------------------------------

newest_tree() { # DIR
  local tree
  while read -r tree; do
    if [ -e "$tree/src/test/regress/parallel_schedule" ]; then echo "$tree" && return; fi
  done < <(printf '%s\n' "$1"/postgresql-"$major"-* | sort -rV)
}
tree=$source_dir
if [ -z "$tree" ] || [ ! -e "$tree/src/test/regress/parallel_schedule" ]; then
  source_dir=${source_dir:-$cache/postgresql}
  mkdir -p "$source_dir"
  source_dir=$(cd "$source_dir" && pwd)
  tree=$(newest_tree "$source_dir")
  [ -n "$tree" ] || tree=$(fetch_debian_source "postgresql-$major" "postgresql-server-dev-$major" "$source_dir")
fi
tree_version=$(sed -n "s/^PACKAGE_VERSION='\(.*\)'/\1/p" "$tree/configure" 2>/dev/null || true)
[ "${tree_version%%.*}" = "$major" ] || die "the sources in $tree are of version ${tree_version:-unknown}, the server is $version"
[ "$tree_version" = "$version" ] ||
  note "the tests are of $tree_version, the server is $version: tests changed between the two fail directly too"

# Work directory --------------------------------------------------------------------------------------------------

work=$(mktemp -d /tmp/trunkline-regress.XXXXXX)
chmod 755 "$work"
proxy_pid=''
stop_proxy() {
  [ -n "$proxy_pid" ] || return 0
  kill -INT "$proxy_pid" 2>/dev/null || true # fast shutdown
  local i
  for ((i = 0; i < 50; i++)); do
    kill -0 "$proxy_pid" 2>/dev/null || break
    sleep 0.1
  done
  kill -KILL "$proxy_pid" 2>/dev/null || true
  wait "$proxy_pid" 2>/dev/null || true
  proxy_pid=''
}
stop_server() {
  [ ! -e "$work/data/postmaster.pid" ] || as_pg "$pg_bin/pg_ctl" -D "$work/data" -m immediate -w stop >/dev/null 2>&1 || true
}
clean_up() {
  stop_proxy
  stop_server
  if [ -n "$keep" ]; then note "kept: $work"; else rm -rf "$work"; fi
}
trap clean_up EXIT
trap 'exit 1' INT TERM HUP

mkdir "$work/input" "$work/lib" "$work/build"
cp -R "$tree/src/test/regress/"{sql,expected,data,parallel_schedule,resultmap} "$work/input/"
cp "$tree/src/test/regress/regress.c" "$tree/contrib/spi/"{refint,autoinc}.c "$work/build/"
cat >"$work/build/Makefile" <<MAKE
MODULES = regress refint autoinc
PG_CPPFLAGS = -DREFINT_VERBOSE # expected by the test "triggers"
PG_CONFIG = $pg_config
PGXS = $("$pg_config" --pgxs)
include \$(PGXS)
MAKE
make -C "$work/build" with_llvm=no >"$work/build/make.log" 2>&1 || {
  tail -20 "$work/build/make.log" >&2
  die "regress.so cannot be built"
}
cp "$work/build/"*.so "$work/lib/"
sed -n 's/^test: *//p' "$work/input/parallel_schedule" | tr -s ' \t' '\n' | sed '/^$/d' | sort >"$work/tests"
[ ${#as_pg[@]} = 0 ] || chown -R "$pg_user" "$work"

start_server() {
  stop_server
  rm -rf "$work/data"
  as_pg "$pg_bin/initdb" -D "$work/data" -U "$superuser" -A trust -E UTF8 --no-locale --no-sync >"$work/initdb.log" ||
    die "initdb failed: see above"
  # The settings of pg_regress's own temporary servers, and TCP for the proxy.
  cat >>"$work/data/postgresql.conf" <<CONF
port = $server_port
listen_addresses = '$host'
unix_socket_directories = '$work'
max_connections = 100
max_prepared_transactions = 2
fsync = off
CONF
  # What one session loads is there for others too: the moment must not matter.
  [ "$pool_mode" = session ] || echo "shared_preload_libraries = 'plpgsql'" >>"$work/data/postgresql.conf"
  as_pg "$pg_bin/pg_ctl" -D "$work/data" -l "$work/server.log" -w start >/dev/null || {
    tail -5 "$work/server.log" >&2
    die "the server does not start"
  }
}

start_trunkline() { # PORT
  mkdir -p "$work/proxy"
  cat >"$work/proxy/pgpool.conf" <<CONF
backend_clustering_mode = 'streaming_replication'
listen_addresses = '$host'
port = $1
pcp_listen_addresses = '$host'
pcp_port = $(($1 + 1))
unix_socket_directories = '$work/proxy'
pcp_socket_dir = '$work/proxy'
pid_file_name = '$work/proxy/trunkline.pid'
work_dir = '$work/proxy'
num_init_children = 64
pool_mode = $pool_mode
load_balance_mode = off
enable_pool_hba = off
pool_passwd = ''
sr_check_user = '$superuser'
sr_check_database = 'postgres'
log_min_messages = warning
backend_hostname0 = '$host'
backend_port0 = $server_port
backend_weight0 = 1
CONF
  # A shell's background processes ignore SIGINT, and a JVM keeps it so.
  (cd "$work/proxy" && exec env --default-signal=INT,QUIT "$trunkline" start -n -f "$work/proxy/pgpool.conf") >"$work/proxy/log" 2>&1 &
  proxy_pid=$!
  local i
  for ((i = 0; i < 300; i++)); do
    kill -0 "$proxy_pid" 2>/dev/null || break
    ! "$pg_bin/psql" -X -q -h "$host" -p "$1" -U "$superuser" -d postgres -c 'select 1' >/dev/null 2>&1 || return 0
    sleep 0.1
  done
  tail -20 "$work/proxy/log" >&2
  die "Trunkline does not answer on port $1"
}

run_suite() { # NAME PORT   leaves NAME.failed, NAME.diffs, NAME.log in the results directory
  local out=$work/$1 status=0 failed
  as_pg mkdir "$out"
  note "$1: $(wc -l <"$work/tests") tests, port $2"
  as_pg env -u PGDATABASE -u PGSERVICE -u PGPASSWORD LC_ALL=C PG_REGRESS_DIFF_OPTS=-U3 timeout "$limit" "$pg_regress" \
    --bindir="$pg_bin" --host="$host" --port="$2" --user="$superuser" --dlpath="$work/lib" --inputdir="$work/input" --outputdir="$out" \
    --max-concurrent-tests=20 --schedule="$work/input/parallel_schedule" >"$out.log" 2>&1 </dev/null || status=$?
  [ "$status" != 124 ] || note "$1: stopped after $limit s: what had not ended counts as failed"
  # Up to PostgreSQL 15 "name ... ok 12 ms", later "ok 3 + name 12 ms". Whatever did not say ok has failed.
  { sed -nE 's/^(test)? *([a-z0-9_.]+) +\.\.\. ok .*/\2/p; s/^ok [0-9]+ +[-+] ([a-z0-9_.]+) .*/\1/p' "$out.log" || true; } |
    sort >"$out.passed"
  comm -23 "$work/tests" "$out.passed" >"$out.failed"
  mkdir -p "$results"
  cp "$out.failed" "$out.log" "$results/"
  cp "$out/regression.diffs" "$results/$1.diffs" 2>/dev/null || : >"$results/$1.diffs"
  if [ ! -s "$out.passed" ] && ((status != 124)); then
    tail -3 "$out.log" >&2
    die "$1: pg_regress could not run the suite"
  fi
  failed=$(wc -l <"$out.failed")
  echo "$1: $(($(wc -l <"$work/tests") - failed)) of $(wc -l <"$work/tests") pass"
  sed 's/^/  failed: /' "$out.failed"
  if ((status > 1)); then
    tail -3 "$out.log" >&2
    return 1
  fi
}

# Runs ------------------------------------------------------------------------------------------------------------

if [ -z "$direct_result" ]; then
  start_server
  run_suite direct "$server_port" || die "the direct run did not come to its end"
  direct_result=$work/direct.failed
fi
[ -z "$direct_only" ] || { note "results: $results" && exit 0; }

start_server
name=trunkline
if [ -n "$proxy_port" ]; then name=port-$proxy_port; else start_trunkline "${proxy_port:=$((server_port + 1))}"; fi
ended=0
run_suite "$name" "$proxy_port" || ended=1
stop_proxy
[ "$pool_mode" = transaction ] || known_differences=()
more=$({ cat "$direct_result" && printf '%s\n' "${known_differences[@]}"; } | sort -u | comm -13 - "$work/$name.failed")
note "results: $results"
if [ -n "$more" ]; then
  echo "$name: fails where the server alone passes: $(tr '\n' ' ' <<<"$more")"
  exit 1
fi
while read -r test; do # failing in both runs, but not in the same way: worth a look, no failure by itself
  if [ -d "$work/direct" ] && ! cmp -s "$work/direct/results/$test.out" "$work/$name/results/$test.out"; then
    echo "$name: $test fails in another way than directly"
  fi
done < <(comm -12 <(sort "$direct_result") "$work/$name.failed")
((ended == 0)) || exit 1
if [ "$pool_mode" = session ]; then
  echo "$name: fails nowhere that the server alone passes"
else
  echo "$name: fails nowhere that the server alone passes, but for known differences: $(
    sort "$direct_result" | comm -13 - "$work/$name.failed" | tr '\n' ' '
  )"
fi
