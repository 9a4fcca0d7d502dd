#!/usr/bin/env bash
# Random problems (networks × scores × regions × shapes), each solved by every optimiser, against what results promise: never below the start, inside
# the region, finite, deterministic, honest passes, the same in other units. 30,000 cases by default, an hour of CPU time; fails if a promise is broken.
#   benchmarks/scripts/input-opt-promises.sh [CASES [SEED]]
# shellcheck source=benchmarks/scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build_all
one_thread
mkdir -p "$results"
"$program" promises "${@:1:2}" | tee "$results/run.txt"
