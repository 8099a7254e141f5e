#!/usr/bin/env bash
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# Scores every file of the Numenta Anomaly Benchmark below a folder with `sluice detect`, at its
# defaults, and hands the results to a scorer:
#
#   Integration/bench/nab.sh DATA RESULTS [SCORER [ARGUMENT…]]
#
# RESULTS mirrors DATA. The scorer is run as `SCORER ARGUMENT… RESULTS`; without one the results are
# only written. DETECTOR names another detector than the ensemble. Not a test: nothing fails.

set -euo pipefail
if [ $# -lt 2 ]; then
    echo "usage: nab.sh DATA RESULTS [SCORER [ARGUMENT...]]" >&2
    exit 64
fi
data="$(cd "$1" && pwd)"
mkdir -p "$2"
results="$(cd "$2" && pwd)"
shift 2

if [ -z "${SLUICE:-}" ]; then
    package="$(dirname "${BASH_SOURCE[0]}")/../.."
    swift build -c release --product sluice --quiet --package-path "$package"
    SLUICE="$(swift build -c release --show-bin-path --package-path "$package")/sluice"
fi

find "$data" -name '*.csv' | sort | while read -r file; do
    name="${file#"$data"/}"
    mkdir -p "$results/$(dirname "$name")"
    "$SLUICE" detect --csv "$file" --detector "${DETECTOR:-ensemble}" > "$results/$name"
done
if [ $# -gt 0 ]; then
    "$@" "$results"
fi
