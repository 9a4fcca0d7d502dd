#!/usr/bin/env bash
# What distributions in event files, and a listener of the meters, cost a training step: three runs in one process that take turns, CPU time, medians of
# pairs. A minute of CPU; on a busy machine longer.
#   benchmarks/scripts/logging.sh [ROUNDS = 60] [STEPS OF A TURN = 30]
# shellcheck source=benchmarks/scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build_all
"$program" logging "$@"
