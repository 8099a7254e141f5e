# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Tunes on every run of a folder that make_rows.py made, and counts what came of it.

usage: count.py SLUICE FOLDER BOUND KIND

Prints one row of a Markdown table. For each run the threshold is applied to the whole population,
whose rates are known: "exceeded" is how often the true disagreement among what is kept lies above the
bound, without sampling noise. A refusal keeps nothing and exceeds nothing. Beside ours: an oracle that
knows the rates, half of the rows with one Clopper-Pearson test a threshold (no correction), and the
greatest threshold whose rate on all rows looks fine.
"""

import concurrent.futures
import json
import pathlib
import re
import subprocess
import sys

import numpy as np
from scipy.stats import binom

sluice, folder, bound, kind = sys.argv[1], pathlib.Path(sys.argv[2]), float(sys.argv[3]), sys.argv[4]


def truth_of(run):
    part = f".{run % len(list(folder.glob('truth.*.npz')))}" if list(folder.glob("truth.*.npz")) else ""
    differs = np.load(folder / f"truth{part}.npz")["differs"].astype(float)
    return folder / f"population{part}.jsonl", differs


def kept_rate(kept, differs):
    return (kept.mean(), differs[kept].mean() if kept.any() else 0.0)


def load(path):
    edge, differs = [], []
    for line in open(path):
        row = json.loads(line)
        edge.append(max(row["p_edge"]))
        if "p_cloud" in row:
            differs.append(np.argmax(row["p_edge"]) != np.argmax(row["p_cloud"]))
    return np.array(edge), np.array(differs, float)


def threshold(score, differs, test):
    """The lowest threshold whose kept rows pass `test`."""
    order = np.argsort(-score)
    kept = np.arange(1, len(score) + 1)
    hits = np.cumsum(differs[order])
    good = np.nonzero(test(hits, kept))[0]
    return score[order][good[-1]] if len(good) else np.inf


def one(run):
    population, differs = truth_of(run)
    rows = folder / f"{run}.rows.jsonl"
    decided = folder / f"{run}.decisions.jsonl"
    done = subprocess.run(
        [sluice, "tune", "--samples", rows, "--max-disagreement", str(bound), "--certainty", "95%",
         "--apply", population, "--decisions", decided, "--json"],
        capture_output=True, text=True,
    )
    if done.returncode not in (0, 3):
        raise SystemExit(f"{rows}: exit {done.returncode}: {done.stderr}")
    kept = np.array([not json.loads(line)["escalate"] for line in open(decided)])
    decided.unlink()
    answer = json.loads(done.stdout)
    score, seen = load(rows)
    shown, _ = load(population)
    naive = threshold(score, seen, lambda hits, kept: hits / kept <= bound)
    half = len(score) // 2
    single = threshold(
        score[half:], seen[half:], lambda hits, kept: binom.cdf(hits, kept, bound) <= 0.05
    )
    oracle = threshold(shown, differs, lambda hits, kept: hits / kept <= bound)
    return (
        kept_rate(kept, differs), done.returncode == 3,
        kept_rate(shown >= oracle, differs), kept_rate(shown >= single, differs),
        kept_rate(shown >= naive, differs),
        len(score), answer.get("effective_samples"),
        (answer.get("threshold") or {}).get("score"),
    )


runs = sorted(int(re.match(r"\d+", path.name)[0]) for path in folder.glob("*.rows.jsonl"))
with concurrent.futures.ThreadPoolExecutor(2) as pool:
    results = list(pool.map(one, runs))

count = len(results)
exceeded = sum(rate > bound for (_, rate), *_ in results)
refused = sum(result[1] for result in results)
share = np.mean([result[0][0] for result in results])
tuned = [result[0][0] for result in results if not result[1]]
oracle = np.mean([result[2][0] for result in results])
single = sum(result[3][1] > bound for result in results)
naive = sum(result[4][1] > bound for result in results)
rows = int(np.mean([result[5] for result in results]))
effective = [result[6] for result in results if result[6]]
print(
    f"| {kind} | {rows} | {100 * bound:g} % | {count} | {exceeded} ({100 * exceeded / count:.1f} %) "
    f"| {refused} | {100 * share:.1f} % | {100 * np.mean(tuned) if tuned else 0:.1f} % "
    f"| {100 * oracle:.1f} % | {100 * single / count:.1f} % | {100 * naive / count:.1f} % "
    f"| {int(np.median(effective)) if effective else 0} |",
    flush=True,
)
