#!/usr/bin/env bash
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# What a slow model costs a fast policy beside it:
#
#   Integration/bench/beside.sh [--rate 1000] [--slow 20] [--layers 48] [--seconds 8] [--rounds 5]
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
exec python3 Integration/bench/beside.py "$@"
