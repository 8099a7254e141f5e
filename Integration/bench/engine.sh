#!/usr/bin/env bash
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# What a message costs the core engine, beside ONNX Runtime itself from C and from Python, on the same
# models with the same session options, in turn in one run:
#
#   Integration/bench/engine.sh [--rounds 15] [--seconds 0.05]
#
# Not a test: nothing fails.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# shellcheck source=../install.sh
. Integration/install.sh
# shellcheck source=engine/build.sh
. Integration/bench/engine/build.sh
exec python3 Integration/bench/engine/report.py --bench "$bench" --peer "$place/ort-peer" \
    --python "$place/venv/bin/python" --runtime "$SLUICE_ONNXRUNTIME" "$@"
