#!/usr/bin/env bash
# Pairs the C loop and the C# environment, C C# C C# …, and prints the ratio of the medians of their CPU times.
#   benchmarks/scripts/mujoco-stepping.sh [pairs = 7] [steps = 20000]
# A step is one action, i.e. 5 physics steps. 1.0 means that the environment costs no more than mj_step alone.
# (To compare with a library of one's own, set MUJOCO_LIB: both programs then use it.)
# shellcheck source=benchmarks/scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
pairs=${1:-7}
steps=${2:-20000}

build_all
cmake --build artifacts/native --target mujoco_step_loop > /dev/null
c=(artifacts/native/mujoco_step_loop src/Environments/Mujoco/Models/half_cheetah.xml "$steps" 5)
cs=("$program" mujoco-stepping "$steps")
[ -n "${MUJOCO_LIB:-}" ] && export LD_PRELOAD_C="$MUJOCO_LIB"

times_c=() times_cs=()
for ((i = 1; i <= pairs; i++)); do
  read -r a sum_a < <(LD_PRELOAD="${LD_PRELOAD_C:-}" "${c[@]}")
  read -r b sum_b < <("${cs[@]}")
  if [ "$sum_a" != "$sum_b" ]; then
    echo "the two programs simulated different things: checksum $sum_a against $sum_b" >&2
    exit 1
  fi
  times_c+=("$a") times_cs+=("$b")
  awk -v i="$i" -v a="$a" -v b="$b" -v n="$steps" \
    'BEGIN { printf "pair %d: C %.3f s (%.0f steps/s), C# %.3f s (%.0f steps/s), ratio %.3f\n", i, a, n / a, b, n / b, a / b }'
done

a=$(median "${times_c[@]}")
b=$(median "${times_cs[@]}")
awk -v a="$a" -v b="$b" -v n="$steps" \
  'BEGIN { printf "median: C %.3f s (%.0f steps/s), C# %.3f s (%.0f steps/s), speed ratio C#/C %.3f\n", a, n / a, b, n / b, a / b }'
