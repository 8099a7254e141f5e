#!/usr/bin/env bash
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# Tries every line of the guide (Sources/Gateway/Gateway.docc/Models.md): trains and exports every model
# of it, has `sluice check` look at each, sends 500 rows of each through a broker to one `sluice run`,
# and holds its labels, probabilities and values against what the framework says of the same rows:
#
#   Integration/models/guide/try.sh [NAME…]          all, or sklearn, xgboost, lightgbm, torch
#
# SLUICE names a binary to try (default: the debug build is made), GUIDE_PYTHON a Python that has
# requirements.txt (default: they are installed into .sluice-deps/guide, about 6 GB with PyTorch).

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."

# shellcheck source=../../install.sh
. Integration/install.sh

place="$SLUICE_ROOT/.sluice-deps/guide"
here="$SLUICE_ROOT/Integration/models/guide"
mkdir -p "$place"
if [ -z "${GUIDE_PYTHON:-}" ]; then
    GUIDE_PYTHON="$place/venv/bin/python"
    if ! cmp -s "$here/requirements.txt" "$place/installed.txt"; then
        python3 -m venv "$place/venv"
        "$GUIDE_PYTHON" -m pip install --quiet -r "$here/requirements.txt"
        cp "$here/requirements.txt" "$place/installed.txt"
    fi
fi
if [ -z "${SLUICE:-}" ]; then
    swift build --product sluice --quiet
    SLUICE="$(swift build --show-bin-path)/sluice"
fi
export SLUICE GUIDE_OUT="$place/out" OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1

python3 "$here/same.py" "$SLUICE_ROOT/Sources/Gateway/Gateway.docc/Models.md"
rm -rf "$GUIDE_OUT"
for name in "${@:-sklearn xgboost lightgbm torch}"; do
    for one in $name; do
        env -u PYTHONPATH "$GUIDE_PYTHON" -W ignore "$here/with_$one.py" 2> "$place/$one.log" || {
            tail -n 20 "$place/$one.log" >&2
            exit 1
        }
    done
done
python3 "$here/try.py" "$GUIDE_OUT"
