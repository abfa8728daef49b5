# SPDX-License-Identifier: MIT
# runs under ASan
"""Saved results: written besides other output, shown again in any format, verified."""

import json
import os
import re
import unittest

import formats
import pconc

DATA = os.path.join(pconc.ROOT, "tests", "data")
WITNESS = os.path.join(DATA, "results", "schema-1.json")
# A comparison that names no rule: it was judged by the median, with three looks and one alpha.
EARLIER = os.path.join(DATA, "results", "ab-median.json")
# The session of the unit tests, in each format that they compare with a file.
FIXTURE = os.path.join(DATA, "report", "result.json")
GOLDEN = {"markdown": "markdown.md", "junit": "junit.xml", "table": "table-unlimited.txt",
          "json": "result.json"}


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


class Saved(pconc.Case):
    """One session with parameters of every type, a twin, and a case that fails."""

    CONFIG = ("rounds: 6\nwarmup: 0\nruns:\n"
              "  - {name: 'a|b', workload: sleep, jobs: 2, workers: 2, params: {duration: 1ms},\n"
              "     matrix: {executor: [serial, threads, coroutines], pool: {chunk: [1, auto]}}}\n"
              "  - {workload: exec, jobs: 2, workers: 2, params: {command: 'false'},\n"
              "     matrix: {executor: [serial]}}\n")

    @classmethod
    def setUpClass(cls):
        cls.home = pconc.temporary_folder(cls)
        cls.path = os.path.join(cls.home, "r.json")
        config = os.path.join(cls.home, "c.yaml")
        with open(config, "w", encoding="utf-8") as file:
            file.write(cls.CONFIG)
        cls.bench = pconc.run("bench", config, "--allow-exec", "--control", f"--save={cls.path}",
                              *(f"--output={cls.home}/r.{name}" for name in ("csv", "md", "xml")))

    def test_is_written_beside_the_other_output(self):
        self.assertCode(3, self.bench)
        self.assertIn("'exec/serial/1' failed", self.bench.err)
        self.assertEqual({"c.yaml", "r.csv", "r.json", "r.md", "r.xml"}, set(os.listdir(self.home)))
        report = formats.read_json_file(self.path)
        self.assertEqual(6, report["plan"]["rounds"])
        self.assertEqual("duration", report["parameters"]["workloads"]["sleep"]["duration"]["type"])
        self.assertEqual("auto", report["parameters"]["executors"]["threads"]["chunk"]["zero_word"])

    def test_shows_what_bench_printed(self):
        shown = pconc.run("show", self.path)
        self.assertFine(shown)
        self.assertEqual(self.bench.out, shown.out)
        self.assertEqual("", shown.err)

    def test_shows_what_bench_wrote_in_every_format(self):
        for form, name in (("csv", "r.csv"), ("markdown", "r.md"), ("junit", "r.xml"),
                           ("json", "r.json")):
            with self.subTest(form):
                shown = pconc.run("show", self.path, f"--format={form}")
                self.assertFine(shown)
                self.assertEqual(read(os.path.join(self.home, name)), shown.out)

    def test_every_format_is_sound(self):
        formats.read_json(read(self.path))
        rows = formats.read_csv(read(os.path.join(self.home, "r.csv")))
        self.assertIn("duration=1ms", rows[0]["params"])
        tables = formats.read_markdown(read(os.path.join(self.home, "r.md")))
        self.assertEqual(2, len(tables))
        formats.check_junit(read(os.path.join(self.home, "r.xml")))

    def test_files_are_written_as_output_is(self):
        path = os.path.join(self.folder, "copy.md")
        shown = pconc.run("show", self.path, f"--output={path}")
        self.assertFine(shown)
        self.assertEqual("", shown.out)
        self.assertEqual(read(os.path.join(self.home, "r.md")), read(path))
        self.assertEqual(["copy.md"], os.listdir(self.folder))

    def test_reads_standard_input(self):
        with open(self.path, "rb") as file:
            self.assertEqual(self.bench.out, pconc.run("show", "-", stdin=file).out)
        with open(self.path, "rb") as file:
            self.assertFine(pconc.run("verify", "-", stdin=file))

    def test_colour_is_shown_if_asked_for(self):
        self.assertIn("\x1b[", pconc.run("show", self.path, "--color=always").out)
        self.assertNotIn("\x1b[", pconc.run("show", self.path).out)

    def test_several_files_are_shown_one_after_another(self):
        shown = pconc.run("show", self.path, WITNESS)
        self.assertFine(shown)
        self.assertEqual(f"{self.path}\n\n{self.bench.out}\n{WITNESS}\n\n"
                         f"{pconc.run('show', WITNESS).out}", shown.out)
        for form in ("json", "csv", "junit"):
            self.assertRefused(pconc.run("show", self.path, WITNESS, f"--format={form}"),
                               "--format", "show one FILE at a time")
        self.assertRefused(pconc.run("show", self.path, WITNESS, "--output=x"), "--output")

    def test_verify_finds_it_bit_for_bit(self):
        result = pconc.run("verify", self.path)
        self.assertFine(result)
        self.assertRegex(result.out, r"r\.json: [1-9]\d* values follow from [1-9]\d* samples, "
                         r"bit for bit\n$")
        self.assertEqual("", result.err)

    def spoiled(self, change):
        report = json.loads(read(self.path))
        change(report)
        return self.write("spoiled.json", json.dumps(report))

    def test_verify_names_the_figure_that_does_not_follow(self):
        def change(report):
            summary = report["cases"][0]["summary"]
            summary["time_ns"] = summary["time_ns"] * (1 + 1e-15)
        result = pconc.run("verify", self.spoiled(change))
        self.assertCode(3, result)
        self.assertRegex(result.out, r"spoiled\.json: cases\[0\]\.summary\.time_ns is [\d.]+, but "
                         r"the samples give [\d.]+\n")
        self.assertRegex(result.err, r"^pconc: .*spoiled\.json: 1 of \d+ values do not follow")

    def test_verify_finds_a_changed_sample(self):
        def change(report):
            for sample in report["cases"][1]["samples"]:
                sample["run_ns"] *= 0.5
        result = pconc.run("verify", self.spoiled(change))
        self.assertCode(3, result)
        self.assertIn("cases[1].summary.run_ns", result.out)

    def test_verify_of_another_build_allows_its_last_bits(self):
        def change(report):
            report["environment"]["compiler"] = "tcc 0.9"
            report["cases"][0]["summary"]["time_ns"] *= 1 + 1e-15
        result = pconc.run("verify", self.spoiled(change))
        self.assertFine(result)
        self.assertIn("written with compiler tcc 0.9; the last bits may differ", result.out)
        self.assertIn("to 12 digits", result.out)

    def test_unreadable_files_are_refused(self):
        other = self.spoiled(lambda report: report.update(schema=2))
        for path, piece in ((other, "schema 2"), (self.path + "x", "No such file"),
                            (os.path.join(self.home, "r.csv"), "not JSON"),
                            (self.home, "Is a directory")):
            for command in ("show", "verify"):
                with self.subTest(command + path):
                    self.assertRefused(pconc.run(command, path), f"pconc: {path}", piece)

    def test_one_unreadable_file_does_not_hide_the_others(self):
        for command in ("show", "verify"):
            result = pconc.run(command, "/nowhere", self.path)
            self.assertCode(2, result)
            self.assertEqual(1, len(result.err.splitlines()), result)
            self.assertIn(self.path, result.out)


class Latency(pconc.Case):
    """Recorded latencies, in all formats and commands."""

    def saved(self, *args):
        path = os.path.join(self.folder, "r.json")
        others = [os.path.join(self.folder, f"r.{name}") for name in ("csv", "md", "xml")]
        result = pconc.run(*args, "--latency", f"--save={path}",
                           *(f"--output={other}" for other in others))
        for form, other in zip(("csv", "markdown", "junit"), others):
            self.assertEqual(read(other), pconc.run("show", path, f"--format={form}").out)
        self.assertEqual(result.out, pconc.run("show", path).out)
        self.assertEqual(read(path), pconc.run("show", path, "--format=json").out)
        self.assertFine(pconc.run("verify", path))
        formats.check_junit(read(others[2]))
        return (result, formats.read_json_file(path), formats.read_csv(read(others[0])),
                formats.read_markdown(read(others[1])))

    def test_bench_shows_latencies(self):
        result, report, rows, tables = self.saved(
            "bench", "--workload=sleep", "--param=duration=2ms", "--executor=all", "--jobs=4",
            "--workers=2", "--warmup=1", "--rounds=1")
        self.assertFine(result)
        self.assertIn("latency of single jobs", result.out)
        self.assertEqual(2, len(tables))
        for case, row in zip(report["cases"], rows):
            found = case["samples"][0]["latency"]
            self.assertEqual(4 * case["passes"], found["jobs"])
            self.assertEqual(str(found["p99_ns"]), row["latency_p99_ns"])
            self.assertEqual(found["p50_ns"], case["summary"]["latency"]["p50_ns"])
            self.assertGreaterEqual(found["suspended_ns"], 2e6, case["id"])

    def test_rows_of_impossible_cases_have_every_column(self):
        result = pconc.run("bench", "--workload=spawn", "--executor=threads,coroutines", "--jobs=1",
                           "--rounds=1", "--latency", "--format=csv")
        self.assertFine(result)
        rows = formats.read_csv(result.out)
        self.assertEqual(["", "1"], sorted(row["latency_jobs"] and "1" for row in rows))

    def test_expensive_recording_is_reported(self):
        _, report, _, _ = self.saved("bench", "--workload=noop", "--executor=serial",
                                     "--jobs=1000", "--rounds=1")
        sample = report["cases"][0]["samples"][0]
        self.assertGreater(sample["latency"]["recording_ns"], 0)
        # A fixed share, because the measured one depends on the load of the machine.
        for share, told in ((0.5, True), (0.01, False)):
            sample["run_ns"] = 1000 * sample["latency"]["recording_ns"] / share
            shown = pconc.run("show", self.write("share.json", json.dumps(report)))
            self.assertFine(shown)
            line = "recording: takes up to 50% of a job's time on its worker (noop/serial/1)"
            self.assertEqual(told, line in shown.out, shown)

    def test_comparisons_show_both_sides(self):
        result, report, rows, tables = self.saved(
            "ab", "serial", "threads", "--workload=sleep", "--param=duration=1ms", "--jobs=2",
            "--rounds=20", "--max-time=2s", "--fail-on=never")
        self.assertIn(result.code, (0, 3), result)
        self.assertIn("A serial", result.out)
        self.assertIn("B threads", result.out)
        self.assertEqual({"A", "B", "control"}, {row["side"] for row in rows})
        self.assertIn("comparison", report)
        self.assertEqual(2, len(tables))

    def test_verify_judges_comparisons_anew(self):
        _, report, _, _ = self.saved(
            "ab", "serial", "coroutines", "--workload=sleep", "--param=duration=1ms", "--jobs=2",
            "--rounds=20", "--max-time=2s", "--fail-on=never")
        row = report["comparison"]["rows"][0]
        row["verdict"] = "regressed" if row["verdict"] != "regressed" else "improved"
        result = pconc.run("verify", self.write("spoiled.json", json.dumps(report)))
        self.assertCode(3, result)
        self.assertIn("comparison.rows[0].verdict is", result.out)

    def test_verify_compares_no_sentence_of_another_build(self):
        _, report, _, _ = self.saved(
            "ab", "serial", "coroutines", "--workload=sleep", "--param=duration=1ms", "--jobs=2",
            "--rounds=20", "--max-time=2s", "--fail-on=never")
        report["comparison"]["rows"][0]["note"] = "a sentence of another build"
        report["comparison"]["advice"] = "another one"
        for compiler, code in ((report["environment"]["compiler"], 3), ("tcc 0.9", 0)):
            report["environment"]["compiler"] = compiler
            result = pconc.run("verify", self.write("sentences.json", json.dumps(report)))
            self.assertCode(code, result)


class Shipped(pconc.Case):
    def test_files_of_the_tests_obey_the_schema(self):
        for path in (WITNESS, FIXTURE, os.path.join(DATA, "report", "comparison.json")):
            formats.read_json_file(path)

    def test_comparisons_are_sound_in_every_format(self):
        folder = os.path.join(DATA, "report")
        rows = formats.read_csv(read(os.path.join(folder, "comparison.csv")))
        self.assertEqual({"regressed", "inconclusive", ""}, {row["verdict"] for row in rows})
        self.assertEqual([4], [len(table) for table in
                               formats.read_markdown(read(os.path.join(folder, "comparison.md")))])
        formats.check_junit(read(os.path.join(folder, "comparison.xml")))

    def test_the_first_file_of_schema_1_is_read(self):
        result = pconc.run("verify", WITNESS)
        self.assertFine(result)
        self.assertIn("last bits may differ", result.out)
        shown = pconc.run("show", WITNESS)
        self.assertFine(shown)
        self.assertIn("seed 18446744073709551615", shown.out)
        self.assertRegex(shown.out, r"(?m)^coroutines +1 +2\.070 ms +2\.062\.\.2\.074")
        self.assertIn("failed: wrong/serial/1: 3 of 3 samples, then given up", shown.out)
        for form in ("json", "csv", "markdown", "junit"):
            self.assertFine(pconc.run("show", WITNESS, f"--format={form}"))

    def test_an_earlier_comparison_keeps_its_verdict(self):
        self.assertFine(pconc.run("verify", EARLIER))
        shown = pconc.run("show", EARLIER)
        self.assertFine(shown)
        self.assertRegex(shown.out, r"1\.056x +1\.048\.\.1\.071 +regressed +5\+12\n")
        self.assertIn("with a power of 90%: 4.9%", shown.out)
        report = json.loads(read(EARLIER))
        report["comparison"]["settings"]["rule"] = "signed-rank"
        self.assertCode(3, pconc.run("verify", self.write("other.json", json.dumps(report))))
        report["comparison"]["settings"]["rule"] = "dice"
        self.assertRefused(pconc.run("show", self.write("other.json", json.dumps(report))),
                           "'comparison' cannot be judged: the rule 'dice' is unknown; use the "
                           "version of pconc that wrote it")

    def test_fixture_is_shown_as_the_emitters_printed_it(self):
        for form, name in GOLDEN.items():
            with self.subTest(form):
                shown = pconc.run("show", FIXTURE, f"--format={form}")
                self.assertFine(shown)
                self.assertEqual(read(os.path.join(DATA, "report", name)), shown.out)

    def test_schema_refuses_unknown_members(self):
        for change in (lambda report: report.update(more=1),
                       lambda report: report["cases"][0].pop("jobs"),
                       lambda report: report["cases"][0]["samples"][0].update(run_ns=None),
                       lambda report: report["environment"].update(kernel=1)):
            report = json.loads(read(FIXTURE))
            change(report)
            with self.assertRaises(formats.jsonschema.ValidationError):
                formats.read_json(json.dumps(report))


class Usage(pconc.Case):
    BENCH = ("bench", "--workload=noop", "--executor=serial", *pconc.SMALL)

    def test_a_file_is_needed(self):
        for command in ("show", "verify"):
            self.assertRefused(pconc.run(command), f"{command} needs a file")

    def test_save_needs_a_name_of_its_own(self):
        path = os.path.join(self.folder, "r.json")
        self.assertRefused(pconc.run(*self.BENCH, "--save="), "--save", "empty")
        self.assertRefused(pconc.run(*self.BENCH, "--save=-"), "--save", "'-'")
        self.assertRefused(pconc.run(*self.BENCH, f"--save={path}", f"--output={path}"),
                           "--output", "twice")
        self.assertRefused(pconc.run(*self.BENCH, *(f"--save={path}{i}" for i in range(17))),
                           "more than 16 files")
        self.assertRefused(pconc.run(*self.BENCH, "--save=/nowhere/r.json"), "/nowhere/r.json")
        self.assertEqual([], os.listdir(self.folder))

    def test_save_leaves_standard_output_to_format(self):
        path = os.path.join(self.folder, "r")
        result = pconc.run(*self.BENCH, f"--save={path}", "--format=markdown", "--quiet")
        self.assertFine(result)
        self.assertEqual(1, len(formats.read_markdown(result.out)))
        formats.read_json_file(path)

    def test_an_old_file_stays_if_nothing_is_measured(self):
        path = self.write("r.json", "old")
        self.assertCode(2, pconc.run(*self.BENCH, "--jobs=x", f"--save={path}"))
        self.assertEqual("old", read(path))
        self.assertEqual(["r.json"], os.listdir(self.folder))

    def test_one_full_disk_does_not_cost_the_other_files(self):
        path = os.path.join(self.folder, "r.json")
        result = pconc.run(*self.BENCH, "--output=/dev/full", f"--save={path}")
        self.assertCode(3, result)
        self.assertIn("/dev/full", result.err)
        formats.read_json_file(path)
        self.assertTrue(re.search(r"(?m)^serial ", result.out), result)


if __name__ == "__main__":
    unittest.main()
