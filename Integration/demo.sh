#!/usr/bin/env bash
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# Sluice from end to end on this machine, in one command:
#
#   Integration/demo.sh [--seconds N] [--keep]
#
# Installs what is missing, builds a release, starts a broker, a cloud (`sluice serve` with large
# models) and a gateway (`sluice run` with small models and the policies of this repository), feeds
# it a plant whose truth is known, takes the cloud away for a while, and ends with a table.
#   --seconds N   how long the plant runs (45)
#   --keep        leave everything running at the end, and say where
# Ports are free ones on the loopback interface; files are in a folder that goes away at the end.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
case " $* " in *" --help "* | *" -h "*) sed -n '5,15s/^# \{0,1\}//p' Integration/demo.sh; exit 0 ;; esac

# shellcheck source=install.sh
. Integration/install.sh

if [ -z "${SLUICE:-}" ]; then
    echo "building sluice (release)…"
    start=$SECONDS
    swift build -c release --product sluice --quiet
    SLUICE="$(swift build -c release --show-bin-path)/sluice"
    echo "built in $((SECONDS - start)) s"
fi
export SLUICE
exec python3 Integration/demo.py "$@"
