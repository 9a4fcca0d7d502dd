#!/usr/bin/env bash
# Every fault at every operation on a file of small runs: kills, torn writes, errors, a full disk; damaged files; signals. Code 1 if a run
# does not end in the same bytes, or in an error that says what is wrong.
#   benchmarks/scripts/faults.sh [AGENTS = td3,ppo] [KINDS = kill,eio,enospc,damage,signals] [EVERY = 1, of the operations]
# shellcheck source=benchmarks/scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build_all
one_thread
# In memory: a case takes milliseconds there.
[[ -d /dev/shm ]] && export TMPDIR=/dev/shm
LD_PRELOAD=$root/artifacts/native/libfault_shim.so "$program" faults "$@"
