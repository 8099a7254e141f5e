#!/usr/bin/env bash
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# What ingest.sh, escalations.sh and backlog.sh share: the release, the small C programs, the script.

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
tools="$SLUICE_ROOT/.sluice-deps/bench"
mkdir -p "$tools"
cc -O2 -D_GNU_SOURCE -o "$tools/answerer" Integration/bench/answerer.c
# shellcheck disable=SC2046
cc -O2 -o "$tools/poster" Integration/bench/poster.c $(pkg-config --cflags --libs libcurl)
what=$1
shift
if [ "$what" = escalations ]; then
    if [ -z "${STAGEBENCH:-}" ]; then
        options=(-c release --package-path Integration/bench/stage --scratch-path "$tools/stage")
        swift build "${options[@]}" --quiet
        STAGEBENCH="$(swift build "${options[@]}" --show-bin-path)/stagebench"
    fi
    set -- --stage "$STAGEBENCH" "$@"
fi
exec python3 Integration/bench/durable.py "$what" "$tools" "$@"
