#!/usr/bin/env bash
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# Durable ingest, every message a row on disk before its PUBACK, in messages a second; as the disk is,
# and with each fsync made 5 and 25 ms slower:
#
#   Integration/bench/ingest.sh [--rounds 3] [--count 60000]
#
# Builds a release, or takes $SLUICE. Not a test: nothing fails.

exec "$(dirname "${BASH_SOURCE[0]}")/durable.sh" ingest "$@"
