#!/usr/bin/env bash
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# A start over a million rows: time to the first live message, memory, and how fast the rows leave:
#
#   Integration/bench/backlog.sh [--rounds 3] [--rows 1000000] [--seconds 60]
#
# Builds a release, or takes $SLUICE. Not a test: nothing fails.

exec "$(dirname "${BASH_SOURCE[0]}")/durable.sh" backlog "$@"
