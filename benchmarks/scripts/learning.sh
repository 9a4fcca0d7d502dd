#!/usr/bin/env bash
# Learning results: TD3 on HalfCheetah, Walker2d and Ant, plain and with actions refined by ADR-GD and by SHARP; DDPG on HalfCheetah and Ant,
# plain and with ADR-GD. 100,000 steps, 3 seeds: 39 runs of 8 to 13 CPU minutes, two at a time (6 CPU hours in all). Runs of one task differ in
# the refinement and the seed alone. What is finished is kept, what was interrupted goes on: call it again.
#   benchmarks/scripts/learning.sh [FOLDER OF THE RUNS]
# Writes results.txt, curves.csv and curves-<task>.png and .svg into benchmarks/results/learning.
# shellcheck source=benchmarks/scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
runs=$(from_caller "${1:-$root/runs/learning}")
# shellcheck source=benchmarks/scripts/learning-runs.sh
source "$root/benchmarks/scripts/learning-runs.sh"

for seed in 0 1 2; do
    for preset in td3 td3-adr-gd td3-sharp ddpg ddpg-adr-gd; do
        for task in HalfCheetah Walker2d Ant; do
            if [[ $task != Walker2d || $preset != ddpg* ]]; then
                echo "$(name $task $preset s$seed) $task-v4 $preset $seed"
            fi
        done
    done
done | train_all

"$rl" compare --runs "$runs" --scalar refine/gain --plot "$results/curves" --csv "$results/curves.csv" | tee "$results/results.txt"
