# SPDX-License-Identifier: MIT
# runs under ASan
"""Sessions that go on after an interruption: --resume=FILE."""

import fcntl
import json
import os
import re
import resource
import signal
import subprocess
import time
import unittest

import formats
import pconc

ROUNDS = 4
# Every sample runs this before it. The one whose number is in the file `stop` never ends.
GATE = ('cd "$(dirname "$0")"; echo >> count\n'
        '[ "$(wc -l < count)" -ne "$(cat stop)" ] || exec sleep 100000\n')
# Two cases are calibrated; after two whole rounds the first sample of the third one waits.
STOP = 7


class Resume(pconc.Case):
    @classmethod
    def setUpClass(cls):
        """A session that is killed in its third round."""
        cls.home = pconc.temporary_folder(cls)
        cls.gate = os.path.join(cls.home, "gate.sh")
        with open(cls.gate, "w", encoding="utf-8") as file:
            file.write(GATE)
        cls.hold(STOP)
        process = pconc.start(*cls.arguments(os.path.join(cls.home, "r.json")))
        cls.await_gate(STOP)
        process.send_signal(signal.SIGKILL)
        pconc.finish(process)
        with open(os.path.join(cls.home, "r.json.journal"), "rb") as file:
            cls.journal = file.read()

    @classmethod
    def hold(cls, number):
        """Makes the sample of this number wait, counted from now."""
        for name, text in (("stop", str(number)), ("count", "")):
            with open(os.path.join(cls.home, name), "w", encoding="utf-8") as file:
                file.write(text)

    @classmethod
    def arguments(cls, path, *more):
        return ("bench", "--workload=noop", "--executor=serial,threads", "--workers=1", "--jobs=1",
                "--warmup=0", f"--rounds={ROUNDS}", f"--prepare=sh {cls.gate}",
                f"--resume={path}", *more)

    @classmethod
    def await_gate(cls, number):
        deadline = time.monotonic() + pconc.GUARD
        while time.monotonic() < deadline:
            with open(os.path.join(cls.home, "count"), encoding="utf-8") as file:
                if len(file.read()) >= number:
                    return
            time.sleep(0.01)
        raise AssertionError("the session does not measure")

    def resume(self, journal, *more):
        """Goes on with a journal of this content."""
        self.path = os.path.join(self.folder, "r.json")
        with open(f"{self.path}.journal", "wb") as file:
            file.write(journal)
        return pconc.run(*self.arguments(self.path, *more))

    def expect_whole(self, result, kept):
        """All samples are there, the first `kept` of them from the first session."""
        self.assertFine(result)
        report = formats.read_json_file(self.path)
        self.assertEqual(ROUNDS, report["rounds_done"])
        for case in report["cases"]:
            self.assertEqual(list(range(ROUNDS)), [sample["round"] for sample in case["samples"]])
        samples = [(case["id"], sample) for case in report["cases"] for sample in case["samples"]]
        first = [(name, sample) for name, sample in samples if "session" not in sample]
        lines = [json.loads(line) for line in self.journal.splitlines()[2:2 + kept]]
        self.assertEqual(sorted((line["case"], line["sample"]["round"]) for line in lines),
                         sorted((name, sample["round"]) for name, sample in first))
        for line in lines:
            self.assertIn((line["case"], line["sample"]), first)
        self.assertEqual({1}, {sample["session"] for _, sample in samples if "session" in sample})
        self.assertEqual(2, len(report["starts"]))
        self.assertFalse(os.path.exists(f"{self.path}.journal"))
        return report

    def test_a_killed_session_goes_on(self):
        self.assertEqual(2 + 4, len(self.journal.splitlines()))
        result = self.resume(self.journal)
        report = self.expect_whole(result, 4)
        key = json.loads(self.journal.splitlines()[0])
        self.assertEqual(key["result"]["seed"], report["seed"])
        self.assertIn(f"the session that began at {report['starts'][0]} goes on", result.err)
        self.assertRegex(re.sub(r"\s+", " ", result.out),
                         r"resumed: rounds 1 to 2 by the session of [-0-9TZ:]+, rounds 3 to 4 by")
        self.assertFine(pconc.run("verify", self.path))
        self.assertEqual(result.out, pconc.run("show", self.path).out)

    def test_a_session_that_a_signal_ended_goes_on(self):
        """Its result is there as well, and is replaced."""
        path = os.path.join(self.folder, "r.json")
        self.hold(STOP)
        process = pconc.start(*self.arguments(path))
        self.await_gate(STOP)
        process.send_signal(signal.SIGINT)
        self.assertCode(128 + signal.SIGINT, pconc.finish(process))
        self.assertEqual(2, formats.read_json_file(path)["rounds_done"])
        self.assertFine(pconc.run(*self.arguments(path)))
        report = formats.read_json_file(path)
        self.assertEqual((ROUNDS, 2), (report["rounds_done"], len(report["starts"])))
        self.assertIsNone(report["interrupted_by"])

    def test_a_torn_last_line_is_measured_again(self):
        self.expect_whole(self.resume(self.journal[:-10]), 3)
        # Without a whole first line nothing was measured.
        self.assertFine(self.resume(self.journal[:100]))
        self.assertNotIn("starts", formats.read_json_file(self.path))

    def test_refuses_what_is_not_the_same_session(self):
        lines = self.journal.splitlines(keepends=True)
        key = json.loads(lines[0])

        def other(*path, value):
            changed = json.loads(lines[0])
            inner = changed
            for name in path[:-1]:
                inner = inner[name]
            inner[path[-1]] = value
            return json.dumps(changed).encode() + b"\n" + b"".join(lines[1:])
        torn = b"".join(lines[:3]) + lines[3][:-20] + b"\n" + b"".join(lines[4:])
        for journal, more, said in (
                (self.journal, ("--rounds=5",), "with another plan"),
                (self.journal, ("--jobs=2",), "with another plan"),
                (self.journal, (f"--seed={key['result']['seed'] + 1}",), "with another seed"),
                (other("binary", value="0" * 16), (), "of another build of pconc"),
                (other("result", "environment", "cpu_model", value="abacus"), (),
                 "on another machine (cpu_model differs)"),
                (other("journal", value=2), (), "no journal of this pconc"),
                (b"{}\n", (), "no journal of this pconc"),
                (b"[1\n", (), "no journal of this pconc"),
                (torn, (), "r.json.journal:4: it is damaged"),
                (self.journal + lines[-1], (), "not in the order of rounds"),
                (self.journal + b"{}\n", (), "is missing")):
            with self.subTest(said):
                result = self.resume(journal, *more)
                self.assertCode(2, result)
                self.assertIn(said, result.err)
                self.assertEqual("", result.out)
                with open(f"{self.path}.journal", "rb") as file:
                    self.assertEqual(journal, file.read())
                self.assertFalse(os.path.exists(self.path))

    def test_refuses_a_journal_that_is_in_use(self):
        path = os.path.join(self.folder, "r.json.journal")
        with open(path, "wb") as file:
            file.write(self.journal)
            file.flush()
            fcntl.lockf(file, fcntl.LOCK_EX)
            result = pconc.run(*self.arguments(path.removesuffix(".journal")))
        self.assertCode(2, result)
        self.assertIn("another pconc writes to it", result.err)

    def test_refuses_a_result_that_is_complete(self):
        path = self.write("r.json", "{}")
        result = pconc.run(*self.arguments(path))
        self.assertCode(2, result)
        self.assertIn("is complete", result.err)

    def test_a_full_disk_loses_nothing(self):
        """The limit is reached after some samples; results go to standard output."""
        path = os.path.join(self.folder, "r.json")
        limit = 40000  # bytes; above what a sample's own memory files need

        def shrink():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        process = subprocess.run(
            [pconc.PROGRAM, "bench", "--workload=noop", "--executor=serial", "--jobs=1",
             "--warmup=0", "--rounds=100", f"--resume={path}"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=shrink,
            restore_signals=False, env=pconc.environment(), check=False, timeout=pconc.GUARD)
        self.assertEqual(3, process.returncode, process.stderr)
        self.assertIn("r.json.journal: cannot be written: No space left", process.stderr)
        self.assertIn("noop: 1 job", process.stdout)
        self.assertFalse(os.path.exists(path))
        with open(f"{path}.journal", "rb") as file:
            text = file.read()
        self.assertTrue(text.endswith(b"}\n"))
        self.assertGreater(text.count(b'"sample"'), 10)


if __name__ == "__main__":
    unittest.main()
