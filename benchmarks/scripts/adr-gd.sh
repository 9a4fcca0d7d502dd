#!/usr/bin/env bash
# CPU time of iterations of ADR-GD and PGD, plain and fast in turn, and of refining one action; one thread.
#   benchmarks/scripts/adr-gd.sh [ROUNDS]
# shellcheck source=benchmarks/scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build_all
one_thread
exec "$program" adr-gd tests/RL.InputOpt.Tests/golden/critic_td3_256.safetensors "${1:-7}"
