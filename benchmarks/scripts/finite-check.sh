#!/usr/bin/env bash
# What it costs a step to look for numbers that are not finite.
#   benchmarks/scripts/finite-check.sh [ROUNDS = 9] [STEPS = 20000]
# shellcheck source=benchmarks/scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build_all
"$program" finite-check "$@"
