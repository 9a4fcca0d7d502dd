#!/usr/bin/env bash
# PPO on CartPole-v1 (three seeds, 100,000 steps each) and on two easy mazes of Procgen: what a change to the learner must still reach.
# About half a CPU-minute each.
#   benchmarks/scripts/learning-ppo.sh [cartpole|maze]
# shellcheck source=benchmarks/scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build_all
runs=$(mktemp -d)
trap 'rm -rf "$runs"' EXIT
if [[ ${1:-cartpole} == cartpole ]]; then
    for seed in 0 1 2; do
        "$root/rl" train ppo CartPole-v1 --preset ppo-cartpole --seed "$seed" --runs "$runs" --name "cartpole-$seed" --quiet
        "$root/rl" evaluate "cartpole-$seed" --runs "$runs" --episodes 100 --seed 1234
    done
fi
if [[ ${1:-maze} == maze ]]; then
    "$root/rl" train ppo procgen:maze --preset ppo-procgen --runs "$runs" --name maze --quiet --steps 120000 network=small \
        env.distribution_mode=easy env.start_level=2 env.num_levels=2 copies=32 rollout_steps=64 discount=0.99 \
        normalize.discount=0.99 learning_rate=1e-3 evaluation_interval=0
    "$root/rl" evaluate maze --runs "$runs" --explore --episodes 200 --seed 1234
    echo "random: $("$program" procgen-baselines maze random 200 1234 2 2)"
fi
