# SPDX-License-Identifier: MIT
# runs under ASan
"""Commands: the workload exec, hooks around samples, and what a config may run of them."""

import json
import os
import sys
import unittest

import pconc


def first_failure(result):
    return next(sample["failure"] for case in json.loads(result.out)["cases"]
                for sample in case["samples"] if sample["failure"])


class Exec(pconc.Case):
    def bench(self, *params, executor="all", options=()):
        return pconc.run("bench", "--workload=exec", f"--executor={executor}", *pconc.SMALL,
                         "--jobs=4", "--format=json", "--quiet",
                         *(f"--param={param}" for param in params), *options)

    def test_every_executor_runs_each_command_once_a_run(self):
        for executor in ("serial", "threads", "processes", "coroutines", "loops", "gil",
                         "offload"):
            with self.subTest(executor):
                path = os.path.join(self.folder, executor)
                os.mkdir(path)
                result = self.bench(f"command=mktemp '{path}/{{i}}.XXXXXX'", executor=executor)
                self.assertFine(result)
                runs = sum(case["passes"] for case in json.loads(result.out)["cases"])
                made = sorted(name.partition(".")[0] for name in os.listdir(path))
                counts = {made.count(name) for name in "0123"}
                self.assertEqual(set("0123"), set(made))
                # Calibration runs as many as a round, or more.
                self.assertEqual(1, len(counts), made)
                self.assertGreaterEqual(counts.pop(), 2 * runs)

    def test_output_is_compared_with_the_number_put_in(self):
        fine = ("echo hello {i}", "printf 'hello {i}'", "sh -c 'echo hello {i}'")
        for command in fine:
            with self.subTest(command):
                self.assertFine(self.bench(f"command={command}", "output=hello {i}"))
        wrong = ("echo hello", "echo hello {i} and more", "printf 'hello {i}\\n\\n'", "true",
                 "echo Hello {i}", "yes hello")
        for command in wrong:
            with self.subTest(command):
                if command == "yes hello":  # ends only when its reader closes the pipe
                    command = "sh -c 'yes hello | head -c 1000000'"
                result = self.bench(f"command={command}", "output=hello {i}", executor="coroutines")
                self.assertCode(3, result)
                self.assertIn("did not print 'hello 0'", first_failure(result))

    def test_long_output_is_compared_whole(self):
        text = "x" * 5000
        self.assertFine(self.bench(f"command=echo {text}", f"output={text}", executor="coroutines"))
        self.assertCode(3, self.bench(f"command=echo {text}y", f"output={text}", executor="serial"))

    def test_output_is_discarded_unless_it_is_asked_for(self):
        noisy = "command=sh -c 'echo noise $((40 + 2)); echo error $((40 + 2)) >&2'"
        for options, shown in (([], False), (["--show-output"], True)):
            result = self.bench(noisy, executor="serial", options=(
                *options, "--prepare=sh -c 'echo noise $((40 + 3)); echo error $((40 + 3)) >&2'"))
            self.assertFine(result)
            for line in ("noise 42\n", "error 42\n", "noise 43\n", "error 43\n"):
                self.assertEqual(shown, line in result.err, result)
            self.assertNotIn("noise 4", result.out.replace("noise $", ""))
        self.assertFine(self.bench("command=echo 42", "output=42", options=["--show-output"]))

    def test_input_is_a_file_for_each_command(self):
        self.write("in2", "two\n")
        path = os.path.join(self.folder, "in{i}")
        self.assertFine(self.bench("command=cat", "output=", options=["--jobs=2"]))
        for name in ("in0", "in1", "in3"):
            self.write(name, "two")
        self.assertFine(self.bench("command=cat", "output=two", options=[f"--input={path}"]))
        self.assertRefused(self.bench("command=cat", options=[f"--input={self.folder}/none"]),
                           "--input: the input", "cannot be read: No such file")

    def test_a_config_sets_variables(self):
        config = self.write("c.yaml", "runs:\n- workload: exec\n  executor: [serial, threads]\n"
                            "  env: {ONE: \"it's {} 1\", HOME: /x, EMPTY: ''}\n  params:\n"
                            "    command: sh -c 'echo \"$ONE.$HOME.$EMPTY.$PCONC_TEST\"'\n"
                            "    output: it's {} 1./x..kept\n")
        self.assertFine(pconc.run("bench", config, "--allow-exec", *pconc.SMALL, "--quiet",
                                  env={"PCONC_TEST": "kept"}))
        for env, place, piece in (("{1A: b}", ":1:31: ", "'1A' cannot be the name of a variable"),
                                  ("[A]", ":1:30: ", "env needs a mapping"),
                                  ("{A: [b]}", ":1:34: ", "needs a single value")):
            config = self.write("c.yaml", f"runs: [{{workload: exec, env: {env}}}]\n")
            self.assertRefused(pconc.run("validate", config), config + place, piece)
        config = self.write("c.yaml", "runs: [{workload: noop, env: {A: b}}]\n")
        self.assertRefused(pconc.run("validate", config), "'noop' has no parameter 'env'")
        self.assertRefused(self.bench("env=A"), "'A' is no variable; write NAME=VALUE")

    def test_failures_can_be_ignored(self):
        command = "command=sh -c 'exit $(({i} % 2 * 9))'"
        for statuses in ("9", "4,9", "all"):
            self.assertFine(self.bench(command, executor="serial",
                                       options=[f"--ignore-failure={statuses}"]))
        self.assertCode(3, self.bench(command, executor="serial", options=["--ignore-failure=4"]))
        self.assertRefused(self.bench(command, options=["--ignore-failure=1,256"]),
                           "--ignore-failure: '1,256' is no list of exit statuses")

    def test_last_lines_of_a_failed_command_are_shown(self):
        spam = self.write("spam.sh", "i=0; while [ $i -lt 300 ]; do echo line $i of many; "
                          "i=$((i + 1)); done >&2; printf '\\033[31mthe\\0 end\\n\\n' >&2; exit 7\n")
        for executor in ("threads", "processes", "coroutines"):
            failure = first_failure(self.bench(f"command=sh {spam}", executor=executor))
            self.assertIn("command 0 ('sh') exited with status 7: line ", failure)
            self.assertTrue(failure.endswith(" of many\\n\\x1b[31mthe? end"), failure)
            self.assertLess(1800, len(failure))
            self.assertLess(len(failure), 2048 + 300)

    def test_processes_left_behind_do_not_hold_up_the_command(self):
        self.assertFine(self.bench("command=sh -c 'sleep 1000 & echo {i}'", executor="coroutines"))

    def test_memory_and_cpu_time_are_those_of_the_commands(self):
        big = self.write("big.py", "import sys\na = bytearray(int(sys.argv[1]) * 100_000_000)\n")
        result = self.bench(f"command={sys.executable} {big} {{i}}", executor="serial,processes",
                            options=["--jobs=3"])
        self.assertFine(result)
        for case in json.loads(result.out)["cases"]:
            sample = case["samples"][0]
            used = sample["commands"]
            self.assertEqual(3 * case["passes"], used["count"])
            self.assertEqual(used["peak_max_bytes"], sample["max_rss_bytes"])
            self.assertGreater(used["peak_max_bytes"], 190 << 20)
            self.assertLess(used["peak_max_bytes"], 225 << 20)
            self.assertLess(used["peak_max_bytes"], used["peak_sum_bytes"])
            self.assertLess(used["peak_sum_bytes"], used["count"] * used["peak_max_bytes"])
            self.assertGreater(used["user_ns"] + used["system_ns"], 0)
            self.assertLessEqual(used["user_ns"], sample["user_ns"])
            self.assertGreater(used["minor_faults"], 50_000 * case["passes"])

    MISSING = (
        ("no-such-program-here", "there is no program 'no-such-program-here' in the folders of"),
        ("./nowhere a", "there is no file './nowhere'"),
        ("FOLDER/file", "cannot be executed; make it executable"),
        ("echo a | wc", "'|' is for a shell"), ("echo a > b", "'>' is for a shell"),
        ("echo 'a", "a ' is not closed"), ("", "it is empty"),
    )

    def test_a_command_that_cannot_run_is_refused_before_measuring(self):
        self.write("file", "")
        for command, piece in self.MISSING:
            command = command.replace("FOLDER", self.folder)
            with self.subTest(command):
                config = self.write("c.yaml", "runs:\n- workload: exec\n  params:\n"
                                    f"    command: {json.dumps(command)}\n")
                for args in (["validate", config], ["bench", config, "--dry-run"]):
                    self.assertRefused(pconc.run(*args), f"{config}:4:14: ", piece)
                self.assertRefused(self.bench(f"command={command}"), "--param: ", piece)
        self.assertRefused(pconc.run("ab", "sleep 0", "./nowhere 1"),
                           "B: there is no file './nowhere'")
        # What prepare makes is not there yet.
        script = os.path.join(self.folder, "made")
        make = f"--prepare=ln -sf /bin/true {script}"
        self.assertFine(self.bench(f"command={script}", executor="serial", options=[make]))

    # parameters; parts of the message
    WRONG = (
        (["command=false"], "command 0 ('false') exited with status 1 and wrote no error; run it"),
        (["command=true", "status=3"], "exited with status 0 instead of 3"),
        (["command=sh -c 'kill -9 $$'"], "was killed by signal 9 (Killed)"),
        (["command=no-such-program-{i}"], "cannot start 'no-such-program-0': No such file"),
    )

    def test_each_way_to_fail_has_its_sentence(self):
        for params, piece in self.WRONG:
            for executor in ("threads", "coroutines"):
                with self.subTest(f"{params} {executor}"):
                    result = self.bench(*params, executor=executor)
                    self.assertCode(3, result)
                    self.assertIn(piece, first_failure(result))

    def test_expected_status_and_shell(self):
        self.assertFine(self.bench("command=sh -c 'exit 3'", "status=3", executor="serial"))
        self.assertFine(self.bench("command=echo $((6 * 7)) | tr 4 9", "shell=true", "output=92"))

    def test_programs_get_no_descriptors_and_no_blocked_signals(self):
        # Descriptor 3 belongs to the listing; any other would be one more line.
        self.assertFine(self.bench("command=ls /proc/self/fd", "output=0\n1\n2\n3"))
        self.assertFine(self.bench("command=grep -h ^SigBlk /proc/self/status",
                                   "output=SigBlk:\t0000000000000000"))

    def test_cpu_time_of_programs_is_counted(self):
        spin = self.write("spin.py", "import time\nwhile time.process_time() < 0.02:\n    pass\n")
        result = self.bench(f"command={sys.executable} {spin}", options=("--jobs=2",))
        self.assertFine(result)
        for case in json.loads(result.out)["cases"]:
            sample = case["samples"][0]
            # Each of two programs ends after it has used 20 ms of CPU time.
            self.assertGreater(sample["user_ns"] + sample["system_ns"],
                               2 * 20_000_000 * case["passes"], case["id"])

    def test_programs_are_killed_with_their_sample(self):
        mark = {"PCONC_TEST_MARK": self.folder}
        for executor in ("threads", "processes", "coroutines"):
            with self.subTest(executor):
                result = pconc.run("bench", "--workload=exec", f"--executor={executor}",
                                   *pconc.SMALL, "--timeout=1s", "--quiet",
                                   "--param=command=setsid sh -c 'sleep 1000 & sleep 1000'",
                                   env=mark)
                self.assertCode(3, result)
                self.assertIn("no result after 1s", result.err)
                self.assertEqual([], pconc.alive(f"PCONC_TEST_MARK={self.folder}"))


class Hooks(pconc.Case):
    def bench(self, *args, workload="noop"):
        return pconc.run("bench", f"--workload={workload}", "--executor=serial", *pconc.SMALL,
                         "--quiet", "--format=json", *args)

    def lines(self, path):
        with open(path, encoding="utf-8") as file:
            return file.read().split()

    def test_they_run_around_every_sample_in_order(self):
        log = os.path.join(self.folder, "log")
        result = self.bench(f"--prepare=sh -c 'echo prepare >> {log}'", "--rounds=2",
                            f"--cleanup=sh -c 'echo cleanup >> {log}'")
        self.assertFine(result)
        # Two rounds, and the calibration.
        self.assertEqual(3 * ["prepare", "cleanup"], self.lines(log))

    def test_prepare_is_done_before_the_sample_begins(self):
        path = os.path.join(self.folder, "made")
        self.assertFine(self.bench(f"--prepare=sh -c 'sleep 0.2; mkdir {path}'",
                                   f"--cleanup=rmdir {path}", f"--param=command=test -d {path}",
                                   workload="exec"))
        self.assertFalse(os.path.exists(path))

    # options; parts of the message
    WRONG = (
        (["--prepare=sh -c 'echo one >&2; echo two words >&2; exit 4'"],
         "prepare 'sh -c", "exited with status 4: one\\ntwo words"),
        (["--cleanup=false"], "cleanup 'false' exited with status 1"),
        (["--prepare=sh -c 'kill -9 $$'"], "was killed by signal 9 (Killed)"),
        (["--prepare=sleep 1000", "--timeout=500ms"], "had not ended after 500ms and was killed"),
    )

    def test_each_way_to_fail_has_its_sentence(self):
        for options, *pieces in self.WRONG:
            with self.subTest(options):
                result = self.bench(*options)
                self.assertCode(3, result)
                for piece in pieces:
                    self.assertIn(piece, first_failure(result))

    def test_a_malformed_one_is_refused_at_once(self):
        self.assertRefused(self.bench("--prepare=echo a > b"), "--prepare: prepare 'echo a > b'",
                           "'>' is for a shell")
        self.assertRefused(self.bench("--cleanup=no-such-program-here"),
                           "--cleanup: cleanup 'no-such-program-here': there is no program")

    def test_cleanup_runs_after_a_failure_too(self):
        log = os.path.join(self.folder, "log")
        cleanup = f"--cleanup=sh -c 'echo cleanup >> {log}'"
        for option in ("--prepare=false", "--param=command=false"):
            with self.subTest(option):
                self.assertCode(3, self.bench(option, cleanup, workload="exec"))
                self.assertTrue(self.lines(log))
                os.unlink(log)

    def test_processes_of_prepare_end_with_the_sample(self):
        mark = {"PCONC_TEST_MARK": self.folder}
        result = pconc.run("bench", "--workload=noop", "--executor=serial", *pconc.SMALL,
                           "--prepare=sh -c 'setsid sleep 1000 & echo'", "--quiet", env=mark)
        self.assertFine(result)
        self.assertEqual([], pconc.alive(f"PCONC_TEST_MARK={self.folder}"))

    def test_cases_with_different_hooks_need_different_names(self):
        config = self.write("c.yaml", "runs:\n"
                            "  - {workload: noop, executor: serial, prepare: 'true'}\n"
                            "  - {workload: noop, executor: serial}\n")
        self.assertRefused(pconc.run("bench", config, "--allow-exec"),
                           f"{config}:3:5: 'noop/serial/1' also names a different case",
                           "'name:'")


class Consent(pconc.Case):
    """A config cannot run code without permission."""

    # line of the config; its place, and its name in the message
    CONFIGS = (
        ("runs:\n  - workload: exec\n    params: {command: 'touch MARK'}\n", ":2:15:",
         "uses the workload 'exec'"),
        ("runs:\n  - workload: noop\n    prepare: touch MARK\n", ":3:14:",
         "runs the command 'touch MARK'"),
        ("runs:\n  - workload: noop\n    cleanup: touch MARK\n", ":3:14:",
         "runs the command 'touch MARK'"),
        ("plugins: [./libmark.so]\nruns:\n  - workload: mark\n", ":1:11:", "loads "),
    )

    def setUp(self):
        super().setUp()
        self.mark = os.path.join(self.folder, "mark")
        self.write("mark.c", "#include <pconc/plugin.h>\n#include <fcntl.h>\n"
                   "__attribute__((constructor)) static void mark(void) {\n"
                   f"    (void)!open(\"{self.mark}\", O_CREAT | O_RDWR, 0666);\n}}\n"
                   "static int job(void *s, int64_t i, struct task *t, void *r) {\n"
                   "    (void)s; (void)i; (void)t; (void)r; return 0;\n}\n"
                   "static const struct workload mark_ = {.name = \"mark\", .summary = \"\",\n"
                   "    .default_jobs = 1, .job = job};\nPCONC_PLUGIN(&mark_);\n")
        pconc.compile_plugin(self.folder, "mark")

    def configs(self):
        for number, (text, place, what) in enumerate(self.CONFIGS):
            text = text.replace("MARK", self.mark)
            yield self.write(f"{number}.yaml", text), place, what.replace("MARK", self.mark)

    def assertNothingRan(self):
        self.assertFalse(os.path.exists(self.mark))

    def test_bench_refuses_and_runs_nothing(self):
        for path, place, what in self.configs():
            with self.subTest(path):
                result = pconc.run("bench", path, *pconc.SMALL)
                self.assertRefused(result, path + place, what[:50], "pass --allow-exec")
                self.assertNothingRan()

    def test_validating_runs_nothing(self):
        for path, place, what in self.configs():
            for command in (["validate", path], ["bench", path, "--dry-run"]):
                with self.subTest(command):
                    result = pconc.run(*command)
                    if what == "loads ":
                        self.assertRefused(result, path + place, "pass --allow-exec")
                    else:
                        self.assertFine(result)
                    self.assertNothingRan()
        result = pconc.run("validate", os.path.join(self.folder, "0.yaml"))
        self.assertIn("; it runs commands, so bench needs --allow-exec\n", result.out)

    def test_with_permission_it_runs(self):
        for path, _, _ in self.configs():
            with self.subTest(path):
                self.assertFine(pconc.run("bench", path, *pconc.SMALL, "--allow-exec", "--quiet"))
                os.unlink(self.mark)

    def test_permission_to_validate_is_not_permission_to_run_commands(self):
        for path, _, _ in list(self.configs())[:3]:
            self.assertFine(pconc.run("validate", "--allow-exec", path))
            self.assertFine(pconc.run("bench", "--dry-run", "--allow-exec", path))
            self.assertNothingRan()

    def test_the_command_line_is_permission_for_itself_alone(self):
        fine = self.write("fine.yaml", "runs: [{workload: noop, executor: serial}]\n")
        self.assertFine(pconc.run("bench", fine, *pconc.SMALL, f"--prepare=touch {self.mark}",
                                  "--quiet"))
        os.unlink(self.mark)
        path = next(self.configs())[0]
        self.assertRefused(pconc.run("bench", path, *pconc.SMALL, "--param=command=true"),
                           "pass --allow-exec")
        self.assertNothingRan()

    def test_plug_ins_of_a_config_count_from_its_folder(self):
        path = list(self.configs())[3][0]
        result = pconc.run("validate", "--allow-exec", path, cwd="/")
        self.assertFine(result)
        os.unlink(os.path.join(self.folder, "libmark.so"))
        self.assertRefused(pconc.run("validate", "--allow-exec", path, cwd="/"),
                           f"{path}:1:11:", f"'{self.folder}/libmark.so'")


if __name__ == "__main__":
    unittest.main()
