# SPDX-License-Identifier: MIT
"""Output that only a terminal gets."""

import os
import re
import unittest

import formats
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


class Plot(pconc.Case):
    """The column that draws the samples."""

    FIXTURE = os.path.join(pconc.ROOT, "tests", "data", "report", "result.json")
    HEADING = "samples +-5%"

    def shown(self, *args, columns, **env):
        result = pconc.run_on_terminal("show", self.FIXTURE, *args, columns=columns,
                                       streams=["stdout"], env=env)
        self.assertFine(result)
        self.assertLessEqual(columns_used(result.out), columns, result)
        return result.out

    def piped(self, *args):
        result = pconc.run("show", self.FIXTURE, *args)
        self.assertFine(result)
        return result.out

    def test_is_there_on_a_terminal_that_holds_all_columns(self):
        for columns, there in ((80, False), (120, False), (180, True)):
            with self.subTest(columns):
                shown = self.shown(columns=columns)
                self.assertEqual(there, self.HEADING in shown, shown)
                self.assertEqual(there, "\u2588" in shown, shown)
        self.assertIn("memory", self.shown(columns=180))

    def test_always_and_never(self):
        for columns in (80, 100, 120):
            self.assertIn(self.HEADING, self.shown("--plot=always", columns=columns))
        self.assertNotIn(self.HEADING, self.shown("--plot=never", columns=180))

    def test_is_ascii_in_other_locales(self):
        shown = self.shown("--plot=always", columns=100, LC_ALL="C")
        self.assertIn(self.HEADING, shown)
        self.assertTrue(shown.isascii(), shown)

    def test_is_in_no_pipe_unless_asked_for(self):
        self.assertNotIn(self.HEADING, self.piped())
        self.assertIn(self.HEADING, self.piped("--plot=always"))
        copy = os.path.join(self.folder, "copy.txt")
        for option, there in (("--plot=auto", False), ("--plot=always", True)):
            self.shown(option, f"--output={copy}", columns=180)
            with open(copy, encoding="utf-8") as file:
                self.assertEqual(there, self.HEADING in file.read())

    def test_width_of_the_environment_makes_no_terminal(self):
        result = pconc.run("show", self.FIXTURE, env={"COLUMNS": "200"})
        self.assertNotIn(self.HEADING, result.out)

    def test_is_in_markdown_unless_refused(self):
        for args, there in (((), True), (("--plot=always",), True), (("--plot=never",), False)):
            text = self.piped("--format=markdown", *args)
            first = formats.read_markdown(text)[0]
            self.assertEqual(there, self.HEADING in first[0], text)
            self.assertEqual(there, "\u2588" in text)
            if there:
                # In code, of which Markdown strips a blank at either end.
                at = first[0].index(self.HEADING)
                for row in first[1:]:
                    self.assertRegex(row[at], "^` [ \u2581-\u2588]{12} `$")

    def test_is_not_in_formats_that_have_the_samples(self):
        for form in ("json", "csv", "junit"):
            self.assertEqual(self.piped(f"--format={form}"),
                             self.piped(f"--format={form}", "--plot=always"))

    def test_bench_has_it_too(self):
        result = pconc.run("bench", "--workload=sleep", "--executor=serial", *SMALL,
                           "--plot=always")
        self.assertFine(result)
        self.assertRegex(result.out, r"samples \+-5%[\s\S]*\n *serial .* \u2588 ")


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
        # At first as many rounds as are allowed; after a round, as many as there is time for.
        base = os.path.join(os.environ.get("PCONC_PLUGINS", "."), "libpace_base.so")
        result = pconc.run_on_terminal("ab", base, base, "--max-time=8s", "--warmup=0",
                                       "--fail-on=never", streams=["stderr"],
                                       env=pconc.virtual_clock(self.folder))
        self.assertFine(result)
        totals = [int(total) for _, total in self.LINE.findall(result.out)]
        self.assertTrue(totals)
        # Jobs sleep 10 ms, so a round takes more than 0.1 s: 8 s hold fewer than 100 of 300 rounds.
        self.assertLess(totals[-1], totals[0] / 2)

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
