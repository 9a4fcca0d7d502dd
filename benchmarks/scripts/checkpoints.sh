#!/usr/bin/env bash
# Checkpoints of a full replay buffer: seconds, and bytes written per byte of new transitions.
#   benchmarks/scripts/checkpoints.sh [TRANSITIONS] [NEW ONES] [FOLDER]
# shellcheck source=benchmarks/scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build_all
"$program" checkpoints "$@"
