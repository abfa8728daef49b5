#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures how pconc's cost grows with jobs, tasks, workers and connections, decade by decade. Fits
time = fixed + slope x n by least squares of the relative error."""

import csv
import dataclasses
import os
import sys

import contest
import figures
from rows import Pconc

GOAL = 1.5  # maximum of largest slope / smallest slope, over the decades where the slope dominates


@dataclasses.dataclass(frozen=True)
class Growth:
    """`case` makes the case of n items; the figure is their total cost in ns."""
    key: str
    what: str
    counts: tuple
    case: object
    reason: str = ""  # why the slope may change, if it does


def decades(first, last):
    return tuple(10**e for e in range(first, last + 1))


def jobs(executor, workers, reason=""):
    return Growth(f"jobs-{executor}", f"empty jobs, {executor}", decades(3, 8),
                  lambda n: Pconc("noop", executor, jobs=n, workers=workers), reason)


def tasks(key, what, pool, last):
    return Growth(f"tasks-{key}", f"tasks that sleep 1 s, {what}, CPU time", decades(3, last),
                  lambda n: Pconc("sleep", "coroutines", jobs=n, params=(("duration", "1s"),),
                                  pool=pool, figure="cpu"))


def workers(executor):
    return Growth(f"workers-{executor}", f"start-up + shutdown of workers, {executor}",
                  tuple(2**e for e in range(10)),
                  lambda n: Pconc("noop", executor, jobs=n, workers=n, figure="pool"))


def connections(executor, count):
    return Growth(f"connections-{executor}", f"connections of 10 round trips, {executor}",
                  decades(0, 4),
                  lambda n: Pconc("echo", executor, jobs=n, workers=count,
                                  params=(("round_trips", 10),)))


SERIES = (
    jobs("serial", 1), jobs("threads", 2), jobs("processes", 2), jobs("coroutines", 1),
    jobs("loops", 2, "few jobs are over when the second loop has woken"), jobs("offload", 2),
    jobs("gil", 2, "few jobs are over before the lock changes hands for the first time"),
    tasks("shared", "shared stacks", (("shared_stacks", "true"),), 7),
    tasks("own", "stacks of their own", (("stack", "16KiB"),), 6),
    workers("threads"), workers("processes"), workers("loops"),
    connections("coroutines", 1), connections("loops", 2),
)


def fit(points):
    """(fixed, slope) of the line through (n, time) with the least squares of relative errors. If it
    would start below 0, the line through 0 is used."""
    weights = [1 / time**2 for _, time in points]
    total = sum(weights)
    mean_n = sum(w * n for w, (n, _) in zip(weights, points)) / total
    mean_time = sum(w * time for w, (_, time) in zip(weights, points)) / total
    spread = sum(w * (n - mean_n)**2 for w, (n, _) in zip(weights, points))
    slope = sum(w * (n - mean_n) * (time - mean_time)
                for w, (n, time) in zip(weights, points)) / spread if spread > 0 else 0
    fixed = mean_time - slope * mean_n
    if fixed < 0 or slope < 0:
        fixed = 0 if fixed < 0 else mean_time
        slope = (sum(w * n * time for w, (n, time) in zip(weights, points))
                 / sum(w * n * n for w, (n, _) in zip(weights, points))) if fixed == 0 else 0
    return fixed, slope


def slopes(points, fixed, slope):
    """(time - fixed) / n where slope x n is at least the fixed cost."""
    return [(time - fixed) / n for n, time in points if slope * n >= fixed and slope > 0]


def slope_ratio(points):
    """Largest slope / smallest slope of the decades that the slope dominates; None if fewer than 2."""
    found = slopes(points, *fit(points))
    return max(found) / min(found) if len(found) > 1 and min(found) > 0 else None


@dataclasses.dataclass
class Curve:
    growth: Growth
    values: dict = None  # n: figures
    failure: str = ""

    def __post_init__(self):
        self.values = {n: [] for n in self.growth.counts}

    def points(self):
        """The minimum of each, because disturbances only make a sample longer."""
        return [(n, min(values)) for n, values in self.values.items() if values]


def measure(curves, runner, rounds):
    for number in range(rounds):
        runner.next_round()
        for curve in curves:
            counts = curve.growth.counts if number % 2 == 0 else curve.growth.counts[::-1]
            for n in counts:
                if curve.failure:
                    break
                contest.progress(f"round {number + 1}: {curve.growth.key}: {n}")
                try:
                    curve.values[n].append(runner.pconc_figure(curve.growth.case(n)))
                except contest.Refused as refused:
                    curve.failure = f"at {n}: {refused}"
        print(f"growth: round {number + 1} of {rounds} done", file=sys.stderr, flush=True)


def lines_of(curve):
    """n, time, time per item, the fit's time, and the slope where it dominates; all in ns."""
    points = curve.points()
    if not points:
        return []
    fixed, slope = fit(points)
    return [(n, time, time / n, fixed + slope * n,
             (time - fixed) / n if slope * n >= fixed and slope > 0 else None)
            for n, time in points]


def print_text(curves):
    for curve in curves:
        print(f"\n{curve.growth.key}: {curve.growth.what}")
        cells = [("n", "time, ns", "ns per item", "fit, ns", "slope, ns")]
        cells += [(str(n), *map(figures.number, line)) for n, *line in lines_of(curve)]
        if len(cells) > 1:
            print(figures.align(cells, left=()))
            fixed, slope = fit(curve.points())
            print(f"  fixed {figures.number(fixed)} ns, {figures.number(slope)} ns each; "
                  f"{judged(curve)}")
        if curve.failure:
            print(f"  n/a {curve.failure}")


def judged(curve):
    ratio = slope_ratio(curve.points())
    if ratio is None:
        return "the slope dominates fewer than two decades"
    text = f"slope ratio {figures.number(ratio)}, goal {GOAL:g}: "
    if ratio <= GOAL:
        return text + "met"
    return text + "not met" + (f" ({curve.growth.reason})" if curve.growth.reason else "")


def print_csv(curves):
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(("series", "n", "time_ns", "ns_per_item", "fit_ns", "slope_ns", "slope_ratio"))
    for curve in curves:
        ratio = slope_ratio(curve.points()) if curve.points() else None
        for line in lines_of(curve):
            out.writerow((curve.growth.key, *line, ratio))


def main():
    options = contest.parser(__doc__)
    options.add_argument("--series", default="",
                         help="only these, comma separated; 'jobs' is all of jobs-...")
    options.set_defaults(rounds=3)
    args = options.parse_args()
    chosen = contest.select(args.series, SERIES, "series")
    if args.list:
        print("\n".join(f"{growth.key:24}{growth.what}" for growth in chosen))
        return
    curves = [Curve(growth) for growth in chosen]
    load = os.getloadavg()[0]
    runner = contest.Contest(args.pconc, "")
    try:
        measure(curves, runner, args.rounds)
    except KeyboardInterrupt:
        print("\ngrowth: interrupted; what was measured follows", file=sys.stderr)
    if args.format == "csv":
        print_csv(curves)
        return
    print(contest.describe(runner.measured, load, args.seed, args.rounds))
    print_text(curves)


if __name__ == "__main__":
    main()
