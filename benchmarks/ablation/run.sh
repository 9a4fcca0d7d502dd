#!/usr/bin/env bash
# Every optimiser, and ADR-GD without its parts, on random networks: 40 small (about 2 minutes) and 20 large ones (about 4).
#   benchmarks/ablation/run.sh [small|large]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
for net in ${1:-small large}; do
    ./rl optimize ablation --net "$net" --json "benchmarks/ablation/$net.json" --plot "benchmarks/ablation/$net" |
        tee "benchmarks/ablation/$net.txt"
done
