# SPDX-License-Identifier: MIT
"""Tests of the tables of peers and growth, with given figures, and that every peer's program runs.
PCONC is pconc, PEERS the folder in which `make peers` builds."""

import concurrent.futures
import contextlib
import csv
import io
import json
import os
import stat
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

import contest
import figures
import growth
import rows
import run
from figures import Goal, Series

PCONC = os.environ.get("PCONC", os.path.join(contest.ROOT, "build/release/cmd/pconc"))
BUILT = os.environ.get("PEERS", os.path.join(contest.ROOT, "build/peers"))
PLAIN = ("counter", "mutex_queue", "workers", "oversleep", "echo_epoll")


def series(name, *values, **how):
    return Series(name, values=list(values), **how)


class Figures(unittest.TestCase):
    def test_ratios_pair_within_rounds(self):
        # The second round is ten times as slow for both.
        self.assertEqual(0.5, figures.paired_ratio(series("a", 1, 10, 2), series("b", 2, 20, 4)))

    def test_rounds_of_only_one_side_are_left_out(self):
        self.assertEqual(3, figures.paired_ratio(series("a", 100, 3, None), series("b", None, 1, 1)))
        self.assertIsNone(figures.paired_ratio(series("a", None), series("b", 1)))

    def test_least_ratio_takes_each_side_s_quietest_round(self):
        self.assertEqual(0.5, figures.least_ratio(series("a", 8, 1), series("b", 2, 9)))
        self.assertIsNone(figures.least_ratio(series("a"), series("b", 2)))

    def test_a_quantile_is_found_by_maxima(self):
        # Of 1..1000 in groups of ten that are spread evenly, 900 is the 90th percentile.
        groups = [max((i * 389 + j * 101) % 1000 + 1 for j in range(10)) for i in range(1000)]
        self.assertAlmostEqual(900, figures.quantile_by_maxima(groups, 0.9, 10), delta=60)
        self.assertEqual(7, figures.quantile_by_maxima([7], 0.99, 1))

    def test_best_peer_is_one_that_counts_and_ran(self):
        found = figures.best_peer([series("pconc", 1, ours=True), series("bare", 2, counts=False),
                                   series("broken", None), series("slow", 9, 1, 9),
                                   series("good", 3, 3, 20)])
        self.assertEqual("good", found.name)

    def test_our_figure_is_the_first_case_that_worked(self):
        ways = [series("shared", None, ours=True), series("own", 5, ours=True), series("peer", 1)]
        self.assertEqual("own", figures.first_of_ours(ways).name)
        self.assertEqual("shared", figures.first_of_ours(ways[::2]).name)

    def test_an_interval_of_the_median(self):
        # With 5 values the whole range covers only 15/16; with 9 the two outermost are not needed.
        for count, low, high, covers in ((2, 0, 1, 0.5), (5, 0, 4, 0.9375), (6, 0, 5, 0.96875),
                                         (9, 1, 7, 0.9609375)):
            with self.subTest(count):
                self.assertEqual(figures.Interval(low, high, covers),
                                 figures.median_interval(list(range(count))[::-1]))
        self.assertIsNone(figures.median_interval([1]))

    def test_an_interval_beside_a_limit(self):
        for low, high, text in ((0.9, 1.05, "yes"), (1.0, 1.06, "unclear"), (1.05, 1.06, "unclear"),
                                (1.06, 1.07, "no"), (1.05, 1.05, "yes")):
            self.assertEqual(text, figures.Interval(low, high, 0.95).at_most(1.05))

    # goal, seen, whether it is met
    GOALS = (
        (Goal(ratio=0.5, of="peer"), "0.5x", True),
        (Goal(ratio=0.49, of="peer"), "0.5x", False),
        (Goal(ratio=1), "2.00x", False),
        (Goal(limit=10), "10.0 ns", True),
        (Goal(limit=9.9), "10.0 ns", False),
        (Goal(ratio=1, of="absent"), None, None),
    )

    def test_goals(self):
        contenders = [series("pconc", 10, ours=True), series("peer", 20), series("best", 5)]
        for goal, seen, met in self.GOALS:
            with self.subTest(goal):
                verdict = figures.judge(goal, contenders, "ns")
                self.assertEqual(met, verdict.met)
                self.assertEqual(seen, verdict.seen)

    def test_met_is_all_that_could_be_judged(self):
        def met(*values):
            return figures.all_met([figures.Verdict("", met=value) for value in values])
        self.assertEqual("yes", met(True, None))
        self.assertEqual("no", met(True, False))
        self.assertEqual("-", met(None))

    def test_numbers_have_three_digits(self):
        for value, text in ((None, "-"), (0, "0"), (0.01234, "0.0123"), (1.234, "1.23"),
                            (12.34, "12.3"), (123.4, "123"), (1234567.8, "1234568")):
            self.assertEqual(text, figures.number(value))


class Growth(unittest.TestCase):
    def test_a_line_is_found_again(self):
        fixed, slope = growth.fit([(n, 500 + 3 * n) for n in (10, 1000, 10**6)])
        self.assertAlmostEqual(500, fixed, places=3)
        self.assertAlmostEqual(3, slope, places=6)

    def test_the_fixed_cost_is_never_negative(self):
        fixed, slope = growth.fit([(1, 1), (10, 30), (100, 400)])
        self.assertEqual(0, fixed)
        self.assertGreater(slope, 0)

    def test_slopes_are_judged_where_they_dominate(self):
        line = [(n, 10000 + 3 * n) for n in (1, 100, 10**4, 10**5, 10**6)]
        self.assertAlmostEqual(1, growth.slope_ratio(line))
        self.assertAlmostEqual(2, growth.slope_ratio([(10, 10), (100, 200)]))
        # An error of 4% of the fixed cost at n = 1 is no slope of 400.
        line[0] = (1, 10400)
        self.assertLess(growth.slope_ratio(line), 1.1)

    def test_large_times_do_not_drown_the_fixed_cost(self):
        fixed, _ = growth.fit([(1000, 3500), (10**4, 30500), (10**6, 2.94e6), (10**7, 3.06e7),
                               (10**8, 3e8)])
        self.assertAlmostEqual(500, fixed, delta=100)

    def test_one_decade_says_nothing(self):
        self.assertIsNone(growth.slope_ratio([(1, 1000), (10, 1000), (100, 1000)]))

    def test_every_series_is_one_that_pconc_knows(self):
        for one in growth.SERIES:
            self.assertEqual(sorted(set(one.counts)), list(one.counts))
            case = one.case(one.counts[0])
            with self.subTest(one.key):
                self.assertIn(case.executor, ("serial", "threads", "processes", "coroutines",
                                              "loops", "offload", "gil"))


class Rows(unittest.TestCase):
    def test_rows_are_well_formed(self):
        self.assertEqual(len(rows.ROWS), len({row.key for row in rows.ROWS}))
        for row in rows.ROWS:
            names = [one.name for one in (*row.pconc, *row.peers)]
            with self.subTest(row.key):
                self.assertEqual(len(names), len(set(names)))
                self.assertTrue(row.goals)
                for goal in row.goals:
                    self.assertIn(goal.of, (None, *names))
                    self.assertTrue((goal.ratio is None) != (goal.limit is None))

    def test_make_refuses_unknown_names_before_it_builds(self):
        env = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
        for given, said in ((["peers", "ROWS=echo,swit"], "no row 'swit'; there are: switch-2, "),
                            (["growth", "SERIES=typo"], "no series 'typo'; there are: ")):
            with self.subTest(given):
                ended = subprocess.run(["make", "BUILD=false", *given], env=env, cwd=contest.ROOT,
                                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                       check=False)
                self.assertEqual(2, ended.returncode)
                first, *rest = ended.stdout.splitlines()
                self.assertIn(said, first)
                self.assertEqual(1, len(rest), ended.stdout)

    def test_rows_are_selected_by_their_beginning(self):
        def keys(names):
            return [row.key for row in contest.select(names, rows.ROWS, "row")]
        self.assertEqual(["switch-2", "switch-100", "switch-1000", "echo"], keys("echo,switch"))
        self.assertEqual(len(rows.ROWS), len(keys("")))
        with self.assertRaisesRegex(SystemExit, "there is no row 'swit'; there are: switch-2, "):
            keys("swit")


class Fake(unittest.TestCase):
    """Runs with programs that print given lines."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def program(self, name, body):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="ascii") as file:
            file.write(f"#!/bin/sh\necho \"$@\" >>{self.folder}/{name}.calls\n{body}\n")
        os.chmod(path, stat.S_IRWXU)
        return path

    def calls(self, name):
        with open(os.path.join(self.folder, f"{name}.calls"), encoding="ascii") as file:
            return file.read().splitlines()

    def pconc(self, samples, **case):
        return self.program("pconc", self.body(samples, **case))

    @staticmethod
    def body(samples, **case):
        text = json.dumps({"cases": [{**{"passes": 4, "samples": samples}, **case}]})
        return f"echo '{text}'"

    SAMPLE = {"failure": None, "startup_ns": 30, "run_ns": 1000, "shutdown_ns": 20,
              "user_ns": 60, "system_ns": 40, "max_rss_bytes": 4096}

    def test_figures_of_pconc(self):
        samples = [self.SAMPLE, {**self.SAMPLE, "run_ns": 3000}, {**self.SAMPLE, "run_ns": 9000}]
        runner = contest.Contest(self.pconc(samples), self.folder)
        for figure, items, expected in (("run", 10, 300), ("time", 1, 3050), ("pool", 5, 10),
                                        ("peak", 1, 0), ("cpu", 1, 20)):
            with self.subTest(figure):
                case = rows.Pconc("noop", "threads", jobs=7, figure=figure, items=items)
                self.assertEqual(expected, runner.pconc_figure(case, 3))
        self.assertIn("--workload=noop --executor=threads --jobs=7 --workers=1 --rounds=3",
                      self.calls("pconc")[0])

    def test_latencies_of_pconc(self):
        samples = [{**self.SAMPLE, "latency": {"p50_ns": 5 + i, "max_ns": 100 * i}}
                   for i in range(5)]
        runner = contest.Contest(self.pconc(samples, passes=1), self.folder)
        for figure, expected in (("p50", 4), ("p99", 397)):
            case = rows.Pconc("sleep", "coroutines", jobs=1, figure=figure, less=3, samples=5)
            self.assertEqual(expected, runner.pconc_figure(case, 1))
        self.assertTrue(all("--rounds=5" in call and "--latency" in call
                            for call in self.calls("pconc")))

    def test_a_failed_sample_is_no_figure(self):
        path = self.pconc([{**self.SAMPLE, "failure": "job 3 died"}])
        with self.assertRaisesRegex(contest.Refused, "job 3 died"):
            contest.Contest(path, "").pconc_figure(rows.Pconc("noop", "serial", jobs=1))

    def test_refusals_contain_the_message_of_the_program(self):
        path = self.program("pconc", "echo 'no such thing; try another' >&2; exit 2")
        with self.assertRaisesRegex(contest.Refused, "no such thing; try another"):
            contest.Contest(path, "").pconc_figure(rows.Pconc("noop", "serial", jobs=1))

    def row(self, **how):
        return rows.Row("fast", "the fast thing", "us", pconc=(rows.Pconc("noop", "serial", jobs=1),),
                        peers=(rows.Peer("other", "other", "go", 5, scale=1e-3),
                               rows.Peer("absent", "absent", "go", 5),
                               rows.Peer("bytes", "memory", "go", 10, figure="bytes")),
                        goals=(Goal(ratio=0.6, of="other"), Goal(limit=0.5)), scale=1e-3, **how)

    def table(self, rounds, **how):
        runner = contest.Contest(self.pconc([self.SAMPLE]), self.folder)
        self.program("other", "echo '{\"ns\": 2000}'")
        self.program("memory", "echo '{\"peak\": '$(($2 * 7 + 100))'}'")
        table = run.Table(self.row(**how))
        with contextlib.redirect_stderr(io.StringIO()):
            run.measure([table], runner, rounds, 1)
        return table

    def test_a_base_is_measured_beside_this_build(self):
        new = self.pconc([self.SAMPLE])
        base = self.program("base", self.body([{**self.SAMPLE, "run_ns": 800}]))
        table = run.Table(self.row().beside_base().without_peers())
        with contextlib.redirect_stderr(io.StringIO()):
            run.measure([table], contest.Contest(new, self.folder, base), 6, 1)
        (ours, theirs), = table.beside_base()
        self.assertEqual(([1.0] * 6, [0.8] * 6), (ours.values, theirs.values))
        self.assertEqual((6, 6), (len(self.calls("pconc")), len(self.calls("base"))))
        self.assertEqual(self.calls("pconc"), self.calls("base"))
        with contextlib.redirect_stdout(io.StringIO()) as out:
            run.print_base([table])
        self.assertRegex(out.getvalue(), r"fast +pconc +1\.00 us +0\.8 us +1\.250x"
                                         r" +1\.250 to 1\.250 +97% +no\n")

    def test_a_base_is_no_peer(self):
        table = run.Table(self.row().beside_base())
        for one, value in zip(table.series, (3, 1, 2, 4, 4)):
            one.values.append(value)
        self.assertEqual("other", figures.best_peer(table.series).name)
        self.assertIs(table.series[0], table.compared_with(table.series[1]))
        self.assertIsNone(table.compared_with(table.series[0]))
        with contextlib.redirect_stdout(io.StringIO()) as out:
            run.print_csv([table])
        line = list(csv.DictReader(io.StringIO(out.getvalue())))[1]
        self.assertEqual(("pconc, base", "0", "3.0"),
                         (line["name"], line["is_pconc"], line["pconc_ratio"]))

    def test_a_failed_base_has_no_ratio(self):
        table = run.Table(self.row().beside_base())
        table.series[0].values.append(3)
        with contextlib.redirect_stdout(io.StringIO()) as out:
            run.print_base([table])
        self.assertRegex(out.getvalue(), r"fast +pconc +3\.00 us +n/a +- +- +- +-\n")

    def test_a_round_runs_every_contender(self):
        table = self.table(3, repeat=2)
        ours, other, absent, memory = table.series
        self.assertEqual([1.0] * 3, ours.values)
        self.assertEqual([2.0] * 3, other.values)
        self.assertEqual([None] * 3, absent.values)
        self.assertIn("not built", absent.failure)
        self.assertEqual([7.0] * 3, memory.values)
        self.assertEqual(["go 5 1"] * 6, self.calls("other"))

    def test_the_table_says_all_of_it(self):
        table = self.table(1)
        with contextlib.redirect_stdout(io.StringIO()) as out:
            run.print_summary([table])
            run.print_row(table)
        text = out.getvalue()
        self.assertRegex(text, r"fast +the fast thing +1\.00 us +other +2\.00 us +0\.5x .* no\n")
        self.assertRegex(text, r"goal <= 0\.6x other: 0\.5x, met")
        self.assertRegex(text, r"goal <= 0\.5 us: 1\.00 us, not met")
        self.assertRegex(text, r"absent .*not built: something it needs is not installed")

    def test_csv_has_a_line_for_each_contender(self):
        table = self.table(1)
        with contextlib.redirect_stdout(io.StringIO()) as out:
            run.print_csv([table])
        lines = list(csv.DictReader(io.StringIO(out.getvalue())))
        self.assertEqual(["pconc", "other", "absent", "bytes"], [line["name"] for line in lines])
        self.assertEqual("0.5", lines[1]["pconc_ratio"])
        self.assertEqual("", lines[2]["median"])

    def test_every_second_round_runs_backwards(self):
        table, order = run.Table(self.row()), []
        runner = mock.Mock()
        runner.figure.side_effect = lambda row, contender: order.append(contender.name) or 1
        with contextlib.redirect_stderr(io.StringIO()):
            run.measure([table], runner, 2, seed=4)
        self.assertEqual(order[:4], order[:3:-1])
        self.assertEqual(4, len(set(order)))

    def test_growth_ends_a_series_where_pconc_refuses(self):
        runner = contest.Contest(self.program("pconc", "echo 'out of memory' >&2; exit 3"), "")
        curve = growth.Curve(growth.SERIES[0])
        with contextlib.redirect_stderr(io.StringIO()):
            growth.measure([curve], runner, 2)
        self.assertEqual("at 1000: out of memory", curve.failure)
        self.assertEqual(1, len(self.calls("pconc")))


class Programs(unittest.TestCase):
    def tiny(self, folder, peer):
        """(peer, its output or why there is none), with very few items."""
        runner = contest.Contest(PCONC, folder)
        count = {"sleep": 2, "echo": 2}.get(peer.what, 4)
        small = rows.Peer(peer.name, peer.program, peer.what, count, min(peer.workers, 2),
                          figure=peer.figure)
        return peer, runner.figure(rows.ROWS[0], small)

    def peers(self, folder):
        found = {(peer.program, peer.what, peer.figure): peer
                 for row in rows.ROWS for peer in row.peers}
        return [peer for peer in found.values() if peer.program.endswith(".py")
                or os.path.exists(os.path.join(folder, peer.program))]

    def check(self, folder, peers):
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            futures = [pool.submit(self.tiny, folder, peer) for peer in peers]
            for peer, future in zip(peers, futures):
                with self.subTest(program=peer.program, what=peer.what):
                    self.assertIsInstance(future.result()[1], (int, float))

    def test_those_of_c_build_and_run(self):
        with tempfile.TemporaryDirectory() as folder:
            built = subprocess.run(
                ["make", "-s", "-C", contest.HERE, f"OUT={folder}",
                 *(f"{folder}/{name}" for name in PLAIN)],
                capture_output=True, text=True, check=False,
                env={name: value for name, value in os.environ.items() if name != "MAKEFLAGS"})
            self.assertEqual((0, ""), (built.returncode, built.stderr))
            self.check(folder, [peer for peer in self.peers(folder) if peer.program in PLAIN])

    def test_those_of_python_and_those_that_are_built_run(self):
        self.check(BUILT, self.peers(BUILT))

    def test_an_unknown_word_is_refused(self):
        for program in ("pools.py", "tasks_asyncio.py"):
            path = os.path.join(contest.HERE, "programs", program)
            refused = subprocess.run([sys.executable, path, "nonsense", "1", "1"],
                                     capture_output=True, text=True, check=False)
            self.assertNotEqual(0, refused.returncode)
            self.assertIn("usage", refused.stderr)


class Real(unittest.TestCase):
    def test_a_row_beside_the_real_pconc(self):
        runner = contest.Contest(PCONC, BUILT)
        for figure in ("run", "pool", "time", "cpu"):
            case = rows.Pconc("noop", "threads", jobs=10, workers=2, figure=figure)
            self.assertGreaterEqual(runner.pconc_figure(case), 0)
        self.assertIsInstance(
            runner.pconc_figure(rows.Pconc("noop", "serial", jobs=10, figure="peak")), (int, float))


if __name__ == "__main__":
    unittest.main()
