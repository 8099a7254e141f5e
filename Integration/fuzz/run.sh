#!/usr/bin/env bash
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# Fuzzes the CEL module under AddressSanitizer, from the kept corpus and the sources of the tests:
#
#   Integration/fuzz/run.sh [seconds]           600 unless said otherwise
#
# Adds a line to results.md, keeps the inputs that reached new code (minimised; at most 180), and
# exits with 1 when an input crashed, hung for 20 s or took 2 GiB: it lies in Integration/fuzz/found.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
seconds="${1:-600}"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
folder=Integration/fuzz
mkdir -p "$folder/found"

sanitizers=(-sanitize=address,fuzzer)
find Sources/CEL -name '*.swift' -print0 | sort -z | xargs -0 swiftc \
    "${sanitizers[@]}" -O -swift-version 6 -parse-as-library -wmo -emit-module -emit-library -static \
    -enable-upcoming-feature InternalImportsByDefault -enable-upcoming-feature MemberImportVisibility \
    -module-name CEL -o "$work/libCEL.a" -emit-module-path "$work/CEL.swiftmodule"
swiftc "${sanitizers[@]}" -O -swift-version 6 -parse-as-library -I "$work" \
    "$folder/CELFuzz.swift" -L "$work" -lCEL -lswiftGlibc -lswiftSynchronization \
    -o "$work/fuzz" 2> >(grep -v 'Cannot export local symbol' >&2)

# The expressions of the tests are seeds too: one a file, checked and with declared values.
mkdir "$work/seeds"
python3 - "$work/seeds" <<'PY'
import pathlib, sys
lines = set()
for path in pathlib.Path("Tests/CELTests/Language").glob("*Tests.swift"):
    for line in path.read_text().splitlines():
        if "  =>  " in line:
            lines.add(line.strip().split("  =>  ")[0])
for number, line in enumerate(sorted(lines)):
    pathlib.Path(sys.argv[1], f"{number:04}").write_bytes(bytes([number % 8]) + line.encode())
PY

mkdir "$work/corpus"
limits=(-timeout=20 -rss_limit_mb=2048 -max_len=4096 -dict="$folder/cel.dict" -print_final_stats=1)
# Swift keeps flags in the pointers of globals, which the leak search cannot follow.
export ASAN_OPTIONS=detect_leaks=0
# The sanitizer's report is enough, and does not hide the message of a trap.
export SWIFT_BACKTRACE=enable=no
set +e
"$work/fuzz" "${limits[@]}" -max_total_time="$seconds" -artifact_prefix="$folder/found/" "$work/corpus" "$folder/corpus" "$work/seeds" \
    > "$work/log" 2>&1
status=$?
set -e
if [ "$status" != 0 ]; then grep -vE '^#[0-9]+' "$work/log" | tail -n 60; fi
runs="$(grep -oE '^#[0-9]+' "$work/log" | tail -1 | tr -d '#')"
coverage="$(grep -oE 'cov: [0-9]+' "$work/log" | tail -1 | tr -dc '0-9')"

# Keep the smallest set with the same coverage, the new ones first cut to what they need.
mkdir "$work/kept"
"$work/fuzz" -set_cover_merge=1 -timeout=20 -rss_limit_mb=2048 "$work/kept" "$folder/corpus" "$work/corpus" \
    > "$work/merge" 2>&1 || true
rm -f "$folder"/corpus/*
# Of more than fit, every n-th by size: small and large alike.
find "$work/kept" -type f -size -4k -printf '%s %p\n' | sort -n | cut -d' ' -f2- > "$work/list"
every=$(( ($(wc -l < "$work/list") + 179) / 180 ))
awk -v every="$every" 'NR % every == 0' "$work/list" | xargs -r -I{} cp {} "$folder/corpus/"
kept="$(find "$folder/corpus" -type f | wc -l)"
found="$(find "$folder/found" -type f | wc -l)"
rmdir --ignore-fail-on-non-empty "$folder/found"

if [ ! -f "$folder/results.md" ]; then
    printf '%s\n' '| date | target | commit | seconds | runs | edges | corpus | found |' \
        '|---|---|---|---|---|---|---|---|' > "$folder/results.md"
fi
printf '| %s | CEL, AddressSanitizer | %s | %s | %s | %s | %s | %s |\n' \
    "$(date -u +%Y-%m-%dT%H:%MZ)" "$(git rev-parse --short HEAD)" "$seconds" "${runs:-0}" \
    "${coverage:-0}" "$kept" "$found" | tee -a "$folder/results.md"
[ "$status" = 0 ] && [ "$found" = 0 ]
