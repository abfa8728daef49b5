# SPDX-License-Identifier: MIT
# runs under ASan
"""Help, version, list, and messages about wrong usage."""

import re
import shlex
import unittest

import pconc

COMMANDS = ("ab", "bench", "compare", "list", "new", "show", "validate", "verify")


class Help(pconc.Case):
    def test_names_every_command(self):
        result = pconc.run("--help")
        self.assertFine(result)
        for command in COMMANDS:
            self.assertIn(f"  {command} ", result.out)
        self.assertEqual("", result.err)

    def test_its_three_examples_work(self):
        examples = re.findall(r"^ +pconc (bench.*)$", pconc.run("--help").out, re.MULTILINE)
        examples = [example for example in examples if "CONFIG" not in example]
        self.assertEqual(3, len(examples))
        for example in examples:
            with self.subTest(example):
                self.assertFine(pconc.run(*shlex.split(example), "--dry-run"))

    def test_every_command_has_help_with_its_name(self):
        for command in COMMANDS:
            for option in ("--help", "-h"):
                with self.subTest(command + option):
                    result = pconc.run(command, option)
                    self.assertFine(result)
                    self.assertIn(f"Usage: pconc {command} ", result.out)

    def test_names_every_option_of_bench(self):
        text = pconc.run("bench", "--help").out
        for option in ("executor=LIST", "workload=LIST", "workers=LIST", "jobs=N",
                       "param=NAME=VALUE", "pool=NAME=VALUE", "rounds=N", "warmup=N",
                       "timeout=DURATION", "seed=N", "filter=GLOB", "control", "dry-run",
                       "format=FORMAT", "output=FILE", "save=FILE",
                       "quiet",
                       "color=auto|always|never"):
            self.assertIn(f"--{option}", text)

    def test_every_option_that_help_shows_is_understood(self):
        """Each is read before --help ends the command, so that it fails if nothing takes it."""
        values = {"N": "1", "DURATION": "1s", "PERCENT": "50%", "NAME=VALUE": "a=1",
                  "FORMAT": "json"}
        for command in COMMANDS:
            text = pconc.run(command, "--help").out
            options = re.findall(r"^ {2,6}(?:-\w, )?(--[a-z-]+)(?:=(\S+))?", text, re.MULTILINE)
            self.assertTrue(options)
            for name, value in options:
                given = f"{name}={values.get(value, value.split('|')[0])}" if value else name
                with self.subTest(f"{command} {given}"):
                    result = pconc.run(command, given, "--help")
                    self.assertFine(result)
                    self.assertEqual(text, result.out)

    def test_options_of_other_commands_are_refused(self):
        for command, option in (("bench", "--detect=1%"), ("bench", "--version"), ("ab", "--drift=1%"),
                                ("compare", "--seed=1"), ("list", "--quiet"), ("show", "--save=x"),
                                ("verify", "--format=json"), ("validate", "--directory=x")):
            with self.subTest(command + option):
                self.assertRefused(pconc.run(command, option), "unknown option")

    def test_fits_80_columns(self):
        for args in (["--help"], *([command, "--help"] for command in COMMANDS)):
            for line in pconc.run(*args).out.splitlines():
                self.assertLessEqual(len(line), 80, line)

    def test_sentences_break_only_where_a_line_is_full(self):
        """The second line of a sentence begins at column 0 only if the first one has no room for its
        first word, and never among commands and options."""
        for width in (79, 50):
            for args in (["--help"], *([command, "--help"] for command in COMMANDS)):
                env = {"ARGP_HELP_FMT": f"rmargin={width}"}
                lines = pconc.run(*args, env=env).out.splitlines()
                first = next(i for i, line in enumerate(lines) if re.match(r" {1,6}[-\w]", line))
                last = max(i for i, line in enumerate(lines) if re.match(" +-h,", line))
                for i, (line, after) in enumerate(zip(lines, lines[1:])):
                    with self.subTest(args=args, width=width, line=after):
                        if first < i < last:
                            self.assertNotRegex(after, "^[a-z]")
                        if re.match("[^ ]", line) and re.match("[a-z]+ ", after):
                            self.assertGreaterEqual(len(f"{line} {after.split()[0]}"), width - 1)

    def test_man_page_names_the_same_options(self):
        with open(f"{pconc.ROOT}/cmd/pconc.1", encoding="utf-8") as file:
            page = set(re.findall(r"^\.It Fl -([a-z-]+)", file.read(), re.MULTILINE))
        help_text = "".join(pconc.run(command, "--help").out for command in COMMANDS)
        shown = set(re.findall(r"^ +(?:-\w, )?--([a-z-]+)", help_text, re.MULTILINE))
        self.assertEqual(shown - {"help"}, page)

    def test_man_page_has_a_synopsis_of_every_command(self):
        with open(f"{pconc.ROOT}/cmd/pconc.1", encoding="utf-8") as file:
            synopsis = re.search(r"^\.Sh SYNOPSIS\n(.*?)^\.Sh ", file.read(), re.M | re.S)[1]
        in_synopsis = re.findall(r"^\.Nm\n\.Cm (\w+)", synopsis, re.MULTILINE)
        commands = pconc.run("--help").out.split("Commands:\n")[1].split("\n\n")[0]
        in_help = re.findall(r"^  (\w+) ", commands, re.MULTILINE)
        self.assertCountEqual(in_help, in_synopsis)
        self.assertCountEqual(COMMANDS, in_help)


class Version(pconc.Case):
    def test_says_version_and_commit(self):
        result = pconc.run("--version")
        self.assertFine(result)
        self.assertRegex(result.out, r"^pconc \d+\.\d+\.\d+( \([0-9a-f]+(-dirty)?\))?\n$")


class List(pconc.Case):
    def test_shows_executors_and_workloads(self):
        result = pconc.run("list")
        self.assertFine(result)
        for name in ("serial", "threads", "processes", "coroutines", "sleep", "gcd", "noop"):
            self.assertRegex(result.out, rf"(?m)^  {name} ")

    def test_shows_each_parameter_with_type_range_and_default(self):
        text = pconc.run("list").out
        self.assertRegex(text, r"duration: duration, 0\w* to 1h, default 10ms")
        self.assertRegex(text, r"blocking: true or false, default false")
        self.assertRegex(text, r"chunk: count, auto or 1 to \S+, default auto")
        self.assertRegex(text, r"stack: size, 16KiB to 64MiB, default 64KiB")

    def test_can_be_asked_for_one_kind(self):
        self.assertNotIn("Workloads", pconc.run("list", "executors").out)
        self.assertNotIn("Executors", pconc.run("list", "workloads").out)

    def test_shows_the_formats_that_help_names(self):
        listed = re.findall(r"(?m)^  ([\w-]+) ", pconc.run("list", "formats").out)
        help_text = " ".join(pconc.run("show", "--help").out.split())
        self.assertGreater(len(listed), 10)
        self.assertIn(": " + ", ".join(listed), help_text)

    def test_fits_80_columns(self):
        for line in pconc.run("list").out.splitlines():
            self.assertLessEqual(len(line), 80, line)

    def test_suggests_what_it_can_list(self):
        self.assertRefused(pconc.run("list", "worklods"), "did you mean 'workloads'?")


class WrongUsage(pconc.Case):
    def test_no_command_prints_short_usage(self):
        result = pconc.run()
        self.assertCode(2, result)
        self.assertEqual("", result.out)
        self.assertLess(len(result.err.splitlines()), 5)
        self.assertIn("pconc --help", result.err)

    # arguments; parts of the message
    CASES = (
        (["becnh"], ["unknown command 'becnh'", "did you mean 'bench'?"]),
        (["xyzzy"], ["unknown command 'xyzzy'", "bench, ab, compare, list, new, show, validate, verify"]),
        (["--verson"], ["unknown option '--verson'", "did you mean '--version'?"]),
        (["bench", "--formt=json"], ["--formt=json", "did you mean '--format'?"]),
        (["bench", "--xyzzy"], ["unknown option '--xyzzy'", "see 'pconc bench --help'"]),
        (["bench", "-z"], ["unknown option '-z'"]),
        (["bench", "-zq", "x"], ["unknown option '-zq'"]),
        (["bench", "--w=1"], ["'--w'", "--workload", "--workers", "--warmup"]),
        (["bench", "--jobs"], ["--jobs", "needs a value", "--jobs=N"]),
        (["bench", "--quiet=yes"], ["--quiet", "takes no value"]),
        (["bench", "--format=jsn"], ["--format: ", "'jsn'", "did you mean 'json'?"]),
        (["bench", "--color=allways"], ["--color: ", "did you mean 'always'?"]),
        (["bench", "--output="], ["--output: ", "empty"]),
        (["bench", "--executor=thraeds"], ["--executor: ", "did you mean 'threads'?"]),
        (["bench", "--executor=serial,,threads"], ["--executor: ", "''"]),
        (["bench", "--executor="], ["--executor: ", "''"]),
        (["bench", "--workload=gdc"], ["--workload: ", "did you mean 'gcd'?"]),
        (["bench", "--workload=sleep,gdc"], ["--workload: ", "did you mean 'gcd'?"]),
        (["bench", "--jobs=x"], ["--jobs: ", "'x'"]),
        (["bench", "--jobs=10x"], ["--jobs: ", "'10x'"]),
        (["bench", "--jobs=1,2"], ["--jobs: ", "'1,2'"]),
        (["bench", "--jobs=-1"], ["--jobs: ", "'-1'"]),
        (["bench", "--jobs=99999999999999999999"], ["--jobs: "]),
        (["bench", "--workers=0"], ["--workers: ", "'0'"]),
        (["bench", "--workers=1,99999"], ["--workers: ", "'99999'"]),
        (["bench", "--workers=2,"], ["--workers: ", "''"]),
        (["bench", "--rounds=0"], ["--rounds: "]),
        (["bench", "--rounds=1e9"], ["--rounds: "]),
        (["bench", "--warmup=-1"], ["--warmup: "]),
        (["bench", "--timeout=5"], ["--timeout: ", "'5'"]),
        (["bench", "--timeout=0s"], ["--timeout: "]),
        (["bench", "--seed=abc"], ["--seed: ", "'abc'"]),
        (["bench", "--filter=nothing/like/this"], ["--filter: "]),
        (["bench", "--param=duration"], ["--param: 'duration' has no '='", "NAME=VALUE"]),
        (["bench", "--param==1s"], ["--param: '=1s' has no name"]),
        (["bench", "--param=duration=1s", "--param=duration=2s"],
         ["--param: 'duration' is given twice"]),
        (["bench", "--pool=chunk=1", "--pool=chunk=1"], ["--pool: 'chunk' is given twice"]),
        (["bench", "--param=duratoin=1s"], ["--param: ", "did you mean 'duration'?"]),
        (["bench", "--param=duration=fast"], ["--param: ", "'fast'"]),
        (["bench", "--param=duration=2h"], ["--param: ", "1h"]),
        (["bench", "--pool=chnk=1"], ["--pool: ", "did you mean 'chunk'?"]),
        (["bench", "--workload=gcd", "--param=duration=1s"], ["--param: ", "duration"]),
        (["bench", "no-such-file.yaml"], ["no-such-file.yaml"]),
        (["validate"], ["pconc validate CONFIG"]),
        (["validate", "--quiet"], ["unknown option '--quiet'"]),
    )

    def test_exits_2_with_a_sentence(self):
        for args, pieces in self.CASES:
            with self.subTest(" ".join(args)):
                self.assertRefused(pconc.run(*args), *pieces)

    def test_long_junk_is_cut(self):
        for option in ("--executor", "--param", "--jobs", "--format", "--x"):
            with self.subTest(option):
                result = pconc.run("bench", f"{option}={'y' * 5000}")
                self.assertRefused(result)
                self.assertLess(len(result.err), 1200)


if __name__ == "__main__":
    unittest.main()
