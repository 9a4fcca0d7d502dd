#!/usr/bin/env bash
# Methods with one and several starts at equal passes on small and large random networks and on a critic, three seeds, against a long search
# (2,000 starts of 150 sign steps each, a polish or a long climb from the best 20, and a walk). Some 40 minutes of CPU time for 8 large problems a seed,
# and five times as many of the others.
# Writes a CSV per set and seed and summary.md into benchmarks/results/input-opt.
#   benchmarks/scripts/input-opt.sh [LARGE PROBLEMS PER SEED = 8]
# shellcheck source=benchmarks/scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build_all
one_thread
problems=${1:-8}
many=$((5 * problems))
critic=tests/RL.InputOpt.Tests/golden/critic_td3_256.safetensors
mkdir -p "$results"
for seed in 0 1 2; do
    "$program" input-opt small "$seed" 0 "$many" 100,300,1000 >"$results/small-$seed.csv"
    "$program" input-opt large "$seed" 0 "$problems" 100,300,1000,3000 >"$results/large-$seed.csv"
    "$program" input-opt "critics=$critic" "$seed" "$((seed * many))" "$many" 100,300 >"$results/critic-$seed.csv"
done
"$program" input-opt-summary "$results"/*.csv | tee "$results/summary.md"
