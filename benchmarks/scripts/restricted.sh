#!/usr/bin/env bash
# Tasks in which maximising Q is hard: restricted InvertedPendulum, InvertedDoublePendulum and Hopper (env.restrict=balls), and HalfCheetah with a
# quarter of its range of actions (env.action_range=0.25). TD3 and any other presets, with the same seeds and 10,000 random steps; with --small
# networks of 64-64 units, minibatches of 128 and 5,000 random steps, so that a run takes a minute or two and many seeds can be had.
# What is finished is kept, what was interrupted goes on, and with more --steps everything goes further: call it again, on several days if need be.
#   benchmarks/scripts/restricted.sh [--small] [--runs FOLDER] [--steps N] [--seeds LIST] [--workers N] [--tasks "TASK..."] [--results FOLDER]
#     [--baseline GROUP] [--range R] [PRESET...]
# Tasks: InvertedPendulum, InvertedDoublePendulum, Swimmer, Hopper, Walker2d, HalfCheetah. Presets: td3 td3-adr-gd td3-sharp unless given (td3-target,
# td3-guide, td3-actors, sac, maxq …); the baseline, td3, always is among them. PRESET:OPTION=VALUE,… changes options: td3:target_noise=0
# (--baseline "td3 agent.target_noise=0" compares with such a group; default td3).
# --range R: all tasks have the share R of their range of actions instead (env.action_range=R).
# A run takes one thread; --workers of them (default: the number of cores) run at a time.
# Writes results.txt, scores.json, curves.csv and curves-<task>.png and .svg into benchmarks/results/restricted (with --small restricted-small, or
# --results FOLDER).
# shellcheck source=benchmarks/scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
runs=$root/runs/restricted steps=60000 seeds=0-2 baseline=td3 range="" workers=$(env -u OMP_NUM_THREADS nproc) tasks="InvertedDoublePendulum Hopper HalfCheetah"
settings=(start_steps=10000)
if [[ ${1:-} == --small ]]; then
    shift
    runs+=-small results+=-small steps=50000 tasks="InvertedPendulum InvertedDoublePendulum Hopper"
    settings=(start_steps=5000 hidden_layers=64,64 batch_size=128)
fi
while [[ ${1:-} == --* ]]; do
    case $1 in
        --runs) runs=$(from_caller "$2") ;;
        --steps) steps=$2 ;;
        --seeds) seeds=$2 ;;
        --workers) workers=$2 ;;
        --tasks) tasks=$2 ;;
        --results) results=$(from_caller "$2") ;;
        --baseline) baseline=$2 ;;
        --range) range=$2 ;;
        *) echo "restricted.sh: $1 is no option; allowed: --small (first), --runs, --steps, --seeds, --workers, --tasks, --results, --baseline, --range." >&2; exit 2 ;;
    esac
    shift 2
done
presets=(td3)
for preset in "${@:-td3-adr-gd td3-sharp}"; do
    for one in $preset; do
        [[ $one == td3 ]] || presets+=("$one")
    done
done
build_rl
rl=$root/rl
mkdir -p "$runs" "$results"

# options TASK: what restricts it.
options() {
    case $1 in
        InvertedPendulum | InvertedDoublePendulum | Swimmer | Hopper | Walker2d | HalfCheetah) [[ -z $range ]] || { echo "env.action_range=$range" && return; } ;;&
        InvertedPendulum | InvertedDoublePendulum | Swimmer | Hopper | Walker2d) echo env.restrict=balls ;;
        HalfCheetah) echo env.action_range=0.25 ;;
        *) echo "restricted.sh: $1 is no task; allowed: InvertedPendulum, InvertedDoublePendulum, Swimmer, Hopper, Walker2d, HalfCheetah." >&2; exit 2 ;;
    esac
}

# train TASK PRESET[:OPTION=VALUE,...]: all seeds, side by side.
train() {
    local name restriction preset=${2%%:*} changes=()
    name=$(tr '[:upper:]:=,' '[:lower:]---' <<<"$1${range:+-range-$range}-$2")
    restriction=$(options "$1")
    [[ $2 != *:* ]] || IFS=, read -r -a changes <<<"${2#*:}"
    if compgen -G "$runs/$name-s*/run.json" >/dev/null; then
        "$rl" train --resume "$name" --runs "$runs" --workers "$workers" --steps "$steps" --quiet
    else
        "$rl" train "${preset%%-*}" "$1-v4" --preset "$preset" --steps "$steps" --seeds "$seeds" --workers "$workers" --runs "$runs" --name "$name" \
            --quiet "${settings[@]}" "$restriction" "${changes[@]}"
    fi
}

report() {
    local arguments=(--runs "$runs" --baseline "$baseline")
    if [[ $tasks != HalfCheetah && -z $range ]]; then
        arguments+=(--scalar evaluation/action/valid)
    fi
    "$rl" compare "${arguments[@]}" --plot "$results/curves" --csv "$results/curves.csv" >"$results/results.txt"
    "$rl" compare "${arguments[@]}" --json >"$results/scores.json"
}

for task in $tasks; do
    options "$task" >/dev/null
done
for preset in "${presets[@]}"; do
    for task in $tasks; do
        train "$task" "$preset"
    done
done
report
cat "$results/results.txt"
