# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Sourced after install.sh: builds enginebench and the peer in C, and has a Python with ONNX Runtime.
# Sets `place` and `bench`.

place="$SLUICE_ROOT/.sluice-deps/bench"
mkdir -p "$place"
options=(-c release --package-path Integration/bench/engine --scratch-path "$place/engine")
swift build "${options[@]}" --quiet
bench="$(swift build "${options[@]}" --show-bin-path)/enginebench"
"$(command -v cc || command -v clang)" -O2 -o "$place/ort-peer" Integration/bench/engine/peer.c -ldl
if ! "$place/venv/bin/python" -c 'import onnx, onnxruntime' 2> /dev/null; then
    python3 -m venv "$place/venv"
    "$place/venv/bin/pip" install --quiet onnxruntime==1.31.1 onnx==1.23.2 numpy==2.4.6
fi
