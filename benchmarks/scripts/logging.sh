#!/usr/bin/env bash
# What distributions in event files, and a listener of the meters, cost a training step.
#   benchmarks/scripts/logging.sh [ROUNDS = 3] [STEPS = 1500]
# shellcheck source=benchmarks/scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build_all
"$program" logging "$@"
