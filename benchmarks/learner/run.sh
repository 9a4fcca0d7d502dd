#!/usr/bin/env bash
# TD3 updates per CPU-second beside the bare matrix products, paired in one process, one thread.
#   benchmarks/learner/run.sh [ROUNDS]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=build/setup.sh
source "$root/build/setup.sh"
build "$root/rl.sln"
export OPENBLAS_NUM_THREADS=1
exec "$root/artifacts/bin/RL.Benchmarks/release/RL.Benchmarks" learner "${1:-15}"
