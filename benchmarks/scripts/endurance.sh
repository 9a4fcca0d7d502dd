#!/usr/bin/env bash
# Memory, managed heap, file descriptors and threads of long runs, a process each; every sample goes to the results' folder.
#   benchmarks/scripts/endurance.sh [MINUTES] [CASE…]        cases: td3 ppo-small ppo-compact ppo-nature ppo-impala attack sweep ppo-procgen
# shellcheck source=benchmarks/scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build_all
one_thread
minutes=${1:-12}
shift || true
# As ./rl collects garbage.
export DOTNET_gcConcurrent=1 DOTNET_GCgen0size=800000
mkdir -p "$results"
for name in "${@:-td3 ppo-small ppo-compact ppo-nature ppo-impala attack sweep ppo-procgen}"; do
    for case in $name; do
        "$program" endurance "$case" "$minutes" | tee "$results/$case.csv" | tail -n 1
    done
done
