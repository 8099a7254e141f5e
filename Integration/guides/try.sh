#!/usr/bin/env bash
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# Tries the guides line by line: writes the files they show, runs the commands they show, in their order,
# with a real broker, and holds what comes out against what they say:
#
#   Integration/guides/try.sh [PAGE…]          all, or FirstGateway, OwnCloud, …
#
# SLUICE names a binary to try (default: the debug build is made). Each page is tried in a network
# namespace of its own, so that its ports are free: that wants root.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# shellcheck source=../install.sh
. Integration/install.sh

if [ "$(id -u)" -ne 0 ]; then
    echo "try.sh: wants root, for a network of its own" >&2
    exit 1
fi
for tool in curl ip jq openssl sqlite3; do
    command -v "$tool" > /dev/null || { echo "try.sh: wants $tool" >&2; exit 1; }
done
if [ -z "${SLUICE:-}" ]; then
    swift build --product sluice --quiet
    SLUICE="$(swift build --show-bin-path)/sluice"
fi
export SLUICE PYTHONDONTWRITEBYTECODE=1

# Names of files of ours: no spaces.
# shellcheck disable=SC2046
[ $# -gt 0 ] || set -- $(grep -l '^```console' Sources/Gateway/Gateway.docc/Guides/*.md | xargs -n 1 basename -s .md)

failed=()
for page in "$@"; do
    unshare --net -- bash -c 'ip link set lo up && exec python3 Integration/guides/page.py "$1"' - \
        "Sources/Gateway/Gateway.docc/Guides/$page.md" || failed+=("$page")
done
if [ ${#failed[@]} -gt 0 ]; then
    echo "guides: failed: ${failed[*]}" >&2
    exit 1
fi
