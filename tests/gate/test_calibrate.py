# SPDX-License-Identifier: MIT
"""Tests of calibrate.py, with a program that ends at once and, for the plug-in, with pconc."""

import os
import subprocess
import sys
import tempfile
import unittest

import calibrate
from calibrate import KINDS, Kind

PCONC = os.environ.get("PCONC", "pconc")
KIND = Kind("kind", (), 20, red=(19, 20), inconclusive=1, median=5)


def rows(red=0, inconclusive=0, green=0, seconds="4.0"):
    outcomes = ["red"] * red + ["inconclusive"] * inconclusive + ["green"] * green
    return [{"outcome": outcome, "seconds": seconds} for outcome in outcomes]


def broken(kind, found):
    return [text for text, kept in calibrate.judge(kind, found) if not kept]


class Limits(unittest.TestCase):
    def test_each_is_kept_at_its_edge_and_broken_beyond(self):
        same = Kind("same", (), 40, red=(0, 1), inconclusive=2)
        self.assertEqual([], broken(KIND, rows(red=19, green=1)))
        self.assertEqual(["18 (>= 19)"], broken(KIND, rows(red=18, inconclusive=1, green=1)))
        self.assertEqual([], broken(same, rows(red=1, inconclusive=2, green=37)))
        self.assertEqual(["2 (<= 1)"], broken(same, rows(red=2, green=38)))
        self.assertEqual(["3 (<= 2)"], broken(same, rows(inconclusive=3, green=37)))

    def test_they_are_scaled_to_the_sessions_that_ran(self):
        self.assertEqual([], broken(KIND, rows(red=2)))
        self.assertEqual(["9 (>= 19)"], broken(KIND, rows(red=9, green=1)))

    def test_the_median_and_the_longest_session_are_limited(self):
        self.assertEqual(["5.1 s (<= 5 s)"], broken(KIND, rows(red=20, seconds="5.1")))
        one_long = rows(red=19) + rows(red=1, seconds="20.6")
        self.assertEqual(["20.6 s (<= 20.5 s)"], broken(KIND, one_long))


class Plan(unittest.TestCase):
    def test_the_kinds_take_turns(self):
        names = [kind.name for kind, _ in calibrate.plan(KINDS.values(), 1, set())]
        self.assertEqual({name: kind.sessions for name, kind in KINDS.items()},
                         {name: names.count(name) for name in names})
        for name in KINDS:
            early = names[:len(names) // 2].count(name)
            self.assertAlmostEqual(KINDS[name].sessions / 2, early, delta=1)

    def test_finished_sessions_are_left_out(self):
        kind = KINDS["parallel"]
        todo = calibrate.plan([kind], 0.1, {("parallel", 1), ("serial", 2)})
        self.assertEqual([(kind, 0), (kind, 2), (kind, 3)], todo)

    def test_the_duration_is_that_of_earlier_sessions(self):
        kind = KINDS["parallel"]
        todo = [(kind, session) for session in range(6)]
        earlier = [{"kind": kind.name, "seconds": "20"}, {"kind": "serial", "seconds": "1"}]
        self.assertEqual(2, calibrate.estimate(todo, earlier))
        self.assertEqual(1, calibrate.estimate(todo, []))


class Program(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def calibrate(self, *args):
        return subprocess.run([sys.executable, calibrate.__file__, *args], check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def stub(self, code):
        """A program that writes down its arguments and exits with `code`."""
        path = os.path.join(self.folder, "program")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f'#!/bin/sh\necho "$*" >> {self.folder}/calls\nexit {code}\n')
        os.chmod(path, 0o700)
        return path

    def calls(self):
        with open(os.path.join(self.folder, "calls"), encoding="utf-8") as file:
            return file.read().splitlines()

    def test_finished_sessions_are_kept(self):
        args = (self.stub(0), os.path.join(self.folder, "kept"))
        names = "parallel,12-rows"
        first = self.calibrate(*args, "0.1", names)
        self.assertEqual(0, first.returncode, first.stderr)
        self.assertIn(b"6 sessions, about 2.7 minutes", first.stderr)
        self.assertIn(b"| parallel | 4 of 40 | 0 (<= 0) | 0 (<= 2) | 4 | ", first.stdout)
        again = self.calibrate(*args, "0.15", names)
        self.assertIn(b"3 sessions", again.stderr)
        self.assertIn(b"| parallel | 6 of 40 | 0 (<= 0) | 0 (<= 2) | 6 | ", again.stdout)
        self.assertEqual(9, len(self.calls()))
        for line in self.calls():
            self.assertRegex(line, r"ab \S+/libwork400.so \S+/libsame.so --")

    def test_a_limit_that_is_not_kept_makes_it_exit_with_1(self):
        done = self.calibrate(self.stub(1), self.folder, "0.02", "serial+5%,parallel")
        self.assertEqual(1, done.returncode, done.stderr)
        self.assertRegex(done.stdout.decode(), r"(?m)^\| parallel \| 1 of 40 \| 1 \(<= 0\) NOT KEPT \|")
        self.assertRegex(done.stdout.decode(), r"(?m)^\| serial\+5% \| 1 of 50 \| 1 \(>= 47\) \|")
        self.assertIn("libwork420.so", " ".join(self.calls()))

    def test_a_session_that_fails_ends_it(self):
        done = self.calibrate(self.stub(3), self.folder)
        self.assertEqual(1, done.returncode)
        self.assertIn(b"calibrate: exit 3", done.stderr)

    def test_an_unknown_kind_is_refused(self):
        done = self.calibrate("pconc", self.folder, "1", "serial,nothing")
        self.assertIn(b"'nothing' is none of serial,", done.stderr)
        self.assertEqual(1, done.returncode)

    def test_the_plug_in_is_right_under_every_executor(self):
        library = calibrate.build(self.folder, 4)
        done = subprocess.run([PCONC, "bench", f"--plugin={library}", "--workers=2", "--rounds=1",
                               "--warmup=0", "--quiet"], check=False, stderr=subprocess.PIPE,
                              stdout=subprocess.PIPE)
        self.assertEqual(0, done.returncode, done.stderr)
        for name in (b"\ncompute: 16 jobs\n", b"\nreads: 200 jobs\n"):
            self.assertIn(name, done.stdout)


if __name__ == "__main__":
    unittest.main()
