#!/usr/bin/env bash
# How much of the possible gain optimisers find when they refine one action, on fresh, fitted and TD3-trained critics: about 2 minutes,
# and about 20 more for proofs of what is possible (so many seconds per state at most, 60 if not said; 0 for none).
#   benchmarks/optimizers/run.sh [SECONDS]
# The critics under critics/ are target_critic_1 of one run, ./rl train td3 HalfCheetah-v4 --seed 0 agent.start_steps=1000, after 5,000 to
# 60,000 steps, each with 64 of its last 5,000 states and the actor's actions there.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=build/setup.sh
source "$root/build/setup.sh"
build "$root/rl.sln"
export OPENBLAS_NUM_THREADS=1
"$root/artifacts/bin/RL.Benchmarks/release/RL.Benchmarks" optimizers \
    "$root/tests/RL.InputOpt.Tests/golden/critic_td3_256.safetensors" "$root/benchmarks/optimizers/critics" "${1:-60}" |
    tee "$root/benchmarks/optimizers/run.txt"
