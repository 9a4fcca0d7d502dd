#!/usr/bin/env bash
# Asynchronous successive halving against random search on CartPole at equal steps: which finds the better settings? Each repetition has a
# search seed of its own; random search gets as many whole trials as halving has spent steps (rounded up, so never fewer). The policy of the
# best trial then plays 100 episodes of other seeds.
#   benchmarks/scripts/asha.sh [REPETITIONS, default 5]
# shellcheck source=benchmarks/scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build_rl
one_thread
steps=20000
runs=$(mktemp -d)
trap 'rm -rf "$runs"' EXIT

# search NAME OPTION...: the steps that were spent and the best trial's number.
search() {
    ./rl sweep ppo CartPole-v1 --preset ppo-cartpole --steps $steps --name "$@" --workers 1 --runs "$runs" --quiet --json \
        learning_rate=1e-5..1e-1:log epochs=1..30:log discount=0.9..0.999 lambda=0.5..1 rollout_steps=8..256:log clip=0.05..0.5 \
        evaluation_interval=740 evaluation_episodes=10 checkpoint_interval=10000 |
        sed -E 's/.*"steps":([0-9]+),"best":([0-9]+).*/\1 \2/'
}

# play NAME TRIAL: mean return of 100 episodes.
play() {
    ./rl evaluate "$(printf '%s/%s/t%04d-s0' "$runs" "$1" "$2")" --episodes 100 --seed 1234 --json | sed -E 's/.*"mean":([-0-9.e+]+).*/\1/'
}

printf '%-12s %-10s %8s %8s %8s\n' repetition search trials steps return
for ((seed = 0; seed < ${1:-5}; seed++)); do
    read -r spent best < <(search "asha-$seed" --search halving --trials 27 --search-seed "$seed")
    printf '%-12d %-10s %8d %8d %8.1f\n' "$seed" halving 27 "$spent" "$(play "asha-$seed" "$best")"
    trials=$(((spent + steps - 1) / steps))
    # Other settings than halving's first ones, or both would try the same.
    read -r spent best < <(search "random-$seed" --search random --trials $trials --search-seed $((seed + 1000)))
    printf '%-12d %-10s %8d %8d %8.1f\n' "$seed" random $trials "$spent" "$(play "random-$seed" "$best")"
done
