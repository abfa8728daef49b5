# SPDX-License-Identifier: MIT
"""configs/ci: the script of the pipelines with real checkouts, and the structure of the pipelines."""

import os
import subprocess
import unittest
import xml.etree.ElementTree

import pconc
import yaml

GATE = os.path.join(pconc.CONFIGS, "ci", "gate.sh")


class Gate(pconc.Case):
    # The fewest rounds that give a verdict of both stages.
    OPTIONS = ("--workload=bench", "--executor=serial", "--jobs=1", "--rounds=13", "--seed=1",
               "--param=size=1k", "--warmup=0", "--alpha=20%", "--threshold=400%", "--quiet")

    def setUp(self):
        super().setUp()
        self.assertFine(pconc.run("new", "workload", "bench", cwd=self.folder))
        with open(os.path.join(self.folder, "bench.c"), encoding="utf-8") as file:
            self.text = file.read()
        self.results = os.path.join(self.folder, "results")

    def checkout(self, name, text):
        folder = os.path.join(self.folder, name)
        os.mkdir(folder)
        if text is not None:
            self.write(os.path.join(name, "bench.c"), text)
        return folder

    def gate(self, *args, **env):
        headers = os.path.join(pconc.ROOT, "lib", "include")
        done = subprocess.run(
            [GATE, *args], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, timeout=pconc.GUARD, check=False,
            env=pconc.environment(**{"PCONC": pconc.PROGRAM, "GATE_RESULTS": self.results,
                                     "CPATH": headers, **env}))
        return pconc.Result(done.returncode, done.stdout.decode(), done.stderr.decode())

    def sleeping(self, milliseconds):
        """The benchmark, whose jobs also sleep."""
        line = "    int64_t sum = 0;\n"
        self.assertEqual(1, self.text.count(line))
        return self.text.replace(
            line, f"{line}    (void)task_sleep(task, INT64_C({milliseconds}) * 1000000);\n")

    def test_a_head_that_takes_far_longer_is_red(self):
        # With a clock that makes one exactly twenty times as slow.
        base = self.checkout("base", self.sleeping(10))
        head = self.checkout("head", self.sleeping(200))
        summary = self.write("summary.md", "")
        result = self.gate(base, head, *self.OPTIONS, GITHUB_STEP_SUMMARY=summary,
                           **pconc.virtual_clock(self.folder))
        self.assertCode(1, result)
        self.assertIn("regressed", result.out)
        with open(os.path.join(self.results, "results.md"), encoding="utf-8") as file:
            markdown = file.read()
        with open(summary, encoding="utf-8") as file:
            self.assertEqual(markdown, file.read())
        self.assertIn("regressed", markdown)
        tree = xml.etree.ElementTree.parse(os.path.join(self.results, "results.xml"))
        self.assertTrue(tree.findall(".//failure"))
        self.assertFine(pconc.run("verify", os.path.join(self.results, "results.json")))

    def test_fail_on_never_only_reports(self):
        base = self.checkout("base", self.text)
        head = self.checkout("head", self.text)
        result = self.gate(base, head, *self.OPTIONS, "--fail-on=never")
        self.assertFine(result)
        self.assertRegex(result.out, r"verdict: \w+")

    def test_a_base_without_a_benchmark_is_fine(self):
        result = self.gate(self.checkout("base", None), self.checkout("head", self.text))
        self.assertFine(result)
        self.assertIn("has no 'bench.c' yet: there is nothing to compare with", result.err)

    def test_a_failed_build_is_reported(self):
        base = self.checkout("base", self.text)
        head = self.checkout("head", "int broken(\n")
        result = self.gate(base, head)
        self.assertCode(3, result)
        self.assertIn(f"gate: '{head}' cannot be built", result.err)
        result = self.gate(base, head, GATE_BUILD="true")
        self.assertCode(3, result)
        self.assertIn("left no 'libbench.so' there", result.err)

    def test_wrong_use(self):
        for args, piece in (([], "gate.sh BASE HEAD"), (["base"], "gate.sh BASE HEAD"),
                            (["none", "nowhere"], "'nowhere' is no folder")):
            with self.subTest(args):
                result = self.gate(*args)
                self.assertCode(2, result)
                self.assertIn(piece, result.err)

    def test_options_reach_the_comparison(self):
        base = self.checkout("base", self.text)
        result = self.gate(base, self.checkout("head", self.text), "--no-such-option")
        self.assertCode(2, result)
        self.assertIn("unknown option '--no-such-option'", result.err)


class Pipelines(pconc.Case):
    """The structure that the services read."""

    def load(self, name):
        with open(os.path.join(pconc.CONFIGS, "ci", name), encoding="utf-8") as file:
            return yaml.safe_load(file)

    def check_gate(self, command):
        """It runs the script of the base, with valid options."""
        words = command.split()
        self.assertTrue(words[0].endswith("base/ci/gate.sh"), command)
        known = pconc.run("ab", "--help").out
        for word in words[3:]:
            self.assertIn(word.partition("=")[0], known)

    def test_github(self):
        pipeline = self.load("github.yml")
        self.assertEqual("pull_request", pipeline[True])  # the key 'on' in YAML 1.1
        self.assertEqual({"contents": "read"}, pipeline["permissions"])
        self.assertRegex(pipeline["env"]["PCONC_COMMIT"], "^[0-9a-f]{40}$")
        job = pipeline["jobs"]["gate"]
        checkouts = {step["with"]["path"]: step["with"] for step in job["steps"]
                     if step.get("uses", "").startswith("actions/checkout@")}
        self.assertEqual({"head", "base", "pconc"}, set(checkouts))
        self.assertIn("base.sha", checkouts["base"]["ref"])
        compare = [step["run"] for step in job["steps"] if "gate.sh" in step.get("run", "")]
        self.assertEqual(1, len(compare))
        self.check_gate(compare[0])
        self.assertEqual(["base", "head"], compare[0].split()[1:3])
        upload = job["steps"][-1]
        self.assertEqual(("always()", "pconc-results"), (upload["if"], upload["with"]["path"]))

    def test_gitlab(self):
        job = self.load("gitlab-ci.yml")["performance"]
        self.assertRegex(job["variables"]["PCONC_COMMIT"], "^[0-9a-f]{40}$")
        self.check_gate(job["script"][-1])
        self.assertEqual({"exit_codes": 4}, job["allow_failure"])
        self.assertEqual("always", job["artifacts"]["when"])
        self.assertEqual("pconc-results/results.xml", job["artifacts"]["reports"]["junit"])


if __name__ == "__main__":
    unittest.main()
