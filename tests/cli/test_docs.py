# SPDX-License-Identifier: MIT
"""The READMEs: their size, their links, and the config in the first one. The manual: whether it has
all that the program has, and nothing else."""

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


class Manual(pconc.Case):
    MANUAL = read(os.path.join(pconc.ROOT, "cmd", "pconc.1"))

    def commands(self):
        listed = re.search(r"Commands:\n(.*?)\n\n", pconc.run("--help").out, re.DOTALL)[1]
        return re.findall(r"(?m)^ +([a-z]+) ", listed)

    def options(self):
        """The values of all options, by name; "": it has none."""
        found = {}
        for command in ((), *((command,) for command in self.commands())):
            text = pconc.run(*command, "--help").out
            found.update(re.findall(r"(?m)^ {2,6}(?:-\w, )?--([a-z-]+)=?(\S*)", text))
        return found

    def items(self):
        """The options that have an item: the rest of its line, and its text."""
        found = re.findall(r"(?ms)^\.It Fl -([\w-]+)(.*?)\n(.*?)(?=^\.(?:It|El))", self.MANUAL)
        return {name: (value, text) for name, value, text in found}

    def words_of(self, option):
        """The words that the text of an option's item sets in bold."""
        lines = re.findall(r"(?m)^\.Cm (.*)", self.items()[option][1])
        return {word.strip(",.:;") for line in lines for word in line.split()} - {""}

    def listed(self, kind):
        names = re.findall(r"(?m)^ {2}([\w-]+) +\S", pconc.run("list", kind).out)
        self.assertGreater(len(names), 5)
        return names

    def test_has_every_command(self):
        self.assertGreater(len(self.commands()), 5)
        for place in (r"(?m)^\.It Nm Cm (\w+)", r"(?m)^\.Nm\n\.Cm (\w+)"):
            self.assertEqual(set(self.commands()), set(re.findall(place, self.MANUAL)))

    def test_has_every_option(self):
        for name in ("help", "version"):
            self.assertRegex(self.MANUAL, rf"(?m)^\..*Fl -{name}\b")
        self.assertCountEqual(self.options().keys() - {"help", "version"}, self.items())

    def test_has_every_word_of_an_option(self):
        choices = {name: value for name, value in self.options().items() if "|" in value}
        self.assertIn("color", choices)
        for name, value in choices.items():
            self.assertEqual(value.split("|"), self.items()[name][0].split()[4::2], name)

    def test_describes_every_format(self):
        section = re.search(r"(?ms)^\.Sh SAVED RESULTS$(.*?)^\.Sh", self.MANUAL)[1]
        self.assertEqual(self.listed("formats"), re.findall(r"(?m)^\.It Cm (\S+)", section))

    def test_has_every_executor_and_workload(self):
        for option, kind in (("executor", "executors"), ("workload", "workloads")):
            self.assertCountEqual({"all", *self.listed(kind)}, self.words_of(option))


if __name__ == "__main__":
    unittest.main()
