#!/usr/bin/env bash
# Everything a change must pass: build, format, every test. The last line is "N passed, N failed, N skipped";
# a build or format error counts as one failure. Exits 0 only if nothing failed.
#   ./check.sh            all of it
set -uo pipefail
root=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
cd "$root" || exit 1
# shellcheck source=build/setup.sh
source "$root/build/setup.sh"
# nproc would take the number of threads for that of cores.
cores=$(env -u OMP_NUM_THREADS nproc)
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}
# Tests are short: what the JIT would measure in order to compile better later costs more than it gives.
export DOTNET_TieredPGO=0
# One compiler for all projects instead of a new one for each; it is ended when everything is built.
export UseSharedCompilation=true

passed=0 failed=0 skipped=0

finish() {
    printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
    ((failed == 0))
    exit
}

line() { printf '%-28s %s\n' "$1" "$2"; }

# Workers meet in PostgreSQL, and Chromium shows the dashboard's page. Where they cannot be installed, tests are skipped; that is no reason not to run the others.
(install_missing postgresql chromium) || say "without PostgreSQL or Chromium some tests are skipped"

if ! build "$root/rl.sln"; then
    line build FAILED
    failed=1
    finish
fi
dotnet build-server shutdown --vbcscompiler >/dev/null 2>&1
line build ok

count() { sed -n "s/.*[ ,]$1: \([0-9][0-9]*\).*/\1/p" <<<"$summary"; }

# Runs one test program; what it prints and its exit code are kept beside the others'.
run() {
    local project=$1
    local program=$root/artifacts/bin/$project/release/$project
    [[ -x $program ]] || return 0
    "$program" -noColor >"$root/artifacts/$project.log" 2>&1 </dev/null
    printf '%d' $? >"$root/artifacts/$project.code"
}

# As many programs at a time as there are cores, the longest first, beside the check of the format.
# (The build has enforced the code's style; what is left of `dotnet format` is white space and the order of using directives.)
format() {
    quietly format sorted_usings && quietly format dotnet format whitespace "$root" --folder --verify-no-changes
    printf '%d' $? >"$root/artifacts/format.code"
}

# System first, then the other namespaces, then static ones.
sorted_usings() {
    LC_ALL=C find "$root"/{src,tests,examples} -name '*.cs' -exec awk '
        FNR == 1 { last = "" }
        /^using [^(=]*;/ {
            key = substr($0, 7, index($0, ";") - 7)
            key = (key ~ /^static / ? "2" : key ~ /^System(\.|$)/ ? "0" : "1") key
            if (key < last) { print FILENAME "(" FNR "): using directives are not in order"; wrong = 1 }
            last = key
        }
        END { exit wrong }' {} +
}
projects=()
for project in RL.{Host,Agents,Runs,InputOpt,Environments,Certification,Studies}.Tests tests/*.Tests; do
    project=${project#tests/}
    [[ -d tests/$project && " ${projects[*]} " != *" $project "* ]] && projects+=("$project")
done
rm -f "$root"/artifacts/*.Tests.{log,code} "$root/artifacts/format.code"
format &
for project in "${projects[@]}"; do
    while (($(jobs -pr | wc -l) >= cores)); do
        wait -n
    done
    run "$project" &
done
wait

if [[ $(<"$root/artifacts/format.code") == 0 ]]; then
    line format ok
else
    line format FAILED
    failed=1
fi

for project in "${projects[@]}"; do
    log=$root/artifacts/$project.log
    if [[ ! -f $log ]]; then
        line "$project" "FAILED: it is not built; is it in rl.sln?"
        failed=$((failed + 1))
        continue
    fi
    code=$(<"$root/artifacts/$project.code")
    # The closing summary of xunit.v3: "   Name  Total: 9, Errors: 0, Failed: 0, Skipped: 0, Not Run: 0, Time: 0.1s"
    summary=$(grep -E 'Total: [0-9]+, Errors: [0-9]+, Failed: [0-9]+' "$log" | tail -n 1)
    total=$(count Total) errors=$(count Errors) bad=$(count Failed) left=$(count Skipped) idle=$(count 'Not Run')
    if [[ -z $total || $total -eq 0 ]]; then
        cat "$log"
        line "$project" "FAILED: no test ran (exit code $code)"
        failed=$((failed + 1))
        continue
    fi
    bad=$((bad + errors))
    # A crash after the last test still is a failure.
    ((bad > 0 || code == 0)) || bad=1
    good=$((total - bad - left - idle))
    passed=$((passed + good)) failed=$((failed + bad)) skipped=$((skipped + left + idle))
    ((bad == 0)) || cat "$log"
    line "$project" "$good passed, $bad failed, $((left + idle)) skipped"
done

finish
