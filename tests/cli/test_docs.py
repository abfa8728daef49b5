# SPDX-License-Identifier: MIT
"""The READMEs: their size, their links, and the config in the first one."""

import glob
import os
import re
import unittest

import pconc

README = os.path.join(pconc.ROOT, "README.md")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def readmes():
    paths = [README]
    for folder in ("cmd", "configs", "lib", "tests", "workloads"):
        paths += glob.glob(f"{pconc.ROOT}/{folder}/**/README.md", recursive=True)
    return paths


class Readme(pconc.Case):
    def test_fits_250_lines_of_110_characters(self):
        lines = read(README).splitlines()
        self.assertLessEqual(len(lines), 250)
        for line in lines:
            self.assertLessEqual(len(line), 110, line)

    def test_its_config_is_valid(self):
        config = re.search(r"```yaml\n(.*?)```", read(README), re.DOTALL)[1]
        self.assertFine(pconc.run("validate", self.write("readme.yaml", config)))


class Links(pconc.Case):
    def test_every_link_to_a_file_leads_to_one(self):
        self.assertGreater(len(readmes()), 5)
        for path in readmes():
            for link in re.findall(r"\]\(([^)#]+)\)", read(path)):
                with self.subTest(path=path, link=link):
                    if "://" not in link:
                        self.assertTrue(os.path.exists(os.path.join(os.path.dirname(path), link)))


if __name__ == "__main__":
    unittest.main()
