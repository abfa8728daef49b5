# SPDX-License-Identifier: MIT
"""Commands that are compared without a verdict."""

import json
import os
import unittest

import pconc


class Pair(pconc.Case):
    """pconc 'a' 'b'"""

    def test_two_commands_are_compared_and_not_judged(self):
        saved = os.path.join(self.folder, "saved.json")
        long = "sleep 0.02 " + 80 * "0"
        result = pconc.run("sleep 0", long, "--rounds=2", "--quiet", f"--save={saved}")
        self.assertFine(result)
        self.assertRegex(result.out, r"(?m)^sleep 0/serial  .* 1\.00x ")
        self.assertRegex(result.out, r"(?m)^sleep 0\.02 0+\.\.\.0+/serial  .* 0\.\d+x ")
        self.assertIn("user/job", result.out)
        self.assertNotIn("inconclusive", result.out)
        with open(saved, encoding="utf-8") as file:
            cases = json.load(file)["cases"]
        self.assertEqual([1, 1], [case["jobs"] for case in cases])
        self.assertFine(pconc.run("verify", saved))
        self.assertEqual(result.out, pconc.run("show", saved).out)

    def test_names_and_executors(self):
        out = pconc.run("sleep 0", "sleep 0.0", "sleep 0.00", "--name=one", "--name=two",
                        "--executor=threads", "--workers=2", "--jobs=2", "--dry-run").out
        for case in ("one/threads/2", "two/threads/2", "sleep 0.00/threads/2"):
            self.assertIn(f"  {case}\n", out)
        out = pconc.run("ab", "sleep 0", "sleep 0.0", "--name=one", "--dry-run").out
        self.assertIn("  A:one/serial/1\n  B:exec/serial/1\n", out)

    def test_mistakes_are_refused(self):
        for args, piece in ((["sleep 0"], "is one command; write two"),
                            (["sleep 0", "./none"], "command 2: there is no file './none'"),
                            (["sleep 0", "sleep 0"], "two commands are called 'sleep 0'"),
                            (["sleep 0", "true /", "--name=a", "--name=b", "--name=c"], "3 times"),
                            (["ab", "serial", "gil", "--name=a"], "--name: it names")):
            self.assertRefused(pconc.run(*args), piece)
        result = pconc.run("sleep 0", "false /", "--rounds=1", "--quiet")
        self.assertCode(3, result)
        self.assertIn("'false //serial/1' failed", result.err)


if __name__ == "__main__":
    unittest.main()
