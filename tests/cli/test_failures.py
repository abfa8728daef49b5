# SPDX-License-Identifier: MIT
# runs under ASan, TSan
"""Failed samples: a message says which and why, their processes end, other samples go on."""

import os
import pwd
import resource
import signal
import unittest

import formats
import pconc


def cases_of(result):
    return {case["id"]: case for case in formats.read_json(result.out)["cases"]}


def workers():
    """Worker counts that make this many cases."""
    return ",".join(str(count) for count in range(1, 1001))


def failures(case):
    return [sample["failure"] for sample in case["samples"] if sample.get("failure")]


def killed(pid):
    """Kills the process. It is stopped first, so that it cannot end by itself."""
    try:
        os.kill(pid, signal.SIGSTOP)
        pconc.wait_for(lambda: pconc.state(pid) in "TZX")
        stopped = pconc.state(pid) == "T"
        if stopped:
            os.kill(pid, signal.SIGKILL)
        return stopped
    except ProcessLookupError:
        return False


class Failing(pconc.Case):
    def setUp(self):
        super().setUp()
        self.env = {"PCONC_TEST_MARK": self.folder}

    def assertNothingLeft(self):
        pconc.wait_for(lambda: not pconc.alive(f"PCONC_TEST_MARK={self.folder}"))

    def assertOthersMeasured(self, cases):
        for name in ("noop/serial/1", "noop/threads/2"):
            self.assertEqual([], failures(cases[name]))
            self.assertEqual(1, len(cases[name]["samples"]))

    def start_slow(self, executor):
        config = self.write(
            f"{executor}.yaml", "rounds: 1\nwarmup: 0\nruns:\n"
            "  - {workload: sleep, name: slow, jobs: 2, workers: 2, params: {duration: 30m},\n"
            f"     executor: {executor}}}\n"
            "  - {workload: noop, jobs: 2, workers: 2, matrix: {executor: [serial, threads]}}\n")
        # Long enough for the other samples on a busy machine, and much shorter than the sleep.
        return pconc.start("bench", config, "--timeout=10s", "--format=json", "--quiet",
                           env=self.env)

    def test_the_progress_line_names_a_case_that_was_given_up(self):
        # The second case goes on for longer than the line waits between two writes.
        config = self.write(
            "c.yaml", "rounds: 20\nwarmup: 0\nruns:\n"
            "  - {workload: sleep, name: slow, executor: serial, jobs: 1, params: {duration: 1h}}\n"
            "  - {workload: sleep, name: quick, executor: serial, jobs: 1, params: {duration: 10ms}}\n")
        result = pconc.run_on_terminal("bench", config, "--timeout=1s", columns=120, streams=["stderr"])
        self.assertCode(3, result)
        self.assertIn("left, quick/serial/1; given up: slow/serial/1", result.out)

    def test_a_timeout_gives_the_case_up_unless_asked_to_keep_trying(self):
        args = ("bench", "--workload=sleep", "--executor=serial", "--jobs=1", "--param=duration=1h",
                "--timeout=20ms", "--rounds=6", "--format=json", "--quiet")
        for options, count in (((), 1), (("--keep-trying",), 3)):
            result = pconc.run(*args, *options)
            self.assertCode(3, result)
            case = cases_of(result)["sleep/serial/1"]
            self.assertEqual(count, len(failures(case)), failures(case))
            self.assertIs(True, case["given_up"])

    def test_timeout_ends_the_sample_and_nothing_else(self):
        names = ("slow/serial/1", "slow/threads/2", "slow/processes/2", "slow/coroutines/1")
        # All at the same time, because each is slow.
        processes = [self.start_slow(name.split("/")[1]) for name in names]
        for name, process in zip(names, processes):
            with self.subTest(name):
                result = pconc.finish(process)
                self.assertCode(3, result)
                self.assertRegex(result.err, fr"^pconc: '{name}' failed: .*10s")
                cases = cases_of(result)
                self.assertEqual(len(cases[name]["samples"]), len(failures(cases[name])))
                self.assertIn("10s", failures(cases[name])[0])
                self.assertOthersMeasured(cases)
        self.assertNothingLeft()

    BROKEN = ("bench", "--workload=exec,noop", "--executor=serial,threads", "--workers=2",
              "--jobs=2", "--rounds=1", "--warmup=0", "--prepare=true",
              "--param=command=no-such-program", "--quiet")

    def test_commands_that_do_not_start_fail_their_cases_alone(self):
        result = pconc.run(*self.BROKEN, "--format=json")
        self.assertCode(3, result)
        self.assertRegex(result.err, r"^pconc: 2 of 4 cases failed; .*'exec/serial/1'")
        self.assertIn("cannot start 'no-such-program'", result.err)
        self.assertEqual(1, len(result.err.splitlines()), result)
        self.assertOthersMeasured(cases_of(result))

    def test_failure_stands_in_every_format(self):
        for form in ("table", "markdown", "csv", "json", "junit"):
            result = pconc.run(*self.BROKEN, f"--format={form}")
            self.assertCode(3, result)
            self.assertRegex(result.out, "cannot start ('|&apos;|&#39;)no-such-program")

    def test_killed_worker_fails_its_sample(self):
        # After the first few samples, calibration is over.
        process = pconc.start("bench", "--workload=sleep", "--executor=processes,serial",
                              "--workers=2", "--jobs=2", "--param=duration=700ms", "--warmup=0",
                              "--rounds=4", "--format=json", env=self.env)
        seen = set()

        def worker():
            samples, workers = pconc.samples_and_workers(process.pid)
            # Both of them, because a single child may be the leak checker of an ending sample.
            if len(workers) == 2:
                seen.update(samples)
                return len(seen) >= 2 and killed(workers[0])
            return False

        pconc.wait_for(worker, process)
        result = pconc.finish(process)
        self.assertCode(3, result)
        self.assertRegex(result.err, r"'sleep/processes/2' failed: .*worker.*")
        self.assertIn("kill", result.err.lower())
        failed = [name for name, case in cases_of(result).items() if failures(case)]
        self.assertEqual(1, len(failed), result)
        for name, case in cases_of(result).items():
            self.assertEqual(1 if name in failed else 0, len(failures(case)), name)
            # If it hit a calibration, that is recorded besides the rounds.
            self.assertEqual(4, sum(1 for sample in case["samples"] if sample["round"] >= 0), name)
        self.assertNothingLeft()

    def test_killed_sample_fails_alone(self):
        process = pconc.start("bench", "--workload=sleep", "--executor=processes,serial",
                              "--workers=2", "--jobs=2", "--param=duration=300ms", "--warmup=0",
                              "--rounds=4", "--format=json", env=self.env)
        seen = set()

        def sample():
            samples, _ = pconc.samples_and_workers(process.pid)
            seen.update(samples)
            return samples and len(seen) >= 5 and killed(samples[0])

        pconc.wait_for(sample, process)
        result = pconc.finish(process)
        self.assertCode(3, result)
        self.assertIn("kill", result.err.lower())
        self.assertEqual(1, sum(len(failures(case)) for case in cases_of(result).values()))
        self.assertNothingLeft()


class Refused(pconc.Case):
    """Refused by the system."""

    def test_few_descriptors_let_no_descendant_escape(self):
        marker = {"PCONC_TEST_MARK": self.folder}
        for limit in range(4, 20):
            def few(limit=limit):
                resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))

            with self.subTest(limit):
                result = pconc.run("bench", "--workload=exec", "--executor=serial", "--jobs=1",
                                   "--rounds=1", "--warmup=0", "--param=command=setsid -f sleep 1h",
                                   "--timeout=1h", env=marker, preexec_fn=few)
                self.assertIn(result.code, (0, 3), result)
                self.assertEqual([], pconc.alive(f"PCONC_TEST_MARK={self.folder}"))

    def test_processes(self):
        if os.geteuid() != 0:
            self.skipTest("needs root, to become a user who has no other processes")
        if pconc.BUILD != "release":
            self.skipTest("a sanitizer starts threads of its own")
        if not self.reachable():
            self.skipTest("other users cannot reach the program")
        user = self.unused_user()

        def become_another_user():
            resource.setrlimit(resource.RLIMIT_NPROC, (6, 6))
            os.setgid(user)
            os.setuid(user)

        for executor in ("processes", "threads"):
            with self.subTest(executor):
                result = pconc.run("bench", "--workload=noop", f"--executor={executor},serial",
                                   "--workers=16", "--jobs=2", "--rounds=1", "--warmup=0",
                                   "--format=json", preexec_fn=become_another_user, cwd="/")
                self.assertCode(3, result)
                self.assertIn(f"'noop/{executor}/16' failed: ", result.err)
                self.assertIn("RLIMIT_NPROC", result.err)
                self.assertEqual([], failures(cases_of(result)["noop/serial/1"]))

    @staticmethod
    def unused_user():
        """An unused user id without processes, and not that of a test at the same time."""
        taken = {user.pw_uid for user in pwd.getpwall()} | pconc.users()
        first = 60000 + os.getpid() % 4000
        return next(user for user in range(first, 65000) if user not in taken)

    @staticmethod
    def reachable():
        path = os.path.realpath(pconc.PROGRAM)
        while path != "/":
            if not os.stat(path).st_mode & 0o001:
                return False
            path = os.path.dirname(path)
        return True

    def test_memory(self):
        if pconc.BUILD != "release":
            self.skipTest("a sanitizer reserves more address space than any limit allows")

        def little():
            resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))

        for case in ("sleep/coroutines/1", "sleep/loops/2"):
            executor = case.split("/")[1]
            result = pconc.run("bench", "--workload=sleep", f"--executor={executor},serial",
                               "--workers=2", "--pool=stack=64MiB", "--param=duration=1ms",
                               "--jobs=100", "--rounds=1", "--warmup=0", "--format=json",
                               preexec_fn=little)
            self.assertCode(3, result)
            self.assertIn(f"'{case}' failed: ", result.err)
            self.assertIn("RLIMIT_AS", result.err)
            self.assertEqual([], failures(cases_of(result)["sleep/serial/1"]))

    def test_memory_of_a_workload_and_of_a_plan(self):
        if pconc.BUILD != "release":
            self.skipTest("a sanitizer reserves more address space than any limit allows")

        def little():
            resource.setrlimit(resource.RLIMIT_AS, (1 << 28, 1 << 28))

        for args in (["--workload=gcd", "--jobs=100M", "--rounds=1"],
                     ["--workload=noop", "--jobs=1", "--rounds=10000", f"--workers={workers()}"]):
            with self.subTest(args):
                result = pconc.run("bench", "--executor=threads", "--warmup=0", *args,
                                   preexec_fn=little)
                self.assertCode(3, result)
                self.assertIn("RLIMIT_AS, 'ulimit -v', now 268435456", result.err)

    def test_descriptors(self):
        def few():
            resource.setrlimit(resource.RLIMIT_NOFILE, (5, 5))

        result = pconc.run("bench", "--workload=noop", "--executor=coroutines", "--jobs=2",
                           "--rounds=1", "--warmup=0", preexec_fn=few)
        self.assertCode(3, result)
        self.assertIn("RLIMIT_NOFILE", result.err)


if __name__ == "__main__":
    unittest.main()
