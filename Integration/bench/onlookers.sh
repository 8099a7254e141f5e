#!/usr/bin/env bash
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# What the admin server costs: latency from publishing to the action with and without dashboards that look on,
# /metrics at 10 and at 10,000 devices, memory and processor time of a gateway that has nothing to do.
#
#   Integration/bench/onlookers.sh [--clients 200] [--rounds 3] [--seconds 20] [--rate 200] [--idle 60]
#
# Builds a release, or takes $SLUICE. Not a test: nothing fails. Quiet machines only.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=../install.sh
. Integration/install.sh
if [ -z "${SLUICE:-}" ]; then
    swift build -c release --product sluice
    SLUICE="$(swift build -c release --show-bin-path)/sluice"
    export SLUICE
fi
exec python3 Integration/bench/onlookers.py "$@"
