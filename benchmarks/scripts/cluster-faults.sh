#!/usr/bin/env bash
# Faults of a cluster: three workers as processes, a PostgreSQL server of its own, sweeps of 12 short trials. Each fault comes at moments that
# are drawn; after each sweep every run must have the bytes of the sweep on one machine, and never were two processes at work in one run folder.
# Code 1 if not.
#   benchmarks/scripts/cluster-faults.sh [FAULTS = kill,dispatcher,database,stopped,network,attack] [KILLS = 20] [SEED = 0] [FILES = shared]
# FILES sent: each worker has a folder of its own, and files travel (--send-files)
# kill         a worker is killed (-9) and started again, KILLS times, several times in one sweep
# dispatcher   the worker that gives out the runs is killed and started again
# database     PostgreSQL is stopped for 10 s
# stopped      a worker is stopped (SIGSTOP) for 20 s with its run, so that it is taken to be gone, and then comes back
# network      a worker in a network namespace of its own is cut off for 20 s (needs root; skipped without)
# attack       a worker is killed and started again in the middle of an attack of 64 pieces
# shellcheck source=benchmarks/scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build_rl
one_thread
faults=${1:-kill,dispatcher,database,stopped,network,attack} kills=${2:-20} RANDOM=${3:-0} files=${4:-shared}
host=$root/artifacts/bin/RL.Host/release/rl
folder=$(mktemp -d)
chmod 755 "$folder"

# --- PostgreSQL, as a user without rights ---------------------------------------------------------------------------------------------------
install_missing postgresql
server=$(dirname "$(find /usr/lib/postgresql -path '*/bin/initdb' | sort -V | tail -n 1)")
database=$folder/database port=$((20000 + $$ % 20000)) place=127.0.0.1
as_nobody() { if ((EUID == 0)); then (cd / && setpriv --reuid nobody --regid nogroup --clear-groups "$@"); else "$@"; fi; }

start_database() {
    as_nobody "$server/pg_ctl" -w -D "$database" -l "$database/log" -o "-p $port -c listen_addresses=$places -k $database" start >/dev/null
}
stop_database() { as_nobody "$server/pg_ctl" -w -D "$database" -m fast stop >/dev/null; }

# --- workers --------------------------------------------------------------------------------------------------------------------------------
declare -A worker=() inside=()
start_worker() {
    local k=$1 place_of_runs=$runs
    [[ $files == sent ]] && place_of_runs=$folder/runs-$k
    local command=("$host" worker --cluster "$cluster" --workers 1 --runs "$place_of_runs")
    if [[ -n ${inside[$k]:-} ]]; then
        command=(ip netns exec "$namespace" "${command[@]}" --listen 10.203.77.2)
    else
        command+=(--listen "$place")
    fi
    setsid "${command[@]}" >>"$folder/worker-$k.log" 2>&1 &
    worker[$k]=$!
    disown
}

# A worker that was declared dead while it was stopped ends by itself; whoever looks after it starts it again.
start_those_gone() {
    local k
    for k in 1 2 3; do
        kill -0 "${worker[$k]}" 2>/dev/null || start_worker "$k"
    done
}

start_workers() {
    local k
    rm -f "$folder"/worker-*.log
    for k in 1 2 3; do
        start_worker $k
    done
    for k in 1 2 3; do
        until grep -q 'at a time' "$folder/worker-$k.log"; do
            kill -0 "${worker[$k]}" || { cat "$folder/worker-$k.log"; exit 1; }
            sleep 0.2
        done
    done
}

stop_workers() {
    local k
    for k in 1 2 3; do
        kill -KILL -- "-${worker[$k]}" 2>/dev/null || true
    done
    while pgrep --full "^$host worker$" >/dev/null; do
        sleep 0.2
    done
}

# The worker that said last that it gives out the runs.
dispatcher() {
    local file
    # shellcheck disable=SC2012
    for file in $(ls -t "$folder"/worker-*.log); do
        if tail -n 1 "$file" | grep -q 'gives out'; then
            basename "$file" .log | cut -d- -f2
            return
        fi
    done
    echo 1
}

# Looks again and again which processes have the event file of a run open for writing; more than one at a time is told.
watch_folders() {
    local process file
    set +e +o pipefail
    while sleep 0.2; do
        for process in $(pgrep --full "^$host worker$"); do
            for file in /proc/"$process"/fd/*; do
                readlink "$file" 2>/dev/null
            done | grep "^$runs/.*/events\.out" | xargs -r -n 1 dirname | sort -u
        done | sort | uniq -d >>"$folder/twice"
    done
}

# --- sweeps ---------------------------------------------------------------------------------------------------------------------------------
sweep() {
    "$host" sweep td3 Pendulum-v1 batch_size=8,12,16,20 hidden_layers=[8],[12],[16] --search grid --name a --workers 3 --quiet "$@" \
        start_steps=20 replay_capacity=4000 evaluation_interval=1000 evaluation_episodes=1 checkpoint_interval=200 log_interval=1000 total_steps=5000
}

# What the executors of a cluster are told about files.
travel=()
[[ $files == sent ]] && travel=(--send-files)

bytes() { (cd "$1/a" && sha256sum t*/policy.safetensors t*/best.safetensors t*/evaluation.csv); }

pause() { sleep "$((RANDOM % $1 + $2)).$((RANDOM % 10))"; }

# A sweep in a folder of its own, the runs of which have begun.
begin() {
    runs=$folder/runs
    rm -rf "$runs" "$runs"-?
    : >"$folder/twice"
    start_workers
    watch_folders &
    watcher=$!
    sweep --cluster "$cluster" "${travel[@]}" --runs "$runs" >"$folder/sweep.log" 2>&1 &
    process=$!
    until compgen -G "$runs/a/t*/events.out*" >/dev/null || ! is_running; do
        sleep 0.2
    done
}

is_running() { kill -0 $process 2>/dev/null; }

# end FAULT HITS: waits for the sweep, and prints what came of it.
end() {
    local code=0 equal=no twice finished
    while is_running; do
        start_those_gone
        sleep 1
    done
    wait $process || code=$?
    # What is left after three attempts that got no further is done by --resume.
    local resumed=0
    while ((code == 1 && resumed < 3)) && grep -q 'left for --resume' "$folder/sweep.log"; do
        resumed=$((resumed + 1)) code=0
        "$host" sweep --resume a --cluster "$cluster" "${travel[@]}" --workers 3 --quiet --runs "$runs" >"$folder/sweep.log" 2>&1 || code=$?
    done
    kill $watcher
    stop_workers
    finished=$(find "$runs" -name result.json -exec grep -l finished {} + | wc -l)
    twice=$(sort -u "$folder/twice" | wc -l)
    cmp -s <(bytes "$folder/alone") <(bytes "$runs") && equal=yes
    printf '%-12s %5d %6d %10s %12s %8d %8d\n' "$1" "$2" $code "$finished/12" $equal "$twice" $resumed
    if ((code != 0 || twice != 0)) || [[ $equal != yes ]]; then
        failed=1
        mkdir -p "$root/artifacts/cluster-faults" && cp "$folder"/*.log "$root/artifacts/cluster-faults"
    fi
}

namespace=rl-faults-$$
finish() {
    set +e
    {
        [[ -n ${watcher:-} ]] && kill "$watcher"
        ((${#worker[@]})) && stop_workers
        stop_database
        ip netns delete "$namespace"
    } 2>/dev/null
    rm -rf "$folder"
}
trap finish EXIT

can_cut=
places=127.0.0.1
if [[ $faults == *network* ]] && ((EUID == 0)) && ip netns add "$namespace" 2>/dev/null &&
    ip link add rl-faults0 type veth peer name rl-faults1 netns "$namespace" 2>/dev/null; then
    can_cut=1
    ip addr add 10.203.77.1/24 dev rl-faults0
    ip link set rl-faults0 up
    ip -n "$namespace" addr add 10.203.77.2/24 dev rl-faults1
    ip -n "$namespace" link set rl-faults1 up
    ip -n "$namespace" link set lo up
    places=127.0.0.1,10.203.77.1 place=10.203.77.1
fi

mkdir "$database"
((EUID == 0)) && chown nobody:nogroup "$database"
as_nobody "$server/initdb" -D "$database" -U rl --auth=trust --no-sync >/dev/null
[[ -n $can_cut ]] && echo 'host all all 10.203.77.0/24 trust' >>"$database/pg_hba.conf"
start_database
"$server/psql" -q -h 127.0.0.1 -p "$port" -U rl postgres -c 'CREATE DATABASE rl'
cluster="Host=$place;Port=$port;Database=rl;Username=rl"
"$host" cluster init --cluster "$cluster" >/dev/null

[[ $faults == attack ]] || sweep --runs "$folder/alone" >/dev/null
failed=
printf '%-12s %5s %6s %10s %12s %8s %8s\n' fault times code finished 'bytes equal' twice resumed

if [[ $faults == *kill* ]]; then
    for ((done = 0; done < kills; )); do
        hits=0
        begin
        while is_running && ((done < kills)); do
            pause 6 2
            is_running || break
            k=$((RANDOM % 3 + 1))
            kill -KILL "${worker[$k]}" 2>/dev/null || true
            done=$((done + 1)) hits=$((hits + 1))
            start_worker $k
        done
        end kill $hits
    done
fi

if [[ $faults == *dispatcher* ]]; then
    begin
    pause 4 3
    k=$(dispatcher)
    kill -KILL "${worker[$k]}"
    start_worker "$k"
    end dispatcher 1
fi

if [[ $faults == *database* ]]; then
    begin
    pause 4 3
    stop_database
    sleep 10
    start_database
    end database 1
fi

if [[ $faults == *stopped* ]]; then
    begin
    pause 4 3
    kill -STOP -- "-${worker[2]}"
    sleep 20
    kill -CONT -- "-${worker[2]}"
    end stopped 1
fi

# What does not depend on the machine.
results_of() { sed -E 's/"(command|milliseconds_per_step|policy)": .*//' "$1/attack.json"; }

if [[ $faults == *attack* ]]; then
    "$host" train td3 Pendulum-v1 --runs "$folder" --name attacked --quiet \
        start_steps=20 evaluation_interval=200 evaluation_episodes=1 total_steps=200 >/dev/null
    attack=("$host" attack "$folder/attacked/policy.safetensors" --method pgd --passes 10 --budget 40 --epsilon 0.1 --episodes 64 --shards 64)
    "${attack[@]}" --out "$folder/attack-alone" >/dev/null 2>&1
    runs=$folder/runs
    rm -rf "$runs" "$runs"-?
    start_workers
    "${attack[@]}" --out "$folder/attack" --cluster "$cluster" "${travel[@]}" --workers 3 --runs "$runs" >"$folder/sweep.log" 2>&1 &
    process=$!
    until compgen -G "$runs/attack__*/a001-00[5-9]/result.json" >/dev/null || ! is_running; do
        sleep 0.2
    done
    k=$((RANDOM % 3 + 1))
    kill -KILL "${worker[$k]}"
    start_worker $k
    code=0
    wait $process || code=$?
    stop_workers
    pieces=$((64 - $(find "$runs" -name result.json | wc -l)))
    equal=no
    cmp -s <(results_of "$folder/attack-alone") <(results_of "$folder/attack") && equal=yes
    printf '%-12s %5d %6d %10s %12s %8s %8s\n' attack 1 $code "$pieces/64" $equal - -
    [[ $code == 0 && $equal == yes ]] || failed=1
fi

if [[ -n $can_cut ]]; then
    inside=([3]=1)
    begin
    pause 4 3
    ip link set rl-faults0 down
    sleep 20
    ip link set rl-faults0 up
    end network 1
elif [[ $faults == *network* ]]; then
    echo 'network      skipped: no rights to make a network namespace'
fi
[[ -z $failed ]]
