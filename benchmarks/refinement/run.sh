#!/usr/bin/env bash
# CPU time of refining one action with ADR-GD, plain and fast in turn, one thread.
#   benchmarks/refinement/run.sh [ROUNDS]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=build/setup.sh
source "$root/build/setup.sh"
build "$root/rl.sln"
export OPENBLAS_NUM_THREADS=1
exec "$root/artifacts/bin/RL.Benchmarks/release/RL.Benchmarks" refinement \
    "$root/tests/RL.InputOpt.Tests/golden/critic_td3_256.safetensors" "${1:-7}"
