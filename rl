#!/usr/bin/env bash
# Starts the rl host. On a fresh machine it first installs what is missing and builds; afterwards only what has changed.
#   RL_NO_BUILD=1         start what is there
#   OMP_NUM_THREADS       threads of one operation of libtorch (default 1: the networks are small)
set -euo pipefail
root=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
# shellcheck source=build/setup.sh
source "$root/build/setup.sh"

host=$root/artifacts/bin/RL.Host/release/rl
if [[ -n ${RL_NO_BUILD:-} ]]; then
    [[ -x $host ]] || { say "RL_NO_BUILD is set, but nothing is built yet: $host is missing"; exit 1; }
elif ! up_to_date || [[ ! -x $host ]]; then
    build "$root/src/Host/RL.Host.csproj" unless-up-to-date || exit 1
fi

# ffmpeg is needed for films only, and large.
if [[ " $* " == *" --video"* ]] && ! command -v ffmpeg >/dev/null; then
    install_missing ffmpeg
fi

# A file that is opened must not come to stand where standard input, output or error was closed.
for descriptor in 0 1 2; do
    [[ -e /proc/$$/fd/$descriptor ]] || eval "exec $descriptor<>/dev/null"
done

# The runtime's pipes for debuggers would stay in the temporary folder when a run is killed.
export DOTNET_EnableDiagnostics=${DOTNET_EnableDiagnostics:-0}
# Training allocates little: by itself the garbage collector would wait until the largest cache is full (a hundred MB and more).
export DOTNET_GCgen0size=${DOTNET_GCgen0size:-800000}
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}
exec "$host" "$@"
