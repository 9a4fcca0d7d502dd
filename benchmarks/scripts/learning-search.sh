#!/usr/bin/env bash
# Search for settings of the refinement: TD3 with ADR-GD, one setting changed at a time, on the tasks and training seeds given. 100,000 steps,
# about 8 CPU minutes a run, two at a time. What is finished is kept, what was interrupted goes on.
#   benchmarks/scripts/learning-search.sh FOLDER OF THE RUNS "TASK..." "SEED..." NAME=OPTION[,OPTION...]...
# For example: benchmarks/scripts/learning-search.sh runs/search HalfCheetah "0 1" minimum=refine.explore.critic=minimum near=refine.explore.radius=0.3
# The settings that everything is compared to, plain TD3 and the paper's, are among those of learning.sh. Writes search.txt into benchmarks/results/learning-search.
# shellcheck source=benchmarks/scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
(($# >= 4)) || { echo 'learning-search.sh: too few arguments; allowed: FOLDER "TASK..." "SEED..." NAME=OPTION[,OPTION...]...' >&2; exit 2; }
runs=$(from_caller "$1") tasks=$2 seeds=$3
shift 3
# shellcheck source=benchmarks/scripts/learning-runs.sh
source "$root/benchmarks/scripts/learning-runs.sh"

for task in $tasks; do
    for setting in "$@"; do
        for seed in $seeds; do
            echo "$(name $task "${setting%%=*}" "s$seed") $task-v4 td3-adr-gd $seed ${setting#*=}" | tr ',' ' '
        done
    done
done | train_all

"$rl" compare --runs "$runs" --scalar refine/gain | tee "$results/search.txt"
