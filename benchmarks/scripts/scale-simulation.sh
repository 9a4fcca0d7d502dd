#!/usr/bin/env bash
# What a sweep of many trials costs its coordinator and the dispatcher of a cluster, with workers that only sleep and of which 10 % die each hour:
# CPU time, messages, size of the store, time lost. Code 1 if a trial was lost, or two attempts at one wrote.
#   benchmarks/scripts/scale-simulation.sh [WORKERS = 200] [TRIALS = 10000] [SECONDS of a trial = 6] [SECONDS of an hour = 60]
# shellcheck source=benchmarks/scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build_all
one_thread
"$program" scale "$@"
