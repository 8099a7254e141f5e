# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Runs both sides in turn and prints the medians: report.py CELBENCH PYTHON ROUNDS COMMIT SWIFT"""

import pathlib
import platform
import statistics
import subprocess
import sys
from collections import defaultdict

bench, python, rounds, commit, swift = sys.argv[1:]
peer = pathlib.Path(__file__).with_name("peer.py")
ours, allocations, theirs = defaultdict(list), {}, defaultdict(list)
for _ in range(int(rounds)):
    for line in subprocess.run([bench], capture_output=True, text=True, check=True).stdout.splitlines():
        kind, source, nanoseconds, count = line.split("\t")
        if kind != "held":
            ours[kind, source].append(float(nanoseconds))
            allocations[kind, source] = float(count)
    for line in subprocess.run([python, peer], capture_output=True, text=True, check=True).stdout.splitlines():
        name, nanoseconds = line.split("\t")
        theirs[name].append(float(nanoseconds))

cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if "model name" in line), platform.machine())
version = subprocess.run(
    [python, "-c", "import importlib.metadata as m; print(m.version('common-expression-language'))"],
    capture_output=True, text=True, check=True,
).stdout.strip()
print(f"{cpu}; {swift}; commit {commit}; {rounds} rounds in turn, medians (least to most)\n")
print("| Sluice | ns a run | allocations a run |\n|---|---|---|")
for (kind, source), times in ours.items():
    source = source.replace("|", "\\|")
    print(f"| `{source}` ({kind}) | {statistics.median(times):.1f} ({min(times):.1f} to {max(times):.1f}) "
          f"| {allocations[kind, source.replace(chr(92), '')]:.3f} |")
goal = statistics.median(next(iter(ours.values())))
print(f"\n| common-expression-language {version}, the first condition | ns a run | times ours |\n|---|---|---|")
for name, times in theirs.items():
    median = statistics.median(times)
    print(f"| {name} | {median:.0f} ({min(times):.0f} to {max(times):.0f}) | {median / goal:.0f} |")
least = min(statistics.median(times) for times in theirs.values())
print(f"\nunder 100 ns: {'yes' if goal < 100 else 'NO'} ({goal:.1f} ns); "
      f"at least 10 times faster than its fastest way: {'yes' if least >= 10 * goal else 'NO'} ({least / goal:.0f} times)")
