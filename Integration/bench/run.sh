#!/usr/bin/env bash
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# What a message costs `sluice run`, beside bare programs and a gateway in Python on the same traffic:
# one table of ratios from one run.
#
#   Integration/bench/run.sh [--quick] [--rounds 5] [--only fed,latency,…] [--rows 1000000] [--write FILE] [--record]
#
# Sections: fed latency whole allocations parts rows broker forward idle growth backlog. Builds a release, or takes
# $SLUICE, and a few small C programs. Five rounds of all take about an hour, --quick (one round, a quarter of the
# messages) some minutes. --record writes RESULTS.md, its pictures and README's table. Not a test: nothing fails.

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
compiler="$(command -v cc || command -v clang)"
make_tool() {
    local name=$1
    shift
    "$compiler" -O2 -D_GNU_SOURCE -o "$tools/$name" "Integration/bench/${name%.so}.c" "$@"
}
make_tool publisher
make_tool feeder
make_tool answerer
# shellcheck disable=SC2046
make_tool subscriber -U_GNU_SOURCE -ISources/COnnxRuntime/include Sources/COnnxRuntime/*.c \
    $(pkg-config --cflags --libs libmosquitto) -ldl
# shellcheck disable=SC2046
make_tool poster $(pkg-config --cflags --libs libcurl)
# shellcheck disable=SC2046
make_tool parts $(pkg-config --cflags --libs libmosquitto sqlite3)
"$compiler" -O2 -shared -fPIC -o "$tools/liballocations.so" Integration/bench/allocations.c

# The gateways in Python stand on packages of their own.
make_python() {
    local place="$tools/$1" requirements="Integration/bench/$1/requirements.txt" wanted
    shift
    wanted="$(sha256sum "$requirements")"
    if [ "$(cat "$place/wanted" 2>/dev/null)" != "$wanted" ]; then
        rm -rf "$place"
        python3 -m venv "$place"
        PYTHONPATH='' "$place/bin/pip" install --quiet "$@" -r "$requirements"
        echo "$wanted" > "$place/wanted"
    fi
}
make_python python
make_python thingsboard --require-hashes --no-deps
exec python3 Integration/bench/suite.py "$tools" "$tools/python/bin/python" "$@"
