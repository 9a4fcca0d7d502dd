#!/usr/bin/env bash
# TD3 with and without refinement on HalfCheetah-v4, 100,000 steps, seed 0: two runs side by side that differ in the refinement
# alone, then their curves beside this script. About a quarter of an hour on two cores.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
# shellcheck source=build/setup.sh
source "$root/build/setup.sh"
build "$root/rl.sln"
runs=$(mktemp -d)
for preset in td3 td3-adr-gd; do
    "$root/rl" train td3 HalfCheetah-v4 --preset "$preset" --steps 100000 --seed 0 --runs "$runs" --name "$preset" --quiet \
        start_steps=25000 &
done
wait
cp "$runs/td3/evaluation.csv" "$here/halfcheetah-v4-td3-s0.csv"
cp "$runs/td3-adr-gd/evaluation.csv" "$here/halfcheetah-v4-td3-adr-gd-s0.csv"
"$root/artifacts/bin/RL.Benchmarks/release/RL.Benchmarks" plot "$here/halfcheetah-v4.svg" 'HalfCheetah-v4, seed 0, 10 evaluation episodes' \
    "TD3=$here/halfcheetah-v4-td3-s0.csv" "TD3 with ADR-GD=$here/halfcheetah-v4-td3-adr-gd-s0.csv"
