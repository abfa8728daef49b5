# SPDX-License-Identifier: MIT
# runs under ASan
"""Plug-ins: good ones are measured; bad ones fail with a message, and nothing else is affected."""

import ctypes
import json
import os
import re
import shutil
import signal
import subprocess
import unittest

import pconc

PLUGINS = os.environ.get("PCONC_PLUGINS", ".")
PTRACE_SEIZE = 0x4206  # of <sys/ptrace.h>
WALL = 0x40000000      # __WALL of waitpid(2): a thread of another process, too
HEADERS = os.path.join(pconc.ROOT, "lib", "include")


def plugin(name):
    return os.path.join(PLUGINS, f"lib{name}.so")


class Refused(pconc.Case):
    # plug-in; parts of the message. unit.plugin_tables has the other mistakes in tables.
    BROKEN = (
        ("abi", "built for plug-in ABI 9, and this pconc takes ABI 3", "build it again"),
        ("size", "a struct workload of", "bytes, and this pconc's has", "build it again"),
        ("magic", "'pconc_plugin' is not a table"),
        ("pointer", "crashed with signal 11", "its tables were read"),
        ("no_symbol", "no symbol 'pconc_plugin'", "PCONC_PLUGIN("),
        ("name", "'My Workload' cannot be a name"),
        ("missing_function", "cannot be loaded", "pconc_never_had_this", "link it with the library"),
        ("constructor_crash", "crashed with signal 11", "while it was loaded"),
        ("constructor_exit", "ended its process with status 5", "while it was loaded"),
        ("constructor_hang", "did not end within 10s", "while it was loaded"),
    )

    def test_each_way_to_be_broken_has_its_sentence(self):
        for name, *pieces in self.BROKEN:
            if name == "pointer" and pconc.BUILD != "release":
                continue  # sanitizers report a stray read themselves
            with self.subTest(name):
                result = pconc.run("bench", f"--plugin={plugin(name)}", *pconc.SMALL)
                self.assertRefused(result, "--plugin: ", f"'{plugin(name)}'", *pieces)

    def test_every_command_that_takes_one_refuses_it(self):
        config = self.write("c.yaml", "runs: [{workload: noop}]\n")
        option = f"--plugin={plugin('abi')}"
        for command in (["list"], ["validate", config], ["bench", "--dry-run"]):
            with self.subTest(command):
                self.assertRefused(pconc.run(*command, option), "ABI 9")

    def test_files_that_are_no_plug_ins(self):
        text = self.write("text.so", "not a library\n")
        for path, piece in ((text, "cannot be loaded"), (self.folder, "it is not a file"),
                            ("./nowhere.so", "No such file"), ("", "No such file")):
            with self.subTest(path):
                self.assertRefused(pconc.run("list", f"--plugin={path}"), f"'{path}'", piece)


class Fine(pconc.Case):
    def test_list_shows_its_workloads_and_parameters(self):
        result = pconc.run("list", "workloads", f"--plugin={plugin('bad')}")
        self.assertFine(result)
        theirs = result.out.partition(f"Workloads of {plugin('bad')}:")[2]
        self.assertIn("each job squares its number", theirs)
        self.assertRegex(theirs, r"how: text, default ''")
        self.assertIn("Workloads:", result.out)

    def test_alone_it_is_measured_under_every_executor(self):
        result = pconc.run("bench", f"--plugin={plugin('bad')}", *pconc.SMALL, "--format=json",
                           "--quiet")
        self.assertFine(result)
        ids = [case["id"] for case in json.loads(result.out)["cases"]]
        for name in ("bad/serial/1", "bad/threads/2", "bad/processes/2", "bad/coroutines/1"):
            self.assertIn(name, ids)
        self.assertFalse([name for name in ids if name.startswith("sleep")])

    def test_output_of_a_constructor_stays_out_of_the_results(self):
        result = pconc.run("bench", f"--plugin={plugin('constructor_later')}", *pconc.SMALL,
                           "--executor=serial", "--format=json", "--quiet")
        self.assertFine(result)
        json.loads(result.out)
        self.assertEqual("", result.err)
        result = pconc.run("bench", f"--plugin={plugin('constructor_later')}", *pconc.SMALL,
                           "--executor=serial", "--format=json", "--quiet", "--show-output")
        self.assertIn("a constructor says hello", result.err)
        json.loads(result.out)

    def test_texts_of_a_plug_in_are_shown_without_control_characters(self):
        result = pconc.run("list", "workloads", f"--plugin={plugin('constructor_later')}")
        self.assertFine(result)
        self.assertIn("does \\x1b[31mnothing\\n", result.out)
        self.assertNotIn("\x1b", result.out + result.err)

    def test_the_same_file_twice_is_one(self):
        other = os.path.join(self.folder, "link.so")
        os.symlink(plugin("bad"), other)
        result = pconc.run("bench", f"--plugin={plugin('bad')}", f"--plugin={other}",
                           "--executor=serial", "--dry-run")
        self.assertFine(result)
        self.assertEqual(1, result.out.count("bad/serial/1"))

    def test_functions_of_the_headers_are_all_exported(self):
        """The program exports every function that the public headers declare for workloads."""
        names = set()
        for header in ("command", "diag", "param", "partner", "sync", "task", "workload"):
            with open(os.path.join(HEADERS, "pconc", f"{header}.h"), encoding="utf-8") as file:
                text = re.sub(r"/\*.*?\*/|^#.*?$|^typedef.*?;|^static inline.*?^}", "", file.read(),
                              flags=re.S | re.M)
            text = re.sub(r"\{[^{}]*\}", "", text)
            text = re.sub(r"struct \w+ *(\{.*?^\})?;", "", text, flags=re.S | re.M)
            names.update(re.findall(r"^(?:[a-z_]\w*[ *]+)+(\w+)\(", text, flags=re.M))
        self.assertLessEqual({"task_sleep", "task_fail", "diag_set", "rng_next", "params_find"},
                             names)
        shown = subprocess.run(["nm", "-D", "--defined-only", pconc.PROGRAM], check=True,
                               stdout=subprocess.PIPE).stdout.decode()
        exported = {line.split()[-1] for line in shown.splitlines()}
        self.assertEqual(set(), names - exported)


    def test_missing_capabilities_are_known_before_a_run(self):
        self.assertFine(pconc.run("new", "workload", "tree", cwd=self.folder))
        path = os.path.join(self.folder, "tree.c")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace(".default_jobs", ".needs = WORKLOAD_SPAWNS, .default_jobs"))
        pconc.compile_plugin(self.folder, "tree")
        result = pconc.run("bench", f"--plugin={self.folder}/libtree.so", "--dry-run",
                           "--executor=threads,coroutines", "--workers=2")
        self.assertFine(result)
        self.assertIn("tree/threads/2: n/a, threads cannot start tasks", result.out)
        self.assertIn("tree/coroutines/1\n", result.out)


class Names(pconc.Case):
    def test_a_name_of_several_workloads_must_be_qualified(self):
        option = f"--plugin={plugin('bad')}"
        self.assertRefused(pconc.run("bench", option, "--workload=noop", *pconc.SMALL),
                           "--workload: 'noop' is the name of several workloads",
                           "'pconc:noop' or 'libbad.so:noop'")
        result = pconc.run("bench", option, "--workload=pconc:noop,libbad.so:noop",
                           "--executor=serial", *pconc.SMALL, "--format=json", "--quiet")
        self.assertFine(result)
        self.assertEqual(["pconc:noop/serial/1", "libbad.so:noop/serial/1"],
                         [case["id"] for case in json.loads(result.out)["cases"]])

    def test_two_files_of_one_name_are_named_with_their_folders(self):
        paths = []
        for side in ("base", "head"):
            os.mkdir(os.path.join(self.folder, side))
            paths.append(shutil.copy(plugin("bad"), os.path.join(self.folder, side)))
        options = [f"--plugin={path}" for path in paths]
        self.assertRefused(pconc.run("bench", *options, "--workload=libbad.so:bad"),
                           f"write '{paths[0]}:bad' or '{paths[1]}:bad'")
        result = pconc.run("bench", *options, f"--workload={paths[1]}:bad", "--executor=serial",
                           "--dry-run")
        self.assertFine(result)
        self.assertIn(f"plug-in: {paths[1]}\n", result.out)

    def test_suggestions_include_names_of_plug_ins(self):
        self.assertRefused(pconc.run("bench", f"--plugin={plugin('bad')}", "--workload=bd"),
                           "did you mean 'bad'?")


class Misbehaving(pconc.Case):
    # where, how, parts of the message
    WAYS = (
        ("setup", "fail", "set-up failed: nothing is as it was on port 7"),
        ("setup", "crash", "killed by signal 11 (Segmentation fault) in set-up"),
        ("setup", "quit", "exited with status 7 in set-up"),
        ("job", "fail", "first job 2: job 2 had enough"),
        ("job", "crash", "killed by signal 11 (Segmentation fault) while its jobs ran"),
        ("job", "quit", "exited with status 7 while its jobs ran"),
        ("job", "overrun", "job 2 wrote beyond its result"),
        ("job", "underrun", "job 0 wrote before its result"),
        ("job", "underrun of 2", "or the next one before its own"),
        ("job", "descriptor", "every pass over the jobs leaves descriptors open (1 in the last one)"),
        ("job", "thread", "every pass over the jobs leaves threads running (1 in the last one)"),
        ("job", "child", "left a child process behind"),
        ("verify", "fail", "the result is wrong: two and two made five"),
        ("verify", "crash", "killed by signal 11 (Segmentation fault) in verify"),
        ("teardown", "crash", "killed by signal 11 (Segmentation fault) in teardown"),
        ("teardown", "descriptor", "teardown left 1 descriptor open"),
        ("teardown", "thread", "teardown left 1 thread running"),
        ("exit", "crash", "killed by signal 11 (Segmentation fault) while its process ended"),
    )

    def start(self, where, how, *args):
        config = self.write(
            f"{where}-{how}.yaml", "rounds: 1\nwarmup: 0\nruns:\n"
            f"  - {{workload: bad, jobs: 4, executor: serial,"
            f" params: {{where: {where}, how: {how}}}}}\n"
            "  - {workload: sleep, jobs: 2, executor: [serial], params: {duration: 1ms}}\n")
        return pconc.start("bench", config, f"--plugin={plugin('bad')}", "--quiet",
                           "--format=json", *args)

    def assertFailed(self, process, piece):
        result = pconc.finish(process)
        self.assertCode(3, result)
        cases = {case["id"]: case for case in json.loads(result.out)["cases"]}
        self.assertRegex(result.err, r"(?m)^pconc: 'bad/serial/1' failed: ")
        failures = [sample["failure"] for sample in cases["bad/serial/1"]["samples"]]
        self.assertTrue(all(failures), failures)
        self.assertIn(piece, failures[0])
        self.assertEqual([None], [s["failure"] for s in cases["sleep/serial/1"]["samples"]])

    def test_each_way_fails_only_its_case(self):
        for where, how, piece in self.WAYS:
            with self.subTest(f"{how} in {where}"):
                self.assertFailed(self.start(where, how), piece)

    def test_a_hang_is_ended_and_located(self):
        # All at the same time, because each is slow: the timeout also covers the time before the
        # hang, and the good case.
        places = (("setup", "in set-up"), ("job", "while its jobs ran"), ("teardown", "in teardown"))
        processes = [self.start(where, "hang", "--timeout=10s") for where, _ in places]
        for process, (where, piece) in zip(processes, places):
            with self.subTest(where):
                self.assertFailed(process, f"no result after 10s: the sample was killed {piece}")

    def start_stuck(self, executor, timeout):
        """A session in whose first case a job cannot be killed, because this process traces one of
        its threads."""
        fifo = os.path.join(self.folder, f"fifo-{executor}")
        os.mkfifo(fifo)
        config = self.write(f"stuck-{executor}.yaml", f"rounds: 1\nwarmup: 0\ntimeout: {timeout}\nruns:\n"
                            f"  - {{workload: bad, jobs: 4, executor: {executor}, workers: 1,"
                            " params: {where: job, how: stuck}}\n"
                            "  - {workload: sleep, jobs: 2, executor: serial,"
                            " params: {duration: 1ms}}\n")
        process = pconc.start("bench", config, f"--plugin={plugin('bad')}", "--quiet",
                              "--format=json", env={"PCONC_TEST_FIFO": fifo})
        self.addCleanup(process.kill)
        with open(fifo, encoding="ascii") as tids:
            tid = int(tids.readline())
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.ptrace(PTRACE_SEIZE, tid, None, None) != 0:
            self.skipTest(f"tracing is not allowed here: {os.strerror(ctypes.get_errno())}")
        self.addCleanup(os.waitpid, tid, WALL)
        return process

    def test_a_job_that_cannot_be_killed_fails_its_sample_alone(self):
        # At the same time, because each waits for its timeout.
        executors = ("serial", "processes")
        for executor, process in [(name, self.start_stuck(name, "5s")) for name in executors]:
            with self.subTest(executor):
                result = pconc.finish(process)
                self.assertCode(3, result)
                self.assertRegex(result.err, r"no result after 5s: .*; its process \d+ was killed "
                                 "but did not end, and is left behind: it is stuck in the kernel")
                cases = {case["id"]: case for case in json.loads(result.out)["cases"]}
                self.assertEqual([None], [s["failure"] for s in cases["sleep/serial/1"]["samples"]])

    def test_a_job_that_cannot_be_killed_can_be_interrupted(self):
        process = self.start_stuck("serial", "1h")
        process.send_signal(signal.SIGINT)
        self.assertCode(130, pconc.finish(process))

    def test_a_crash_in_a_worker_process_names_the_worker(self):
        result = pconc.run("bench", f"--plugin={plugin('bad')}", "--workload=bad",
                           "--executor=processes", *pconc.SMALL, "--jobs=4", "--param=where=job",
                           "--param=how=crash", "--quiet")
        self.assertCode(3, result)
        self.assertRegex(result.err, r"worker.*killed by signal 11")

    def test_leftovers_in_a_worker_process_are_noticed(self):
        for how, piece in (("descriptor", "left a descriptor open"), ("child", "left a child")):
            with self.subTest(how):
                result = self.run_in_processes(how)
                self.assertCode(3, result)
                self.assertRegex(result.err, rf"{piece}.* in worker process \d")

    def test_one_time_allocations_of_worker_processes_are_ignored(self):
        self.assertFine(self.run_in_processes("keep descriptor"))

    def run_in_processes(self, how):
        return self.run_bad("--executor=processes", "--workers=1", "--param=where=job",
                            f"--param=how={how}")

    def run_bad(self, *args):
        return pconc.run("bench", f"--plugin={plugin('bad')}", "--workload=bad", "--jobs=4",
                         "--rounds=1", "--quiet", *args)

    def test_one_time_allocations_are_ignored(self):
        for where in ("setup", "job"):
            for how in ("keep descriptor", "keep thread"):
                with self.subTest(f"{how} in {where}"):
                    self.assertFine(self.run_bad("--executor=serial,threads,coroutines",
                                                 "--workers=1", f"--param=where={where}",
                                                 f"--param=how={how}"))

    @pconc.needs_plain_malloc
    def test_memory_that_every_job_leaves_is_noticed_under_every_executor(self):
        option = f"--plugin={plugin('bad')}"
        sizes = ("--rounds=1", "--workers=2", "--jobs=20k", "--quiet", "--format=json")
        result = pconc.run("bench", option, "--workload=bad", *sizes, "--param=where=job",
                           "--param=how=memory")
        self.assertCode(3, result)
        for case in json.loads(result.out)["cases"]:
            for sample in case["samples"]:
                self.assertRegex(sample["failure"], r"the jobs left memory behind, .* in \d+ jobs",
                                 case["id"])
        self.assertFine(pconc.run("bench", option, "--workload=bad", *sizes))

    def test_an_overrun_is_found_under_every_executor(self):
        result = pconc.run("bench", f"--plugin={plugin('bad')}", "--workload=bad", *pconc.SMALL,
                           "--jobs=4", "--param=where=job", "--param=how=overrun", "--quiet",
                           "--format=json")
        self.assertCode(3, result)
        for case in json.loads(result.out)["cases"]:
            for sample in case["samples"]:
                self.assertIn("job 2 wrote beyond its result", sample["failure"], case["id"])

    def test_a_constructor_that_kills_only_the_sample(self):
        result = pconc.run("bench", f"--plugin={plugin('constructor_later')}", *pconc.SMALL,
                           "--executor=serial", "--quiet", env={"PCONC_TEST_CRASH": "1"})
        self.assertCode(3, result)
        self.assertIn("killed by signal 9 (Killed) while its plug-in was loaded", result.err)


class Rebuilt(pconc.Case):
    def test_a_file_that_changes_in_the_session_is_noticed(self):
        path = shutil.copy(plugin("bad"), os.path.join(self.folder, "libmine.so"))
        hook = self.write("touch.sh", f"touch -d @1000000000 {path}\n")
        result = pconc.run("bench", f"--plugin={path}", "--workload=bad", "--executor=serial",
                           *pconc.SMALL, f"--prepare=sh {hook}", "--quiet")
        self.assertCode(3, result)
        self.assertIn(f"plug-in '{path}': it has changed since the session began", result.err)


if __name__ == "__main__":
    unittest.main()
