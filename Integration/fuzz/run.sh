#!/usr/bin/env bash
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# Fuzzes what reads bytes of others, or of a damaged disk, under AddressSanitizer, from the kept corpus and from
# seeds:
#
#   Integration/fuzz/run.sh [seconds [TARGET…]]     600 each, and all targets
#
# | target | reads |
# |---|---|
# | decode, reply, trace, serve | payloads; what a cloud answers; lines of traces; `infer` requests and events |
# | files, tables | whole traces and files of labels; CSV and notebook rows |
# | spool | a damaged store's pages, log and contents |
# | state, features | what detectors kept, and any readings; features of any numbers |
# | frames | JPEG and PNG frames, with libjpeg and libpng |
# | settings, cel | configuration files, with libyaml; expressions, compiled and evaluated |
#
# Inputs are short, as messages are; a tenth of the time goes to long ones besides. Adds a line each to results.md,
# keeps the inputs that reached new code (minimised, a bounded number), and exits with 1 when an input crashed,
# hung for 20 s or took 2 GiB: it lies in Integration/fuzz/found. `FUZZ_BUILT` names a folder for what is built,
# which is made anew and removed otherwise. Beside it, mistakes.py asks a release build about mistakes in every place of
# the shipped policies and configuration; Integration/package/try.py has an installed one answer some of them.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
seconds="${1:-600}"
[ $# -eq 0 ] || shift
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(decode reply trace serve files tables spool state features frames settings cel)
folder=Integration/fuzz
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
work="${FUZZ_BUILT:-$scratch}"
mkdir -p "$work"
# Swift keeps flags in the pointers of globals, which the leak search cannot follow. Where memory was taken is not
# noted, and what was given back is held for a megabyte only: an input that is found tells the rest when it is run
# again without these options.
found_by=detect_leaks=0:max_allocation_size_mb=2048
export ASAN_OPTIONS="$found_by:malloc_context_size=0:quarantine_size_mb=1"
# The sanitizer's report is enough, and does not hide the message of a trap.
export SWIFT_BACKTRACE=enable=no
# shellcheck source=builds.sh
. "$folder/builds.sh"

# How long inputs are: as what comes is as a rule, and at most.
usual_length() {
    case "$1" in
    decode | reply | serve) echo 1024 ;;
    trace | files | tables | spool | features | frames | settings | cel) echo 4096 ;;
    state) echo 32768 ;;
    esac
}
longest() { case "$1" in cel | settings) echo 4096 ;; *) echo 65536 ;; esac; }

seeds() { # TARGET FOLDER
    if [ "$1" = state ]; then
        SLUICE_FUZZ_SEEDS="$2" "$work/state" -runs=0 > "$scratch/seeds" 2>&1
    else
        python3 "$folder/seeds.py" "$1" "$2"
    fi
}

TIMEFORMAT='%U %S'
attempt() { # TARGET SECONDS LENGTH OPTION…: sets $runs, $busy (milliseconds of CPU) and $status
    local target=$1 seconds=$2 length=$3
    shift 3
    set +e
    { time "$work/$target" -timeout=20 -rss_limit_mb=2048 -detect_leaks=0 -max_len="$length" \
        -max_total_time="$seconds" -artifact_prefix="$folder/found/$target-" "$@" "$scratch/$target.corpus" \
        "$corpus" "$scratch/$target.seeds" > "$scratch/$target.log" 2>&1; } 2> "$scratch/time"
    status=$?
    set -e
    if [ "$status" != 0 ]; then grep -vE '^#[0-9]+' "$scratch/$target.log" | tail -n 60; fi
    runs="$(grep -oE '^#[0-9]+' "$scratch/$target.log" | tail -1 | tr -d '#')"
    busy="$(awk '{ print int(1000 * ($1 + $2)) + 1 }' "$scratch/time")"
}

play() { # TARGET
    local target=$1 corpus="$folder/corpus-$1" most=60 options=() runs busy status
    if [ "$target" = cel ]; then
        corpus="$folder/corpus" most=180 options=(-dict="$folder/cel.dict")
    fi
    mkdir -p "$folder/found" "$corpus" "$scratch/$target.seeds" "$scratch/$target.corpus" "$scratch/$target.kept"
    seeds "$target" "$scratch/$target.seeds"
    attempt "$target" "$seconds" "$(usual_length "$target")" "${options[@]}"
    local all="${runs:-0}" coverage failed=$status
    local rate=$((all * 60 / seconds)) own=$((all * 60000 / busy))
    if [ "$(longest "$target")" != "$(usual_length "$target")" ]; then
        attempt "$target" $((seconds / 10 + 1)) "$(longest "$target")" -len_control=0 "${options[@]}"
        all=$((all + ${runs:-0}))
        [ "$status" = 0 ] || failed=$status
    fi
    coverage="$(grep -oE 'cov: [0-9]+' "$scratch/$target.log" | tail -1 | tr -dc '0-9')"

    # Keep the smallest set with the same coverage, the new ones first cut to what they need.
    "$work/$target" -set_cover_merge=1 -timeout=20 -rss_limit_mb=2048 "$scratch/$target.kept" "$corpus" \
        "$scratch/$target.corpus" > "$scratch/merge" 2>&1 || true
    rm -f "$corpus"/*
    # Of more than fit, every n-th by size: small and large alike.
    find "$scratch/$target.kept" -type f -size -4k -printf '%s %p\n' | sort -n | cut -d' ' -f2- > "$scratch/list"
    local every=$(( ($(wc -l < "$scratch/list") + most - 1) / most ))
    awk -v every="$((every > 0 ? every : 1))" 'NR % every == 0' "$scratch/list" | xargs -r -I{} cp {} "$corpus/"
    local kept found
    kept="$(find "$corpus" -type f | wc -l)"
    found="$(find "$folder/found" -type f -name "$target-*" | wc -l)"
    rmdir --ignore-fail-on-non-empty "$folder/found"
    if [ ! -f "$folder/results.md" ]; then
        printf '%s\n' '| date | target | commit | seconds | runs | a minute of CPU | edges | corpus | found |' \
            '|---|---|---|---|---|---|---|---|---|' > "$folder/results.md"
    fi
    printf '| %s | %s | %s | %s | %s | %s | %s | %s | %s |\n' \
        "$(date -u +%Y-%m-%dT%H:%MZ)" "${target/cel/CEL}" "$(git rev-parse --short HEAD)" "$seconds" \
        "$all" "$own" "${coverage:-0}" "$kept" "$found" | tee -a "$folder/results.md"
    printf '%s: %s executions a minute, %s a minute of its CPU\n' "$target" "$rate" "$own"
    [ "$failed" = 0 ] && [ "$found" = 0 ]
}

failed=0
for target in "${targets[@]}"; do
    "build_$target"
    play "$target" || failed=1
done
exit $failed
