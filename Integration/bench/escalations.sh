#!/usr/bin/env bash
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# Questions to a cloud a second, and what a call costs, three ways in turn in one run, with the same questions
# in the same bodies under the same header fields, at the same concurrency, of the same server:
#
#   bare libcurl       the least a client can do: poster.c, one multi handle, one body over and over; it reads
#                      no reply
#   the stage          the product's own modules Escalate and HTTP, compiled by the package in stage/: each
#                      question has a key, a deadline and an answer of its own, its body is written and its
#                      reply is read; the queue never runs dry
#   the whole gateway  from the broker to the event: decoding, the model, the policy, the row, the call
#
#   Integration/bench/escalations.sh [--rounds 3] [--count 60000] [--concurrency 32]
#
# Ratios are to bare libcurl: of the rates, and of the CPU time a call (1 is as good, less is worse).
# Builds a release of the gateway and one of the stage, or takes $SLUICE and $STAGEBENCH. Not a test: nothing fails.

exec "$(dirname "${BASH_SOURCE[0]}")/durable.sh" escalations "$@"
