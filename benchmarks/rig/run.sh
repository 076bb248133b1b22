#!/usr/bin/env bash
# run.sh [flags]   interleaved pgbench rounds over the peers that are up; writes OUT.tsv and OUT.md
#   --peers a,b,c        default: direct and every peer that is up
#   --workloads w,...    default: all of  s1 s16 s64 e16 p16 t16 conn8 big4 r120
#   --rounds N (3)  --secs N (5)  --warm N (1: seconds unmeasured before each cell)
#   --prewarm N (0: seconds of every workload per peer before round 1; give a JVM 10 or more)
#   --rate N             transactions per second of r120 (60 % of what the slowest of its peers does without a rate)
#   --out PATH (RUN_DIR/result)   --append (keep the rows that are in OUT.tsv)
#   --tls                clients use TLS with the peers that were started with RIG_TLS=1; all of them must agree on one cipher
#   --scram              clients log in with SCRAM to the peers that were started with RIG_SCRAM=1; a wrong password must fail
# Workloads: s1/s16/s64 pgbench -S -M simple at 1/16/64 clients; e16 -M extended; p16 -M prepared; t16 TPC-B, simple;
#   conn8 -C -S at 8 clients; big4 10,000 rows (1 MB) per query at 4 clients; r120 -S -M simple -R at 120 clients, only with
#   the peers that serve more clients than they have backends, and direct. With --tls and --scram their names end so.
# A cell: tps, mean latency, p50, p99 and maximum (where pgbench --log costs little; with a rate from the time at which the
#   transaction was due), CPU us per transaction of the peer's process tree and of the PostgreSQL servers, PSS and RSS of the
#   peer in mid-cell, and foreign_pct: CPU of the host that went to none of these (another job on the machine: distrust the cell).
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
workloads="s1 s16 s64 e16 p16 t16 conn8 big4 r120" peers='' rounds=3 secs=5 warm=1 prewarm=0 rate='' out=$RUN_DIR/result append=''
while (($#)); do
  case $1 in
    --append) append=1 && shift && continue ;;
    --tls) RIG_TLS=1 && shift && continue ;;
    --scram) RIG_SCRAM=1 && shift && continue ;;
    --peers | --workloads | --rounds | --secs | --warm | --prewarm | --rate | --out) (($# >= 2)) || usage ;;
    *) usage ;;
  esac
  declare "${1#--}=$2"
  shift 2
done
for number in "$rounds" "$secs" "$warm" "$prewarm"; do [[ $number =~ ^[0-9]+$ ]] || usage; done
[[ $rate =~ ^[0-9]*$ ]] || usage
peers=$(spaced "$peers") workloads=$(spaced "$workloads") mode=${RIG_TLS:+-tls}${RIG_SCRAM:+-scram}

if [ -z "$peers" ]; then
  peers=direct
  for name in $ALL_PEERS; do ! peer_runs "$name" || peers+=" $name"; done
fi

flags() { # WORKLOAD
  case $1 in
    s1) echo "-S -M simple -c 1 -j 1" ;;
    s16) echo "-S -M simple -c 16 -j 2" ;;
    s64) echo "-S -M simple -c 64 -j 2" ;;
    e16) echo "-S -M extended -c 16 -j 2" ;;
    p16) echo "-S -M prepared -c 16 -j 2" ;;
    t16) echo "-M simple -c 16 -j 2" ;;
    conn8) echo "-C -S -M simple -c 8 -j 2" ;;
    big4) echo "-M simple -c 4 -j 2 -f $BENCH_HOME/big10k.sql" ;;
    r120) echo "-S -M simple -c 120 -j 2${rate:+ -R $rate}" ;;
    *) die "unknown workload $1" ;;
  esac
}
takes_part() { # PEER WORKLOAD
  [ "$2" != r120 ] || multiplexes "$1"
}
bench() { # PEER WORKLOAD SECONDS EXTRA...
  local peer=$1 workload=$2 seconds=$3 words settings
  shift 3
  read -ra words <<<"$(flags "$workload")"
  read -ra settings <<<"$(client_env "$peer")"
  timeout $((seconds + 20)) env "${settings[@]}" pgbench -n -h "$HOST" -p "$(peer_port "$peer")" -U "$(client_user)" "${words[@]}" -T "$seconds" "$@" bench 2>&1
}
proc() { python3 "$BENCH_HOME/proc.py" "$@"; }
postmasters() { for i in 0 1 2; do head -1 "$CLUSTER_DIR/n$i/postmaster.pid" 2>/dev/null || true; done; }
hertz=$(getconf CLK_TCK)
reaped() { awk -v hz="$hertz" '{sub(/.*\) /, ""); split($0, a, " "); print (a[14] + a[15]) / hz}' /proc/$$/stat; } # pgbench's CPU
number_after() { sed -n "s/^$1\([0-9.]*\).*/\1/p" <<<"$2"; }

cell() { # ROUND WORKLOAD PEER   appends one line to OUT.tsv
  local round=$1 workload=$2 peer=$3 status=ok mem="0 0 0 0" percentiles="- - -" sampler='' text logs pid server_pids
  local peer0=0 peer1=0 pg0 pg1 host0 host1 kids0 kids1 log_flags=()
  pid=$(peer_pid "$peer")
  mapfile -t server_pids < <(postmasters)
  [ "$workload" != t16 ] || sql "$PORT0" "vacuum pgbench_branches, pgbench_tellers"
  ((warm == 0)) || bench "$peer" "$workload" "$warm" >/dev/null || true
  logs=$(mktemp -d)
  case $workload in s1 | big4 | conn8 | t16 | r120) log_flags=(--log "--log-prefix=$logs/l") ;; esac
  [ "$pid" = 0 ] || peer0=$(proc cpu "$pid")
  pg0=$(proc cpu "${server_pids[@]}") host0=$(proc host) kids0=$(reaped)
  if [ "$pid" != 0 ]; then
    (sleep "$((secs * 6 / 10))" && proc mem "$pid" >"$logs/mem") &
    sampler=$!
  fi
  text=$(bench "$peer" "$workload" "$secs" "${log_flags[@]}") || status=err
  kids1=$(reaped) host1=$(proc host)
  [ "$pid" = 0 ] || peer1=$(proc cpu "$pid")
  pg1=$(proc cpu "${server_pids[@]}")
  [ -z "$sampler" ] || wait "$sampler" || true
  [ ! -s "$logs/mem" ] || mem=$(cat "$logs/mem")
  if [ "$status" = err ]; then grep -m1 -iE 'error|fatal' <<<"$text" >&2 || tail -1 <<<"$text" >&2; fi
  if compgen -G "$logs/l.*" >/dev/null; then
    percentiles=$(cat "$logs"/l.* | awk '{print $3}' | sort -n |
      awk '{a[NR] = $1} END {if (NR) print a[int((NR - 1) * .5) + 1], a[int((NR - 1) * .99) + 1], a[NR]; else print "- - -"}')
  fi
  rm -rf "$logs"
  awk -v r="$round" -v w="$workload$mode" -v p="$peer" -v st="$status" \
    -v tps="$(number_after 'tps = ' "$text")" -v n="$(number_after 'number of transactions actually processed: ' "$text")" \
    -v lat="$(number_after 'latency average = ' "$text")" -v fail="$(number_after 'number of failed transactions: ' "$text")" \
    -v c="$peer1 $peer0" -v g="$pg1 $pg0" -v h="$host1 $host0" -v k="$kids1 $kids0" -v m="$mem" -v q="$percentiles" -v rate="$([ "$workload" = r120 ] && echo "$rate" || echo -)" 'BEGIN {
      OFS = "\t"; split(c, C, " "); split(g, G, " "); split(h, H, " "); split(k, K, " "); split(m, M, " "); split(q, Q, " ")
      own = C[1] - C[2] + G[1] - G[2] + K[1] - K[2]
      all = H[1] - H[4]; busy = all - (H[2] - H[5]) - (H[3] - H[6]); if (all <= 0) all = 1
      if (n + 0 == 0) { n = 1; st = "err" }
      print r, w, p, st, tps + 0, lat + 0, Q[1], Q[2], Q[3], sprintf("%.1f", (C[1] - C[2]) * 1e6 / n),
        sprintf("%.1f", (G[1] - G[2]) * 1e6 / n), M[1], M[2], M[3], M[4], fail + 0, sprintf("%.1f", 100 * (H[2] - H[5]) / all),
        sprintf("%.1f", 100 * (H[3] - H[6]) / all), sprintf("%.1f", 100 * (busy - own * '"$hertz"') / all), rate }' >>"$out.tsv"
  tail -1 "$out.tsv" | cut -f1-11 >&2
}

mkdir -p "$(dirname "$out")"
if [ -z "$append" ] || [ ! -s "$out.tsv" ]; then
  printf '%s\n' round workload peer status tps lat_ms p50_us p99_us max_us peer_cpu_us pg_cpu_us pss_kb rss_kb procs threads failed \
    idle_pct steal_pct foreign_pct rate | paste -s >"$out.tsv"
fi
for peer in $peers; do [ "$peer" = direct ] || peer_runs "$peer" || die "$peer is not up"; done
if [ -n "$RIG_TLS" ]; then
  # shellcheck disable=SC2046 # several settings
  ciphers=$(for peer in $peers; do
    ! has_tls "$peer" || env $(client_env "$peer") psql -X -h "$HOST" -p "$(peer_port "$peer")" -U "$(client_user)" -d bench -c '\conninfo' |
      sed -n 's/^SSL connection (\(protocol: [^,]*, cipher: [^,)]*\).*/\1/p'
  done | sort -u)
  [ "$(wc -l <<<"$ciphers")" = 1 ] || die "the peers do not use one cipher: $ciphers"
  echo "TLS: $ciphers" >&2
fi
if [ -n "$RIG_SCRAM" ]; then
  for peer in $peers; do # the mark: a peer that leaves SCRAM to the server refuses the wrong password too
    [ "$peer" = direct ] || [ "$(cat "$RUN_DIR/$peer.scram")" = 1 ] || die "$peer was not started with RIG_SCRAM=1"
    read -ra settings <<<"$(client_env "$peer")"
    for password in "$SCRAM_PASSWORD" wrong "$SCRAM_PASSWORD"; do
      accepted=$(DB_USER=$SCRAM_USER && export "${settings[@]}" "PGPASSWORD=$password" && sql "$(peer_port "$peer")" "select 'yes'" 2>/dev/null) || true
      case $password:$accepted in
        wrong:yes) die "$peer lets $SCRAM_USER in with a wrong password" ;;
        "$SCRAM_PASSWORD:") die "$peer does not let $SCRAM_USER in" ;;
      esac
    done
  done
fi
for workload in $workloads; do flags "$workload" >/dev/null; done
if ((prewarm)); then
  for workload in $workloads; do
    for peer in $peers; do
      if [ "$peer" != direct ] && takes_part "$peer" "$workload"; then bench "$peer" "$workload" "$prewarm" >/dev/null || true; fi
    done
  done
fi
if [[ " $workloads " = *" r120 "* ]] && [ -z "$rate" ]; then
  full=$(for peer in $peers; do
    if [ "$peer" != direct ] && takes_part "$peer" r120; then number_after 'tps = ' "$(bench "$peer" r120 "$((secs < 2 ? 2 : secs))")"; fi
  done | sort -n | head -1)
  [ -n "$full" ] || die "r120 needs a rate, or a peer that serves more clients than it has backends"
  rate=$(awk -v full="$full" 'BEGIN {printf "%d", full * .6}')
  echo "r120: $rate transactions per second, 60 % of $full" >&2
fi
last=$(awk -F'\t' 'NR > 1 && $1 > m {m = $1} END {print m + 0}' "$out.tsv")
for ((round = last + 1; round <= last + rounds; round++)); do
  for workload in $workloads; do
    order=$peers # every other round backwards: drift cancels
    ((round % 2)) || order=$(tr ' ' '\n' <<<"$peers" | tac | tr '\n' ' ')
    for peer in $order; do ! takes_part "$peer" "$workload" || cell "$round" "$workload" "$peer"; done
  done
done
python3 "$BENCH_HOME/summary.py" "$out.tsv" >"$out.md"
echo "$out.tsv $out.md"
