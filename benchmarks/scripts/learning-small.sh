#!/usr/bin/env bash
# Learning results with many seeds: TD3 on HalfCheetah, Walker2d and Ant, plain and with exploration by ADR-GD, networks of 64-64 units and
# minibatches of 128, so that a run of 100,000 steps takes two to four minutes. Seeds 10 to 14, on which nothing was chosen. What is finished is kept, what was
# interrupted goes on: call it again.
#   benchmarks/scripts/learning-small.sh [FOLDER OF THE RUNS [TASKS [PRESETS]]]
# Writes results.txt, scores.json, curves.csv and curves-<task>.png and .svg into benchmarks/results/learning-small.
# shellcheck source=benchmarks/scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
runs=$(from_caller "${1:-$root/runs/learning-small}")
tasks=${2:-HalfCheetah Walker2d Ant} presets=${3:-td3 td3-adr-gd}
# shellcheck source=benchmarks/scripts/learning-runs.sh
source "$root/benchmarks/scripts/learning-runs.sh"

for task in $tasks; do
    for seed in 10 11 12 13 14; do
        for preset in $presets; do
            echo "$(name "$task" "$preset" s$seed) $task-v4 $preset $seed hidden_layers=64,64 batch_size=128"
        done
    done
done | train_all

mkdir -p "$results"
"$rl" compare --runs "$runs" --baseline td3 --plot "$results/curves" --csv "$results/curves.csv" | tee "$results/results.txt"
"$rl" compare --runs "$runs" --baseline td3 --json >"$results/scores.json"
