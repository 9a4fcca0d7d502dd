#!/usr/bin/env bash
# Draws the stills of docs/environments.md: each MuJoCo task after a few steps of random actions.
#   docs/draw-environments.sh [FOLDER]      default: docs/images/environments
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
folder=${1:-$root/docs/images/environments}
mkdir -p "$folder"
for task in HalfCheetah Ant Hopper Walker2d Humanoid HumanoidStandup Swimmer Reacher Pusher InvertedPendulum InvertedDoublePendulum; do
    "$root/rl" draw "$task-v5" --image "$folder/$task.png" --image-step 5 --size 320x240 --seed 3
done
