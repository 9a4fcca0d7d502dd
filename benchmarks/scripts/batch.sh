#!/usr/bin/env bash
# CPU time per state of maximising a just updated critic over the actions of a whole minibatch, one call for all states; one thread.
#   benchmarks/scripts/batch.sh [STATES [ROUNDS]]
# shellcheck source=benchmarks/scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build_all
one_thread
"$program" batch tests/RL.InputOpt.Tests/golden/critic_td3_256.safetensors "${@:1:2}" | tee "$results/run.txt"
