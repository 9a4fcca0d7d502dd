#!/usr/bin/env bash
# TD3 updates per CPU-second beside the bare matrix products, paired in one process, one thread.
#   benchmarks/scripts/learner.sh [ROUNDS]
# shellcheck source=benchmarks/scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build_all
one_thread
exec "$program" learner "${1:-15}"
