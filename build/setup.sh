# shellcheck shell=bash
# What a machine needs and how the project is built; sourced by rl and check.sh, which set $root.
# Everything here speaks to stderr: stdout belongs to the program that is started afterwards.

: "${root:?set by the script that sources this}"

say() { printf 'rl: %s\n' "$*" >&2; }

# The Debian packages that building and running need (libtorch comes with the build, as a NuGet package).
packages() { printf '%s\n' cmake make g++ libmujoco-dev libosmesa6 fonts-dejavu-core; }

# Which of the named packages are not installed.
missing_packages() {
    local name
    for name in "$@"; do
        [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$name" 2>/dev/null) == installed ]] || printf '%s\n' "$name"
    done
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
    local needed
    mapfile -t needed < <(packages)
    install_missing "${needed[@]}"
}

# Installs those of the named packages that are not there. Where Debian's packages are not, it does nothing.
install_missing() {
    local missing
    command -v dpkg-query >/dev/null || return 0
    mapfile -t missing < <(missing_packages "$@")
    if ((${#missing[@]} > 0)); then
        mkdir -p "$root/artifacts"
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

# What the build depends on beside the files.
build_key() { printf '%s' "${LibTorchPackage:-} ${MUJOCO_INCLUDE:-}"; }

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

build_dotnet() { quietly dotnet-build dotnet build "$1" --configuration Release --nologo --verbosity quiet; }

# Builds the given project or solution, and native/ with it. One build at a time: others wait here.
build() {
    mkdir -p "$root/artifacts"
    exec {lock}>"$root/artifacts/build.lock"
    flock "$lock"
    if [[ ${2:-} == unless-up-to-date ]] && up_to_date; then
        exec {lock}>&-
        return 0
    fi
    install_packages
    # The stamp is from before the build, so that what is edited meanwhile counts as newer.
    build_key >"$root/artifacts/building"
    say "building …"
    build_dotnet "$1" {lock}>&- || return 1
    mv "$root/artifacts/building" "$root/artifacts/built"
    exec {lock}>&-
}
