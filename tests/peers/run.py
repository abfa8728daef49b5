#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures pconc beside its peers, one after the other, and prints the ratios."""

import argparse
import csv
import dataclasses
import json
import os
import platform
import random
import signal
import statistics
import subprocess
import sys

import figures
import rows

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
LIMIT_S = 600  # of one program; it is killed after that


class Refused(Exception):
    """A contender gave no figure; the text says why."""


def run(argv):
    """The standard output of a program, or Refused with the first line that it complained with."""
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, env=env,
                          start_new_session=True) as process:
        try:
            out, err = process.communicate(timeout=LIMIT_S)
        except BaseException as error:
            os.killpg(process.pid, signal.SIGKILL)
            if not isinstance(error, subprocess.TimeoutExpired):
                raise
            raise Refused(f"took more than {LIMIT_S} s") from None
    if process.returncode != 0 or not out:
        lines = err.strip().splitlines() or [f"ended with code {process.returncode}"]
        raise Refused(lines[-1 if "Traceback" in err else 0])
    return out


class Contest:
    """Runs contenders, each command line once in a round."""

    def __init__(self, pconc, programs):
        self.pconc, self.programs = pconc, programs
        self.done = {}

    def next_round(self):
        self.done = {}

    def output(self, argv):
        if argv not in self.done:
            try:
                self.done[argv] = run(argv)
            except Refused as refused:
                self.done[argv] = refused
        if isinstance(self.done[argv], Refused):
            raise self.done[argv]
        return self.done[argv]

    def pconc_samples(self, case, jobs):
        argv = [self.pconc, "bench", f"--workload={case.workload}", f"--executor={case.executor}",
                f"--jobs={jobs}", f"--workers={case.workers}", f"--rounds={case.rounds}",
                "--warmup=1", "--timeout=5m", "--quiet", "--format=json"]
        argv += [f"--param={name}={value}" for name, value in case.params]
        argv += [f"--pool={name}={value}" for name, value in case.pool]
        if case.figure in ("p50", "p99"):
            argv.append("--latency")
        results = json.loads(self.output(tuple(argv)))["cases"][0]
        failures = [sample["failure"] for sample in results["samples"] if sample["failure"]]
        if failures:
            raise Refused(failures[0])
        return results

    def pconc_figure(self, case):
        results = self.pconc_samples(case, case.jobs)
        if case.figure in ("p50", "p99"):
            return results["latency"][f"{case.figure}_ns"] - case.less
        floor = 0
        if case.figure == "peak":
            floor = self.pconc_samples(case, 1)["samples"][0]["max_rss_bytes"]
        take = {
            "run": lambda sample: sample["run_ns"],
            "pool": lambda sample: sample["startup_ns"] + sample["shutdown_ns"],
            "time": lambda sample: sample["startup_ns"] + sample["run_ns"] + sample["shutdown_ns"],
            "peak": lambda sample: sample["max_rss_bytes"] - floor,
        }[case.figure]
        return statistics.median(map(take, results["samples"])) / case.items - case.less

    def command(self, peer, count):
        if peer.program.endswith(".py"):
            program = [sys.executable, os.path.join(HERE, "programs", peer.program)]
        else:
            program = [os.path.join(self.programs, peer.program)]
            if not os.path.exists(program[0]):
                raise Refused("not built: something it needs is not installed")
        if peer.program == "mpi":
            as_root = ["--allow-run-as-root"] if os.getuid() == 0 else []
            program = ["mpirun", *as_root, "--oversubscribe", "-n", str(peer.workers + 1), *program]
        return (*program, peer.what, str(count), str(peer.workers))

    def peer_once(self, peer):
        printed = json.loads(self.output(self.command(peer, peer.n)))
        if peer.figure != "bytes":
            return printed[peer.figure]
        empty = json.loads(self.output(self.command(peer, 0)))
        return (printed["peak"] - empty["peak"]) / peer.n

    def peer_figure(self, peer):
        values = []
        for _ in range(peer.repeat):
            if peer.repeat > 1:
                self.done.pop(self.command(peer, peer.n), None)
            values.append(self.peer_once(peer))
        return statistics.median(values) * peer.scale

    def figure(self, row, contender):
        if isinstance(contender, rows.Pconc):
            return self.pconc_figure(contender) * row.scale
        return self.peer_figure(contender)


@dataclasses.dataclass
class Table:
    """A row with all its contenders and what they came to so far."""
    row: rows.Row
    contenders: list = None
    series: list = None

    def __post_init__(self):
        self.contenders = [*self.row.pconc, *self.row.peers]
        self.series = [figures.Series(one.name, isinstance(one, rows.Pconc),
                                      getattr(one, "counts", True), one.note)
                       for one in self.contenders]

    def round(self, contest, number, order):
        for series in self.series:
            series.values.append(None)
        for at in order:
            contender, series = self.contenders[at], self.series[at]
            takes_part = isinstance(contender, rows.Pconc) or number < contender.rounds
            if series.failure or not takes_part:
                continue
            progress(f"round {number + 1}: {self.row.key}: {series.name}")
            try:
                series.values[-1] = contest.figure(self.row, contender)
            except (Refused, KeyError, json.JSONDecodeError) as error:
                series.failure = str(error) or type(error).__name__
                if isinstance(error, KeyError):
                    series.failure = f"its output has no {error}"

    def verdicts(self):
        return [figures.judge(goal, self.series, self.row.unit) for goal in self.row.goals]


def progress(text):
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def measure(tables, contest, rounds, seed):
    """Each round all rows, and in each row all contenders, in an order drawn anew; every second round
    repeats the one before it backwards."""
    draw = random.Random(seed)
    orders = None
    for number in range(rounds):
        if number % 2 == 0:
            orders = [draw.sample(range(len(table.series)), len(table.series)) for table in tables]
        contest.next_round()
        for table, order in zip(tables, orders):
            table.round(contest, number, order if number % 2 == 0 else order[::-1])
        print(f"peers: round {number + 1} of {rounds} done", file=sys.stderr, flush=True)


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
    ours = figures.first_of_ours(table.series)
    print(f"\n{table.row.key}: {table.row.measure}, {table.row.unit}")
    lines = [("", "median", "least", "rounds", "pconc's ratio to it", "of the least", "")]
    order = sorted(table.series, key=lambda one: (one.median() is None, one.median()))
    for one in order:
        ratio = None if one is ours else figures.paired_ratio(ours, one)
        least = None if one is ours else figures.least_ratio(ours, one)
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
                  "rounds", "pconc_ratio", "failure"))
    for table in tables:
        ours = figures.first_of_ours(table.series)
        for one in table.series:
            out.writerow((table.row.key, table.row.measure, table.row.unit, one.name, int(one.ours),
                          int(one.counts), one.median(), min(one.valid(), default=None),
                          len(one.valid()),
                          None if one is ours else figures.paired_ratio(ours, one), one.failure))


def print_header(args, rounds):
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo", encoding="utf-8")
                  if line.startswith("model name")), platform.machine())
    commit = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"],
                            capture_output=True, text=True, check=False).stdout.strip()
    print(f"pconc {commit or 'of no commit'} and its peers on {model}, "
          f"{len(os.sched_getaffinity(0))} CPUs usable, Linux {platform.release()}, {rounds} rounds, "
          f"seed {args.seed}, load {os.getloadavg()[0]:.1f}")
    print("medians over the rounds; a ratio is the median of the ratios within a round; less is "
          "better\n")


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pconc", default=os.path.join(ROOT, "build/release/cmd/pconc"))
    parser.add_argument("--programs", default=os.path.join(ROOT, "build/peers"),
                        help="where the built programs of the peers are")
    parser.add_argument("--rows", default="", help="only these, comma separated; 'switch' is "
                        "all of switch-...")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--format", choices=("text", "csv"), default="text")
    parser.add_argument("--list", action="store_true", help="print the names of the rows")
    return parser.parse_args()


def select(names):
    """The rows that a list names, by their key or by what it begins with up to a '-'."""
    chosen = []
    for name in filter(None, names.split(",")):
        found = [row for row in rows.ROWS if f"{row.key}-".startswith(f"{name}-")]
        if not found:
            sys.exit(f"peers: there is no row '{name}'; there are: "
                     f"{', '.join(row.key for row in rows.ROWS)}")
        chosen += found
    return [row for row in rows.ROWS if row in chosen or not names]


def main():
    args = parse()
    chosen = select(args.rows)
    if args.list:
        print("\n".join(f"{row.key:20}{row.measure}" for row in chosen))
        return
    tables = [Table(row) for row in chosen]
    if args.format == "text":
        print_header(args, args.rounds)
    try:
        measure(tables, Contest(args.pconc, args.programs), args.rounds, args.seed)
    except KeyboardInterrupt:
        print("\npeers: interrupted; what was measured follows", file=sys.stderr)
    if args.format == "csv":
        print_csv(tables)
        return
    print_summary(tables)
    for table in tables:
        print_row(table)


if __name__ == "__main__":
    main()
