#!/usr/bin/env bash
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# How often a detector cries wolf on the demo's plant while nothing is wrong, a device and day:
#
#   Integration/bench/alarms.sh [--detector ensemble] [--days 14] [--devices 4] [--threshold 0.9997]
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
exec python3 Integration/bench/alarms.py "$@"
