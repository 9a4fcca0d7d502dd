# shellcheck shell=bash
# What a machine needs and how the project is built; sourced by rl and check.sh, which set $root.
# Everything here speaks to stderr: stdout belongs to the program that is started afterwards.

: "${root:?set by the script that sources this}"

say() { printf 'rl: %s\n' "$*" >&2; }

# The Debian packages that building and running need. With TorchBackend=nuget libtorch comes with the build.
packages() {
    local names=(cmake make g++ libmujoco-dev libosmesa6 fonts-dejavu-core)
    if [[ ${TorchBackend:-system} == system ]]; then
        names+=(libtorch-dev libopenblas0-pthread)
    fi
    printf '%s\n' "${names[@]}"
}

# The packages above that are not installed.
missing_packages() {
    local name
    while read -r name; do
        [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$name" 2>/dev/null) == installed ]] || printf '%s\n' "$name"
    done < <(packages)
}

# Sets sudo to what must stand before a command that needs root (nothing if we are), or says which command to run and ends with 2.
need_root() {
    sudo=()
    if ((EUID == 0)); then
        return
    fi
    if command -v sudo >/dev/null && { [[ -t 0 && -t 2 ]] || sudo -n true 2>/dev/null; }; then
        sudo=(sudo)
        return
    fi
    say "this needs root; run it once, then try again:"
    printf '    sudo sh -c "%s"\n' "$*" >&2
    exit 2
}

install_packages() {
    if ! command -v dotnet >/dev/null; then
        say "the .NET 10 SDK is missing: https://dotnet.microsoft.com/download"
        exit 2
    fi
    if ! command -v dpkg-query >/dev/null; then
        say "not a Debian system: see to it yourself that these are installed: $(packages | tr '\n' ' ')"
        return
    fi
    local missing
    mapfile -t missing < <(missing_packages)
    if ((${#missing[@]} > 0)); then
        install_now "${missing[@]}"
    fi
}

# Installs the named packages; ends with 2 if that cannot be.
install_now() {
    # One command, so that what is printed for someone without rights is all there is to do.
    local command="apt-get update && apt-get install --yes --no-install-recommends $*"
    need_root "$command"
    say "installing $* …"
    if ! quietly install "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive sh -c "$command"; then
        exit 2
    fi
}

# ffmpeg is needed for films only, and large: it is installed when one is asked for.
install_ffmpeg() {
    if ! command -v ffmpeg >/dev/null && command -v dpkg-query >/dev/null; then
        mkdir -p "$root/artifacts"
        install_now ffmpeg
    fi
}

# Debian's reference BLAS is an order of magnitude slower than OpenBLAS, and whichever was chosen last wins.
choose_openblas() {
    [[ ${TorchBackend:-system} == system ]] && command -v update-alternatives >/dev/null || return 0
    local link openblas
    link=$(update-alternatives --query "libblas.so.3-$(uname -m)-linux-gnu" 2>/dev/null) || return 0
    [[ $(sed -n 's/^Value: //p' <<<"$link") != *openblas* ]] || return 0
    openblas=$(sed -n 's/^Alternative: \(.*openblas.*\)$/\1/p' <<<"$link" | head -n 1)
    [[ -n $openblas ]] || return 0
    if ((EUID == 0)); then
        say "making libblas.so.3 OpenBLAS"
        update-alternatives --set "libblas.so.3-$(uname -m)-linux-gnu" "$openblas" >&2
    else
        say "libblas.so.3 is not OpenBLAS, so training will be slow; mend it with:"
        printf '    sudo update-alternatives --set libblas.so.3-%s-linux-gnu %s\n' "$(uname -m)" "$openblas" >&2
    fi
}

# What the build depends on beside the files.
build_key() { printf '%s' "${TorchBackend:-system} ${TorchSharpVersion:-} ${LibTorchPackage:-} ${LibTorchVersion:-}"; }

# True if nothing that the build reads is newer than the last successful build. (A directory is newer when a file came or went.)
up_to_date() {
    local stamp=$root/artifacts/built key=
    [[ -f $stamp ]] || return 1
    IFS= read -r key <"$stamp" || true
    [[ $key == "$(build_key)" ]] || return 1
    [[ -z $(find "$root/src" "$root/native" "$root/build" "$root"/Directory.* "$root/global.json" "$root/BannedSymbols.txt" \
        "$root/.editorconfig" -newer "$stamp" -print -quit) ]]
}

# Runs a step; its output is shown only if it fails.
quietly() {
    local name=$1 log=$root/artifacts/$1.log
    shift
    if ! "$@" >"$log" 2>&1; then
        cat "$log" >&2
        say "$name failed: $* (log above and in $log)"
        return 1
    fi
}

build_native() {
    local targets=(mujoco_shim fake_libenv)
    [[ ${TorchBackend:-system} == system ]] && targets+=(torch_shim)
    quietly native-configure cmake -S "$root/native" -B "$root/artifacts/native" -G 'Unix Makefiles' -DCMAKE_BUILD_TYPE=Release &&
        quietly native-build cmake --build "$root/artifacts/native" --target "${targets[@]}"
}

build_dotnet() { quietly dotnet-build dotnet build "$1" --configuration Release --nologo --verbosity quiet; }

# Builds native/ and the given project or solution. One build at a time: others wait here.
build() {
    mkdir -p "$root/artifacts"
    exec {lock}>"$root/artifacts/build.lock"
    flock "$lock"
    if [[ ${2:-} == unless-up-to-date ]] && up_to_date; then
        exec {lock}>&-
        return 0
    fi
    install_packages
    choose_openblas
    # The stamp is from before the build, so that what is edited meanwhile counts as newer.
    build_key >"$root/artifacts/building"
    say "building …"
    build_native {lock}>&- && build_dotnet "$1" {lock}>&- || return 1
    mv "$root/artifacts/building" "$root/artifacts/built"
    exec {lock}>&-
}
