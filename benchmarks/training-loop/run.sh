#!/usr/bin/env bash
# The whole loop of TD3 on HalfCheetah-v5, with 1 thread also with refined actions, and the stepping of 16 copies, with 1 and with 2 threads, in turn.
#   benchmarks/training-loop/run.sh [ROUNDS] [STEPS]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=build/setup.sh
source "$root/build/setup.sh"
build "$root/rl.sln"
for ((round = 1; round <= ${1:-3}; round++)); do
    for threads in 1 2; do
        echo "round $round, $threads thread(s)"
        OPENBLAS_NUM_THREADS=$threads "$root/artifacts/bin/RL.Benchmarks/release/RL.Benchmarks" training-loop "${2:-3000}" "$threads"
    done
done
