#!/usr/bin/env bash
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# Installs what the demo and the tests need and is missing; says nothing when nothing is.
# Run it, or source it: sourced, it also sets
#   SLUICE_ROOT         the repository
#   SLUICE_ONNXRUNTIME  libonnxruntime.so, verified
#   PYTHONPATH          with the Python packages in front
# Packages come from apt and pip as this machine has them configured. Nothing outside the
# repository is written except by apt.

set -euo pipefail

SLUICE_ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
deps="$SLUICE_ROOT/.sluice-deps"

ort_version=1.31.1
case "$(uname -m)" in
x86_64)
    ort_platform=manylinux_2_28_x86_64
    ort_wheel_sha256=5752bd508126ae7c49894d3b9d2e83f0c3d487319246d04c444b393308d7ad7f
    ort_library_sha256=fc44112fbe06d7d689c57e11d3862031f64711007e4ee020f8eed5185fd2c1d3
    ;;
aarch64)
    ort_platform=manylinux_2_28_aarch64
    ort_wheel_sha256=da05378364c44d4407e463982d2bf8d5e4cfea873283757e48beeb41df97b7f3
    ort_library_sha256=8aa3b76b28c778a2b1dd660d34161adb1d508c9ccd04ff9dc80e26eca5df8467
    ;;
*)
    echo "install.sh: no ONNX Runtime is pinned for $(uname -m)" >&2
    exit 1
    ;;
esac

note() { printf 'install: %s\n' "$*" >&2; }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

has_package() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

install_packages() {
    local missing=() package
    for package in libmosquitto-dev libcurl4-openssl-dev libsqlite3-dev libjpeg62-turbo-dev \
        libpng-dev libzstd-dev zlib1g-dev mosquitto mosquitto-clients pkg-config; do
        has_package "$package" || missing+=("$package")
    done
    command -v python3 >/dev/null || missing+=(python3)
    # pip is needed only while something is to be fetched with it.
    if ! pip_is_done && ! { command -v python3 && python3 -m pip --version; } >/dev/null 2>&1; then
        missing+=(python3-pip)
    fi
    [ ${#missing[@]} -gt 0 ] || return 0
    if ! command -v apt-get >/dev/null; then
        note "needs these Debian packages, or what your system calls them: ${missing[*]}"
        exit 1
    fi
    note "apt packages: ${missing[*]}"
    # The package would start a broker of the system's own; nobody asked for that one. Where no
    # policy says so already, one does for the length of this installation.
    local policy=/usr/sbin/policy-rc.d made=no
    if [ ! -e "$policy" ]; then
        made=yes
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod 755 "$policy"
    fi
    local status=0
    { as_root apt-get -qq update &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y \
            --no-install-recommends "${missing[@]}"; } >"$deps/apt.log" 2>&1 || status=$?
    if [ $made = yes ]; then as_root rm -f "$policy"; fi
    if [ $status -ne 0 ]; then
        tail -n 20 "$deps/apt.log" >&2
        note "apt-get failed (status $status); its output is in $deps/apt.log"
        exit 1
    fi
}

matches() { # FILE SHA256
    [ -f "$1" ] && [ "$(sha256sum "$1" | cut -d' ' -f1)" = "$2" ]
}

pip_is_done() {
    onnxruntime_is_done && python_is_done
}

# The library as it was pinned, with its licence and the notices of what it holds.
onnxruntime_is_done() {
    local folder
    folder="$(dirname "$SLUICE_ONNXRUNTIME")"
    [ -f "$folder/LICENSE" ] && [ -f "$folder/ThirdPartyNotices.txt" ] &&
        matches "$SLUICE_ONNXRUNTIME" "$ort_library_sha256"
}

python_is_done() {
    [ "$(cat "$deps/python/.installed" 2>/dev/null)" = "$(requirements_digest)" ]
}

requirements_digest() { sha256sum "$SLUICE_ROOT/Integration/requirements.txt" | cut -d' ' -f1; }

quietly() { # LOG COMMAND…: shows the log only when the command fails
    local log=$1
    shift
    "$@" >"$log" 2>&1 || { cat "$log" >&2; note "failed: $*"; exit 1; }
}

install_onnxruntime() {
    onnxruntime_is_done && return 0
    note "ONNX Runtime $ort_version"
    local fresh="$deps/wheel.$$" wheel
    rm -rf "$fresh"
    mkdir -p "$fresh" "$(dirname "$SLUICE_ONNXRUNTIME")"
    printf 'onnxruntime==%s --hash=sha256:%s\n' "$ort_version" "$ort_wheel_sha256" \
        >"$fresh/requirements.txt"
    quietly "$deps/pip.log" python3 -m pip download --disable-pip-version-check --no-deps \
        --require-hashes --only-binary=:all: --python-version 311 --implementation cp \
        --abi cp311 --platform "$ort_platform" --dest "$fresh" -r "$fresh/requirements.txt"
    wheel="$(echo "$fresh"/onnxruntime-*.whl)"
    if ! matches "$wheel" "$ort_wheel_sha256"; then
        note "$wheel is not the pinned file; removed"
        rm -rf "$fresh"
        exit 1
    fi
    python3 - "$wheel" "$fresh/library" "$(dirname "$SLUICE_ONNXRUNTIME")" <<'PYTHON'
import re, shutil, sys, zipfile
wheel = zipfile.ZipFile(sys.argv[1])
names = [n for n in wheel.namelist() if re.search(r"/libonnxruntime\.so\.[0-9.]+$", n)]
assert len(names) == 1, names
with wheel.open(names[0]) as source, open(sys.argv[2], "wb") as target:
    shutil.copyfileobj(source, target)
for name in ("LICENSE", "ThirdPartyNotices.txt"):
    with wheel.open("onnxruntime/" + name) as source, open(sys.argv[3] + "/" + name, "wb") as target:
        shutil.copyfileobj(source, target)
PYTHON
    if ! matches "$fresh/library" "$ort_library_sha256"; then
        note "the library in $wheel is not the pinned file; removed"
        rm -rf "$fresh"
        exit 1
    fi
    chmod 644 "$fresh/library"
    mv "$fresh/library" "$SLUICE_ONNXRUNTIME"
    rm -rf "$fresh"
}

install_python_packages() {
    python_is_done && return 0
    note "Python packages: $(grep -o '^[a-z][^ ]*' "$SLUICE_ROOT/Integration/requirements.txt")"
    rm -rf "$deps/python"
    quietly "$deps/pip.log" python3 -m pip install --disable-pip-version-check --no-deps \
        --root-user-action=ignore --require-hashes --only-binary=:all: \
        --target "$deps/python" -r "$SLUICE_ROOT/Integration/requirements.txt"
    requirements_digest >"$deps/python/.installed"
}

SLUICE_ONNXRUNTIME="$deps/onnxruntime/libonnxruntime.so.$ort_version"
mkdir -p "$deps"
install_packages
install_onnxruntime
install_python_packages
if ! command -v swift >/dev/null; then
    note "needs Swift 6.2 or later on the PATH: see swift.org/install"
    exit 1
fi
# Debian keeps mosquitto where a plain user's PATH does not look.
PATH="$PATH:/usr/sbin"
PYTHONPATH="$deps/python${PYTHONPATH:+:$PYTHONPATH}"
export SLUICE_ROOT SLUICE_ONNXRUNTIME PYTHONPATH PATH
