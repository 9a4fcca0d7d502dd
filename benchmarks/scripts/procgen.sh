#!/usr/bin/env bash
# Speed of the built-in Procgen games through the environment interface: easy levels, normal drawing, 64 copies, random actions.
# One thread and two threads take turns; prints steps per CPU-second with one thread, and how much faster (by the clock) two are.
# Where PROCGEN_LIB and PROCGEN_ASSETS name a Procgen library, it takes its turn too, through the same interface.
#   benchmarks/scripts/procgen.sh [pairs = 5] [rounds = 3000] [games = coinrun fruitbot bigfish maze leaper]
# A round steps every copy once. The clock says little on a machine that is busy with other things.
# shellcheck source=benchmarks/scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
pairs=${1:-5}
rounds=${2:-3000}
games=("${@:3}")
((${#games[@]} > 0)) || games=(coinrun fruitbot bigfish maze leaper)

build_all
command=("$program" procgen-stepping)

for game in "${games[@]}"; do
  rates=() ratios=() gains=()
  for ((i = 1; i <= pairs; i++)); do
    read -r steps cpu wall sum < <("${command[@]}" "$game" "$rounds" 1)
    read -r _ cpu2 wall2 sum2 < <("${command[@]}" "$game" "$rounds" 2)
    if [ "$sum" != "$sum2" ]; then
      echo "$game: one thread and two played different things: checksum $sum against $sum2" >&2
      exit 1
    fi
    rates+=("$(awk -v n="$steps" -v c="$cpu" 'BEGIN { print n / c }')")
    ratios+=("$(awk -v a="$wall" -v b="$wall2" 'BEGIN { print a / b }')")
    awk -v g="$game" -v i="$i" -v n="$steps" -v c="$cpu" -v w="$wall" -v c2="$cpu2" -v w2="$wall2" 'BEGIN {
      printf "%s %d: 1 thread %.0f steps/CPU-s (%.2f s CPU, %.2f s clock); 2 threads %.2f s CPU, %.2f s clock, %.2f times as fast\n",
        g, i, n / c, c, w, c2, w2, w / w2 }'
    if [ -n "${PROCGEN_LIB:-}" ]; then
      read -r steps3 cpu3 _ < <("${command[@]}" "$game" "$((rounds / 4))" 1 libenv | tail -n 1)
      gains+=("$(awk -v n="$steps" -v c="$cpu" -v n3="$steps3" -v c3="$cpu3" 'BEGIN { print (n / c) / (n3 / c3) }')")
      awk -v g="$game" -v i="$i" -v n="$steps3" -v c="$cpu3" 'BEGIN { printf "%s %d: library %.0f steps/CPU-s\n", g, i, n / c }'
    fi
  done
  printf '%s median: %.0f steps per CPU-second with 1 thread; 2 threads %.2f times as fast\n' \
    "$game" "$(median "${rates[@]}")" "$(median "${ratios[@]}")"
  ((${#gains[@]} == 0)) || printf '%s median: %.2f times as fast as the library, by CPU time\n' "$game" "$(median "${gains[@]}")"
done
