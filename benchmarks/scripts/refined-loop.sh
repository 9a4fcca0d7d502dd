#!/usr/bin/env bash
# What refinement costs in each place: TD3's whole loop on HalfCheetah-v5, plain and refined, in turn in one process; one thread.
#   benchmarks/scripts/refined-loop.sh [ROUNDS [STEPS]]
# shellcheck source=benchmarks/scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build_all
one_thread
mkdir -p "$results"
"$program" refined-loop "${@:1:2}" | tee "$results/run.txt"
