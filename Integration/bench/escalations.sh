#!/usr/bin/env bash
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# Questions to a cloud a second, and what a call costs, beside a bare libcurl multi client that posts the
# same bodies at the same concurrency to the same server in the same run:
#
#   Integration/bench/escalations.sh [--rounds 3] [--count 60000] [--concurrency 32]
#
# Builds a release, or takes $SLUICE. Not a test: nothing fails.

exec "$(dirname "${BASH_SOURCE[0]}")/durable.sh" escalations "$@"
