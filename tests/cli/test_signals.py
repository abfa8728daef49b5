# SPDX-License-Identifier: MIT
# runs under TSan
"""Interrupted sessions: the samples so far are kept, and nothing else is left."""

import os
import signal
import unittest

import formats
import pconc

# Case and executor by name; every sample takes a while, so that a signal falls into one.
ARGS = ("bench", "--workload=sleep", "--executor=processes,threads", "--workers=2", "--jobs=2",
        "--param=duration=100ms", "--warmup=0", "--rounds=5000")


def shared_memory():
    """Without files of Criterion, because unit tests may run at the same time. A lock of ctest keeps
    other tests with files there away."""
    try:
        return {name for name in os.listdir("/dev/shm") if not name.startswith("bxfi_")}
    except FileNotFoundError:
        return set()


def control_group():
    """The cgroup in which a tool makes one for its samples; None if it cannot."""
    with open("/proc/self/mounts", encoding="utf-8") as mounts:
        roots = [line.split()[1] for line in mounts if line.split()[2] == "cgroup2"]
    with open("/proc/self/cgroup", encoding="utf-8") as cgroup:
        own = [line.strip().split(":", 2)[2] for line in cgroup if line.startswith("0::")]
    path = os.path.join(roots[0], own[0].lstrip("/")) if roots and own else ""
    killable = os.access(path, os.W_OK) and os.uname().release.split(".")[0] not in ("4", "5")
    return path if killable else None


def sleeps(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:
        return stat.read().rpartition(")")[2].split()[0] == "S"


class Interrupted(pconc.Case):
    def setUp(self):
        super().setUp()
        self.marker = f"PCONC_TEST_MARK={self.folder}"
        self.shared = shared_memory()

    def start(self, *args):
        name, _, value = self.marker.partition("=")
        return pconc.start(*args, env={name: value})

    def wait_for_samples(self, process, count):
        """Waits until `count` samples have started and the last one has workers."""
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

    def killed_while(self, *args):
        """Kills the tool after a program that it starts because of `args` has written "started"."""
        started = os.path.join(self.folder, "started")
        process = self.start("bench", "--rounds=1", "--warmup=0", "--jobs=2", "--workers=2",
                             "--timeout=1h", *args)
        pconc.wait_for(lambda: os.path.exists(started), process)
        process.kill()
        pconc.finish(process)
        self.assertNothingLeft(["started"])
        os.remove(started)  # at the end, because another job may write it again
        return process.pid

    def test_killed_tool_leaves_no_program_of_jobs(self):
        for executor in ("serial", "threads", "processes", "coroutines"):
            with self.subTest(executor):
                self.killed_while("--workload=exec", f"--executor={executor}",
                                  "--param=shell=true",
                                  f"--param=command=touch {self.folder}/started; sleep 1h | cat")

    def test_killed_tool_leaves_no_hook(self):
        for key in ("prepare", "cleanup"):
            with self.subTest(key):
                self.killed_while("--workload=noop", "--executor=serial",
                                  f"--{key}=sh -c 'touch {self.folder}/started; sleep 1h; true'")

    def test_killed_tool_leaves_no_process_of_prepare(self):
        self.killed_while("--workload=exec", "--executor=serial",
                          "--prepare=sh -c 'sleep 1h & true'", "--param=shell=true",
                          f"--param=command=touch {self.folder}/started; sleep 1h; true")

    def test_killed_tool_leaves_no_control_group(self):
        """Processes in the cgroup are killed, even if they left the process group."""
        group = control_group()
        if group is None:
            self.skipTest("no control group can be made here")
        pid = self.killed_while("--workload=exec", "--executor=serial", "--param=shell=true",
                                f"--param=command=setsid -f sleep 1h; touch {self.folder}/started; "
                                "sleep 1h; true")
        pconc.wait_for(lambda: not os.path.exists(f"{group}/pconc-{pid}"))

    def test_killed_tool_leaves_no_file(self):
        """On file systems where a file needs no name until it is complete."""
        try:
            os.close(os.open(self.folder, os.O_TMPFILE | os.O_WRONLY))
        except OSError:
            self.skipTest("there are no nameless files here")
        process = self.start(*ARGS, f"--output={self.folder}/results.json",
                             f"--save={self.folder}/saved.json")
        self.wait_for_samples(process, 2)
        process.kill()
        pconc.finish(process)
        self.assertNothingLeft()

    def test_waiting_for_the_reader_of_a_pipe(self):
        """It can be interrupted there, before it makes a file."""
        pipe = os.path.join(self.folder, "pipe")
        os.mkfifo(pipe)
        process = self.start(*ARGS, f"--save={self.folder}/saved.json", f"--output={pipe}")
        pconc.wait_for(lambda: sleeps(process.pid), process)
        self.assertEqual(["pipe"], os.listdir(self.folder))
        process.send_signal(signal.SIGINT)
        self.assertCode(-signal.SIGINT, pconc.finish(process))
        self.assertNothingLeft(["pipe"])

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
        # A later signal may end the program, but only after its file is complete.
        self.assertIn(result.code, (130, -signal.SIGINT), result)
        self.assertNothingLeft(["results.json"])
        formats.read_json_file(output)

    def test_ignored_signals_stay_ignored(self):
        def ignore():
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGHUP, signal.SIG_IGN)

        # Few samples, because all of them are measured, and long enough to be seen.
        process = pconc.start("bench", "--workload=sleep", "--executor=processes", "--workers=2",
                              "--jobs=2", "--param=duration=1s", "--warmup=0", "--rounds=4",
                              preexec_fn=ignore)
        self.wait_for_samples(process, 2)
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGINT)
        self.assertFine(pconc.finish(process))


if __name__ == "__main__":
    unittest.main()
