#!/usr/bin/env bash
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# What each part of the gateway costs by itself: decoding, every feature, conditions, decisions, detectors, a
# batch, rows in and out of the spool, metrics. Nanoseconds, allocations and instructions of each, and the spool's
# inserts beside SQLite in C:
#
#   Integration/bench/parts.sh [--check] [--update]
#
# --check fails where allocations or instructions are above parts/thresholds.json, which --update writes anew; time
# is shown and never checked. Benchmarks run by ordo-one/benchmark; allocations are counted by a malloc in front of
# the C library's, instructions by valgrind's callgrind where it is installed, because few virtual machines
# count their own.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# shellcheck source=../install.sh
. Integration/install.sh
place="$SLUICE_ROOT/.sluice-deps/bench"
results="$place/parts-results"
rm -rf "$results" "$place/parts-models"
mkdir -p "$results" "$place/parts-models"
export PARTS_MODELS="$place/parts-models"
cp -r Integration/models/edge/quality-inspection "$PARTS_MODELS/"
# The same network over features of a series: what it makes of them does not matter.
model_of() { # NAME FEATURES
    mkdir -p "$PARTS_MODELS/$1"
    cp -r Integration/models/edge/quality-inspection/1 "$PARTS_MODELS/$1/1"
    sed -i "s/^inputs: .*/inputs: { X: [ $2 ] }\nrate: 10kHz/" "$PARTS_MODELS/$1/1/model.yaml"
}
model_of slope 'slope(v), t, t'
model_of bands '"bands(v, 0Hz, 1kHz, 2kHz, 4kHz)"'
model_of log_mel '"log_mel(v, 256, 256, 3)"'
model_of mfcc '"mfcc(v, 256, 256, 8, 3)"'
options=(--package-path Integration/bench/parts --scratch-path "$place/parts-package")

swift build -c release "${options[@]}" --product partscount --quiet
counter="$(swift build -c release "${options[@]}" --show-bin-path)/partscount"
if command -v valgrind >/dev/null && [ -e /usr/include/valgrind/callgrind.h ]; then
    # Hashing as it is in every run, so that tables are laid out alike.
    # valgrind does not read what Swift writes for debuggers.
    strip --strip-debug -o "$results/partscount" "$counter"
    SWIFT_DETERMINISTIC_HASHING=1 valgrind --tool=callgrind --instr-atstart=no \
        --callgrind-out-file="$results/callgrind.out" --log-file="$results/valgrind.log" \
        "$results/partscount" ||
        { tail -n 5 "$results/valgrind.log" >&2; exit 1; }
else
    echo "parts: no instructions without valgrind and its headers (apt package valgrind)" >&2
fi
SWIFT_DETERMINISTIC_HASHING=1 swift package "${options[@]}" --allow-writing-to-directory "$results" benchmark \
    --format jmh --path "$results" --quiet --no-progress >"$results/benchmark.log" 2>&1 ||
    { tail -n 20 "$results/benchmark.log" >&2; exit 1; }
exec python3 Integration/bench/parts/report.py "$results" "$@"
