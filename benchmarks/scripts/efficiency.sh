#!/usr/bin/env bash
# How much faster two workers are than one, for an attack on a small TD3 agent (Pendulum-v1, all episodes are equally long) and a certification of the
# CoinRun policy, both in two pieces. Each round takes four wall times: the pieces by one worker and by two, and half of the work in one process, alone
# and two such processes side by side. The latter say what this machine gives two busy processes at all: two threads of one core give less than twice
# the speed of one. Medians over the rounds of
#   efficiency  t₁ / (2 t₂) with t₁ and t₂ the times of one and two workers
#   machine     s₁ / s₂ with s₁ and s₂ the times of one process and of two side by side
#   relative    efficiency / machine, both of the same round
#   benchmarks/scripts/efficiency.sh [ROUNDS = 3] [EPISODES = 64] [STATES = 120]
# shellcheck source=benchmarks/scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build_rl
one_thread
rounds=${1:-3} episodes=${2:-64} states=${3:-120}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
./rl train td3 Pendulum-v1 --runs "$folder" --name agent --quiet --steps 300 start_steps=100 evaluation_episodes=1 >/dev/null

attack() { ./rl attack agent --runs "$folder" --method pgd --epsilon 0.1 --passes 80 --episodes "$@"; }
certify() { ./rl certify models/coinrun-easy-200.safetensors --epsilon 0.25/255 --episodes 4 --states "$@"; }

# run KIND SIZE OPTION...: once; what it writes goes into a folder of its own.
run() {
    local out=$folder/out-$BASHPID
    "$@" --out "$out" >"$out.log" 2>&1 || { cat "$out.log" >&2; return 1; }
    rm -rf "$out" "$out.log"
}

# both KIND SIZE: two processes side by side, until both have ended.
both() {
    run "$@" &
    local first=$!
    run "$@" &
    wait $! && wait $first
}

# seconds COMMAND...: its wall time.
seconds() {
    local began=$EPOCHREALTIME
    "$@"
    awk -v from="$began" -v to="$EPOCHREALTIME" 'BEGIN { printf "%.2f", to - from }'
}

printf '%-8s %6s %8s %8s %8s %8s %10s %8s %8s\n' work round t1 t2 s1 s2 efficiency machine relative
for work in "attack $episodes" "certify $states"; do
    read -r kind size <<<"$work"
    efficiencies=() machines=() relatives=()
    for ((round = 1; round <= rounds; round++)); do
        t1=$(seconds run "$kind" "$size" --shards 2 --workers 1)
        t2=$(seconds run "$kind" "$size" --shards 2 --workers 2)
        s1=$(seconds run "$kind" $((size / 2)))
        s2=$(seconds both "$kind" $((size / 2)))
        read -r efficiency machine relative < <(awk -v a="$t1" -v b="$t2" -v c="$s1" -v d="$s2" 'BEGIN { e = a / b / 2; m = c / d; print e, m, e / m }')
        printf '%-8s %6d %8.1f %8.1f %8.1f %8.1f %10.2f %8.2f %8.2f\n' "$kind" $round "$t1" "$t2" "$s1" "$s2" "$efficiency" "$machine" "$relative"
        efficiencies+=("$efficiency") machines+=("$machine") relatives+=("$relative")
    done
    printf '%-8s %6s %35s %10.2f %8.2f %8.2f\n' "$kind" median '' "$(median "${efficiencies[@]}")" "$(median "${machines[@]}")" "$(median "${relatives[@]}")"
done
