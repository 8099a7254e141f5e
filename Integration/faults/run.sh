#!/usr/bin/env bash
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# Faults that the gateway must survive, each judged from outside of it:
#
#   Integration/faults/run.sh [N…] [--fast] [--record] [--keep] [--list]
#
# All, or those numbered; --fast plays small ones, as Integration/test.sh does. Prints a table;
# --record enters it into RESULTS.md, row by row. Wants root: it mounts file systems of its own. Takes
# $SLUICE, or builds a release: the rates of some rows are beyond a debug build.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# shellcheck source=../install.sh
. Integration/install.sh
Integration/faults/install.sh

if [ -z "${SLUICE:-}" ]; then
    swift build -c release --product sluice --quiet
    SLUICE="$(swift build -c release --show-bin-path)/sluice"
fi
export SLUICE
exec python3 Integration/faults/run.py "$@"
