# shellcheck shell=bash
# Sourced by the learning scripts after common.sh, with the folder of the runs in $runs: builds, and says how to train.
build_rl
export runs rl=$root/rl

# train NAME ENVIRONMENT PRESET SEED [KEY=VALUE...]: 100,000 steps of which 10,000 are random. What is finished is kept, what was
# interrupted goes on.
train() {
    if grep --quiet '"finished"' "$runs/$1/result.json" 2>/dev/null; then
        return
    elif [[ -e $runs/$1/run.json ]]; then
        "$rl" train --resume "$1" --runs "$runs" --quiet >/dev/null
    else
        "$rl" train "${3%%-*}" "$2" --preset "$3" --steps 100000 --seed "$4" --runs "$runs" --name "$1" --quiet start_steps=10000 "${@:5}" >/dev/null
    fi
}
export -f train

# Two at a time, the lines of the input: the arguments of train.
train_all() { mkdir -p "$runs" && xargs --max-procs=2 --max-lines=1 bash -c 'train "$@"' _; }

# name TASK WORD...: the run's name, task-word-….
name() { local IFS=-; tr '[:upper:]' '[:lower:]' <<<"$*"; }
