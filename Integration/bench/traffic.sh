#!/usr/bin/env bash
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# What a message costs `sluice run`, beside a bare libmosquitto subscriber on the same traffic in
# the same run:
#
#   Integration/bench/traffic.sh [--rounds 3] [--count 300000] [--devices 16]
#
# Builds a release and two small C programs, and prints one table. Not a test: nothing fails.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# shellcheck source=../install.sh
. Integration/install.sh

if [ -z "${SLUICE:-}" ]; then
    swift build -c release --product sluice --quiet
    SLUICE="$(swift build -c release --show-bin-path)/sluice"
fi
compiler="$(command -v cc || command -v clang)"
tools="$SLUICE_ROOT/.sluice-deps/bench"
mkdir -p "$tools"
"$compiler" -O2 -o "$tools/publisher" Integration/bench/publisher.c
# shellcheck disable=SC2046
"$compiler" -O2 -o "$tools/subscriber" Integration/bench/subscriber.c \
    $(pkg-config --cflags --libs libmosquitto)
export SLUICE
exec python3 Integration/bench/bench.py "$tools" "$@"
