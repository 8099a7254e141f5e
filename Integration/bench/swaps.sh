#!/usr/bin/env bash
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# The memory of `sluice run` over many hot swaps of the model it runs:
#
#   Integration/bench/swaps.sh [--swaps 1000]
#
# Not a test: nothing fails.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# shellcheck source=../install.sh
. Integration/install.sh

if [ -z "${SLUICE:-}" ]; then
    swift build -c release --product sluice --quiet
    SLUICE="$(swift build -c release --show-bin-path)/sluice"
fi
export SLUICE
exec python3 Integration/bench/swaps.py "$@"
