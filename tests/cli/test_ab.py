# SPDX-License-Identifier: MIT
"""ab compares two sides in one session, and its exit code is the verdict."""

import json
import os
import re
import signal
import unittest

import formats
import pconc

PLUGINS = os.environ.get("PCONC_PLUGINS", ".")
# Their jobs sleep 10, 40 and 200 ms.
BASE, MORE, FOUR, SLOW = (os.path.join(PLUGINS, f"libpace_{name}.so")
                          for name in ("base", "more", "four", "slow"))

# The fewest rounds that give a verdict of both stages.
FEW = ("--alpha=20%", "--rounds=13", "--threshold=400%", "--warmup=0")


class Verdicts(pconc.Case):
    def compare(self, *args):
        """With a clock that makes one side exactly twenty times as slow."""
        return pconc.run("ab", *args, *FEW, env=pconc.virtual_clock(self.folder))

    def test_far_more_time_is_a_regression(self):
        result = self.compare(BASE, SLOW)
        self.assertCode(1, result)
        self.assertRegex(result.out, r"(?m)^pace/serial/1 .* regressed +6\+7$")
        self.assertRegex(result.out, r"(?m)^control .* equivalent +13$")
        self.assertRegex(result.out, r"(?m)^verdict: regressed$")
        self.assertIn("noise floor", result.out)

    def test_far_less_time_is_an_improvement(self):
        result = self.compare(SLOW, BASE)
        self.assertCode(0, result)
        self.assertRegex(result.out, r"(?m)^pace/serial/1 .* improved +\d+$")

    def test_no_time_for_a_verdict_is_inconclusive(self):
        for fail_on, code in (("inconclusive", 4), ("regressed", 0), ("never", 0)):
            with self.subTest(fail_on):
                result = pconc.run("ab", BASE, BASE, *FEW, "--max-time=1ms", f"--fail-on={fail_on}")
                self.assertCode(code, result)
                self.assertIn("0 rounds give no interval", result.out)
                self.assertRegex(result.out, r"(?m)^verdict: inconclusive$")

    def test_warnings_beside_json_go_to_standard_error(self):
        result = pconc.run("ab", BASE, BASE, *FEW, "--max-time=1ms", "--format=json")
        self.assertCode(4, result)
        warnings = json.loads(result.out)["warnings"]
        self.assertEqual([f"pconc: warning: {line}" for line in warnings], result.err.splitlines())

    def test_executors_make_rows_of_every_workload_and_count(self):
        result = pconc.run("ab", "thread", "process", "--workload=noop,gcd", "--workers=1,2",
                           "--dry-run")
        self.assertFine(result)
        for row in ("noop", "gcd"):
            for workers in (1, 2):
                for case in (f"A:{row}/threads/{workers}", f"B:{row}/processes/{workers}",
                             f"A:{row}/threads/{workers}/control"):
                    self.assertIn(f"  {case}\n", result.out)
        self.assertIn("4 rows, at most 60 rounds of 4 samples a side", result.out)

    def test_time_plans_the_rounds_where_nothing_else_does(self):
        for options, rounds in ((["--max-time=20s"], 300), (["--max-time=20s", "--rounds=70"], 70)):
            result = pconc.run("ab", BASE, BASE, "--dry-run", *options)
            self.assertFine(result)
            self.assertIn(f"at most {rounds} rounds", result.out)

    def test_a_failing_side_is_a_failed_run(self):
        result = pconc.run("ab", "threads", "coroutines", "--workload=gcd", "--jobs=3",
                           "--timeout=1ms", *FEW)
        self.assertCode(3, result)
        self.assertIn("3 of 3 cases failed; the first is 'A:gcd/threads/2': no result after 1ms", result.err)
        self.assertRegex(result.out, r"(?m)^A: threads$")
        self.assertRegex(result.out, r"(?m)^B: coroutines$")
        self.assertRegex(result.out, r"(?m)^verdict: failed$")
        self.assertRegex(result.out, r"B failed in 1 of 1 sample: no result after 1ms")
        # Warnings about the machine aside.
        verdict = re.sub(r"(?m)^warning: .*$", "", result.out)
        self.assertNotRegex(verdict, "quieter|noise|threshold")

    def test_commands_are_compared(self):
        result = self.compare("sleep 0.01", "sleep 0.2")
        self.assertCode(1, result)
        self.assertRegex(result.out, r"(?m)^exec/serial/1 .* regressed +\d+\+\d+$")
        self.assertIn("\nA: sleep 0.01\nB: sleep 0.2\nmeasured: 13 rounds, each of", result.out)
        self.assertIn(", 13 rounds, seed", result.out.replace("\n", " "))

    def test_a_workload_that_only_one_side_has_is_listed(self):
        path = os.path.join(self.folder, "ab.json")
        for sides, options, code, row in (
                ((SLOW, MORE), [], 0, "new"), ((MORE, SLOW), [], 1, "missing"),
                ((MORE, BASE), ["--allow-missing", "--max-time=1ms"], 4, "missing"),
                ((MORE, SLOW), ["--fail-on=never"], 0, "missing")):
            with self.subTest(row=row, options=options):
                result = self.compare(*sides, *options, f"--save={path}")
                self.assertCode(code, result)
                self.assertRegex(result.out, rf"(?m)^extra/serial/1 +- +- +- +- +{row} +-$")
                self.assertRegex(result.out, rf"(?m)^extra/serial/1: only {'AB'[row == 'new']} has it")
                self.assertFine(pconc.run("verify", path))
                self.assertEqual(result.out, pconc.run("show", path).out)
                formats.read_json_file(path)

    def test_the_time_ends_a_sample(self):
        """Its jobs would take half an hour."""
        path = os.path.join(self.folder, "ab.json")
        result = pconc.run("ab", "sleep 1800", "sleep 1801", "--max-time=300ms", f"--save={path}")
        self.assertCode(4, result)
        self.assertIn("\nA: sleep 1800\nB: sleep 1801\nmeasured: 0 rounds, each of", result.out)
        self.assertRegex(result.out, r"(?m)^verdict: inconclusive$")
        self.assertIn("next: a verdict needs at least 17 rounds; allow more time (--max-time)", result.out)
        self.assertEqual(result.out, pconc.run("show", path).out)
        self.assertFine(pconc.run("verify", path))

    def test_each_metric_is_a_row_with_its_threshold(self):
        path = os.path.join(self.folder, "ab.json")
        result = pconc.run("ab", BASE, SLOW, "--alpha=50%", "--rounds=18", "--warmup=0",
                           "--metric=run,memory", "--metric=p99", "--threshold=400%",
                           "--threshold=memory=900%", f"--save={path}",
                           env=pconc.virtual_clock(self.folder))
        self.assertCode(1, result)
        self.assertRegex(result.out, r"(?m)^pace/serial/1 \[run\] .* 400% +regressed ")
        self.assertRegex(result.out, r"(?m)^pace/serial/1 \[memory\] .* MiB .* 900% +equivalent ")
        self.assertRegex(result.out, r"(?m)^pace/serial/1 \[p99\] .* 400% +regressed ")
        report = formats.read_json_file(path)["comparison"]
        self.assertEqual(["run", "memory", "p99"], [row["metric"] for row in report["rows"]])
        self.assertEqual(["run", "memory", "p99"], report["settings"]["metrics"])
        self.assertEqual({"memory": 9}, report["settings"]["thresholds"])
        self.assertGreater(report["rows"][1]["a_bytes"], 1e5)
        self.assertEqual(result.out, pconc.run("show", path).out)
        self.assertFine(pconc.run("verify", path))

    def test_a_change_to_detect_plans_the_rounds(self):
        path = os.path.join(self.folder, "ab.json")
        result = self.compare(BASE, SLOW, "--detect=900%", "--power=75%", f"--save={path}")
        self.assertCode(1, result)
        self.assertRegex(result.out, r"\d+ rounds find with a power of 75%")
        with open(path, encoding="utf-8") as text:
            settings = json.load(text)["comparison"]["settings"]
        self.assertEqual((9, 0.75), (settings["detect"], settings["power"]))
        self.assertGreaterEqual(len(settings["looked_at"]), 1)
        self.assertFine(pconc.run("verify", path))

    def test_a_twin_that_differs_makes_the_session_inconclusive(self):
        # The saved samples are changed; when they are judged again, they count like measured ones.
        path = os.path.join(self.folder, "ab.json")
        self.assertCode(1, self.compare(BASE, SLOW, f"--save={path}"))
        with open(path, encoding="utf-8") as text:
            report = json.load(text)
        twin = next(case for case in report["cases"] if case["id"].endswith("/control"))
        for sample in twin["samples"]:
            for name in ("run_ns", "elapsed_ns"):
                sample[name] *= 20
        result = pconc.run("show", self.write("spoiled.json", json.dumps(report)))
        self.assertFine(result)
        self.assertRegex(result.out, r"(?m)^pace/serial/1 .* inconclusive ")
        self.assertIn("its own interval says regressed, but the control failed", result.out)
        self.assertRegex(result.out, r"(?m)^control .* regressed ")
        self.assertRegex(result.out, r"(?m)^verdict: inconclusive$")
        self.assertIn("A differs from its own twin", result.out)

    def test_output_file_gets_its_format(self):
        path = os.path.join(self.folder, "ab.txt")
        result = pconc.run("ab", BASE, BASE, *FEW, "--max-time=1ms", f"--output={path}", "--quiet")
        self.assertCode(4, result)
        self.assertEqual("", result.out)
        with open(path, encoding="utf-8") as text:
            self.assertIn("verdict: inconclusive", text.read())


class Interrupted(pconc.Case):
    def test_the_samples_so_far_are_shown(self):
        process = pconc.start("ab", BASE, BASE, "--rounds=10000")
        seen = set()

        def begun():
            seen.update(pconc.children([process.pid]))
            return len(seen) >= 20

        pconc.wait_for(begun, process)
        process.send_signal(signal.SIGINT)
        result = pconc.finish(process)
        self.assertCode(130, result)
        self.assertRegex(result.out, r"(?m)^pace/serial/1 ")
        self.assertRegex(result.err, r"interrupted after \d+ of \d+ rounds; the results")


class WrongUsage(pconc.Case):
    def test_each_has_its_sentence(self):
        for args, *pieces in (
                ([], "ab needs two sides; write pconc ab A B"),
                (["threads"], "ab needs two sides"),
                (["threads", "serial", "gil"], "'gil' is a third side"),
                (["treads", "serial"], "A: not an executor", "'treads'; did you mean 'threads'?"),
                (["threads", BASE], "A is an executor and B is a plug-in; both must be of the same kind"),
                (["threads", "serial"], "add --workload=NAME"),
                (["threads", "serial", "--workload=gcd", "--executor=gil"],
                 "A and B are the executors; leave out --executor=gil"),
                (["/bin/true", "/bin/false", "--workload=gcd"], "leave out --workload=gcd"),
                ([BASE, "./nowhere.so"], "B: ", "No such file"),
                ([BASE, BASE, "--workload=gcc"], "gcc"),
                ([BASE, BASE, "--rounds=16"],
                 "16 rounds are too few for a verdict on 1 row; allow at least 17"),
                ([BASE, BASE, "--detect=2%"], "a change of 2% cannot be detected"),
                ([BASE, BASE, "--threshold=x"], "--threshold: threshold 'x' is not a percentage"),
                ([BASE, BASE, "--threshold=-1%"], "--threshold: threshold '-1%' is negative"),
                ([BASE, BASE, "--metric=runs"], "--metric: unknown metric 'runs'; did you mean 'run'?"),
                ([BASE, BASE, "--metric=run,cpu,run"], "--metric: 'run' is given twice"),
                ([BASE, BASE, "--threshold=run=2%"], "run has a threshold but is not judged"),
                ([BASE, BASE, "--threshold=2%,3%"], "'3%' is a second threshold for all metrics"),
                ([BASE, BASE, "--threshold=time=x"], "threshold 'x' is not a percentage"),
                ([BASE, BASE, "--alpha=60%"], "--alpha: '60%' is out of range"),
                ([BASE, BASE, "--power=10%"], "--power: '10%' is out of range"),
                ([BASE, BASE, "--max-time=0"], "--max-time: '0' leaves no time"),
                ([BASE, BASE, "--fail-on=regresed"], "--fail-on: ", "did you mean 'regressed'?"),
                (["serial", "threads", "--workload=gcd", "--workers=1,2"],
                 "A and B need the same number of cases, not 1 and 2"),
        ):
            with self.subTest(args):
                self.assertRefused(pconc.run("ab", *args), *pieces)


if __name__ == "__main__":
    unittest.main()
