# SPDX-License-Identifier: MIT
"""configs/ci: the pipelines of GitHub and GitLab, and the script that both call. Verdicts come from a
stand-in for pconc, which hands out saved sessions; what a build or a wrong result does, from pconc."""

import json
import os
import re
import shlex
import subprocess
import unittest

import formats
import pconc
import yaml
from sessions import compared

CI = os.path.join(pconc.CONFIGS, "ci")
GATE = os.path.join(CI, "gate.sh")

# `ab` saves the session and ends with the exit code that the test says; other commands are real. What
# it prints would be a command for GitHub.
STAND_IN = """#!/bin/sh
[ "$1" = ab ] || exec "$STAND_IN_FOR" "$@"
printf '%s\\n' "$@" >"$STAND_IN_ARGS"
echo '::error title=injected::by a benchmark'
for arg; do
    case $arg in --save=*) cp "$STAND_IN_RESULT" "${arg#--save=}" ;; esac
done
exit "$STAND_IN_CODE"
"""


def load(name):
    with open(os.path.join(CI, name), encoding="utf-8") as file:
        return yaml.safe_load(file)


def kinds_and_titles(log):
    return [annotation[:2] for annotation in formats.github_log(log)]


class Checkouts(pconc.Case):
    """A repository with a commit for each version of the benchmark."""

    def setUp(self):
        super().setUp()
        self.results = os.path.join(self.folder, "pconc-results")
        self.summary = self.write("summary.md", "")
        self.git("init", "--quiet", ".")

    def git(self, *args):
        person = {f"GIT_{who}_{what}": "x" for who in ("AUTHOR", "COMMITTER") for what in
                  ("NAME", "EMAIL")}
        done = subprocess.run(["git", *args], cwd=self.folder, check=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, env=pconc.environment(**person))
        return done.stdout.decode().strip()

    def commit(self, text):
        """A commit with this benchmark; None: without one."""
        if text is None:
            self.git("commit", "--quiet", "--allow-empty", "-m", "none")
        else:
            self.write("bench.c", text)
            self.git("add", "bench.c")
            self.git("commit", "--quiet", "--allow-empty", "-m", "x")
        return self.git("rev-parse", "HEAD")

    def run_in(self, command, **env):
        headers = os.path.join(pconc.ROOT, "lib", "include")
        env = {"PCONC": pconc.PROGRAM, "CPATH": headers, "GITHUB_ACTIONS": "", **env}
        done = subprocess.run(command, cwd=self.folder, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                              timeout=pconc.GUARD, env=pconc.environment(**env))
        return pconc.Result(done.returncode, done.stdout.decode(), done.stderr.decode())

    def gate(self, *args, **env):
        return self.run_in([GATE, *args], **env)

    def github(self, base, head, options="", **env):
        """The action's step, as the runner runs it."""
        action = load("action.yml")
        [step] = [step for step in action["runs"]["steps"] if step.get("name") == "Compare"]
        inputs = {name: str(value["default"]) for name, value in action["inputs"].items()}
        inputs.update(base=base, head=head, options=options)
        variables = {key: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda use: inputs[use[1]], value)
                     for key, value in step["env"].items()}
        self.assertEqual("bash", step["shell"])
        return self.run_in(["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
                           GITHUB_ACTIONS="true", GITHUB_ACTION_PATH=CI,
                           GITHUB_STEP_SUMMARY=self.summary, **{**variables, **env})

    def gitlab(self, base, head, options="", **env):
        """The script of the job; the image is prepared."""
        job = load("gitlab-ci.yml")["performance"]
        variables = {**job["variables"], "PCONC_FOLDER": pconc.ROOT, "GATE_BASE": base,
                     "GATE_HEAD": head, "GATE_OPTIONS": options}
        return self.run_in(["bash", "-ec", "\n".join(job["script"])], **{**variables, **env})

    def read(self, *path):
        with open(os.path.join(self.folder, *path), encoding="utf-8") as file:
            return file.read()


class Verdicts(Checkouts):
    """Each verdict in both pipelines: the exit code, and the annotations on GitHub."""

    PAIR = "bench/serial/1 vs bench/coroutines/1"

    def setUp(self):
        super().setUp()
        self.base, self.head = self.commit("base"), self.commit("head")
        self.stand_in = self.write("stand-in", STAND_IN)
        os.chmod(self.stand_in, 0o755)

    def environment(self, session):
        return {"PCONC": self.stand_in, "STAND_IN_FOR": pconc.PROGRAM,
                "STAND_IN_ARGS": os.path.join(self.folder, "args"),
                "STAND_IN_RESULT": self.write("session.json", json.dumps(session)),
                "GATE_BUILD": 'cp "$GATE_SOURCE" "$GATE_PLUGIN"'}

    def check(self, session, code, expected, allowed=None):
        """The exit code of pconc, and that of the action: the mildest verdict that fails it is
        'regressed'."""
        env = self.environment(session)
        result = self.gitlab(self.base, self.head, STAND_IN_CODE=str(code), **env)
        self.assertCode(code, result)
        formats.check_junit(self.read(self.results, "results.xml"))
        formats.read_openmetrics(self.read(self.results, "results.txt"))
        code = code if allowed is None else allowed
        result = self.github(self.base, self.head, STAND_IN_CODE=str(code), **env)
        self.assertCode(code, result)
        self.assertEqual("", result.err)
        self.assertEqual(expected, kinds_and_titles(result.out))
        self.assertIn("--fail-on=regressed", self.read("args").splitlines())
        self.assertEqual(self.read(self.results, "results.md"), self.read(self.summary))
        self.assertEqual(1, self.git("worktree", "list").count("\n") + 1)

    def test_improved(self):
        self.check(compared({"bench": 0.8}), 0, [("notice", self.PAIR)])

    def test_same(self):
        self.check(compared({"bench": 1}), 0, [])

    def test_ten_percent_slower(self):
        self.check(compared({"bench": 1.1}), 1, [("error", self.PAIR)])

    def test_inconclusive(self):
        self.check(compared({"bench": 1.015}), 4, [("warning", self.PAIR)], allowed=0)

    def test_a_workload_was_added(self):
        self.check(compared({"bench": 1}, new=["more/serial/1"]), 0, [("notice", "more/serial/1")])

    def test_a_workload_was_removed(self):
        self.check(compared({"bench": 1}, missing=["gone/serial/1"]), 1,
                   [("error", "gone/serial/1")])

    def test_a_shallow_clone_fetches_the_base(self):
        """As actions/checkout makes one."""
        self.git("clone", "--quiet", "--depth=1", f"file://{self.folder}", "shallow")
        env = self.environment(compared({"bench": 1.1}))
        self.folder = os.path.join(self.folder, "shallow")
        result = self.github(self.base, self.head, STAND_IN_CODE="1", **env)
        self.assertCode(1, result)
        self.assertEqual([("error", self.PAIR)], kinds_and_titles(result.out))
        self.assertEqual("1", self.git("rev-list", "--count", "HEAD"))

    def test_a_long_summary_is_cut(self):
        """GitHub loses a summary of more than 1 MiB."""
        session = compared({f"{'long' * 60}{i}": 1 for i in range(20)})
        self.assertFine(self.github(self.base, self.head, STAND_IN_CODE="0",
                                    GATE_SUMMARY_MAX="9000", **self.environment(session)))
        whole, cut = self.read(self.results, "results.md"), self.read(self.summary)
        self.assertGreater(len(whole.encode()), 10000)
        self.assertLess(len(cut.encode()), 9100)
        self.assertTrue(cut.endswith("the rest is in results.md.\n"))
        self.assertEqual(whole[:5000], cut[:5000])


class Failures(Checkouts):
    """What keeps pconc itself from measuring."""

    def setUp(self):
        super().setUp()
        self.assertFine(pconc.run("new", "workload", "bench", cwd=self.folder))
        self.text = self.read("bench.c")

    # The fewest rounds that give a verdict of both stages.
    OPTIONS = ("--workload=bench --executor=serial --jobs=1 --rounds=13 --seed=1 --param=size=1k "
               "--warmup=0 --alpha=20% --quiet")

    def both(self, base, head, code, expected, piece):
        result = self.gitlab(base, head, self.OPTIONS)
        self.assertCode(code, result)
        self.assertIn(piece, result.out + result.err)
        result = self.github(base, head, self.OPTIONS)
        self.assertCode(code, result)
        self.assertIn(piece, result.out)
        self.assertEqual(expected, kinds_and_titles(result.out))

    def test_a_head_that_does_not_build(self):
        base, head = self.commit(self.text), self.commit("int broken(\n")
        self.both(base, head, 3, [("error", "gate")], f"gate: '{head}' cannot be built; see above")

    def test_a_head_with_wrong_results(self):
        line = "    *(int64_t *)result = sum;\n"
        self.assertEqual(1, self.text.count(line))
        wrong = self.text.replace(line, line.replace("= sum", "= -1"))
        base, head = self.commit(self.text), self.commit(wrong)
        self.both(base, head, 3, [("error", "bench/serial/1")], "failed")

    def test_no_base_yet(self):
        base, head = self.commit(None), self.commit(self.text)
        self.both(base, head, 0, [("notice", "gate")],
                  f"gate: '{base}' has no 'bench.c' yet: there is nothing to compare with")

    def test_no_pconc(self):
        for program in ("no-such-program", "/nowhere/pconc"):
            result = self.gate(".", ".", PCONC=program)
            self.assertCode(2, result)
            self.assertEqual(f"gate: there is no program '{program}'; install pconc with 'make "
                             "install', or set PCONC to its path\n", result.err)

    def test_wrong_use(self):
        commit = self.commit(self.text)
        for args, piece in (([], "gate.sh BASE HEAD"), ([commit], "gate.sh BASE HEAD"),
                            ([commit, "nowhere"], "'nowhere' is no folder, and no commit"),
                            (["--quiet", commit], "'--quiet' is no folder and no commit")):
            with self.subTest(args):
                result = self.gate(*args)
                self.assertCode(2, result)
                self.assertIn(piece, result.err)

    def test_a_build_that_writes_nothing(self):
        commit = self.commit(self.text)
        result = self.gate(commit, commit, GATE_BUILD="true")
        self.assertCode(3, result)
        self.assertIn("left no 'libbench.so' there", result.err)

    def test_options_reach_the_comparison(self):
        commit = self.commit(self.text)
        result = self.github(commit, commit, "--no-such-option")
        self.assertCode(2, result)
        self.assertIn("unknown option '--no-such-option'", result.out)
        self.assertEqual([("error", "gate")], kinds_and_titles(result.out))

    def test_folders_of_which_the_head_takes_far_longer(self):
        """With a clock that makes it exactly twenty times as slow."""
        line = "    int64_t sum = 0;\n"
        self.assertEqual(1, self.text.count(line))
        for name, milliseconds in (("base", 10), ("head", 200)):
            os.mkdir(os.path.join(self.folder, name))
            sleep = f"    (void)task_sleep(task, INT64_C({milliseconds}) * 1000000);\n"
            self.write(os.path.join(name, "bench.c"), self.text.replace(line, line + sleep))
        result = self.gate("base", "head", "--threshold=400%", *self.OPTIONS.split(),
                           GITHUB_STEP_SUMMARY=self.summary, **pconc.virtual_clock(self.folder))
        self.assertCode(1, result)
        self.assertIn("regressed", result.out)
        self.assertIn("regressed", self.read(self.summary))
        self.assertFine(pconc.run("verify", os.path.join(self.results, "results.json")))


class Pipelines(pconc.Case):
    """The structure that the services read."""

    def test_options_are_those_of_ab(self):
        known = pconc.run("ab", "--help").out
        [github] = [step["run"] for step in load("action.yml")["runs"]["steps"]
                    if "gate.sh" in step.get("run", "")]
        for script in (github, *load("gitlab-ci.yml")["performance"]["script"]):
            words = shlex.split(script)
            self.assertTrue(words[0].endswith("/gate.sh"), script)
            for word in words[3:]:
                if word.startswith("--"):
                    self.assertIn(word.partition("=")[0], known)

    def test_action(self):
        action = load("action.yml")
        self.assertEqual("composite", action["runs"]["using"])
        self.assertLessEqual({"base", "head", "threshold"}, set(action["inputs"]))
        for step in action["runs"]["steps"]:
            # What an input contains must not be run.
            self.assertNotIn("${{", step.get("run", ""))
            self.assertTrue("uses" in step or step["shell"] == "bash")
        upload = action["runs"]["steps"][-1]
        self.assertEqual(("always()", "pconc-results"), (upload["if"], upload["with"]["path"]))

    def test_github(self):
        pipeline = load("github.yml")
        self.assertEqual("pull_request", pipeline[True])  # the key 'on' in YAML 1.1
        self.assertEqual({"contents": "read"}, pipeline["permissions"])
        gate = pipeline["jobs"]["gate"]["steps"][-1]
        self.assertRegex(gate["uses"], "^OWNER/pconc/configs/ci@[0-9a-f]{40}$")
        self.assertEqual({"base", "head", "threshold"}, set(gate["with"]))

    def test_gitlab(self):
        job = load("gitlab-ci.yml")["performance"]
        self.assertRegex(job["variables"]["PCONC_COMMIT"], "^[0-9a-f]{40}$")
        self.assertEqual({"exit_codes": 4}, job["allow_failure"])
        self.assertEqual("always", job["artifacts"]["when"])
        self.assertEqual({"junit": "pconc-results/results.xml",
                          "metrics": "pconc-results/results.txt"}, job["artifacts"]["reports"])


if __name__ == "__main__":
    unittest.main()
