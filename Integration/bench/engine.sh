#!/usr/bin/env bash
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# What the core engine costs:
#
#   Integration/bench/engine.sh report [--rounds 15] [--seconds 0.05]
#       a message, beside ONNX Runtime itself from C and from Python, on the same models with the same
#       session options, in turn in one run
#   Integration/bench/engine.sh detectors
#       a reading and a device of every detector
#   Integration/bench/engine.sh devices [--devices 1,10000,100000]
#       a reading with few and with many devices: windows and detectors
#
# Not a test: nothing fails.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# shellcheck source=../install.sh
. Integration/install.sh
# shellcheck source=engine/build.sh
. Integration/bench/engine/build.sh
what="${1:-report}"
[ $# -eq 0 ] || shift
exec python3 "Integration/bench/engine/$what.py" --bench "$bench" --peer "$place/ort-peer" \
    --python "$place/venv/bin/python" --runtime "$SLUICE_ONNXRUNTIME" "$@"
