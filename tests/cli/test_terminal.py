# SPDX-License-Identifier: MIT
"""Output that only a terminal gets."""

import os
import re
import unittest

import pconc

SMALL = ("--param=duration=1ms", "--jobs=2", "--workers=2", "--warmup=0", "--rounds=1")
# Two tables of two rows; those of all executors only where their width matters.
ARGS = ("bench", "--workload=noop,sleep", "--executor=serial,threads", *SMALL)
ALL = ("bench", "--workload=noop,sleep", "--executor=all", *SMALL)
ESCAPE = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def columns_used(shown):
    """The length of the longest line on a terminal, with rewritten lines apart and without escapes."""
    return max(len(ESCAPE.sub("", piece)) for piece in re.split(r"[\r\n]+", shown))


class Table(pconc.Case):
    def test_fits_the_terminal(self):
        for columns in (60, 80, 120):
            with self.subTest(columns):
                result = pconc.run_on_terminal(*ALL, columns=columns, streams=["stdout"])
                self.assertFine(result)
                self.assertLessEqual(columns_used(result.out), columns, result)
                for executor in ("serial", "threads", "processes", "coroutines"):
                    self.assertIn(executor, result.out)

    def test_columns_in_the_environment_win(self):
        result = pconc.run_on_terminal(*ARGS, columns=200, streams=["stdout"],
                                       env={"COLUMNS": "80"})
        self.assertLessEqual(columns_used(result.out), 80, result)

    def test_senseless_columns_are_ignored(self):
        for columns in ("", "0", "-5", "wide", "80x"):
            with self.subTest(columns):
                result = pconc.run_on_terminal(*ARGS, columns=90, streams=["stdout"],
                                               env={"COLUMNS": columns})
                self.assertFine(result)
                self.assertLessEqual(columns_used(result.out), 90, result)


class Colour(pconc.Case):
    def shown(self, *args, **env):
        result = pconc.run_on_terminal(*ARGS, *args, streams=["stdout"], env=env)
        self.assertFine(result)
        return result.out

    def test_is_there_on_a_terminal(self):
        self.assertRegex(self.shown(), ESCAPE)

    def test_is_not_with_no_color(self):
        self.assertNotIn("\x1b", self.shown(NO_COLOR="1"))

    def test_empty_no_color_means_nothing(self):
        self.assertIn("\x1b", self.shown(NO_COLOR=""))

    def test_is_not_on_a_dumb_terminal(self):
        self.assertNotIn("\x1b", self.shown(TERM="dumb"))

    def test_never(self):
        self.assertNotIn("\x1b", self.shown("--color=never"))

    def test_always_wins_over_no_color(self):
        self.assertIn("\x1b", self.shown("--color=always", NO_COLOR="1"))

    def test_not_in_other_formats(self):
        for form in ("json", "csv", "markdown", "junit"):
            self.assertNotIn("\x1b", self.shown(f"--format={form}"))


class Progress(pconc.Case):
    LINE = re.compile(r"\r\[[=.]+\] (\d+)/(\d+), (?:-:--|\d+:\d\d) left, \S")

    def test_is_shown_on_a_terminal_and_erased(self):
        result = pconc.run_on_terminal(*ARGS, streams=["stderr"])
        self.assertFine(result)
        lines = self.LINE.findall(result.out)
        self.assertTrue(lines, result)
        self.assertEqual(1, len({total for _, total in lines}), lines)
        self.assertEqual(sorted(lines, key=lambda line: int(line[0])), lines)
        self.assertTrue(result.out.endswith("\r\x1b[K"), result)
        self.assertNotIn("\n", result.out)

    def test_goes_on_within_a_sample(self):
        result = pconc.run_on_terminal("bench", "--workload=sleep", "--executor=serial", "--jobs=1",
                                       "--param=duration=2500ms", "--rounds=1", "--warmup=0",
                                       streams=["stderr"])
        shown = re.findall(r"\[[=.]+\] 1/2, (\d+:\d\d) left", result.out)
        self.assertGreater(len(shown), 1, result)
        self.assertEqual(shown, sorted(shown, reverse=True))

    def test_of_a_comparison_counts_the_planned_rounds(self):
        # Each round has at least twelve samples of 10 ms; at most 300 rounds are allowed.
        base = os.path.join(os.environ.get("PCONC_PLUGINS", "."), "libpace_base.so")
        result = pconc.run_on_terminal("ab", base, base, "--max-time=3s", "--warmup=0",
                                       "--fail-on=never", streams=["stderr"])
        self.assertFine(result)
        totals = [int(total) for _, total in self.LINE.findall(result.out)]
        self.assertTrue(totals)
        self.assertLess(totals[-1], 1000)

    def test_never_wraps(self):
        for columns in (20, 40, 80):
            result = pconc.run_on_terminal(*ALL, columns=columns, streams=["stderr"])
            self.assertLess(columns_used(result.out), columns, result)

    def test_goes_to_no_pipe(self):
        result = pconc.run_on_terminal(*ARGS, streams=["stdout"])
        self.assertEqual("", result.err)

    def test_leaves_piped_results_clean(self):
        result = pconc.run_on_terminal(*ARGS, "--format=csv", streams=["stderr"])
        self.assertNotIn("\x1b", result.err)

    def test_is_silenced_by_quiet(self):
        self.assertEqual("", pconc.run_on_terminal(*ARGS, "--quiet", streams=["stderr"]).out)

    def test_is_not_on_a_dumb_terminal(self):
        result = pconc.run_on_terminal(*ARGS, streams=["stderr"], env={"TERM": "dumb"})
        self.assertEqual("", result.out)


if __name__ == "__main__":
    unittest.main()
