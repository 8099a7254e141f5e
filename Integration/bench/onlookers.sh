#!/usr/bin/env bash
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# What the admin server costs: latency from publishing to the action with and without dashboards that look on,
# /metrics at 10 and at 10,000 devices, memory and processor time of a gateway that has nothing to do.
#
# Real dashboards are on other machines. Here they are one Python process, which would take from the gateway, the broker
# and the publisher what is meant for them; so it is of the class SCHED_IDLE and gets only what nobody else wants. Each
# round has four lines, with the gateway's processor time by its threads and the clients' apart from it:
#
#   alone                 no dashboards
#   dashboards            they look at the gateway: what is felt here is felt because of us
#   dashboards that push  the same at a usual priority: what is more than the line before is the clients' doing
#   of a stand-in         clients of class SCHED_IDLE look at another such process, which answers what the gateway
#                         answered: what is felt here is felt because of the machine
#
# Threads: "lanes" take messages, "onlook" and "onlook-io" answer dashboards, "mqtt-publish" sends actions, and "others" have
# no name of their own: the spool's, which every action needs, the workers', and those that Swift shares out.
#
#   Integration/bench/onlookers.sh [--clients 200] [--rounds 3] [--seconds 20] [--rate 200] [--idle 60]
#
# Builds a release, or takes $SLUICE. Not a test: nothing fails. Quiet machines only.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=../install.sh
. Integration/install.sh
if [ -z "${SLUICE:-}" ]; then
    swift build -c release --product sluice
    SLUICE="$(swift build -c release --show-bin-path)/sluice"
    export SLUICE
fi
exec python3 Integration/bench/onlookers.py "$@"
