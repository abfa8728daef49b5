# SPDX-License-Identifier: MIT
"""pconc new: its file builds with the line that it prints, and runs."""

import json
import os
import re
import subprocess
import unittest

import pconc


class New(pconc.Case):
    def new(self, *args, **options):
        return pconc.run("new", *args, cwd=self.folder, **options)

    def test_the_written_file_builds_and_runs(self):
        result = self.new("workload", "my_sum2")
        self.assertFine(result)
        line = re.search(r"^    (cc .*)$", result.out, re.M).group(1)
        with open(os.path.join(self.folder, "my_sum2.c"), encoding="utf-8") as file:
            text = file.read()
        self.assertIn(f" *     {line}\n", text)
        self.assertNotIn("@", text)
        built = subprocess.run(line + " -std=c11 -Wall -Wextra -Wpedantic -Werror", shell=True,
                               cwd=self.folder, stderr=subprocess.PIPE, check=False)
        self.assertEqual(b"", built.stderr)
        self.assertIn("pconc bench --plugin=./libmy_sum2.so\n", result.out)
        result = pconc.run("bench", "--plugin=./libmy_sum2.so", *pconc.SMALL, "--param=size=9",
                           "--format=json", "--quiet", cwd=self.folder)
        self.assertFine(result)
        self.assertIn("my_sum2/coroutines/1",
                      [case["id"] for case in json.loads(result.out)["cases"]])

    def test_it_overwrites_nothing(self):
        path = self.write("mine.c", "precious\n")
        self.assertRefused(self.new("workload", "mine"), "'mine.c' exists already")
        with open(path, encoding="utf-8") as file:
            self.assertEqual("precious\n", file.read())
        os.symlink("nowhere", os.path.join(self.folder, "other.c"))
        self.assertRefused(self.new("workload", "other"), "exists already")

    def test_directory(self):
        os.mkdir(os.path.join(self.folder, "sub dir"))
        result = self.new("workload", "mine", "--directory=sub dir")
        self.assertFine(result)
        self.assertTrue(os.path.exists(os.path.join(self.folder, "sub dir", "mine.c")))
        self.assertIn("cd 'sub dir'\n", result.out)
        self.assertRefused(self.new("workload", "mine", "--directory=none"), "'none/mine.c'",
                           "No such file")

    # arguments; parts of the message
    WRONG = (
        ([], "write pconc new workload NAME"),
        (["workload"], "write pconc new workload NAME"),
        (["workload", "a", "b"], "write pconc new workload NAME"),
        (["workloda", "a"], "did you mean 'workload'?"),
        (["workload", ""], "'' is not a valid name"),
        (["workload", "../up"], "'../up' is not a valid name"),
        (["workload", "Name"], "'Name' is not a valid name"),
        (["workload", "all"], "not 'all'"),
        (["workload", "a" * 49], "1 to 48"),
    )

    def test_each_wrong_use_has_its_sentence(self):
        for args, piece in self.WRONG:
            with self.subTest(args):
                self.assertRefused(self.new(*args), piece)
                self.assertEqual([], os.listdir(self.folder))


if __name__ == "__main__":
    unittest.main()
