#!/usr/bin/env bash
# The whole loop of TD3 on HalfCheetah-v5, with 1 thread also with refined actions, and the stepping of 16 copies, with 1 and with 2 threads, in turn.
#   benchmarks/scripts/training-loop.sh [ROUNDS] [STEPS]
# shellcheck source=benchmarks/scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build_all
for ((round = 1; round <= ${1:-3}; round++)); do
    for threads in 1 2; do
        echo "round $round, $threads thread(s)"
        OMP_NUM_THREADS=$threads "$program" training-loop "${2:-3000}" "$threads"
    done
done
