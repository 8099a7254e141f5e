#!/usr/bin/env bash
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# The unit tests under ThreadSanitizer, built apart from the others:
#
#   Integration/tsan/run.sh [FILTER]
#
# First shows with contended.swift what mutex.c is for: without it a program without a race is reported,
# with it none is, and a real race is found either way. Exits with 1 when a race is reported.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# shellcheck source=../install.sh
. Integration/install.sh

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
clang -O1 -shared -fPIC -o "$work/mutex.so" Integration/tsan/mutex.c -ldl
swiftc -sanitize=thread -Onone -swift-version 6 Integration/tsan/contended.swift -o "$work/contended"

reports() { # PRELOAD ARGUMENT…: how many races are reported
    local preload=$1
    shift
    { LD_PRELOAD="$preload" TSAN_OPTIONS=exitcode=0 "$work/contended" "$@" 2>&1 || true; } |
        grep -c 'WARNING: ThreadSanitizer' || true
}
printf 'contended.swift   as it is: %s reports   with mutex.c: %s   with a race and mutex.c: %s\n' \
    "$(reports '')" "$(reports "$work/mutex.so")" "$(reports "$work/mutex.so" race)"
[ "$(reports "$work/mutex.so")" = 0 ]
[ "$(reports "$work/mutex.so" race)" != 0 ]

build="${SLUICE_TSAN_BUILD:-.build-tsan}"
swift build --build-tests --sanitize=thread --scratch-path "$build"
status=0
# Simulations of statistics use one thread each and take long.
LD_PRELOAD="$work/mutex.so" TSAN_OPTIONS="log_path=$work/report exitcode=0" swift test --skip-build \
    --sanitize=thread --scratch-path "$build" --skip TuneTests ${1:+--filter "$1"} || status=$?
found="$(cat "$work"/report.* 2>/dev/null | grep -c 'WARNING: ThreadSanitizer' || true)"
if [ "$found" != 0 ]; then
    cat "$work"/report.* | grep -A 14 'WARNING: ThreadSanitizer'
    cat "$work"/report.* | grep SUMMARY | sort | uniq -c | sort -rn
fi
printf 'tests ended with %s, %s races reported\n' "$status" "$found"
[ "$found" = 0 ]
