#!/usr/bin/env bash
# What refining every executed action is worth: the agents that learning.sh has trained, played with the actor's action and with a*, the same
# first states for both. Prints the mean return of each, and for each task and each setting the mean change over the agents with its
# standard error.
#   benchmarks/scripts/refined-execution.sh [--runs FOLDER] [--episodes N] [--seeds "0 1 2"] SETTING...
# A setting is CRITIC:RADIUS, minimum:0.1 for one (docs/td3.md). Agents: TD3, plain and trained with ADR-GD and with SHARP.
# shellcheck source=benchmarks/scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
runs=$root/runs/learning episodes=20 seeds="0 1 2"
while [[ ${1:-} == --* ]]; do
    case $1 in
        --runs) runs=$(from_caller "$2") ;;
        --episodes) episodes=$2 ;;
        --seeds) seeds=$2 ;;
        *) echo "refined-execution.sh: $1 is no option; allowed: --runs, --episodes, --seeds." >&2; exit 2 ;;
    esac
    shift 2
done
(($# > 0)) || { echo "refined-execution.sh: no setting is given; allowed: CRITIC:RADIUS..., minimum:0.1 for one." >&2; exit 2; }
# shellcheck source=benchmarks/scripts/learning-runs.sh
source "$root/benchmarks/scripts/learning-runs.sh"

# play RUN [ARGUMENT...]: the mean return.
play() {
    "$rl" evaluate "$1" --runs "$runs" --episodes "$episodes" --seed 1000 --json "${@:2}" | sed -E 's/.*"mean":(-?[0-9.]+).*/\1/'
}

printf '%-28s %10s' run actor
printf ' %13s' "$@"
echo
rows=
for task in halfcheetah walker2d ant; do
    for preset in td3 td3-adr-gd td3-sharp; do
        for seed in $seeds; do
            run=$(name "$task" "$preset" "s$seed")
            # Assigned one by one: a failure inside of an argument would pass for 0.
            value=$(play "$run")
            row=$(printf '%-28s %10.1f' "$run" "$value")
            for setting in "$@"; do
                value=$(play "$run" --refine refine.evaluate.critic="${setting%:*}" refine.evaluate.radius="${setting#*:}")
                row+=$(printf ' %13.1f' "$value")
            done
            echo "$row"
            rows+=$row$'\n'
        done
    done
done

awk '
    NF == 0 { next }
    {
        task = $1; sub(/-.*/, "", task)
        if (!(task in count)) tasks[++many] = task
        count[task]++
        for (i = 3; i <= NF; i++) { d = $i - $2; sum[task, i] += d; squares[task, i] += d * d; better[task, i] += d > 0 }
        columns = NF
    }
    END {
        print ""
        for (t = 1; t <= many; t++) {
            n = count[tasks[t]]
            for (row = 1; row <= 2; row++) {
                printf "%-28s %10s", tasks[t], row == 1 ? "change" : "better"
                for (i = 3; i <= columns; i++) {
                    mean = sum[tasks[t], i] / n
                    error = n > 1 ? sqrt((squares[tasks[t], i] / n - mean * mean) / (n - 1)) : 0
                    printf " %13s", row == 1 ? sprintf("%+.0f ± %.0f", mean, error) : better[tasks[t], i] " of " n
                }
                print ""
            }
        }
    }' <<<"$rows"
