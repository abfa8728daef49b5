# SPDX-License-Identifier: MIT
# runs under ASan
"""The configs in configs/, and wrong configs."""

import glob
import os
import resource
import shutil
import subprocess
import unittest

import pconc

# What makes every shipped config small.
PARAMS = {"duration": "1ms", "low": "1000", "high": "9000", "times": "10"}


class Shipped(pconc.Case):
    def configs(self):
        found = sorted(glob.glob(os.path.join(pconc.CONFIGS, "**", "*.yaml"), recursive=True))
        names = {os.path.basename(path) for path in found}
        self.assertTrue({"quick.yaml", "slides.yaml", "scaling.yaml", "overhead.yaml", "exec.yaml",
                         "plugin.yaml"} <= names)
        # This one names a plug-in, which is made as its first lines say.
        theirs = next(path for path in found if os.path.basename(path) == "plugin.yaml")
        found.remove(theirs)
        found.append(shutil.copy(theirs, self.folder))
        self.assertFine(pconc.run("new", "workload", "sums", cwd=self.folder))
        pconc.compile_plugin(self.folder, "sums")
        return found

    def test_every_config_is_valid(self):
        for path in self.configs():
            with self.subTest(path):
                result = pconc.run("validate", path, "--allow-exec")
                self.assertFine(result)
                self.assertRegex(result.out, r"^\S+\.yaml: ok, \d+ cases? in \d+ sections?(;.*)?\n$")

    def test_every_config_runs_with_small_values(self):
        for path in self.configs():
            with self.subTest(path):
                plan = pconc.run("bench", path, "--dry-run", "--allow-exec").out
                params = [f"--param={name}={value}" for name, value in PARAMS.items()
                          if f"{name}=" in plan]
                result = pconc.run("bench", path, "--rounds=1", "--warmup=0", "--jobs=4",
                                   "--timeout=3m", "--allow-exec", "--quiet", *params,
                                   cwd=self.folder)
                if os.path.basename(path) == "checks.yaml":
                    self.assertCode(4, result)  # one round gives no interval
                else:
                    self.assertFine(result)
                self.assertEqual("", result.err)

    def test_slides_are_the_figures_of_the_source(self):
        plan = pconc.run("bench", os.path.join(pconc.CONFIGS, "slides.yaml"), "--dry-run").out
        self.assertIn("6 rounds", plan)
        self.assertRegex(plan, r"4 jobs.*duration=1s")
        self.assertRegex(plan, r"100 jobs.*low=100000.*high=900000")


class Validate(pconc.Case):
    GOOD = "runs: [{workload: noop, workers: 2, matrix: {executor: [serial, threads]}}]\n"

    def test_counts_cases_and_sections(self):
        path = self.write("good.yaml", self.GOOD)
        result = pconc.run("validate", path)
        self.assertFine(result)
        self.assertEqual(f"{path}: ok, 2 cases in 1 section\n", result.out)
        self.assertEqual("", result.err)

    def test_goes_on_after_a_bad_file(self):
        bad = self.write("bad.yaml", "runs: [{workload: nop}]\n")
        good = self.write("good.yaml", self.GOOD)
        result = pconc.run("validate", bad, good, bad)
        self.assertCode(2, result)
        self.assertEqual(f"{good}: ok, 2 cases in 1 section\n", result.out)
        self.assertEqual(2, len(result.err.splitlines()), result)

    # content; place and parts of the message
    BAD = (
        ("runs: [{workload: slep}]\n", ":1:", "did you mean 'sleep'?"),
        ("runs:\n  - workload: sleep\n    matrix: {executor: [thraeds]}\n", ":3:",
         "did you mean 'threads'?"),
        ("runs:\n  - workload: sleep\n    params: {duratoin: 1s}\n", ":3:",
         "did you mean 'duration'?"),
        ("runs:\n  - workload: sleep\n    params: {duration: 10x}\n", ":3:", "'10x'"),
        ("runs:\n  - workload: sleep\n    params: {duration: 2h}\n", ":3:", "1h"),
        ("runs:\n  - workload: sleep\n    jobs: 10x\n", ":3:", "'10x'"),
        ("runs:\n  - workload: sleep\n    workers: 0\n", ":3:", "0"),
        ("runs:\n  - workload: sleep\n    workres: 2\n", ":3:", "workres"),
        ("runs:\n  - workload: sleep\n    jobs: 1\n    jobs: 2\n", ":4:", "jobs"),
        ("runs:\n  - workload: sleep\n    matrix: {executor: []}\n", ":3:", "executor"),
        ("rounds: 0\nruns: [{workload: noop}]\n", ":1:", "rounds"),
        ("rounds: 99999999999\nruns: [{workload: noop}]\n", ":1:", "rounds"),
        ("runs: []\n", ":1:", "runs"),
        ("runs: [{workload: noop}]\n---\nruns: [{workload: noop}]\n", ":", "document"),
        ("runs: [{workload: noop}\n", ":", ""),
        ("", "", ""),
        ("- 1\n", ":1:", ""),
        (b"runs: [{workload: \xff\xfe}]\n", "", "UTF-8"),
        (bytes(range(256)) * 16, "", ""),
    )

    def test_bad_files_get_a_sentence_with_the_place(self):
        for number, (content, place, piece) in enumerate(self.BAD):
            with self.subTest(content=content):
                path = self.write(f"bad{number}.yaml", content)
                for command in ("validate", "bench"):
                    result = pconc.run(command, path)
                    self.assertRefused(result, f"{path}{place}", piece)


class Hostile(pconc.Case):
    def refused(self, path, *pieces):
        for command in ("validate", "bench"):
            with self.subTest(f"{command} {path}"):
                self.assertRefused(pconc.run(command, path), *pieces)

    def test_directory(self):
        self.refused(self.folder, self.folder, "directory")

    def test_fifo_without_a_writer_does_not_hang(self):
        path = os.path.join(self.folder, "fifo")
        os.mkfifo(path)
        self.refused(path, path)

    def test_device(self):
        self.refused("/dev/zero", "/dev/zero")

    def test_unreadable(self):
        path = self.write("secret.yaml", "runs: [{workload: noop}]\n")
        os.chmod(path, 0)
        if os.access(path, os.R_OK):
            self.skipTest("this user may read everything")
        self.refused(path, path, "Permission denied")

    def test_alias_bomb(self):
        lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
        for level in range(1, 30):
            lines.append(f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]")
        self.small_memory(self.write("bomb.yaml", "\n".join(lines) + "\nruns: *a29\n"))

    def test_code_of_another_file_and_of_an_alias_needs_permission(self):
        mark = os.path.join(self.folder, "ran")
        base = self.write("base.yaml", f"x-hook: &hook {{prepare: touch {mark}}}\n"
                                       "runs: [{workload: noop, <<: *hook}]\n")
        plugin = self.write("plugin.yaml", "x-file: &file ./lib.so\nplugins: [*file]\n"
                                           "runs: [{workload: noop}]\n")
        for other, place in ((base, f"{base}:1:25: "), (plugin, f"{plugin}:1:9: ")):
            path = self.write("config.yaml", f"extends: {os.path.basename(other)}\n")
            with self.subTest(other):
                self.assertRefused(pconc.run("bench", path), place, "--allow-exec")
                self.assertFalse(os.path.exists(mark))

    def test_plug_ins_without_end(self):
        config = "plugins: [" + "a," * 10000 + "]\nruns: [{workload: noop}]\n"
        path = self.write("plugins.yaml", config)
        self.refused(path, f"{path}:1:11: ", "--allow-exec")
        for command in ("validate", "bench"):
            self.assertRefused(pconc.run(command, path, "--allow-exec"), path, "more than 64")

    def test_deep_nesting(self):
        self.small_memory(self.write("deep.yaml", "runs: " + "[" * 100000))

    def test_100_mb_of_junk(self):
        path = os.path.join(self.folder, "junk.yaml")
        for piece in (b"x" * 65536, b"- [a, b, {c: d}]\n" * 4096, b"\0" * 65536):
            with open(path, "wb") as file:
                for _ in range(100_000_000 // len(piece)):
                    file.write(piece)
            self.small_memory(path)

    def small_memory(self, path):
        with subprocess.Popen([pconc.PROGRAM, "validate", path], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, env=pconc.environment()) as process:
            err = process.stderr.read().decode()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(2, process.returncode, err)
        self.assertRegex(err, r"^pconc: .*" + os.path.basename(path))
        if pconc.BUILD == "release":  # sanitizers use more memory
            mine = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            self.assertLess(usage.ru_maxrss, mine + 20 * 1024)


if __name__ == "__main__":
    unittest.main()
