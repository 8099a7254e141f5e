#!/bin/bash
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# Counts how often a tuned bound is exceeded: 500 samples each of real and simulated rows, tuned and
# applied by the command itself. Leaves a dated table beside this script.
#
#   Integration/coverage/run.sh [RUNS] [SLUICE]
set -euo pipefail
cd "$(dirname "$0")/../.."
runs=${1:-500}
sluice=${2:-.build/release/sluice}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ ! -x "$sluice" ]; then swift build -c release --product sluice; fi
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet -r Integration/coverage/requirements.txt
python=$work/venv/bin/python

table=Integration/coverage/$(date +%Y-%m-%d).md
{
    echo "# Coverage of the bound, $(date +%Y-%m-%d)"
    echo
    echo "\`Integration/coverage/run.sh $runs\`, certainty 95 %, \`$("$sluice" --version)\`."
    echo "Exceeded: the true disagreement among what is kept lies above the bound; it must be at most"
    echo "5 %. The true rates are known, see make_rows.py. Kept: the share kept local, over all runs (a"
    echo "refusal keeps nothing) and over the runs that were not refused; the oracle knows the rates."
    echo "The last columns are how often two simpler methods exceed the bound: a Clopper-Pearson test of"
    echo "every threshold on half of the rows, and the lowest threshold that looks fine on all of them."
    echo
    echo "| rows | a sample | bound | samples | exceeded | refused | kept | kept if tuned | oracle | one test a threshold exceeds | none exceeds | effective |"
    echo "|---|---|---|---|---|---|---|---|---|---|---|---|"
} > "$table"
try() { # KIND ROWS BOUND…
    local kind=$1 rows=$2
    shift 2
    "$python" Integration/coverage/make_rows.py "$kind" "$work/$kind-$rows" "$runs" --rows "$rows"
    for bound in "$@"; do
        "$python" Integration/coverage/count.py "$sluice" "$work/$kind-$rows" "$bound" "$kind" |
            tee -a "$table"
    done
    rm -rf "${work:?}/$kind-$rows"
}
try digits 800 0.05
try digits 2000 0.02 0.05
try digits-2 1000 0.05
try streams 4000 0.02 0.05
try streams-untimed 4000 0.05
try shapes 2000 0.05
echo "$table"
