#!/usr/bin/env bash
# Proofs of the maximum of networks of at most 24 neurons beside HiGHS on the same mixed-integer program, in CPU time; one thread.
#   benchmarks/scripts/small-networks.sh [SECONDS_PER_NETWORK [SEEDS_PER_SHAPE]]
# shellcheck source=benchmarks/scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build_all
one_thread
"$program" small-networks tests/RL.Certification.Tests/golden/unsound.json "${1:-5}" "${2:-10}" | grep -v "^Running HiGHS" | tee "$results/small-networks.txt"
