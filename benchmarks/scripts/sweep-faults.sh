#!/usr/bin/env bash
# Faults of a sweep on one machine: six short trials, two at a time. After each fault `--resume` goes on, and every run must end with the bytes of the
# sweep that nothing has happened to. Code 1 if not.
#   benchmarks/scripts/sweep-faults.sh [FAULTS = interrupt,worker,coordinator,disk] [SEED = 0, of the moments]
# interrupt    Ctrl-C (SIGINT), three times
# worker       a worker process is killed (-9), three times in one sweep
# coordinator  the process of the sweep is killed (-9), three times
# disk         the disk is full until a run is given up, then it is not (a tmpfs; needs the right to mount one, skipped without)
# shellcheck source=benchmarks/scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build_rl
one_thread
faults=${1:-interrupt,worker,coordinator,disk} RANDOM=${2:-0}
host=$root/artifacts/bin/RL.Host/release/rl
folder=$(mktemp -d)
finish() {
    # Workers end with the process that started them; until then they may have files open.
    [[ -n ${process:-} ]] && kill -KILL "$process" 2>/dev/null
    if mountpoint -q "$folder/disk"; then umount --lazy "$folder/disk"; fi
    rm -rf "$folder"
}
trap finish EXIT

# Arrays, so that what is started in the background is the process itself.
new=("$host" sweep td3 Pendulum-v1 'batch_size=8,12,16' 'hidden_layers=[8],[12]' --search grid --name a --workers 2
    start_steps=20 replay_capacity=4000 evaluation_interval=1000 evaluation_episodes=1 checkpoint_interval=200 log_interval=1000 total_steps=3000)
resume=("$host" sweep --resume a --workers 2)
bytes() { (cd "$1/a" && sha256sum t*/policy.safetensors t*/best.safetensors t*/evaluation.csv); }
pause() { sleep "$((RANDOM % 3 + 1)).$((RANDOM % 10))"; }
is_running() { kill -0 "$process" 2>/dev/null; }
begun() { until compgen -G "$runs/a/t*/checkpoints/checkpoint-*" >/dev/null || ! is_running; do sleep 0.1; done; }

# end FAULT TIMES CODES: the row.
end() {
    local equal=no shown=no finished
    finished=$(find "$runs/a" -name result.json -exec grep -l '"finished"' {} + | wc -l || true)
    cmp -s <(bytes "$folder/alone") <(bytes "$runs") && equal=yes
    [[ $("$host" sweep --show a --runs "$runs" --json) == *'"status":"finished"'* ]] && shown=yes
    printf '%-12s %5d %-16s %9s %12s %6s\n' "$1" "$2" "$3" "$finished/6" $equal $shown
    [[ $finished == 6 && $equal == yes && $shown == yes ]] || failed=1
}

# stopped FAULT SIGNAL: the process of the sweep gets a signal, three times, and is resumed each time.
stopped() {
    local codes='' code command=("${new[@]}")
    for _ in 1 2 3; do
        "${command[@]}" --runs "$runs" >>"$folder/log" 2>&1 &
        process=$!
        begun
        pause
        kill "-$2" "$process" 2>/dev/null || true
        code=0
        wait "$process" 2>/dev/null || code=$?
        codes+="$code "
        command=("${resume[@]}")
    done
    code=0
    "${resume[@]}" --runs "$runs" >>"$folder/log" 2>&1 || code=$?
    end "$1" 3 "$codes$code"
}

"${new[@]}" --runs "$folder/alone" --quiet >/dev/null
failed=
printf '%-12s %5s %-16s %9s %12s %6s\n' fault times codes finished 'bytes equal' shown
for fault in ${faults//,/ }; do
    runs=$folder/$fault
    case $fault in
    interrupt) stopped interrupt INT ;;
    coordinator) stopped coordinator KILL ;;
    worker)
        "${new[@]}" --runs "$runs" >>"$folder/log" 2>&1 &
        process=$!
        begun
        for _ in 1 2 3; do
            pause
            child=$(pgrep --parent "$process" | head -n 1) && kill -KILL "$child" 2>/dev/null || true
        done
        code=0
        wait "$process" || code=$?
        end worker 3 "$code"
        ;;
    disk)
        mkdir "$runs"
        if ! mount -t tmpfs -o size=16m tmpfs "$runs" 2>/dev/null; then
            echo 'disk         skipped: no right to mount a tmpfs'
            continue
        fi
        "${new[@]}" --runs "$runs" >"$folder/disk.log" 2>&1 &
        process=$!
        begun
        cat /dev/zero >"$runs/filler" 2>/dev/null || true
        until grep -q 'is left for --resume' "$folder/disk.log" || ! is_running; do sleep 0.1; done
        rm -f "$runs/filler"
        code=0
        wait "$process" || code=$?
        # It says why, and is done by --resume.
        grep -m 1 'is left for --resume' "$folder/disk.log" | grep -q 'o space left' || { cat "$folder/disk.log"; failed=1; }
        again=0
        "${resume[@]}" --runs "$runs" >>"$folder/disk.log" 2>&1 || again=$?
        end disk 1 "$code $again"
        ;;
    *) echo "There is no fault '$fault'." >&2 && exit 2 ;;
    esac
done
[[ -z $failed ]]
