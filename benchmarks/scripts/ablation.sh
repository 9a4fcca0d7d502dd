#!/usr/bin/env bash
# Every optimiser, and ADR-GD without its parts, on random networks: 40 small (about 2 minutes) and 20 large ones (about 4); and the
# first 5 of the small ones with proofs of how far from the maximum everything is (about a quarter of an hour).
#   benchmarks/scripts/ablation.sh [small|large|certified]
# shellcheck source=benchmarks/scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
for table in ${1:-small large certified}; do
    options=(--net "$table" --plot "$results/$table")
    if [[ $table == certified ]]; then
        options=(--net small --nets 5 --certify 400)
    fi
    ./rl optimize ablation "${options[@]}" --json "$results/$table.json" | tee "$results/$table.txt"
done
