#!/usr/bin/env bash
# Every optimiser, and ADR-GD without its parts, on random networks: 40 small (about 2 minutes) and 20 large ones (about 4); and the
# first 5 of the small ones with proofs of how far from the maximum everything is (about a quarter of an hour).
#   benchmarks/ablation/run.sh [small|large|certified]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
for table in ${1:-small large certified}; do
    options=(--net "$table" --plot "benchmarks/ablation/$table")
    if [[ $table == certified ]]; then
        options=(--net small --nets 5 --certify 400)
    fi
    ./rl optimize ablation "${options[@]}" --json "benchmarks/ablation/$table.json" | tee "benchmarks/ablation/$table.txt"
done
