#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures pconc and its peers in turns, and prints the ratios."""

import csv
import dataclasses
import os
import random
import shutil
import sys

import contest
import figures
import rows

BASE_LIMIT = 1.05  # maximum ratio to the build of --base


@dataclasses.dataclass
class Table:
    """A row with all its contenders and their figures so far."""
    row: rows.Row
    contenders: list = None
    series: list = None

    def __post_init__(self):
        self.contenders = [*self.row.pconc, *self.row.peers]
        self.series = [figures.Series(one.name, isinstance(one, rows.Pconc) and not one.base,
                                      getattr(one, "counts", True), one.note)
                       for one in self.contenders]
        for case, series in zip(self.row.pconc, self.series):
            series.counts = not case.base

    def round(self, runner, number, order):
        for series in self.series:
            series.values.append(None)
        for at in order:
            contender, series = self.contenders[at], self.series[at]
            takes_part = isinstance(contender, rows.Pconc) or number < contender.rounds
            if series.failure or not takes_part:
                continue
            contest.progress(f"round {number + 1}: {self.row.key}: {series.name}")
            try:
                series.values[-1] = runner.figure(self.row, contender)
            except contest.Refused as refused:
                series.failure = str(refused)

    def beside_base(self):
        """(series of this build, series of the base) for each case of pconc."""
        of_pconc = list(zip(self.row.pconc, self.series))
        return zip([series for case, series in of_pconc if not case.base],
                   [series for case, series in of_pconc if case.base])

    def compared_with(self, one):
        """pconc's series for the ratio in the line of `one`; None: `one` is that series."""
        ours = next((new for new, base in self.beside_base() if base is one),
                    figures.first_of_ours(self.series))
        return None if ours is one else ours

    def verdicts(self):
        return [figures.judge(goal, self.series, self.row.unit) for goal in self.row.goals]


def measure(tables, runner, rounds, seed):
    """In each round all rows, and in each row all contenders, in random order. Every second round is
    the reverse of the one before it."""
    draw = random.Random(seed)
    orders = None
    for number in range(rounds):
        if number % 2 == 0:
            orders = [draw.sample(range(len(table.series)), len(table.series)) for table in tables]
        runner.next_round()
        for table, order in zip(tables, orders):
            table.round(runner, number, order if number % 2 == 0 else order[::-1])
        print(f"peers: round {number + 1} of {rounds} done", file=sys.stderr, flush=True)


def print_base(tables):
    """Each case of pconc with the same case of the base."""
    lines = [("row", "case", "pconc", "base", "ratio", "interval", "covers",
              f"<= {BASE_LIMIT:g}x")]
    for table in tables:
        for ours, base in table.beside_base():
            interval = figures.median_interval(figures.paired_ratios(ours, base))
            lines.append((
                table.row.key, ours.name,
                *(f"{figures.number(one.median())} {table.row.unit}" if one.valid() else "n/a"
                  for one in (ours, base)),
                *((f"{figures.paired_ratio(ours, base):.3f}x",
                   f"{interval.low:.3f} to {interval.high:.3f}", f"{interval.coverage:.0%}",
                   interval.at_most(BASE_LIMIT)) if interval else ("-",) * 4)))
    print(figures.align(lines, left=(0, 1)))


def print_summary(tables):
    lines = [("row", "measure", "pconc", "best peer", "", "ratio", "goals", "met")]
    for table in tables:
        ours, best = figures.first_of_ours(table.series), figures.best_peer(table.series)
        ratio = figures.paired_ratio(ours, best) if best else None
        verdicts = table.verdicts()
        lines.append((
            table.row.key, table.row.measure,
            f"{figures.number(ours.median())} {table.row.unit}" if ours.valid() else "n/a",
            best.name if best else "-",
            f"{figures.number(best.median())} {table.row.unit}" if best else "-",
            f"{figures.number(ratio)}x" if ratio is not None else "-",
            "; ".join(verdict.text for verdict in verdicts), figures.all_met(verdicts)))
    print(figures.align(lines, left=(0, 1, 3, 6)))


def print_row(table):
    print(f"\n{table.row.key}: {table.row.measure}, {table.row.unit}")
    lines = [("", "median", "least", "rounds", "pconc's ratio to it", "of the least", "")]
    order = sorted(table.series, key=lambda one: (one.median() is None, one.median()))
    for one in order:
        ours = table.compared_with(one)
        ratio = figures.paired_ratio(ours, one) if ours else None
        least = figures.least_ratio(ours, one) if ours else None
        note = "; ".join(filter(None, (one.note, "" if one.counts else "not counted", one.failure)))
        lines.append((f"  {one.name}", figures.number(one.median()),
                      figures.number(min(one.valid(), default=None)), str(len(one.valid())),
                      f"{figures.number(ratio)}x" if ratio is not None else "-",
                      f"{figures.number(least)}x" if least is not None else "-", note))
    print(figures.align(lines, left=(0, 6)))
    for verdict in table.verdicts():
        met = {True: "met", False: "not met", None: "not measured"}[verdict.met]
        print(f"  goal {verdict.text}: {verdict.seen + ', ' if verdict.seen else ''}{met}")


def print_csv(tables):
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(("row", "measure", "unit", "name", "is_pconc", "counts", "median", "least",
                  "rounds", "pconc_ratio", "failure", "ratio_low", "ratio_high"))
    for table in tables:
        for one in table.series:
            ours = table.compared_with(one)
            interval = figures.median_interval(figures.paired_ratios(ours, one)) if ours else None
            out.writerow((table.row.key, table.row.measure, table.row.unit, one.name, int(one.ours),
                          int(one.counts), one.median(), min(one.valid(), default=None),
                          len(one.valid()), figures.paired_ratio(ours, one) if ours else None,
                          one.failure, *((interval.low, interval.high) if interval else (None,) * 2)))


def parse():
    options = contest.parser(__doc__)
    options.add_argument("--programs", default=os.path.join(contest.ROOT, "build/peers"),
                         help="where the built programs of the peers are")
    options.add_argument("--rows", default="",
                         help="only these, comma separated; 'switch' is all of switch-...")
    options.add_argument("--base", default="",
                         help="a second build of pconc, measured beside this one")
    options.add_argument("--no-peers", action="store_true", help="measure pconc alone")
    return options.parse_args()


def main():
    args = parse()
    chosen = contest.select(args.rows, rows.ROWS, "row")
    if args.list:
        print("\n".join(f"{row.key:20}{row.measure}" for row in chosen))
        return
    if args.base:
        if not shutil.which(args.base):
            sys.exit(f"peers: cannot run the base '{args.base}'")
        chosen = [row.beside_base() for row in chosen]
    if args.no_peers:
        chosen = [row.without_peers() for row in chosen]
    tables = [Table(row) for row in chosen]
    load = os.getloadavg()[0]
    runner = contest.Contest(args.pconc, args.programs, args.base)
    try:
        measure(tables, runner, args.rounds, args.seed)
    except KeyboardInterrupt:
        print("\npeers: interrupted; what was measured follows", file=sys.stderr)
    if args.format == "csv":
        print_csv(tables)
        return
    print(contest.describe(runner.measured, load, args.seed, args.rounds))
    if args.base:
        print(f"base: {args.base}, of commit {runner.base.measured or 'unknown'}")
    print("medians over the rounds; a ratio is the median of those within a round; less is "
          "better\n")
    if args.base:
        print_base(tables)
        print()
    if args.base and args.no_peers:
        return
    print_summary(tables)
    for table in tables:
        print_row(table)


if __name__ == "__main__":
    main()
