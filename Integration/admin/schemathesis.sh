#!/bin/bash
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# Has schemathesis make up requests from the API's own description and hold a running gateway to it: every check,
# with the token and without.
#
#   Integration/admin/schemathesis.sh [EXAMPLES [SEED]]     examples for each operation and phase; 100
#
# Ends with 1 where it finds a fault. Runs $SLUICE, or the debug build; installs schemathesis beside the other tools.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=../install.sh
. Integration/install.sh
venv=.sluice-deps/schemathesis
wanted=$(sha256sum Integration/admin/requirements.txt)
if [ "$(cat "$venv/done" 2>/dev/null)" != "$wanted" ]; then
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet -r Integration/admin/requirements.txt
    echo "$wanted" > "$venv/done"
fi
SCHEMATHESIS=$PWD/$venv/bin/schemathesis exec python3 Integration/admin/gateway.py "$@"
