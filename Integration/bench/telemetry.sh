#!/usr/bin/env bash
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# What OpenTelemetry costs a message: `sluice run` without it, with metrics alone, with the usual one message in a
# hundred traced, and with every message offered, fed without a broker, in turns.
#
#   Integration/bench/telemetry.sh [--rounds 5] [--messages 600000]
#
# Builds a release, or takes $SLUICE. Not a test: nothing fails.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=../install.sh
. Integration/install.sh
if [ -z "${SLUICE:-}" ]; then
    swift build -c release --product sluice --quiet
    SLUICE="$(swift build -c release --show-bin-path)/sluice"
fi
export SLUICE
tools="$SLUICE_ROOT/.sluice-deps/bench"
mkdir -p "$tools"
"$(command -v cc || command -v clang)" -O2 -D_GNU_SOURCE -o "$tools/feeder" Integration/bench/feeder.c
exec python3 Integration/bench/telemetry.py "$tools" "$@"
