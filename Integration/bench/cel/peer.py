# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""One round of the peer, common-expression-language: `name <tab> ns a run` a way of calling it."""

import datetime
import time

import cel

SOURCE = "confidence >= threshold && cloud.up && cloud.p95 < deadline.left"
RUNS = 20_000


def variables(span):
    return {
        "confidence": 0.93, "threshold": 0.8, "cloud": {"up": True, "p95": span(0.08)},
        "deadline": {"left": span(0.2)},
    }


def measure(name, run):
    for _ in range(RUNS // 10):
        run()
    start = time.perf_counter_ns()
    for _ in range(RUNS):
        run()
    print(name, (time.perf_counter_ns() - start) / RUNS, sep="\t")


def main():
    program = cel.compile(SOURCE)
    for kind, span in (("durations", lambda s: datetime.timedelta(seconds=s)), ("doubles", float)):
        values = variables(span)
        assert program.execute(values) is True
        context = cel.Context(variables=values)
        assert program.execute(context) is True
        measure(f"one context, never changed, {kind}", lambda: program.execute(context))

        def fill():
            context.add_variable("confidence", 0.93)
            program.execute(context)

        measure(f"one context, one variable set, {kind}", fill)
        measure(f"a dictionary, {kind}", lambda: program.execute(values))


if __name__ == "__main__":
    main()
