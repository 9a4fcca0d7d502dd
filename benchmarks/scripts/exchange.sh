#!/usr/bin/env bash
# Exported policies in ONNX Runtime, and imported ones beside PyTorch: the largest difference of their outputs. Runs the tests that check the same on
# fewer observations; what needs python3-torch is skipped without it.
#   benchmarks/scripts/exchange.sh [OBSERVATIONS = 1000]
# shellcheck source=benchmarks/scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build_all
export RL_EXCHANGE_OBSERVATIONS=${1:-1000}
artifacts/bin/RL.Runs.Tests/release/RL.Runs.Tests -noColor -showLiveOutput \
    -class RL.Runs.Tests.PolicyExportTests -class RL.Runs.Tests.PolicyImportTests | sed -n 's/.*\[OUTPUT\] //p; /Total:/p'
