#!/usr/bin/env bash
# Attacks on the observations of trained policies: TD3 on HalfCheetah, without and with refined actions; PPO on CartPole, which it trains;
# and the games in models/. About half an hour of CPU time.
#   benchmarks/scripts/attacks.sh [FOLDER OF THE RUNS of benchmarks/scripts/learning.sh]
# Writes what it prints into *.txt into benchmarks/results/attacks.
# shellcheck source=benchmarks/scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
runs=$(from_caller "${1:-$root/runs/learning}")
build_rl
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

# attack NAME POLICY OPTIONS…
attack() {
    "$root/rl" attack "$2" --out "$out/$1" "${@:3}" | sed '/^written to/d' >"$results/$1.txt"
}

all=noise,fgsm,pgd,apgd,adr-gd,sharp
attack halfcheetah-td3 "$runs/halfcheetah-td3-s0" --episodes 10 --method $all --epsilon 0.05,0.15 --passes default,20,50
attack halfcheetah-td3-critic "$runs/halfcheetah-td3-s0" --episodes 10 --method $all --epsilon 0.15 --loss critic --passes 20
attack halfcheetah-td3-adr-gd "$runs/halfcheetah-td3-adr-gd-s0" --episodes 10 --method $all --epsilon 0.15 --passes 50
if [[ ! -d $runs/cartpole-ppo ]]; then
    "$root/rl" train ppo CartPole-v1 --preset ppo-cartpole --runs "$runs" --name cartpole-ppo --quiet
fi
attack cartpole-ppo "$runs/cartpole-ppo" --episodes 100 --method $all --epsilon 0.1,0.3,1 --passes 20
games=noise,fgsm,pgd,adr-gd,sharp
attack coinrun "$root/models/coinrun-easy-200.safetensors" --explore --episodes 100 --method $games --epsilon 1/255,3/255 --passes 20
attack coinrun-targeted "$root/models/coinrun-easy-200.safetensors" --explore --episodes 100 --targeted --method $games --epsilon 3/255 \
    --passes 20
attack fruitbot "$root/models/fruitbot-easy-200.safetensors" --explore --episodes 64 --method $games --epsilon 1/255 --passes 20
