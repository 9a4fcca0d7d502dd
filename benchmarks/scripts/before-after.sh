#!/usr/bin/env bash
# Two builds of this project against each other, in turn (A B B A …), in CPU time on one thread: medians of both, and the median of the
# pairs' ratios with the least and the most. Two to five minutes a round for everything.
#   benchmarks/scripts/before-after.sh [--rounds N] [--after CHECKOUT] [--output FOLDER] OLD_CHECKOUT [NAME...]
# OLD_CHECKOUT is the root of another checkout, built (./rl list agents; dotnet build -c Release of its RL.Benchmarks). The other side is
# this checkout, which is built first, or the one that --after names, which is not. 5 rounds by default. Names, all by default:
#   learner     a TD3 update, gradients by hand and by autograd
#   ppo-mlp     PPO on CartPole-v1, 64-64: an epoch of learning; acting and stepping. From the CPU time of whole runs of ./rl train
#   ppo-small   PPO on CoinRun, network small: an epoch of learning; acting; stepping
#   ppo-impala  the same with network impala
#   adr-gd      an iteration of ADR-GD in every form, and one refined action
#   procgen     a step of CoinRun and of FruitBot
#   mujoco      a step of HalfCheetah-v5
# A build that uses OpenBLAS depends on the kernels that it chooses. It does not know new processors and then takes its slowest ones:
# where OPENBLAS_VERBOSE=2 prints "Core: Prescott", set OPENBLAS_CORETYPE=SkylakeX (AVX-512) or Haswell (AVX2), or the ratio says nothing.
# Writes before-after.csv and before-after.md into the folder, benchmarks/results/before-after by default.
# shellcheck source=benchmarks/scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
fail() { echo "before-after.sh: $*" >&2; exit 2; }

all=(learner ppo-mlp ppo-small ppo-impala adr-gd procgen mujoco)
rounds=5 after=$root output=$root/$results
while [[ ${1:-} == --* ]]; do
    (($# > 1)) || fail "$1 needs a value."
    case $1 in
        --rounds) rounds=$2 ;;
        --after) after=$(from_caller "$2") ;;
        --output) output=$(from_caller "$2") ;;
        *) fail "$1 is not an option; allowed: --rounds, --after, --output." ;;
    esac
    shift 2
done
[[ $rounds =~ ^[1-9][0-9]*$ ]] || fail "--rounds is $rounds; allowed: a whole number from 1."
(($# > 0)) || fail "no OLD_CHECKOUT given: the root of another, built checkout of this project."
before=$(from_caller "$1")
shift
names=("$@")
(($# > 0)) || names=("${all[@]}")
for name in "${names[@]}"; do
    [[ " ${all[*]} " == *" $name "* ]] || fail "there is no benchmark $name; allowed: ${all[*]}."
done
[[ $after != "$root" ]] || build_all
for checkout in "$before" "$after"; do
    for file in RL.Benchmarks/release/RL.Benchmarks RL.Host/release/rl; do
        [[ -x $checkout/artifacts/bin/$file ]] || fail "$checkout is not built: artifacts/bin/$file is missing there."
    done
done
one_thread
export RL_NO_BUILD=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Each of these measures the checkout given and prints lines "what; CPU microseconds; checksum of what was computed, if there is one".
benchmarks() { "$1/artifacts/bin/RL.Benchmarks/release/RL.Benchmarks" "${@:2}"; }

measure_learner() {
    benchmarks "$1" learner 1 | awk '/^ *gradients by (hand|autograd) / { printf "TD3 update, by %s; %.2f\n", $3, 1e6 / $4 }'
}

measure_ppo() { # CHECKOUT NETWORK MINIBATCH STEPS ROLLOUTS
    benchmarks "$1" ppo "${@:2}" | sed -En "s/^([a-z]+),.*: environment ([0-9.]+), acting ([0-9.]+), learning ([0-9.]+) per epoch.*/\
PPO \1, a step in an epoch of learning; \4\nPPO \1, acting, a step; \3\nPPO \1, environment, a step; \2/p"
}
measure_ppo-small() { measure_ppo "$1" small 512 64 1; }
measure_ppo-impala() { measure_ppo "$1" impala 64 8 1; }

# cpu_seconds CHECKOUT STEPS EPOCHS: user and system time of a training.
cpu_seconds() {
    local TIMEFORMAT='%U %S' runs
    runs=$(mktemp -d "$work/runs.XXX")
    {
        time "$1/rl" train ppo CartPole-v1 --runs "$runs" --quiet --steps "$2" epochs="$3" copies=16 rollout_steps=128 minibatches=32 \
            evaluation_interval=0 checkpoint_interval=0 >"$work/train.log" 2>&1 || { cat "$work/train.log" >&3; return 1; }
    } 3>&2 2>"$work/time"
    awk '{ print $1 + $2 }' "$work/time"
}

# Starting costs as much in a short run as in a long one; 8 more epochs differ in nothing but learning.
measure_ppo-mlp() {
    local short long learning
    short=$(cpu_seconds "$1" 2048 1) && long=$(cpu_seconds "$1" 34816 1) && learning=$(cpu_seconds "$1" 34816 9) || return 1
    awk -v s="$short" -v l="$long" -v e="$learning" 'BEGIN {
        epoch = (e - l) / 8 / 34816 * 1e6
        printf "PPO mlp, a step in an epoch of learning; %.2f\nPPO mlp, acting and stepping, a step; %.2f\n",
            epoch, (l - s) / (34816 - 2048) * 1e6 - epoch }'
}

measure_adr-gd() {
    benchmarks "$1" adr-gd "$root/tests/RL.InputOpt.Tests/golden/critic_td3_256.safetensors" 1 | awk '
        /^[^ ]/ { group = $0; next }
        group ~ /^CPU/ || group ~ /fresh/ || /^ *PGD/ { next }
        match($0, / +[0-9.]+ an iteration/) {
            what = substr($0, 1, RSTART - 1); sub(/^ +/, "", what); sub(/ +$/, "", what)
            if (group ~ /^one action/) { sub(/.* an iteration */, ""); unit = "one action"; value = $1 }
            else { unit = "an iteration"; value = substr($0, RSTART); sub(/^ +/, "", value); sub(/ .*/, "", value) }
            printf "ADR-GD %s, %s, %s; %s\n", group, what, unit, value
        }'
}

measure_procgen() {
    local game
    for game in coinrun fruitbot; do
        benchmarks "$1" procgen-stepping "$game" 1500 1 | awk -v g="$game" '{ printf "procgen:%s, a step; %.3f; %s\n", g, $2 / $1 * 1e6, $4 }'
    done
}

measure_mujoco() { benchmarks "$1" mujoco-stepping 20000 | awk '{ printf "HalfCheetah-v5, a step; %.3f; %s\n", $1 / 20000 * 1e6, $2 }'; }

mkdir -p "$output"
echo 'benchmark,measure,round,before_us,after_us' >"$work/csv"
for ((round = 1; round <= rounds; round++)); do
    for name in "${names[@]}"; do
        # What comes second in a pair is not always the same build.
        sides=(before after)
        ((round % 2)) || sides=(after before)
        for side in "${sides[@]}"; do
            "measure_$name" "${!side}" >"$work/$side"
        done
        awk -F '; ' -v name="$name" -v round="$round" '
            FNR == NR { value[$1] = $2; sum[$1] = $3; next }
            !($1 in value) { print name ": the old build does not measure \"" $1 "\"" >"/dev/stderr"; next }
            $3 != sum[$1] { print name ": the builds computed different things: " $1 ", checksum " sum[$1] " against " $3 >"/dev/stderr"; exit 1 }
            { printf "%s,\"%s\",%d,%s,%s\n", name, $1, round, value[$1], $2; both++; delete value[$1] }
            END {
                for (what in value) print name ": the new build does not measure \"" what "\"" >"/dev/stderr"
                if (!both) { print name ": nothing that both builds measure" >"/dev/stderr"; exit 1 }
            }' "$work/before" "$work/after" | tee -a "$work/csv"
    done
done

# revision CHECKOUT: its commit, with a + if files differ from it.
revision() { git -C "$1" describe --always --dirty=+ 2>/dev/null || echo unknown; }
{
    printf '# Before and after\n\n%s, %s (%s virtual CPUs), one thread%s; before: %s, after: %s.\n' "$(date -u +%F)" \
        "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc --all)" \
        "${OPENBLAS_CORETYPE:+, OPENBLAS_CORETYPE=$OPENBLAS_CORETYPE}" "$(revision "$before")" "$(revision "$after")"
    printf 'CPU time in µs, medians of %s rounds in which both builds take turns; the ratio is the median of the rounds'"'"' ratios.\n\n' "$rounds"
    printf '| what | before | after | after / before | least to most |\n|---|---|---|---|---|\n'
    awk '
        function median(of, n,   i, j, x) {
            for (i = 2; i <= n; i++) { x = of[i]; for (j = i - 1; j > 0 && of[j] > x; j--) of[j + 1] = of[j]; of[j + 1] = x }
            return (of[int((n + 1) / 2)] + of[int(n / 2) + 1]) / 2
        }
        NR == 1 { next }
        {
            split($0, quoted, "\""); what = quoted[2]; split(quoted[3], field, ",")
            if (!(what in count)) order[++many] = what
            n = ++count[what]; before[what, n] = field[3]; after[what, n] = field[4]
        }
        END {
            for (k = 1; k <= many; k++) {
                what = order[k]; n = count[what]
                for (i = 1; i <= n; i++) { b[i] = before[what, i]; a[i] = after[what, i]; r[i] = a[i] / b[i] }
                # Sorted by median, so the ends are least and most.
                ratio = median(r, n)
                printf "| %s | %.4g | %.4g | %.3f | %.3f to %.3f |\n", what, median(b, n), median(a, n), ratio, r[1], r[n]
            }
        }' "$work/csv"
} >"$work/md"
mv "$work/csv" "$output/before-after.csv"
mv "$work/md" "$output/before-after.md"
cat "$output/before-after.md"
