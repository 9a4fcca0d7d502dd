#!/usr/bin/env bash
# Search for settings of the refinement: TD3 with ADR-GD on HalfCheetah and Walker2d, one setting changed at a time, on the training seeds
# given. 100,000 steps, about 8 CPU minutes a run, two at a time. What is finished is kept, what was interrupted goes on.
#   benchmarks/learning/search.sh FOLDER OF THE RUNS "SEED..." NAME=OPTION[,OPTION...]...
# For example: benchmarks/learning/search.sh runs/search "0 1" minimum=refine.critic=minimum near=refine.radius=0.3
# The settings that everything is compared to, plain TD3 and the paper's, are among run.sh's. Writes search.txt beside this script.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
(($# >= 3)) || { echo 'search.sh: too few arguments; allowed: FOLDER "SEED..." NAME=OPTION[,OPTION...]...' >&2; exit 2; }
runs=$1 seeds=$2
shift 2
# shellcheck source=benchmarks/learning/train.sh
source "$here/train.sh"

for setting in "$@"; do
    for task in HalfCheetah Walker2d; do
        for seed in $seeds; do
            echo "$(name $task "${setting%%=*}" "s$seed") $task-v4 td3-adr-gd $seed ${setting#*=}" | tr ',' ' '
        done
    done
done | train_all

"$rl" compare --runs "$runs" --scalar refine/gain | tee "$here/search.txt"
