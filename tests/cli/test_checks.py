# SPDX-License-Identifier: MIT
# runs under ASan
"""Checks: assertions of a config about results of the same session, and their exit codes."""

import json
import os
import unittest

import formats
import pconc

HEAD = """rounds: 8
warmup: 0
runs:
  - {workload: sleep, executor: [serial, threads], workers: 4, jobs: 4, params: {duration: 5ms}}
"""


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


class Checks(pconc.Case):
    def bench(self, checks, *args, head=HEAD):
        return pconc.run("bench", self.write("c.yaml", head + "checks:\n" + checks), *args)

    def test_checks_that_hold_exit_with_0(self):
        result = self.bench("  - {case: sleep/threads/4, faster_than: sleep/serial/1, factor: 0.001x}\n"
                            "  - {case: sleep/serial/1, time: 10s, memory: 8GiB, errors: 0}\n")
        self.assertFine(result)
        self.assertRegex(result.out, r"check: sleep/threads/4: at least 0\.001x as fast as "
                                     r"sleep/serial/1: holds: [0-9.]+x \([0-9.]+x\.\.[0-9.]+x\)")
        self.assertRegex(result.out, r"check: sleep/serial/1: time at most 10s: holds: ")
        self.assertRegex(result.out, r"check: sleep/serial/1: errors at most 0: holds: 0\n")

    def test_each_kind_can_fail(self):
        for check, piece in (("faster_than: sleep/serial/1, factor: 4000", "fails: "),
                             ("time: 1us", "time at most 1us: fails: "),
                             ("run: 1us", "run at most 1us: fails: "),
                             ("startup: 1ns", "startup at most 1ns: fails: "),
                             ("cpu: 1ns, p99: 1us", "p99 at most 1us: fails: "),
                             ("memory: 1KiB", "memory at most 1KiB: fails: ")):
            with self.subTest(check):
                result = self.bench(f"  - {{case: sleep/threads/4, {check}}}\n")
                self.assertCode(1, result)
                self.assertIn(piece, " ".join(result.out.split()))

    def test_without_an_interval_nothing_fails(self):
        result = self.bench("  - {case: sleep/threads/4, time: 1us}\n", "--rounds=3")
        self.assertCode(4, result)
        self.assertIn("inconclusive", result.out)
        self.assertIn("measure more rounds", result.out)

    def test_other_formats_leave_it_to_standard_error(self):
        result = self.bench("  - {case: sleep/threads/4, time: 1us}\n", "--format=csv")
        self.assertCode(1, result)
        self.assertIn("pconc: check: sleep/threads/4: time at most 1us: fails: ", result.err)

    def test_fail_on_selects_the_exit_code(self):
        fails = "  - {case: sleep/threads/4, time: 1us}\n"
        for args, code in (((), 1), (("--fail-on=regressed",), 1), (("--fail-on=never",), 0)):
            self.assertCode(code, self.bench(fails, *args))
        for args, code in (((), 4), (("--fail-on=regressed",), 0), (("--fail-on=inconclusive",), 4)):
            self.assertCode(code, self.bench(fails, "--rounds=3", *args))

    def test_are_in_every_format_and_can_be_verified(self):
        path = os.path.join(self.folder, "r")
        result = self.bench("  - {case: sleep/threads/4, time: 1us}\n"
                            "  - {case: sleep/serial/1, time: 10s}\n"
                            "  - {case: sleep/threads/4, faster_than: sleep/serial/1, factor: 5000}\n",
                            *(f"--output={path}.{name}" for name in ("csv", "md", "xml")),
                            f"--save={path}.json", "--rounds=10")
        self.assertCode(1, result)
        report = formats.read_json_file(path + ".json")
        self.assertEqual([("time", "fails"), ("time", "holds"), ("faster_than", "fails")],
                         [(check["what"], check["state"]) for check in report["checks"]])
        self.assertEqual(1000, report["checks"][0]["limit"])
        checks = [row for row in formats.read_csv(read(path + ".csv")) if row["check"]]
        self.assertEqual(["fails", "holds", "fails"], [row["check_state"] for row in checks])
        self.assertEqual("sleep/threads/4", checks[0]["case"])
        self.assertIn("- **sleep/threads/4: time at most 1us:** fails: ", read(path + ".md"))
        xml = read(path + ".xml")
        formats.check_junit(xml)
        self.assertIn('<testsuite name="checks" skipped="0" tests="3" failures="2" errors="0"', xml)
        self.assertIn('<failure message="fails: ', xml)
        self.assertEqual(result.out, pconc.run("show", path + ".json").out)
        for form, name in (("csv", "csv"), ("markdown", "md"), ("junit", "xml"), ("json", "json")):
            with self.subTest(form):
                self.assertEqual(read(f"{path}.{name}"),
                                 pconc.run("show", path + ".json", f"--format={form}").out)
        self.assertFine(pconc.run("verify", path + ".json"))
        for member, value in (("state", "holds"), ("value", 5.5), ("interval", None)):
            report = formats.read_json_file(path + ".json")
            report["checks"][0][member] = value
            spoiled = pconc.run("verify", self.write("spoiled.json", json.dumps(report)))
            self.assertCode(3, spoiled)
            self.assertIn(f"checks[0].{member}", spoiled.out)

    def test_an_inconclusive_one_is_skipped_in_junit(self):
        xml = self.bench("  - {case: sleep/threads/4, time: 1us}\n", "--rounds=3",
                         "--format=junit").out
        formats.check_junit(xml)
        self.assertIn('<skipped message="inconclusive: ', xml)

    def test_a_file_that_checks_nothing_known_is_refused(self):
        path = os.path.join(self.folder, "r.json")
        self.bench("  - {case: sleep/threads/4, time: 1us}\n", "--rounds=1", f"--save={path}")
        for member, value, piece in (("what", "mood", "is not a known check"),
                                     ("case", "nobody", "is not the id of a case"),
                                     ("other", "sleep/serial/1", "does not have the cases"),
                                     ("limit", "x", "is not a number")):
            report = formats.read_json_file(path)
            report["checks"][0][member] = value
            self.assertRefused(pconc.run("show", self.write("spoiled.json", json.dumps(report))),
                               "checks[0]", piece)

    def test_a_selection_takes_its_checks_along(self):
        result = self.bench("  - {case: sleep/threads/4, time: 1us}\n", "--executor=serial",
                            "--rounds=1")
        self.assertFine(result)

    def test_a_failed_run_comes_first(self):
        result = self.bench("  - {case: sleep/threads/4, time: 1us}\n", "--timeout=1ms")
        self.assertCode(3, result)

    # Job 0 fails the first time that it is run.
    ONCE = ("rounds: 3\nwarmup: 0\nruns:\n"
            "  - workload: exec\n    executor: serial\n    jobs: 2\n    params:\n"
            "      shell: true\n      command: 'test {i} = 1 || test -e MARK || { touch MARK; false; }'\n")

    def test_errors_decide_what_failing_jobs_mean(self):
        mark = os.path.join(self.folder, "mark")
        head = self.ONCE.replace("MARK", mark)
        for limit, code, said in ((1, 0, "holds: 1"), (0, 1, "fails: 1")):
            with self.subTest(limit):
                result = self.bench(f"  - {{case: exec/serial/1, errors: {limit}}}\n", "--allow-exec",
                                    head=head)
                self.assertCode(code, result)
                self.assertIn(f"errors at most {limit}: {said}\n", result.out)
                os.remove(mark)
        result = self.bench("  - {case: exec/serial/1, memory: 8GiB}\n", "--allow-exec", head=head)
        self.assertCode(3, result)

    def test_a_case_without_any_time_always_fails(self):
        head = self.ONCE.replace("test -e MARK || { touch MARK; false; }", "false")
        result = self.bench("  - {case: exec/serial/1, errors: 100}\n", "--allow-exec", head=head)
        self.assertCode(3, result)
        self.assertIn("errors at most 100: holds: 3\n", result.out)

    def test_a_sample_that_hung_counted_no_errors(self):
        result = self.bench("  - {case: sleep/threads/4, errors: 0}\n", "--timeout=1ms",
                            "--executor=threads")
        self.assertCode(3, result)
        self.assertIn("errors at most 0: inconclusive: 0; 1 sample failed before counting errors",
                      " ".join(result.out.split()))

    def test_mistakes_in_a_check_are_reported_with_their_place(self):
        for check, place, piece in (
                ("case: sleep/thread/4, time: 1s", "6:12", "did you mean 'sleep/threads/4'?"),
                ("case: sleep/threads/4, faster_than: gcd", "6:42", "there is no case 'gcd'"),
                ("case: sleep/threads/4", "6:5", "this check checks nothing"),
                ("case: sleep/threads/4, factor: 2", "6:37", "a factor needs a case to compare with"),
                ("case: sleep/threads/4, faster_than: sleep/serial/1, factor: 0", "6:66",
                 "factor '0' is not a factor"),
                ("case: sleep/threads/4, time: 3", "6:35", "time '3' "),
                ("case: sleep/threads/4, memory: x", "6:37", "memory 'x' "),
                ("case: sleep/threads/4, errors: some", "6:37", "errors 'some' "),
                ("case: sleep/threads/4, tiem: 1s", "6:29", "did you mean 'time'?"),
                ("time: 1s", "6:5", "case")):
            with self.subTest(check):
                result = self.bench(f"  - {{{check}}}\n", "--dry-run")
                self.assertRefused(result, f"c.yaml:{place}: ", piece)

    def test_configs_together_keep_all_checks(self):
        one = self.write("one.yaml", HEAD + "checks: [{case: sleep/threads/4, time: 1us}]\n")
        two = self.write("two.yaml", "runs: [{workload: noop, executor: serial}]\n"
                                     "checks: [{case: noop/serial/1, time: 1ns}]\n")
        result = pconc.run("bench", one, two)
        self.assertCode(1, result)
        self.assertIn("sleep/threads/4: time at most 1us: fails", " ".join(result.out.split()))
        self.assertIn("noop/serial/1: time at most 1ns: fails", " ".join(result.out.split()))


if __name__ == "__main__":
    unittest.main()
