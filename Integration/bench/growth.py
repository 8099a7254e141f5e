# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Does a message cost more with larger payloads, more devices, more policies? Fed at QoS 1."""

from __future__ import annotations

import fed


def growth(bench) -> None:
    count, _ = bench.count(200_000)
    for size in (100, 1_000, 10_000):
        bodies = bench.site(f"size{size}", size=size)
        # A long body costs the feeder and the kernel, too.
        measure(bench, f"{size:,} B", bodies, count // (4 if size > 5_000 else 1))
    for devices in (1, 1_000, 100_000):
        measure(bench, f"{devices:,} devices", bench.site("quiet"), max(count, 2 * devices), devices)
    for policies in (1, 20, 200):
        # One decides; the others are about topics of their own.
        texts = {"small": fed.five_rules()}
        for number in range(1, policies):
            texts[f"p{number}"] = fed.five_rules(f"p{number}")
        measure(bench, f"{policies} policies", bench.site("quiet"), count, policies=texts)
    for policies in (1, 5, 20):
        # All of them decide about every message.
        texts = {f"q{number}": fed.five_rules(f"q{number}", topic="small")
                 for number in range(policies)}
        measure(bench, f"{policies} on a topic", bench.site("quiet"), count // policies,
                policies=texts)


def measure(bench, case: str, bodies, count: int, devices: int = 16, policies=None) -> None:
    start = fed.sluice(bench.folder, policies or {"small": fed.five_rules()})
    for name, start in (("drained", fed.bare(bench.tools, "drain")), ("sluice", start)):
        subject = bench.subject(bodies, start, devices)
        try:
            said = subject.measure(1, count)
            bench.note(case, name, cpu=said["cpu"])
        finally:
            subject.stop()
