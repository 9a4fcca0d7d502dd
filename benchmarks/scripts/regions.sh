#!/usr/bin/env bash
# CPU time of linear regions: slices, segments and facets on the networks of the golden files; one thread.
#   benchmarks/scripts/regions.sh
# shellcheck source=benchmarks/scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build_all
one_thread
mkdir -p "$results"
"$program" regions tests/RL.Certification.Tests/golden tests/RL.InputOpt.Tests/golden | tee "$results/run.txt"
