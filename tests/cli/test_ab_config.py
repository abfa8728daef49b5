# SPDX-License-Identifier: MIT
# runs under ASan
"""ab --config takes its rows, and their thresholds, from a plan."""

import json
import os
import unittest

import pconc
from test_ab import BASE, FEW, FOUR, SLOW


class Configs(pconc.Case):
    """A plan gives the cases, and A and B measure each of them."""

    PLAN = """
        threshold: 7%
        runs:
        - {workload: noop, executor: serial, jobs: 3}
        - {workload: gcd, executor: [serial, threads], workers: 2, jobs: 2, threshold: 0.5%}
        checks:
        - {case: gcd/serial/1, time: 1h}
        """

    def plan(self, text=PLAN):
        return "--config=" + self.write("plan.yaml", text)

    def test_cases_have_thresholds_of_their_own(self):
        result = pconc.run("ab", "threads", "loops", self.plan(), "--dry-run")
        self.assertFine(result)
        self.assertIn("noop: 3 jobs\n  threshold: 7%\n  A:noop/threads/", result.out)
        self.assertRegex(result.out, r"gcd: 2 jobs.*\n  threshold: 0.5%\n  A:gcd/threads/2\n"
                                     r"  B:gcd/loops/2\n")
        self.assertIn("2 rows, at most 60 rounds", result.out)
        result = pconc.run("ab", "threads", "loops", self.plan(), "--dry-run", "--threshold=3%",
                           "--filter=gcd")
        self.assertFine(result)
        self.assertIn("threshold: 3%", result.out)
        self.assertIn("1 row,", result.out)

    def test_each_row_is_judged_by_its_own(self):
        # A quarter of the time: less than 1 / 1.1, and more than 1 / 11.
        plan = self.plan("""
            runs:
            - {name: strict, workload: pace, executor: serial, threshold: 10%}
            - {name: lax, workload: pace, executor: serial, threshold: 1000%}
            """)
        path = os.path.join(self.folder, "ab.json")
        result = pconc.run("ab", FOUR, BASE, plan, "--alpha=20%", "--rounds=18", "--warmup=0",
                           f"--save={path}", env=pconc.virtual_clock(self.folder))
        self.assertFine(result)
        self.assertRegex(result.out, r"(?m)^strict/serial/1 .* 10% +improved ")
        self.assertRegex(result.out, r"(?m)^lax/serial/1 .* 1000% +equivalent ")
        with open(path, encoding="utf-8") as text:
            report = json.load(text)
        self.assertEqual([0.1, 10], [row["threshold"] for row in report["comparison"]["rows"]])
        self.assertEqual({0.1, 10}, {case["threshold"] for case in report["cases"]})
        self.assertFine(pconc.run("verify", path))
        self.assertEqual(result.out, pconc.run("show", path).out)
        self.assertIn("| threshold |", pconc.run("show", path, "--format=markdown").out)

    def test_a_file_from_before_cases_had_them_has_them_in_its_rows(self):
        path = os.path.join(self.folder, "ab.json")
        pconc.run("ab", BASE, SLOW, *FEW, f"--save={path}")
        with open(path, encoding="utf-8") as text:
            report = json.load(text)
        for case in report["cases"]:
            del case["threshold"]
        old = self.write("old.json", json.dumps(report))
        self.assertEqual(pconc.run("show", path).out, pconc.run("show", old).out)
        self.assertFine(pconc.run("verify", old))

    def test_plug_ins_measure_their_own_alone(self):
        plan = self.plan("runs: [{workload: pace, executor: serial}, {workload: noop}]")
        self.assertRefused(pconc.run("ab", BASE, SLOW, plan, "--dry-run"),
                           "'noop/serial/1' does not come from the plug-in " + BASE, "--workload")
        result = pconc.run("ab", BASE, SLOW, plan, "--dry-run", "--workload=pace")
        self.assertFine(result)
        self.assertIn("1 row,", result.out)

    def test_commands_take_the_place_of_those_of_the_plan(self):
        plan = self.plan("runs: [{workload: exec, executor: [serial, threads], jobs: 2,"
                         " params: {command: 'false'}}]")
        self.assertRefused(pconc.run("ab", "sleep 0", "sleep 0.0", plan), "--allow-exec")
        result = pconc.run("ab", "sleep 0", "sleep 0.0", plan, "--dry-run")
        self.assertFine(result)
        self.assertIn("exec: 2 jobs, command=sleep 0 ", result.out)
        self.assertNotIn("false", result.out.replace("shell=false", ""))


if __name__ == "__main__":
    unittest.main()
