#!/usr/bin/env bash
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# What a condition costs in its compiled form, beside the same condition compiled by the PyPI package
# common-expression-language (a binding of cel-rust), in turn in one run:
#
#   Integration/bench/cel.sh [rounds]           7 unless said otherwise
#
# Allocations are counted by a malloc that stands in front of the C library's. Not a test: nothing
# fails.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
place="$PWD/.sluice-deps/bench"
mkdir -p "$place"
build=(-c release --package-path Integration/bench/cel --scratch-path "$place/cel")
swift build "${build[@]}" --quiet
if ! "$place/venv/bin/python" -c 'import cel' 2> /dev/null; then
    python3 -m venv "$place/venv"
    "$place/venv/bin/pip" install --quiet common-expression-language==0.10.0
fi
exec python3 Integration/bench/cel/report.py \
    "$(swift build "${build[@]}" --show-bin-path)/celbench" "$place/venv/bin/python" "${1:-7}" \
    "$(git rev-parse --short HEAD)" "$(swift --version 2>&1 | grep -oE 'Swift version [0-9.]+' | head -1)"
