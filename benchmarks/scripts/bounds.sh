#!/usr/bin/env bash
# CPU time and width of bounds beside auto_LiRPA's in the golden files, and CoinRun frames certified by splitting phases; one thread.
#   benchmarks/scripts/bounds.sh [SECONDS_PER_FRAME [MNIST_FOLDER]]
# shellcheck source=benchmarks/scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build_all
one_thread
golden=tests/RL.Certification.Tests/golden
"$program" bounds "$golden" tests/RL.InputOpt.Tests/golden models/coinrun-easy-200.safetensors ${2:+"$2"} | tee "$results/bounds.txt"
"$program" phases "$golden" models/coinrun-easy-200.safetensors "${1:-20}" | tee "$results/phases.txt"
