#!/usr/bin/env bash
# CPU time of iterations of ADR-GD and PGD, plain and fast in turn, and of refining one action; one thread.
#   benchmarks/adr-gd/run.sh [ROUNDS]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=build/setup.sh
source "$root/build/setup.sh"
build "$root/rl.sln"
export OPENBLAS_NUM_THREADS=1
exec "$root/artifacts/bin/RL.Benchmarks/release/RL.Benchmarks" adr-gd \
    "$root/tests/RL.InputOpt.Tests/golden/critic_td3_256.safetensors" "${1:-7}"
