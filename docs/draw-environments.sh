#!/usr/bin/env bash
# Draws the stills of docs/environments.md and docs/procgen.md: each task after some random actions.
#   docs/draw-environments.sh [FOLDER]      default: docs/images/environments
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
folder=${1:-$root/docs/images/environments}
mkdir -p "$folder"
for task in HalfCheetah Ant Hopper Walker2d Humanoid HumanoidStandup Swimmer Reacher Pusher InvertedPendulum InvertedDoublePendulum; do
    "$root/rl" draw "$task-v5" --image "$folder/$task.png" --image-step 5 --size 320x240 --seed 3
done
while read -r game mode seed step; do
    "$root/rl" draw "procgen:$game" --image "$folder/procgen-$game.png" --image-step "$step" --size 192x192 --seed "$seed" \
        "env.distribution_mode=$mode"
done <<'END'
coinrun hard 5 60
fruitbot easy 3 60
bigfish easy 5 200
maze easy 4 20
leaper hard 2 10
END
