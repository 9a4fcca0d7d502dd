#!/usr/bin/env bash
# The dashboard on a folder of many runs: the first scan, opening the page, memory, following what grows.
#   benchmarks/scripts/dashboard.sh [RUNS] [TAGS] [POINTS] [FOLDER]      (200 50 10000: 4 GB in a temporary folder)
# shellcheck source=benchmarks/scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build_all
"$program" dashboard "$@"
