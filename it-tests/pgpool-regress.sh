#!/usr/bin/env bash
# pgpool-regress.sh [options] [CASE...]   Pgpool-II's own regression cases with Trunkline in the place of its installation
#   --list               only list the cases and what is left out of them
#   --source DIR         Pgpool-II's sources: an unpacked tree, or the directory to download and unpack into
#   --trunkline DIR      the distribution to test (default: target/trunkline)
#   --setup ours         clusters made by "trunkline setup", not by the pgpool_setup of the sources
#   --compat VERSION     pgpool_compat_version for the cases (4.3)
#   --user NAME          who the cases run as where this is started as root (postgres)
#   --pg-bin DIR         the server's programs (default: the newest version that has pgpool_recovery)
#   --results DIR        where logs are left (default: CACHE/pgpool-regress-results)
#   --timeout N          seconds for one case before it is taken to hang (300)
#   --all-modes          native replication and snapshot isolation too, and the parts that need a watchdog
#   --keep               keep the work directory with clusters, logs and configuration
# A CASE is a directory's name or a part of it, such as 003 or temp_table; without one, those that have to pass are run.
# CACHE is ${XDG_CACHE_HOME:-~/.cache}/trunkline.
# Each case runs in namespaces of its own: it sees neither the machine's processes nor its ports, /tmp and shared memory,
# and all that it started ends with it. "ssh" and "scp" are stand-ins that stay on this machine.
# Exit: 0 all cases passed, 1 some failed or could not be run, 2 usage.
# Needs util-linux, iproute2, bc, the server with Pgpool-II's extensions (Debian: postgresql-NN-pgpool2) and, unless
# --source is an unpacked tree, apt and dpkg-dev.
set -euo pipefail

# Those that have to pass.
must_pass=(001.load_balance 003.failover 008.dbredirect 009.sql_comments 016.node_0_is_not_primary 017.node_0_is_down
  018.detach_primary 020.allow_clear_text_frontend_auth 021.pool_passwd_auth 026.temp_table 027.auto_failback
  031.connection_life_time 032.dml_adaptive_load_balance 033.prefer_lower_standby_delay 034.promote_node
  055.backend_all_down 061.cancel_query 063.tables_with_space 064.bug153 071.execute_and_deallocate
  073.pg_terminate_backend 075.detach_primary_left_down_node 076.copy_hang 077.invalid_failover_node
  078.aborted_transaction)
# Modes of pgpool_setup that this version runs; the others are taken out of the cases' loops.
modes='s n'

usage() {
  sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0" >&2
  exit 2
}
die() {
  echo "pgpool-regress: $*" >&2
  exit 1
}
note() { echo "pgpool-regress: $*" >&2; }

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=it-tests/debian-source.sh
. "$here/debian-source.sh"
cache=${XDG_CACHE_HOME:-${HOME:?}/.cache}/trunkline
list='' source_dir='' trunkline=$here/../target/trunkline setup='' compat=4.3 user=postgres pg_bin='' limit=300
all_modes='' keep='' results=$cache/pgpool-regress-results
while (($#)); do
  case $1 in
    --list) list=1 && shift ;;
    --all-modes) all_modes=1 && shift ;;
    --keep) keep=1 && shift ;;
    --source | --trunkline | --setup | --compat | --user | --pg-bin | --results | --timeout)
      (($# >= 2)) || usage
      case $1 in
        --source) source_dir=$2 ;;
        --trunkline) trunkline=$2 ;;
        --setup) setup=$2 ;;
        --compat) compat=$2 ;;
        --user) user=$2 ;;
        --pg-bin) pg_bin=$2 ;;
        --results) results=$2 ;;
        --timeout) limit=$2 ;;
      esac
      shift 2
      ;;
    -*) usage ;;
    *) break ;;
  esac
done
[[ $limit =~ ^[1-9][0-9]{0,5}$ && $compat =~ ^4\.[1-9]$ && $setup =~ ^(ours)?$ ]] || usage

# Cases -----------------------------------------------------------------------------------------------------------

is_tree() { [ -e "$1/src/test/regression/regress.sh" ] && [ -e "$1/src/test/pgpool_setup.in" ]; }
newest_tree() { # DIR
  local tree
  while read -r tree; do
    if is_tree "$tree"; then echo "$tree" && return; fi
  done < <(printf '%s\n' "$1"/pgpool*/ | sort -rV)
}
if [ -z "$source_dir" ] || ! is_tree "$source_dir"; then
  source_dir=${source_dir:-$cache/pgpool2}
  mkdir -p "$source_dir"
  source_dir=$(cd "$source_dir" && pwd)
  tree=$(newest_tree "$source_dir")
  [ -n "$tree" ] || tree=$(fetch_debian_source pgpool2 pgpool2 "$source_dir")
  source_dir=$tree
fi
regression=$source_dir/src/test/regression

cases=()
if (($#)); then
  for wanted in "$@"; do
    before=${#cases[@]}
    for dir in "$regression/tests/"*"$wanted"*/; do
      [ ! -x "$dir/test.sh" ] || cases+=("$(basename "$dir")")
    done
    ((${#cases[@]} > before)) || die "no case in $regression/tests has $wanted in its name"
  done
else
  for case in "${must_pass[@]}"; do
    [ -e "$regression/tests/$case/test.sh" ] || die "there is no case $case in $regression/tests"
    cases+=("$case")
  done
fi

# Takes out of a case's script what this version does not do; prints what that was.
narrow() { # TEST_SH
  local loop left='' mode
  if grep -q '^# test with watchdog enabled' "$1"; then
    # The comment's opening "#" line stays, which is harmless.
    sed -i '/^# test with watchdog enabled/,$d' "$1"
    echo 'without its watchdog part'
  fi
  loop=$(sed -n 's/^for mode in \([a-z ]*\)$/\1/p' "$1" | head -n 1)
  for mode in $loop; do
    [[ " $modes " != *" $mode "* ]] || left="$left $mode"
  done
  if [ -n "$loop" ] && [ "$left" != " $loop" ]; then
    sed -i "s/^for mode in [a-z ]*$/for mode in$left/" "$1"
    echo "modes:${left:- none}, not $(for mode in $loop; do [[ " $left " == *" $mode "* ]] || printf '%s ' "$mode"; done)"
  fi
}

if [ -n "$list" ]; then
  copy=$(mktemp)
  trap 'rm -f "$copy"' EXIT
  for case in "${cases[@]}"; do
    cat "$regression/tests/$case/test.sh" >"$copy"
    printf '%-36s %s\n' "$case" "$([ -n "$all_modes" ] || narrow "$copy" | paste -sd ';')"
  done
  exit 0
fi

# Programs --------------------------------------------------------------------------------------------------------

trunkline=$(realpath -m "$trunkline")
[ -x "$trunkline/bin/pgpool" ] || die "no program $trunkline/bin/pgpool; build the distribution first"
if [ -z "$pg_bin" ]; then
  while read -r candidate; do
    if [ -x "$candidate/initdb" ] && [ -e "$("$candidate/pg_config" --sharedir 2>/dev/null)/extension/pgpool_recovery.control" ]; then
      pg_bin=$candidate && break
    fi
  done < <(printf '%s\n' /usr/lib/postgresql/*/bin /usr/pgsql-*/bin | sort -rV)
fi
[ -x "$pg_bin/initdb" ] || die "no server with the extension pgpool_recovery; install postgresql-NN-pgpool2, or name --pg-bin"
for program in unshare setpriv ip bc; do
  type "$program" >/dev/null 2>&1 || die "the program $program is needed"
done

# Namespaces for one case; without root a user namespace gives the right to make the others, and one more the user back.
isolate=(unshare --net --ipc --pid --fork --kill-child=KILL --mount --mount-proc)
if [ "$(id -u)" = 0 ]; then
  id -u "$user" >/dev/null 2>&1 || die "there is no user $user; name one that is not root with --user"
  [ "$(id -u "$user")" != 0 ] || die "the cases cannot run as root: name another user with --user"
  drop=(setpriv "--reuid=$(id -u "$user")" "--regid=$(id -g "$user")" --init-groups --)
else
  user=$(id -un)
  isolate=(unshare --map-root-user "${isolate[@]:1}")
  drop=(unshare --user "--map-user=$(id -u)" "--map-group=$(id -g)" --)
fi
"${isolate[@]}" true || die "namespaces cannot be made; run this as root, or allow user namespaces"

# Work directory --------------------------------------------------------------------------------------------------

# Not in /tmp, which a case sees as its own empty one.
work=$(mktemp -d /var/tmp/pgpool-regress.XXXXXX)
chmod 755 "$work"
running=''
clean_up() {
  # unshare waits for its child and ignores what would end it gently; with it the whole namespace ends.
  [ -z "$running" ] || kill -KILL "$running" 2>/dev/null || true
  if [ -n "$keep" ]; then note "kept: $work"; else rm -rf "$work"; fi
}
trap clean_up EXIT
trap 'exit 1' INT TERM HUP

install=$work/installed
cp -R "$trunkline" "$install"
# As whoever installs it does.
"$install/bin/trunkline" archive >/dev/null || die "no archive of classes"
printf '%s\n' "pgpool_compat_version = '$compat'" >>"$install/etc/pgpool.conf.sample"
if [ "$setup" = ours ]; then
  printf '#!/bin/sh\nexec "%s/bin/trunkline" setup "$@"\n' "$install" >"$install/pgpool_setup"
else
  cp "$source_dir/src/test/pgpool_setup.in" "$install/pgpool_setup"
fi
cp "$source_dir/src/test/watchdog_setup.in" "$install/watchdog_setup"
chmod 755 "$install/pgpool_setup" "$install/watchdog_setup"
cp "$regression/libs.sh" "$work/"
mkdir -p "$work/tests" "$work/tmp" "$work/home" "$work/shims" "$work/log"
chmod 1777 "$work/tmp"

cat >"$work/shims/ssh" <<'SHIM'
#!/bin/sh
# ssh [options] [user@]host command...   runs the command here.
while getopts 46AaCfGgKkMNnqsTtVvXxYyb:c:D:E:e:F:I:i:J:L:l:m:O:o:p:Q:R:S:W:w: option; do
  [ "$option" != '?' ] || exit 255
done
shift "$OPTIND"
exec sh -c "$*"
SHIM
cat >"$work/shims/scp" <<'SHIM'
#!/bin/sh
# scp [options] from... to   copies here, whatever the host.
recursive='' last=''
while getopts 346BCpqrTvc:F:i:J:l:o:P:S: option; do
  [ "$option" != r ] || recursive=-R
done
shift "$((OPTIND - 1))"
for file; do
  last=$file
  set -- "$@" "${file#*:}"
  shift
done
[ -n "$last" ] || exit 1
# shellcheck disable=SC2086 # empty or one option
exec cp -p $recursive -- "$@"
SHIM
chmod 755 "$work/shims/"*

# What one case runs in, as process 1 of its namespace.
cat >"$work/run-case" <<'RUN'
#!/usr/bin/env bash
# run-case CASE_DIR TIMEOUT COMMAND_TO_BECOME_THE_USER...
case=$1 limit=$2 work=$(dirname "$0")
shift 2
ip link set lo up
mount --bind "$work/tmp" /tmp
mount -t tmpfs -o mode=1777 tmpfs /dev/shm
cd "$case" || exit 125
"$@" timeout --foreground --kill-after=5 "$limit" ./test.sh
RUN
chmod 755 "$work/run-case"

# The variables that regress.sh hands to its cases, and none of ours.
environment=(env -i
  "PATH=$work/shims:$pg_bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin" "HOME=$work/home" "USER=$user" "LOGNAME=$user"
  LANG=C "TERM=dumb" "SHELL=/bin/sh"
  "PGPOOL_INSTALL_DIR=$install" "PGPOOLDIR=$install/etc" "PGPOOL_PATH=$install" "PGPOOL_SETUP=$install/pgpool_setup"
  "WATCHDOG_SETUP=$install/watchdog_setup" "PGPOOL_VERSION=pgpool-II" "TESTLIBS=$work/libs.sh"
  "PGBIN=$pg_bin" "PGLIB=$("$pg_bin/pg_config" --libdir)" "PGBENCH_PATH=$pg_bin/pgbench" "JDBC_DRIVER=/nonexistent"
  "PGSOCKET_DIR=/tmp" "PGHOST=/tmp" "ENABLE_TEST=true"
  "PGVERSION=$("$pg_bin/initdb" -V | awk '{print $3}' | sed 's/[^0-9].*//')")
for name in TRUNKLINE_JAVA JAVA_HOME TRUNKLINE_JAVA_OPTS; do
  [ -z "${!name:-}" ] || environment+=("$name=${!name}")
done

# Runs ------------------------------------------------------------------------------------------------------------

run_case() { # CASE   sets verdict and remark
  local dir=$work/tests/$1 log=$work/log/$1 status=0 began=$SECONDS
  cp -R "$regression/tests/$1" "$dir"
  remark=''
  [ -n "$all_modes" ] || remark=$(narrow "$dir/test.sh" | paste -sd ';')
  rm -rf "$work/tmp/"* "$work/tmp/".[!.]* "$work/home/".[!.]*
  [ "$(id -u)" != 0 ] || chown -R "$user:" "$work/tests" "$work/tmp" "$work/home" "$install/etc"
  "${isolate[@]}" "${environment[@]}" "$work/run-case" "$dir" "$limit" "${drop[@]}" >"$log" 2>&1 </dev/null &
  running=$!
  wait "$running" || status=$?
  running=''
  case $status in
    0) verdict=ok ;;
    124 | 137) verdict=hang ;;
    *) verdict=failed ;;
  esac
  mkdir -p "$results/$1"
  cp "$log" "$results/$1/test.log"
  cp "$dir"/testdir/log/*.log "$dir"/testdir/etc/pgpool.conf "$results/$1/" 2>/dev/null || true
  printf '%-36s %-6s %4d s  %s\n' "$1" "$verdict" $((SECONDS - began)) "$remark"
  [ -n "$keep" ] || rm -rf "$dir"
}

failed=() passed=0
rm -rf "$results"
mkdir -p "$results"
results=$(cd "$results" && pwd)
for case in "${cases[@]}"; do
  run_case "$case"
  if [ "$verdict" = ok ]; then passed=$((passed + 1)); else failed+=("$case"); fi
done
for case in "${failed[@]}"; do
  printf '\n---- %s: end of its output (%s)\n' "$case" "$results/$case"
  tail -n 15 "$results/$case/test.log"
  if [ -s "$results/$case/pgpool.log" ]; then
    printf -- '---- %s: end of pgpool.log\n' "$case"
    tail -n 10 "$results/$case/pgpool.log"
  fi
done
printf '\n%d of %d cases pass%s\n' "$passed" "${#cases[@]}" "${failed:+; not: ${failed[*]}}"
((${#failed[@]} == 0))
