#!/usr/bin/env bash
# Learning results: TD3 on HalfCheetah, Walker2d and Ant, plain and with actions refined by ADR-GD and by SHARP; DDPG on HalfCheetah and Ant,
# plain and with ADR-GD. 100,000 steps, 3 seeds: 39 runs of about 8 CPU minutes, two at a time (5 CPU hours in all). Runs of one task differ in
# the refinement and the seed alone. What is finished is kept, what was interrupted goes on: call it again.
#   benchmarks/learning/run.sh [FOLDER OF THE RUNS]
# Writes results.txt, curves.csv and curves-<task>.png and .svg beside this script.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
export runs=${1:-$root/runs/learning}
# shellcheck source=build/setup.sh
source "$root/build/setup.sh"
build "$root/src/Host/RL.Host.csproj"
export RL_NO_BUILD=1 rl=$root/rl

# train ENVIRONMENT PRESET SEED
train() {
    local name
    name=$(tr '[:upper:]' '[:lower:]' <<<"${1%-v4}")-$2-s$3
    if grep --quiet '"finished"' "$runs/$name/result.json" 2>/dev/null; then
        return
    elif [[ -e $runs/$name/run.json ]]; then
        "$rl" train --resume "$name" --runs "$runs" --quiet >/dev/null
    else
        "$rl" train "${2%%-*}" "$1" --preset "$2" --steps 100000 --seed "$3" --runs "$runs" --name "$name" --quiet start_steps=10000 >/dev/null
    fi
}
export -f train

mkdir -p "$runs"
for seed in 0 1 2; do
    for preset in td3 td3-adr-gd td3-sharp ddpg ddpg-adr-gd; do
        for task in HalfCheetah Walker2d Ant; do
            if [[ $task != Walker2d || $preset != ddpg* ]]; then
                echo "$task-v4 $preset $seed"
            fi
        done
    done
done | xargs --max-procs=2 --max-lines=1 bash -c 'train "$@"' _

"$rl" compare --runs "$runs" --scalar refine/gain --scalar refine/ms --plot "$here/curves" --csv "$here/curves.csv" | tee "$here/results.txt"
