#!/usr/bin/env bash
# Envelopes of neurons per second, and what tighter relaxations close of the triangles' gap on the golden files' networks, in CPU time; one thread.
#   benchmarks/scripts/relaxations.sh [NEURONS_AT_ONCE]
# shellcheck source=benchmarks/scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build_all
one_thread
"$program" relaxations tests/RL.Certification.Tests/golden tests/RL.InputOpt.Tests/golden "${1:-2}" | tee "$results/relaxations.txt"
