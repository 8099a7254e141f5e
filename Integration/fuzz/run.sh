#!/usr/bin/env bash
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# Fuzzes what reads bytes of others under AddressSanitizer, from the kept corpus and from the tests:
#
#   Integration/fuzz/run.sh [seconds [TARGET…]]     600 each, and all of: cel decode reply settings
#
# cel: the CEL module. decode: payloads. reply: what a cloud answers. settings: configuration files (with
# libyaml). Adds a line each to results.md, keeps the inputs that reached new code (minimised, a bounded
# number), and exits with 1 when an input crashed, hung for 20 s or took 2 GiB: it lies in
# Integration/fuzz/found.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
seconds="${1:-600}"
[ $# -eq 0 ] || shift
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(cel decode reply settings)
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
folder=Integration/fuzz
# Swift keeps flags in the pointers of globals, which the leak search cannot follow.
export ASAN_OPTIONS=detect_leaks=0
# The sanitizer's report is enough, and does not hide the message of a trap.
export SWIFT_BACKTRACE=enable=no

flags=(-sanitize=address,fuzzer -O -swift-version 6 -parse-as-library -I "$work"
    -enable-upcoming-feature InternalImportsByDefault
    -enable-upcoming-feature MemberImportVisibility -enable-upcoming-feature ExistentialAny)

module() { # NAME FILE…: a static library and its module
    local name=$1
    shift
    [ -e "$work/lib$name.a" ] || swiftc "${flags[@]}" -wmo -emit-module -emit-library -static \
        "${more[@]}" -module-name "$name" -o "$work/lib$name.a" \
        -emit-module-path "$work/$name.swiftmodule" "$@"
}

link() { # TARGET SOURCE LIBRARY…
    local target=$1 source=$2 libraries=() name
    shift 2
    for name in "$@"; do libraries+=("-l$name"); done
    swiftc "${flags[@]}" "${more[@]}" "$folder/$source" -L "$work" "${libraries[@]}" -lswiftGlibc \
        -lswiftSynchronization -o "$work/$target" 2> >(grep -v 'Cannot export local symbol' >&2)
}

more=()
sources() { find "$@" -name '*.swift' | sort; }

build_cel() {
    # shellcheck disable=SC2046
    module CEL $(sources Sources/CEL)
    link cel CELFuzz.swift CEL
}

build_decode() {
    # shellcheck disable=SC2046
    module Vocabulary $(sources Sources/Vocabulary)
    # shellcheck disable=SC2046
    module Decode $(sources Sources/Decode)
    link decode DecodeFuzz.swift Decode Vocabulary
}

build_reply() {
    # shellcheck disable=SC2046
    module Vocabulary $(sources Sources/Vocabulary)
    # The readers alone, in one module with the target: what is around them needs more libraries.
    local escalate=Sources/Escalate forms=Sources/Escalate/Protocols/Forms
    swiftc "${flags[@]}" -wmo -module-name ReplyFuzz "$folder/ReplyFuzz.swift" \
        "$escalate"/{CallFailure,EscalationFailure,Question,RetryAfter,OutputNames}.swift \
        "$escalate"/CircuitBreaker*.swift "$escalate/Transport/CloudReply.swift" \
        "$escalate"/Protocols/{CloudProtocol,RequestKey}.swift "$escalate"/Protocols/Reply/*.swift \
        "$forms"/{CloudForm,InstancesForm,TableForm,CSVForm,TensorsForm,TensorsForm+Request}.swift \
        "$forms"/{TensorsForm+Reply,ReplyTensor,TensorBytes,ChatReply}.swift \
        -L "$work" -lVocabulary -lswiftGlibc -lswiftSynchronization -o "$work/reply" \
        2> >(grep -v 'Cannot export local symbol' >&2)
}

build_settings() {
    local yaml
    yaml="$(find .build*/checkouts/Yams -maxdepth 0 2>/dev/null | head -1)"
    [ -n "$yaml" ] || { echo "settings wants Yams: swift package resolve" >&2; return 1; }
    mkdir -p "$work/yaml"
    local file
    for file in "$yaml"/Sources/CYaml/src/*.c; do
        clang -O1 -fsanitize=address,fuzzer-no-link -DYAML_DECLARE_STATIC -I "$yaml/Sources/CYaml/include" \
            -c "$file" -o "$work/yaml/$(basename "$file").o"
    done
    ar rcs "$work/libCYaml.a" "$work"/yaml/*.o
    more=(-I "$yaml/Sources/CYaml/include" -Xcc -DYAML_DECLARE_STATIC)
    # shellcheck disable=SC2046
    module Vocabulary $(sources Sources/Vocabulary)
    swiftc -sanitize=address,fuzzer -O -swift-version 5 -parse-as-library -wmo -emit-module -emit-library -static \
        "${more[@]}" -DSWIFT_PACKAGE -module-name Yams -o "$work/libYams.a" \
        -emit-module-path "$work/Yams.swiftmodule" "$yaml"/Sources/Yams/*.swift 2>/dev/null
    # shellcheck disable=SC2046
    module Settings $(sources Sources/Settings)
    link settings SettingsFuzz.swift Settings Yams CYaml Vocabulary Foundation FoundationEssentials
    more=()
}

seeds() { # TARGET FOLDER
    python3 "$folder/seeds.py" "$1" "$2"
}

play() { # TARGET
    local target=$1 corpus="$folder/corpus" most=180 status
    [ "$target" = cel ] || { corpus="$folder/corpus-$target" most=60; }
    mkdir -p "$folder/found" "$corpus" "$work/$target.seeds" "$work/$target.corpus" "$work/$target.kept"
    seeds "$target" "$work/$target.seeds"
    local limits=(-timeout=20 -rss_limit_mb=2048 -max_len=4096 -print_final_stats=1)
    [ "$target" != cel ] || limits+=(-dict="$folder/cel.dict")
    local TIMEFORMAT='%U %S' busy
    set +e
    { time "$work/$target" "${limits[@]}" -max_total_time="$seconds" \
        -artifact_prefix="$folder/found/$target-" "$work/$target.corpus" "$corpus" "$work/$target.seeds" \
        > "$work/$target.log" 2>&1; } 2> "$work/time"
    status=$?
    set -e
    busy="$(awk '{ print int($1 + $2 + 1) }' "$work/time")"
    if [ "$status" != 0 ]; then grep -vE '^#[0-9]+' "$work/$target.log" | tail -n 60; fi
    local runs coverage
    runs="$(grep -oE '^#[0-9]+' "$work/$target.log" | tail -1 | tr -d '#')"
    coverage="$(grep -oE 'cov: [0-9]+' "$work/$target.log" | tail -1 | tr -dc '0-9')"

    # Keep the smallest set with the same coverage, the new ones first cut to what they need.
    "$work/$target" -set_cover_merge=1 -timeout=20 -rss_limit_mb=2048 "$work/$target.kept" "$corpus" \
        "$work/$target.corpus" > "$work/merge" 2>&1 || true
    rm -f "$corpus"/*
    # Of more than fit, every n-th by size: small and large alike.
    find "$work/$target.kept" -type f -size -4k -printf '%s %p\n' | sort -n | cut -d' ' -f2- > "$work/list"
    local every=$(( ($(wc -l < "$work/list") + most - 1) / most ))
    awk -v every="$((every > 0 ? every : 1))" 'NR % every == 0' "$work/list" | xargs -r -I{} cp {} "$corpus/"
    local kept found
    kept="$(find "$corpus" -type f | wc -l)"
    found="$(find "$folder/found" -type f -name "$target-*" | wc -l)"
    rmdir --ignore-fail-on-non-empty "$folder/found"
    if [ ! -f "$folder/results.md" ]; then
        printf '%s\n' '| date | target | commit | seconds | runs | edges | corpus | found |' \
            '|---|---|---|---|---|---|---|---|' > "$folder/results.md"
    fi
    printf '| %s | %s, AddressSanitizer | %s | %s | %s | %s | %s | %s |\n' \
        "$(date -u +%Y-%m-%dT%H:%MZ)" "${target/cel/CEL}" "$(git rev-parse --short HEAD)" "$seconds" \
        "${runs:-0}" "${coverage:-0}" "$kept" "$found" | tee -a "$folder/results.md"
    printf '%s: %s executions a minute, %s a minute of its CPU\n' "$target" \
        "$(( ${runs:-0} * 60 / seconds ))" "$(( ${runs:-0} * 60 / busy ))"
    [ "$status" = 0 ] && [ "$found" = 0 ]
}

failed=0
for target in "${targets[@]}"; do
    "build_$target"
    play "$target" || failed=1
done
exit $failed
