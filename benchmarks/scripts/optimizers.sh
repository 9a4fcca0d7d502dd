#!/usr/bin/env bash
# How much of the possible gain optimisers find when they refine one action, on fresh, fitted and TD3-trained critics: about 2 minutes,
# and about 20 more for proofs of what is possible (at most SECONDS per state, 60 by default; 0 for none).
#   benchmarks/scripts/optimizers.sh [SECONDS]
# The critics in benchmarks/critics are target_critic_1 of one run, ./rl train td3 HalfCheetah-v4 --seed 0 agent.start_steps=1000, after
# 5,000 to 60,000 steps, each with 64 of its last 5,000 states and the actor's actions there.
# shellcheck source=benchmarks/scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build_all
one_thread
"$program" optimizers tests/RL.InputOpt.Tests/golden/critic_td3_256.safetensors benchmarks/critics "${1:-60}" | tee "$results/run.txt"
