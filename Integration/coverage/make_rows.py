# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Makes populations of rows whose true rates are known exactly, and tuning samples drawn from them.

usage: make_rows.py KIND FOLDER RUNS [--seed N]

KIND is one of
  digits     scikit-learn's digits: a small and a large model trained on a part; the rest is the
             population, and each tuning sample is drawn from it with replacement, so that the
             true disagreement at any threshold is a count over the population, without noise.
  digits-2   the same with another pair of models and another split.
  streams    simulated devices: hidden difficulty and luck are AR(1) in time, windows overlap; the
             population is the stationary distribution, by a long stream of independent rows.
  streams-untimed   the same without device and time, in the order of one stream.
  shapes     independent rows of shapes the method was not looked at with.
Each run N leaves N.rows.jsonl; the population is N.population.jsonl (or population.jsonl) and
N.truth.npz says which of its rows disagree.
"""

import argparse
import json
import pathlib

import numpy as np
from scipy.special import ndtr


def write(path, edge, cloud=None, truth=None, device=None, time=None):
    with open(path, "w") as file:
        for index in range(len(edge)):
            row = {"id": f"r{index}", "p_edge": edge[index].tolist()}
            if cloud is not None:
                row["p_cloud"] = cloud[index].tolist()
            if truth is not None:
                row["y"] = int(truth[index])
            if device is not None:
                row["device"] = str(device[index])
                row["time"] = float(time[index])
            file.write(json.dumps(row) + "\n")


def digits(second):
    from sklearn.datasets import load_digits
    from sklearn.linear_model import LogisticRegression
    from sklearn.naive_bayes import GaussianNB
    from sklearn.neural_network import MLPClassifier
    from sklearn.ensemble import ExtraTreesClassifier

    images, labels = load_digits(return_X_y=True)
    images = images / 16
    order = np.random.default_rng(7 if second else 5).permutation(len(images))
    train, rest = order[:600], order[600:]
    if second:
        small, seen = GaussianNB(var_smoothing=0.05), slice(0, 64)
        large = MLPClassifier((64,), max_iter=600, random_state=0)
    else:
        small, seen = LogisticRegression(max_iter=500, C=0.3), slice(16, 48)
        large = ExtraTreesClassifier(400, random_state=0)
    small.fit(images[train][:, seen], labels[train])
    large.fit(images[train], labels[train])
    edge = small.predict_proba(images[rest][:, seen])
    cloud = large.predict_proba(images[rest])
    return edge, cloud, labels[rest]


def edge_of(score, label):
    """Three labels; the score in 0…1 decides how much of the mass is on the chosen one."""
    top = 0.34 + 0.66 * score
    edge = np.empty((len(score), 3))
    rows = np.arange(len(score))
    edge[rows, label] = top
    edge[rows, (label + 1) % 3] = (1 - top) * 0.6
    edge[rows, (label + 2) % 3] = (1 - top) * 0.4
    return edge


def cloud_of(label):
    cloud = np.full((len(label), 3), 0.05)
    cloud[np.arange(len(label)), label] = 0.9
    return cloud


def ar(generator, devices, length, keep):
    noise = generator.standard_normal((devices, length)) * np.sqrt(1 - keep**2)
    values = np.empty_like(noise)
    values[:, 0] = generator.standard_normal(devices)
    for step in range(1, length):
        values[:, step] = keep * values[:, step - 1] + noise[:, step]
    return values


def windows(values, width):
    """Overlapping windows: the mean of `width` neighbours, scaled to unit variance by their own law."""
    if width == 1:
        return values
    sums = np.cumsum(np.pad(values, ((0, 0), (1, 0))), axis=1)
    return sums[:, width:] - sums[:, :-width]


STREAMS = [
    # (keep of difficulty, keep of luck, window, devices, rows a device, risk)
    (0.5, 0.5, 1, 6, 600, "logit"),
    (0.8, 0.8, 1, 8, 500, "logit"),
    (0.9, 0.6, 1, 4, 1000, "square"),
    (0.0, 0.0, 4, 5, 800, "logit"),
    (0.7, 0.0, 4, 10, 400, "plain"),
]


def risk(score, kind):
    if kind == "logit":
        return 1 / (1 + np.exp(9 * score - 1))
    if kind == "square":
        return 0.6 * (1 - score) ** 2
    return 0.18 * (1 - score)


def window_scale(keep, width):
    lags = np.abs(np.subtract.outer(np.arange(width), np.arange(width)))
    return np.sqrt((keep**lags).sum())


def stream(generator, setting):
    hard, luck, width, devices, length, kind = setting
    first = windows(ar(generator, devices, length + width - 1, hard), width)
    second = windows(ar(generator, devices, length + width - 1, luck), width)
    score = ndtr(first / window_scale(hard, width))
    differs = ndtr(second / window_scale(luck, width)) < risk(score, kind)
    device = np.repeat(np.arange(devices), length)
    time = np.tile(np.arange(length), devices) * 10.0
    return score.ravel(), differs.ravel(), device, time


SHAPES = ["step", "two humps", "rare", "heavy ties", "flat top", "inverted tail"]


def shape(generator, kind, count):
    score = generator.random(count)
    if kind == "step":
        chance = np.where(score > 0.55, 0.01, 0.35)
    elif kind == "two humps":
        score = np.where(generator.random(count) < 0.5, score**0.2, score**3)
        chance = 0.5 * (1 - score) ** 3
    elif kind == "rare":
        score = score**0.1
        chance = np.where(score < 0.7, 0.4, 0.002)
    elif kind == "heavy ties":
        score = np.round(score * 8) / 8
        chance = 0.3 * (1 - score) ** 2
    elif kind == "flat top":
        chance = np.where(score > 0.3, 0.03, 0.4)
    else:
        # The very surest are wrong more often than the rest.
        chance = np.where(score > 0.97, 0.10, 0.4 * (1 - score) ** 2)
    return score, generator.random(count) < chance, chance


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("kind")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("runs", type=int)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--rows", type=int, default=1000)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    folder = options.folder
    generator = np.random.default_rng([options.seed, sum(options.kind.encode())])

    if options.kind.startswith("digits"):
        edge, cloud, labels = digits(options.kind == "digits-2")
        write(folder / "population.jsonl", edge)
        np.savez(folder / "truth.npz", differs=edge.argmax(1) != cloud.argmax(1))
        for run in range(options.runs):
            drawn = generator.integers(0, len(edge), options.rows)
            write(folder / f"{run}.rows.jsonl", edge[drawn], cloud[drawn], labels[drawn])
        return

    for run in range(options.runs):
        if options.kind == "shapes":
            kind = SHAPES[run % len(SHAPES)]
            score, differs, _ = shape(generator, kind, options.rows)
            device = time = None
        else:
            setting = STREAMS[run % len(STREAMS)]
            score, differs, device, time = stream(generator, setting)
            if options.kind == "streams-untimed":
                device = time = None
        label = generator.integers(0, 3, len(score))
        edge = edge_of(score, label)
        cloud = cloud_of(np.where(differs, (label + 1) % 3, label))
        write(folder / f"{run}.rows.jsonl", edge, cloud, None, device, time)

    # The law of one row is the same in time and out of it: its true rates by quadrature over the score.
    grid = (np.arange(2000) + 0.5) / 2000
    if options.kind == "shapes":
        for number, kind in enumerate(SHAPES):
            many = np.random.default_rng([options.seed, number])
            score, _, chance = shape(many, kind, 4000)
            write(folder / f"population.{number}.jsonl", edge_of(score, np.zeros(4000, int)))
            np.savez(folder / f"truth.{number}.npz", differs=chance)
    else:
        for number, setting in enumerate(STREAMS):
            edge = edge_of(grid, np.zeros(len(grid), int))
            write(folder / f"population.{number}.jsonl", edge)
            np.savez(folder / f"truth.{number}.npz", differs=risk(grid, setting[-1]))


main()
