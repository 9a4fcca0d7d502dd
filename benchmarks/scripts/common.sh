# shellcheck shell=bash
# Sourced by every script beside it. Goes to the root of the project, so that scripts work from anywhere, and sets $root, $results (the
# folder of the calling script's results) and $program (RL.Benchmarks, once build_all has built it).
set -euo pipefail
caller=$PWD
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
# shellcheck disable=SC2034
results=benchmarks/results/$(basename "$0" .sh) program=$root/artifacts/bin/RL.Benchmarks/release/RL.Benchmarks
# shellcheck source=build/setup.sh
source "$root/build/setup.sh"

# build_all: the native libraries and the whole solution.
build_all() { build "$root/rl.sln"; }

# build_rl: the rl command, once; every ./rl afterwards takes it as it is.
build_rl() {
    build "$root/src/Host/RL.Host.csproj"
    export RL_NO_BUILD=1
}

# one_thread: matrix products use one thread from now on, whichever library computes them.
one_thread() { export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 MKL_NUM_THREADS=1; }

# from_caller PATH: the path, which is relative to the folder the script was called from, as an absolute one.
from_caller() { [[ $1 == /* ]] && printf '%s\n' "$1" || printf '%s\n' "$caller/$1"; }

# median NUMBER...
median() { printf '%s\n' "$@" | sort -g | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'; }
