# SPDX-License-Identifier: MIT
# runs under TSan
"""bench: what it measures, and its output in every format."""

import json
import os
import re
import unittest
import xml.etree.ElementTree

import formats
import pconc
from pconc import SMALL

EXECUTORS = ("serial", "threads", "processes", "coroutines", "loops", "gil", "offload")
SAMPLE_FIELDS = ("round", "startup_ns", "run_ns", "shutdown_ns", "user_ns", "system_ns",
                 "max_rss_bytes", "voluntary_switches", "involuntary_switches", "minor_faults",
                 "major_faults", "partner_cpu_ns", "errors")
CASE_FIELDS = ("id", "workload", "params", "executor", "pool", "workers", "jobs", "passes",
               "samples", "summary")


def dry_ids(result):
    return [line.strip() for line in result.out.splitlines() if line.startswith("  ")]


def bench_json(*args):
    result = pconc.run("bench", *args, "--format=json")
    if result.code != 0:
        raise AssertionError(result)
    return formats.read_json(result.out)


TIMED_FIELDS = ("elapsed_ns", "no_cpu_ns", "timeslices", "migrations", "cpus_used", "cpu_ns",
                "busy_ns", "idle_ns", "steal_ns", "throttled_periods")


class Plan(pconc.Case):
    def ids(self, *args):
        result = pconc.run("bench", *args, "--dry-run")
        self.assertFine(result)
        self.assertEqual("", result.err)
        return dry_ids(result)

    def test_built_in_plan_is_quick_yaml(self):
        quick = os.path.join(pconc.CONFIGS, "quick.yaml")
        self.assertEqual(self.ids(quick), self.ids())
        self.assertGreater(len(self.ids()), 3)

    def test_the_command_that_people_type(self):
        self.assertEqual(["gcd/processes/2"],
                         self.ids("--executor=process", "--workload=gcd", "--workers=2"))

    def test_control_characters_of_a_config_are_shown_escaped(self):
        config = self.write("c.yaml", 'runs:\n  - workload: exec\n    prepare: "true \'\\e[31m\'"\n'
                            '    params: {command: "true \\a\\n"}\n')
        result = pconc.run("bench", config, "--dry-run")
        self.assertFine(result)
        self.assertIn("prepare: true '\\x1b[31m'\n", result.out)
        self.assertIn("command=true \\x07\\n ", result.out)

    def test_executors_stand_as_listed(self):
        self.assertEqual(["noop/threads/2", "noop/serial/1"],
                         self.ids("--executor=threads,serial", "--workload=noop", "--workers=2"))

    def test_a_missing_executor_is_all(self):
        ids = self.ids("--workload=noop", "--workers=2")
        self.assertEqual(set(EXECUTORS), {case.split("/")[1] for case in ids})

    def test_a_missing_workload_is_all(self):
        listed = pconc.run("list", "workloads").out.splitlines()
        names = {line.split()[0] for line in listed if line[:2] == "  " and line[2] != " "}
        self.assertEqual(names, {case.split("/")[0] for case in self.ids("--executor=serial")})

    def test_all_is_all(self):
        self.assertEqual(self.ids("--executor=all", "--workload=all"),
                         self.ids("--executor=all"))

    def test_a_repeated_list_is_one(self):
        self.assertEqual(self.ids("--workload=noop", "--executor=serial,threads"),
                         self.ids("--workload=noop", "--executor=serial", "--executor=threads"))

    def test_duplicates_appear_once(self):
        self.assertEqual(["noop/threads/2"],
                         self.ids("--workload=noop,noop", "--executor=thread,threads",
                                  "--workers=2,2"))

    def test_single_worker_executors_have_one(self):
        self.assertEqual(["noop/serial/1", "noop/coroutines/1"],
                         self.ids("--workload=noop", "--executor=serial,coroutines",
                                  "--workers=1,2,4"))

    def test_workers_all_is_the_default(self):
        self.assertEqual(self.ids("--workload=noop"), self.ids("--workload=noop", "--workers=all"))

    def test_config_values_are_overridden(self):
        config = self.write("c.yaml", "rounds: 7\nruns:\n  - workload: sleep\n"
                            "    jobs: 9\n    workers: 3\n    params: {duration: 1s}\n"
                            "    matrix: {executor: [threads]}\n")
        result = pconc.run("bench", config, "--rounds=4", "--jobs=5", "--workers=2",
                           "--param=duration=3ms", "--dry-run")
        self.assertFine(result)
        self.assertEqual(["sleep/threads/2"], dry_ids(result))
        self.assertIn("4 rounds", result.out)
        self.assertIn("5 jobs", result.out)
        self.assertIn("duration=3ms", result.out)

    def test_config_cases_are_selected(self):
        config = self.write("c.yaml", "runs:\n  - workload: sleep\n    workers: 2\n    matrix:\n"
                            "      executor: [serial, threads, processes]\n"
                            "  - {workload: noop, workers: 2, matrix: {executor: [threads]}}\n")
        self.assertEqual(["sleep/threads/2", "noop/threads/2"],
                         self.ids(config, "--executor=thread"))
        self.assertEqual(["noop/threads/2"], self.ids(config, "--workload=noop"))
        self.assertEqual(["sleep/processes/2"], self.ids(config, "--filter=*/processes/*"))
        self.assertEqual(["sleep/serial/1", "sleep/threads/2", "sleep/processes/2"],
                         self.ids(config, "--filter=sleep"))
        self.assertRefused(pconc.run("bench", config, "--executor=coroutines", "--dry-run"),
                           "--executor: ")

    def test_several_configs_make_one_plan(self):
        one = self.write("1.yaml", "runs: [{workload: noop, matrix: {executor: [serial]}}]\n")
        two = self.write("2.yaml", "runs: [{workload: sleep, matrix: {executor: [serial]}}]\n")
        self.assertEqual(["noop/serial/1", "sleep/serial/1"], self.ids(one, two))

    def test_config_from_standard_input(self):
        text = "runs: [{workload: noop, matrix: {executor: [serial]}}]\n"
        result = pconc.run("bench", "-", "--dry-run", stdin=None, input=text.encode())
        self.assertFine(result)
        self.assertEqual(["noop/serial/1"], dry_ids(result))

    def warmups(self, *args):
        result = pconc.run("bench", "--workload=noop", "--executor=serial,threads", "--workers=2",
                           "--jobs=2", "--rounds=2", "--format=json", "--quiet", *args)
        self.assertFine(result)
        report = json.loads(result.out)
        return report["plan"]["warmup"], {
            sample.get("warmup_runs", 0) for case in report["cases"] for sample in case["samples"]}

    def test_warmup_is_automatic_or_a_number_of_runs(self):
        for given in ((), ("--warmup=auto",)):
            number, runs = self.warmups(*given)
            self.assertIsNone(number)
            self.assertGreaterEqual(min(runs), 1)
        for count in (0, 1, 3):
            self.assertEqual((count, {count}), self.warmups(f"--warmup={count}"))
        config = self.write("warm.yaml", "warmup: 4\nruns: [{workload: noop}]\n")
        self.assertIn("with 4 warm-up runs", pconc.run("bench", config, "--dry-run").out)
        result = pconc.run("bench", config, "--warmup=auto", "--dry-run")
        self.assertIn("warmed up until it is steady", result.out)
        self.assertRefused(pconc.run("bench", "--warmup=automatic"),
                           "warmup 'automatic' is not a number of runs; write auto, or 0 to")

    def test_control_runs_as_often_as_its_twin(self):
        result = pconc.run("bench", "--workload=noop", "--executor=threads", "--workers=2",
                           "--jobs=2", "--rounds=1", "--warmup=0", "--control", "--format=json",
                           "--quiet")
        self.assertFine(result)
        case, twin = json.loads(result.out)["cases"]
        self.assertEqual("noop/threads/2/control", twin["id"])
        self.assertGreater(case["passes"], 1)
        self.assertEqual(case["passes"], twin["passes"])

    def test_control_adds_a_twin_of_the_first_parallel_case(self):
        ids = self.ids("--workload=noop", "--executor=serial,threads", "--workers=2", "--control")
        self.assertEqual({"noop/serial/1", "noop/threads/2", "noop/threads/2/control"}, set(ids))

    def test_dry_run_writes_no_file(self):
        path = os.path.join(self.folder, "r.json")
        self.assertFine(pconc.run("bench", "--dry-run", f"--output={path}"))
        self.assertEqual([], os.listdir(self.folder))


class Formats(pconc.Case):
    ARGS = ("--workload=noop,sleep", "--executor=all", "--param=duration=1ms", *SMALL)

    def test_table_has_every_case_and_no_escapes(self):
        result = pconc.run("bench", *self.ARGS)
        self.assertFine(result)
        for executor in EXECUTORS:
            self.assertEqual(2, sum(line.split()[:1] == [executor]
                                    for line in result.out.splitlines()), result)
        self.assertNotIn("\x1b", result.out + result.err)
        self.assertEqual("", result.err)

    def test_color_always_colours_a_pipe(self):
        args = ("--workload=noop", "--executor=serial,threads", *SMALL, "--rounds=6")
        self.assertIn("\x1b[", pconc.run("bench", *args, "--color=always").out)

    def test_table_fits_columns(self):
        for columns in (80, 100, 132):
            result = pconc.run("bench", *self.ARGS, env={"COLUMNS": str(columns)})
            for line in result.out.splitlines():
                self.assertLessEqual(len(line), columns, result)

    def test_json_obeys_its_schema(self):
        seed = 12345
        report = bench_json(*self.ARGS, f"--seed={seed}", "--rounds=2")
        self.assertEqual(1, report["schema"])
        self.assertEqual(pconc.run("--version").out.split()[1], report["pconc"])
        self.assertEqual(seed, report["seed"])
        self.assertIsInstance(report["environment"], dict)
        self.assertEqual(2 * len(EXECUTORS), len(report["cases"]))
        for case in report["cases"]:
            for field in CASE_FIELDS:
                self.assertIn(field, case)
            self.assertEqual("/".join(case["id"].split("/")[:2]),
                             f"{case['workload']}/{case['executor']}")
            self.assertEqual(2, case["jobs"])
            self.assertGreaterEqual(case["passes"], 1)
            self.assertEqual([0, 1], [sample["round"] for sample in case["samples"]])
            for sample in case["samples"]:
                for field in SAMPLE_FIELDS:
                    self.assertIsInstance(sample[field], (int, float), field)
                    self.assertGreaterEqual(sample[field], 0, field)
                self.assertGreater(sample["run_ns"], 0)
                self.assertEqual(0, sample["errors"])
                self.check_timed(sample["timed"], case["passes"] * sample["run_ns"])
        self.assertIsInstance(report["interference"].get("others_share", 0.0), float)

    def check_timed(self, timed, interval_ns):
        """The counters of the timed runs: whole numbers, or null where the kernel does not count."""
        self.assertEqual(set(TIMED_FIELDS), set(timed))
        self.assertGreaterEqual(timed["elapsed_ns"], int(interval_ns))
        with open("/proc/self/schedstat", encoding="ascii") as file:
            counts = file.read().split() != ["0", "0", "0"]
        for field in ("no_cpu_ns", "timeslices", "cpus_used"):
            self.assertEqual(counts, timed[field] is not None, field)

    def test_an_impossible_case_is_no_failure(self):
        args = ["--workload=spawn", "--param=tasks=5", *SMALL]
        table = pconc.run("bench", *args)
        self.assertFine(table)
        self.assertEqual(4, len([line for line in table.out.splitlines() if " n/a " in line]))
        self.assertIn("n/a: serial, threads, processes, gil cannot start tasks", table.out)
        markdown = pconc.run("bench", *args, "--format=markdown").out
        self.assertIn("- **n/a:** serial, threads, processes, gil cannot start tasks", markdown)
        impossible = {case["executor"]: case.get("impossible") for case in bench_json(*args)["cases"]}
        self.assertEqual("gil cannot start tasks", impossible["gil"])
        self.assertIsNone(impossible["loops"])
        dry = pconc.run("bench", *args, "--dry-run").out
        self.assertIn("spawn/serial/1: n/a, serial cannot start tasks", dry)
        self.assertIn("1 round: 3 samples", dry)
        self.assertIn("executors: coroutines, loops, offload", pconc.run("list").out)

    def test_a_plan_without_a_possible_case_is_refused(self):
        result = pconc.run("bench", "--workload=spawn", "--executor=gil", *SMALL)
        self.assertEqual(2, result.code, result)
        self.assertIn("gil cannot start tasks; use an executor that can (coroutines", result.err)

    def test_json_sleeps_are_not_short(self):
        report = bench_json("--workload=sleep", "--param=duration=20ms", *SMALL)
        for case in report["cases"]:
            at_least = 40e6 if case["executor"] == "serial" else 20e6
            for sample in case["samples"]:
                self.assertGreaterEqual(sample["run_ns"], at_least, case["id"])

    def test_csv_is_strict(self):
        result = pconc.run("bench", *self.ARGS, "--format=csv")
        self.assertFine(result)
        report = formats.read_csv(result.out)
        self.assertEqual(2 * len(EXECUTORS), len(report))
        for row in report:
            self.assertEqual("0", row["round"])
            self.assertGreater(float(row["run_ns"]), 0)
            self.assertGreater(int(row["timed_elapsed_ns"]), 0)
            self.assertIn("timed_no_cpu_ns", row)

    def test_markdown_tables_are_even(self):
        result = pconc.run("bench", *self.ARGS, "--format=markdown")
        self.assertFine(result)
        tables = formats.read_markdown(result.out)
        self.assertEqual(2, len(tables))
        for table in tables:
            self.assertEqual("executor", table[0][0])
            self.assertEqual(1 + len(EXECUTORS), len(table))

    def test_junit_has_a_test_case_for_each_case(self):
        result = pconc.run("bench", *self.ARGS, "--format=junit")
        self.assertFine(result)
        formats.check_junit(result.out)
        root = xml.etree.ElementTree.fromstring(result.out)
        self.assertEqual(2, len(root.findall("testsuite")))
        self.assertEqual(2 * len(EXECUTORS), len(root.findall("testsuite/testcase")))
        self.assertEqual([], root.findall("testsuite/testcase/failure"))

    def test_equal_seeds_give_equal_plans(self):
        one = bench_json("--workload=gcd", "--param=low=10", "--param=high=90", "--seed=7", *SMALL)
        self.assertEqual(7, one["seed"])

    def test_quiet_silences_standard_error(self):
        for form in ("table", "json", "csv", "markdown", "junit"):
            result = pconc.run("bench", "--workload=noop", "--executor=serial,threads", *SMALL,
                               "--quiet", f"--format={form}")
            self.assertFine(result)
            self.assertEqual("", result.err)
            self.assertNotEqual("", result.out)


class Output(pconc.Case):
    ARGS = ("--workload=noop", "--executor=serial", *SMALL)

    def path(self, name="results.json"):
        return os.path.join(self.folder, name)

    def read(self, path):
        with open(path, encoding="utf-8") as file:
            return file.read()

    def test_file_gets_the_format_and_stdout_the_table(self):
        result = pconc.run("bench", *self.ARGS, "--format=json", f"--output={self.path()}")
        self.assertFine(result)
        self.assertEqual(1, formats.read_json(self.read(self.path()))["schema"])
        self.assertRegex(result.out, r"(?m)^ *serial ")
        self.assertEqual(["results.json"], os.listdir(self.folder))

    def test_quiet_leaves_stdout_empty(self):
        result = pconc.run("bench", *self.ARGS, "--quiet", f"--output={self.path()}")
        self.assertFine(result)
        self.assertEqual("", result.out + result.err)
        formats.read_json(self.read(self.path()))

    def test_format_follows_the_name(self):
        for name, start in (("r.json", "{"), ("r.csv", ""), ("r.md", ""), ("r.xml", "<?xml"),
                            ("r.txt", "")):
            self.assertFine(pconc.run("bench", *self.ARGS, f"--output={self.path(name)}"))
            self.assertTrue(self.read(self.path(name)).startswith(start))
        self.assertIn(",", self.read(self.path("r.csv")).splitlines()[0])
        self.assertIn("\n|", self.read(self.path("r.md")))
        self.assertNotIn("|-", self.read(self.path("r.txt")))

    def test_format_given_wins_over_the_name(self):
        pconc.run("bench", *self.ARGS, "--format=csv", f"--output={self.path()}")
        self.assertNotEqual("{", self.read(self.path())[0])

    def test_dash_is_standard_output(self):
        result = pconc.run("bench", *self.ARGS, "--format=json", "--output=-", cwd=self.folder)
        self.assertFine(result)
        formats.read_json(result.out)
        self.assertEqual([], os.listdir(self.folder))

    def test_dev_stdout_is_written_once(self):
        result = pconc.run("bench", *self.ARGS, "--format=json", "--output=/dev/stdout")
        self.assertFine(result)
        formats.read_json(result.out)

    def test_replaces_an_old_file(self):
        self.write("results.json", "old")
        self.assertFine(pconc.run("bench", *self.ARGS, f"--output={self.path()}"))
        formats.read_json(self.read(self.path()))

    def test_unwritable_path_is_refused_before_measuring(self):
        for path, piece in ((self.path("none/r.json"), "none/r.json"), (self.folder, self.folder)):
            with self.subTest(path):
                self.assertRefused(pconc.run("bench", *self.ARGS, f"--output={path}"), piece)
        self.assertEqual([], os.listdir(self.folder))

    def test_old_file_stays_if_the_run_is_refused(self):
        old = self.write("results.json", "old")
        result = pconc.run("bench", "--workload=noop", "--jobs=x", f"--output={old}")
        self.assertCode(2, result)
        self.assertEqual("old", self.read(old))
        self.assertEqual(["results.json"], os.listdir(self.folder))

    def test_full_disk_is_an_error(self):
        result = pconc.run("bench", *self.ARGS, "--format=json", "--output=/dev/full")
        self.assertCode(3, result)
        self.assertIn("/dev/full", result.err)
        self.assertIn("No space left", result.err)
        self.assertRegex(result.out, r"(?m)^ *serial ")

    def test_old_file_stays_if_the_disk_is_full(self):
        if pconc.BUILD == "tsan":
            self.skipTest("ThreadSanitizer needs a file of its own to begin with")
        # A limit on the size of files works like a full disk.
        old = self.write("results.json", "old")
        result = pconc.shell(f"ulimit -f 0; trap '' XFSZ; exec $PCONC bench {' '.join(self.ARGS)}"
                             f" --format=json --output={old}")
        self.assertCode(3, result)
        self.assertIn("results.json", result.err)
        self.assertEqual("old", self.read(old))
        self.assertEqual(["results.json"], os.listdir(self.folder))


class StandardOutput(pconc.Case):
    BENCH = "bench --workload=noop --executor=serial " + " ".join(SMALL)

    # Commands with output: none of them may fail without a message.
    COMMANDS = ("--help", "--version", "list", "bench --help", "bench --dry-run", BENCH,
                BENCH + " --format=json", "validate " + os.path.join(pconc.CONFIGS, "quick.yaml"))

    def refused(self, redirection, piece):
        for command in self.COMMANDS:
            with self.subTest(command + redirection):
                result = pconc.shell(f"$PCONC {command} {redirection}")
                self.assertCode(3, result)
                self.assertRegex(result.err, r"^pconc: .*standard output")
                self.assertIn(piece, result.err)
                self.assertEqual(1, len(result.err.splitlines()), result)

    def test_closed_is_an_error(self):
        self.refused(">&-", "")

    def test_full_is_an_error(self):
        self.refused(">/dev/full", "No space left")

    def test_reader_that_left_is_an_error(self):
        for command in self.COMMANDS:
            with self.subTest(command):
                read, write = os.pipe()
                os.close(read)
                process = pconc.start(*command.split(), stdout=write)
                os.close(write)
                result = pconc.finish(process)
                self.assertCode(3, result)
                self.assertIn("Broken pipe", result.err)

    def test_all_streams_closed(self):
        result = pconc.shell(f"$PCONC {self.BENCH} --quiet --output={self.folder}/r.json "
                             "<&- >&- 2>&-")
        self.assertFine(result)
        formats.read_json_file(os.path.join(self.folder, "r.json"))


class SlowTasks(pconc.Case):
    BLOCKING = ("--workload=sleep", "--param=blocking=true", "--rounds=1", "--warmup=0",
                "--workers=1")

    def test_names_each_job_that_held_its_loop(self):
        for executor in ("coroutines", "loops"):
            with self.subTest(executor):
                got = bench_json(*self.BLOCKING, "--param=duration=30ms", "--jobs=3",
                                 f"--executor={executor}", "--slow-task=20ms")
                self.assertEqual(20000000, got["plan"]["slow_ns"])
                text = got["cases"][0]["samples"][0]["slow_tasks"]
                for job in range(3):
                    held = re.search(fr"job {job} (?:held its loop )?for ([0-9.]+) s", text)
                    self.assertTrue(held, text)
                    self.assertGreaterEqual(float(held.group(1)), 0.030, text)
                self.assertTrue([line for line in got["warnings"]
                                 if line.startswith(f"sleep/{executor}/1: job ")])

    def test_says_why_jobs_that_block_in_a_loop_take_turns(self):
        # So many switches that those of other programs are fewer.
        result = pconc.run("bench", *self.BLOCKING, "--param=duration=30ms", "--jobs=50",
                           "--executor=coroutines")
        self.assertFine(result)
        self.assertIn("held up all others of their event loop: sleep/coroutines/1", result.out)

    def test_is_silent_if_no_job_was_delayed(self):
        # Load of the machine cannot delay the loop for so long; these jobs can.
        got = bench_json(*self.BLOCKING, "--param=duration=3s", "--jobs=1", "--executor=offload",
                         "--slow-task=2s")
        self.assertNotIn("slow_tasks", got["cases"][0]["samples"][0])
        self.assertFalse([line for line in got["warnings"] if "held" in line])


if __name__ == "__main__":
    unittest.main()
