#!/usr/bin/env bash
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# Everything that must hold before a change lands, in one command:
#
#   Integration/test.sh [SCENARIO…]
#
# Installs what is missing, builds once (debug, with the import law), then runs the unit tests, the
# lint, the policy checks, the scenarios (all, or those named: then only build and scenarios) and the
# small ones of the faults.
# Every step runs even when one before it failed, except that nothing runs without a build.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# shellcheck source=install.sh
. Integration/install.sh

failed=()
step() { # NAME COMMAND…
    local name=$1 start=$SECONDS
    shift
    printf -- '---- %s\n' "$name"
    if "$@"; then
        printf -- '---- %s: ok, %d s\n' "$name" $((SECONDS - start))
    else
        printf -- '---- %s: FAILED, %d s\n' "$name" $((SECONDS - start))
        failed+=("$name")
    fi
}

finish() {
    if [ ${#failed[@]} -gt 0 ]; then
        printf -- '---- failed: %s\n' "${failed[*]}"
        exit 1
    fi
}

# The exit status is the truth here: with a forbidden import SwiftPM can print "Build complete!"
# and exit with 1 all the same.
step build swift build --build-tests --explicit-target-dependency-import-check error
[ ${#failed[@]} -eq 0 ] || finish
SLUICE="$(swift build --show-bin-path)/sluice"
export SLUICE

# The configuration of a plant, as the demo writes it, around the policies of this repository.
policy_checks() {
    local folder status=0
    folder="$(mktemp -d)"
    python3 Integration/rig/shipped.py "$folder" || status=1
    [ $status -ne 0 ] || "$SLUICE" check --config "$folder/sluice.yaml" || status=$?
    rm -rf "$folder"
    return $status
}

if [ $# -eq 0 ]; then
    # Two thousand tests begun at once would keep each other waiting for minutes on a small machine, past the times
    # that what they test allows.
    SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=16 \
        step "unit tests" swift test --skip-build --skip TuneTests
    # Simulations that keep every core busy would make the others wait past their time-outs.
    step "statistics" swift test --skip-build --filter TuneTests
    step lint swift format lint --strict -r -p Sources Tests Package.swift
    step "policy checks" policy_checks
    step "packaged configuration" python3 Integration/package/configuration_keys.py "$SLUICE"
    # Every line of it is tried by Integration/models/guide/try.sh, which wants a network.
    step "guide" python3 Integration/models/guide/same.py Sources/Gateway/Gateway.docc/Models.md
fi
step scenarios python3 Integration/scenarios/run.py "$@"
if [ $# -eq 0 ]; then
    # The quick ones; all of them: Integration/guides/try.sh.
    if [ "$(id -u)" -eq 0 ]; then
        step guides Integration/guides/try.sh FirstGateway OwnCloud Fleet Upgrade
    else
        echo "---- guides: left out, for they want a network of their own, and so root"
    fi
    # The small ones; all of them, at their size: Integration/faults/run.sh.
    if [ "$(id -u)" -eq 0 ]; then
        step "faults' tools" Integration/faults/install.sh
        step faults python3 Integration/faults/run.py --fast
    else
        echo "---- faults: left out, for they mount file systems and want root"
    fi
fi
finish
