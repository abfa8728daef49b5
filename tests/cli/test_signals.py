# SPDX-License-Identifier: MIT
# runs under TSan
"""Interrupted in the middle: what was measured is kept, and nothing else is left."""

import os
import signal
import unittest

import formats
import pconc

# Case and executor by name; every sample takes a while, so that a signal falls into one.
ARGS = ("bench", "--workload=sleep", "--executor=processes,threads", "--workers=2", "--jobs=2",
        "--param=duration=100ms", "--warmup=0", "--rounds=5000")


def shared_memory():
    """Without Criterion's: unit tests may run at the same time. Others that use it may not, by a
    lock of ctest."""
    try:
        return {name for name in os.listdir("/dev/shm") if not name.startswith("bxfi_")}
    except FileNotFoundError:
        return set()


class Interrupted(pconc.Case):
    def setUp(self):
        super().setUp()
        self.marker = f"PCONC_TEST_MARK={self.folder}"
        self.shared = shared_memory()

    def start(self, *args):
        name, _, value = self.marker.partition("=")
        return pconc.start(*args, env={name: value})

    def wait_for_samples(self, process, count):
        """Until `count` samples have begun (those before are over) and workers run in the last."""
        seen = set()

        def begun():
            samples, workers = pconc.samples_and_workers(process.pid)
            seen.update(samples)
            return len(seen) >= count and workers

        pconc.wait_for(begun, process)

    def assertNothingLeft(self, files=()):
        pconc.wait_for(lambda: not pconc.alive(self.marker))
        self.assertEqual(set(), shared_memory() - self.shared)
        self.assertEqual(sorted(files), sorted(os.listdir(self.folder)))

    def interrupt(self, number, send):
        output = os.path.join(self.folder, "results.json")
        process = self.start(*ARGS, f"--output={output}")
        self.wait_for_samples(process, 8)
        send(process, number)
        result = pconc.finish(process)
        self.assertCode(128 + number, result)
        self.assertRegex(result.out, r"(?m)^ *threads ")
        self.assertIn("interrupted after", result.err)
        self.assertNothingLeft(["results.json"])
        report = formats.read_json_file(output)
        samples = [sample for case in report["cases"] for sample in case["samples"]]
        self.assertGreater(len(samples), 0)
        self.assertLess(len(samples), 10000)

    def test_ctrl_c_reaches_the_whole_group(self):
        self.interrupt(signal.SIGINT, lambda process, number: os.killpg(process.pid, number))

    def test_sigint_to_the_tool_alone(self):
        self.interrupt(signal.SIGINT, lambda process, number: process.send_signal(number))

    def test_sigterm(self):
        self.interrupt(signal.SIGTERM, lambda process, number: process.send_signal(number))

    def test_sigterm_to_the_group(self):
        self.interrupt(signal.SIGTERM, lambda process, number: os.killpg(process.pid, number))

    def test_before_anything_is_measured(self):
        old = self.write("results.json", "old")
        process = self.start("bench", "--workload=sleep", "--executor=processes", "--workers=2",
                             "--jobs=2", "--param=duration=30m", "--timeout=1h",
                             f"--output={old}")
        self.wait_for_samples(process, 1)
        process.send_signal(signal.SIGINT)
        result = pconc.finish(process)
        self.assertCode(130, result)
        self.assertEqual("", result.out)
        self.assertRegex(result.err, r"^pconc: interrupted before anything was measured")
        self.assertNothingLeft(["results.json"])
        with open(old, encoding="utf-8") as file:
            self.assertEqual("old", file.read())

    def test_quiet_says_nothing(self):
        process = self.start(*ARGS, "--quiet")
        self.wait_for_samples(process, 8)
        process.send_signal(signal.SIGTERM)
        result = pconc.finish(process)
        self.assertCode(143, result)
        self.assertEqual("", result.err)
        self.assertNothingLeft()

    def test_killed_tool_leaves_no_process(self):
        process = self.start(*ARGS)
        self.wait_for_samples(process, 2)
        process.kill()
        pconc.finish(process)
        self.assertNothingLeft()

    def test_hang_up(self):
        self.interrupt(signal.SIGHUP, lambda process, number: process.send_signal(number))

    def test_many_signals_are_one(self):
        def insist(process, number):
            while process.poll() is None:
                process.send_signal(number)

        output = os.path.join(self.folder, "results.json")
        process = self.start(*ARGS, "--quiet", f"--output={output}")
        self.wait_for_samples(process, 8)
        insist(process, signal.SIGINT)
        result = pconc.finish(process)
        # A later one may end the program itself, but only when its file is whole.
        self.assertIn(result.code, (130, -signal.SIGINT), result)
        self.assertNothingLeft(["results.json"])
        formats.read_json_file(output)

    def test_ignored_signals_stay_ignored(self):
        def ignore():
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGHUP, signal.SIG_IGN)

        # Few samples, as all of them are measured, and each of them long enough to be seen.
        process = pconc.start("bench", "--workload=sleep", "--executor=processes", "--workers=2",
                              "--jobs=2", "--param=duration=1s", "--warmup=0", "--rounds=4",
                              preexec_fn=ignore)
        self.wait_for_samples(process, 2)
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGINT)
        self.assertFine(pconc.finish(process))


if __name__ == "__main__":
    unittest.main()
