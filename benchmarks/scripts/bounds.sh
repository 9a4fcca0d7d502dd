#!/usr/bin/env bash
# CPU time and width of bounds beside auto_LiRPA's in the golden files, and CoinRun frames certified by splitting phases; one thread.
#   benchmarks/scripts/bounds.sh [SECONDS_PER_FRAME [NETWORKS_FOLDER [MNIST_FOLDER]]]
# NETWORKS_FOLDER holds small_N.json.gz, critic_td3_256.safetensors and, if it is to be measured, large_0.safetensors.
# shellcheck source=benchmarks/scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build_all
one_thread
golden=tests/RL.Certification.Tests/golden
"$program" bounds "$golden" "${2:-tests/RL.InputOpt.Tests/golden}" models/coinrun-easy-200.safetensors ${3:+"$3"} | tee "$results/bounds.txt"
"$program" phases "$golden" models/coinrun-easy-200.safetensors "${1:-20}" | tee "$results/phases.txt"
