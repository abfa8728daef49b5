# SPDX-License-Identifier: MIT
# runs under ASan
"""compare judges saved sessions, and says why if it cannot."""

import copy
import json
import os
import unittest

import formats
import pconc

MS = 1000000


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


class Compare(pconc.Case):
    measured = None  # once for all tests
    saved = 0

    def setUp(self):
        super().setUp()
        if Compare.measured:
            return
        path = os.path.join(self.folder, "measured.json")
        self.assertFine(pconc.run("bench", "--workload=noop", "--executor=serial,threads",
                                  "--rounds=12", "--warmup=0", "--jobs=2", "--workers=2", "--seed=1",
                                  f"--save={path}", "--quiet"))
        with open(path, encoding="utf-8") as text:
            Compare.measured = json.load(text)

    def save(self, name, factor, change=None):
        """A copy of the measured session in which everything takes about `factor` ms."""
        session = copy.deepcopy(self.measured)
        Compare.saved += 1
        session["environment"]["started"] = f"2026-01-31T12:{Compare.saved // 60:02}:" \
                                            f"{Compare.saved % 60:02}Z"
        for case in session["cases"]:
            for number, sample in enumerate(case["samples"]):
                sample["startup_ns"] = sample["shutdown_ns"] = 0
                sample["run_ns"] = factor * MS * (1 + 0.0001 * number)
        if change:
            change(session)
        return self.write(f"{name}.json", json.dumps(session))

    def sides(self, base, new):
        return ([self.save(f"base{i}", factor) for i, factor in enumerate(base)],
                [self.save(f"new{i}", factor) for i, factor in enumerate(new)])

    def compare(self, base, new, *options):
        base, new = self.sides(base, new)
        return pconc.run("compare", *options, *base, "--", *new)

    # Two rows: six sessions a side reach the level of half of 1%, five do not.
    SIX = (1.000, 1.001, 1.002, 1.003, 1.004, 1.005)

    def scaled(self, factor):
        return [factor * value for value in self.SIX]

    def test_verdicts_are_exit_codes(self):
        for factor, code, verdict in ((1.1, 1, "regressed"), (0.9, 0, "improved"),
                                      (1.001, 0, "equivalent"), (1.02, 4, "inconclusive")):
            with self.subTest(verdict):
                result = self.compare(self.SIX, self.scaled(factor))
                self.assertCode(code, result)
                self.assertRegex(result.out, rf"(?m)^noop/serial/1 .* {verdict} +6$")
                self.assertRegex(result.out, rf"(?m)^verdict: {verdict}$")

    def test_equivalent_has_a_level_of_its_own(self):
        """Five sessions a side cannot alarm in two rows, but they can show that nothing changed."""
        five = self.SIX[:5]
        path = os.path.join(self.folder, "compared.json")
        for factor, code, verdict in ((1.001, 0, "equivalent"), (1.1, 4, "inconclusive")):
            with self.subTest(verdict):
                base, new = self.sides(five, [factor * value for value in five])
                result = pconc.run("compare", *base, "--", *new, f"--save={path}")
                self.assertCode(code, result)
                self.assertRegex(result.out, rf"(?m)^noop/serial/1 .* {verdict} +5$")
                self.assertFine(pconc.run("verify", path))
        base, new = self.sides(five, five)
        report = json.loads(pconc.run("compare", *base, "--", *new, "--format=json").out)
        self.assertEqual([0.05, 0.05], [row["level"] for row in report["comparison"]["rows"]])
        del report["comparison"]["settings"]["equal_alpha"]
        shown = pconc.run("show", self.write("earlier.json", json.dumps(report)))
        self.assertRegex(shown.out, r"(?m)^noop/serial/1 .* inconclusive +5$")

    def test_a_case_may_have_a_threshold_of_its_own(self):
        def set_threshold(session):
            session["cases"][1]["threshold"] = 0.2

        base = [self.save(f"base{i}", factor) for i, factor in enumerate(self.SIX)]
        new = [self.save(f"new{i}", factor, set_threshold)
               for i, factor in enumerate(self.scaled(1.1))]
        saved = os.path.join(self.folder, "compared.json")
        for options, second in (([], "equivalent"), (["--threshold=2%"], "regressed")):
            with self.subTest(options):
                result = pconc.run("compare", *options, *base, "--", *new, f"--save={saved}")
                self.assertCode(1, result)
                self.assertRegex(result.out, r"(?m)^noop/serial/1 .* regressed +6$")
                self.assertRegex(result.out, rf"(?m)^noop/threads/2 .* {second} +6$")
                self.assertFine(pconc.run("verify", saved))

    def test_few_sessions_are_inconclusive(self):
        result = self.compare(self.SIX[:4], self.scaled(2))
        self.assertCode(4, result)
        self.assertIn("4 and 6 sessions cannot separate a change from drift between sessions; save at "
                      "least 6 a side, or allow for drift with --drift=10%", result.out)
        self.assertIn("in one session, without drift between them: pconc ab", result.out)

    def test_assumed_drift_widens_the_interval(self):
        for factor, drift, code in ((2, "10%", 1), (1.1, "10%", 4), (1.1, "5%", 1), (0.5, "10%", 0)):
            with self.subTest(factor=factor, drift=drift):
                result = self.compare([1], [factor], f"--drift={drift}")
                self.assertCode(code, result)
        wide = self.compare(self.SIX, self.scaled(1.1), "--drift=10%")
        self.assertCode(4, wide)

    def test_other_settings_are_refused(self):
        def environment(name, value):
            return lambda session: session["environment"].__setitem__(name, value)

        def top(name, value):
            return lambda session: session.__setitem__(name, value)

        def plan(name, value):
            return lambda session: session["plan"].__setitem__(name, value)

        def case(name, value):
            return lambda session: session["cases"][1].__setitem__(name, value)

        def parameter(session):
            session["cases"][1]["pool"]["chunk"] = 7

        def workload(session):
            session.update(json.loads(json.dumps(session).replace(
                '"workload": "noop"', '"workload": "other"').replace('"noop": {', '"other": {')))

        def latency(session):
            for sample in session["cases"][0]["samples"]:
                sample["latency"] = {"jobs": 2, "p50_ns": 1, "p90_ns": 1, "p99_ns": 1, "p999_ns": 1,
                                     "max_ns": 1, "waiting_ns": 1.0, "running_ns": 1.0,
                                     "suspended_ns": 1.0, "recording_ns": 1.0}

        changes = ((environment("cpu_model", "Another"), "CPU: "),
                   (environment("machine", "Another"), "machine: "),
                   (environment("kernel", "Another"), "kernel: "),
                   (environment("online_cpus", 77), "CPUs online: "),
                   (environment("usable_cpus", 77), "usable CPUs: "),
                   (environment("cpu_quota", 0.7), "CPU quota: "),
                   (environment("governor", "powersave"), "governor: "),
                   (environment("compiler", "another"), "compiler of pconc: "),
                   (environment("flags", "-O0"), "build flags of pconc: "),
                   (top("pconc", "0.0.1"), "pconc: "),
                   (plan("warmup", 3), "warm-up runs: "), (plan("slow_ns", 5), "--slow-task"),
                   (latency, "--latency: "), (workload, "workload of 'noop/serial/1': "),
                   (parameter, "parameters of 'noop/threads/2': "), (case("jobs", 3), "parameters of "),
                   (case("prepare", "true"), "prepare of 'noop/threads/2': "),
                   (case("cleanup", "true"), "cleanup of 'noop/threads/2': "),
                   (case("passes", 7), "passes of 'noop/threads/2' "))
        base = self.save("base", 1)
        for change, piece in changes:
            with self.subTest(piece):
                new = self.save("new", 1, change)
                self.assertRefused(pconc.run("compare", base, "--", new),
                                   "the sessions are not comparable: " + piece, base, new,
                                   "--lenient")
                lenient = pconc.run("compare", "--lenient", base, "--", new)
                self.assertCode(4, lenient)
                self.assertIn("WARNING: the difference may come from the sessions", lenient.err)

    def test_an_impossible_case_is_no_row(self):
        def forbid(session):
            session["cases"][1].update(samples=[], impossible="threads cannot do this")

        base = [self.save(f"base{i}", factor, forbid) for i, factor in enumerate(self.SIX)]
        new = [self.save(f"new{i}", factor, forbid) for i, factor in enumerate(self.scaled(1.001))]
        result = pconc.run("compare", *base, "--", *new)
        self.assertFine(result)
        self.assertNotIn("noop/threads/2", result.out)

    def test_a_session_counts_once(self):
        base, new = self.save("base", 1), self.save("new", 2)
        twin = self.write("twin.json", read(base))
        for args, pair in (((base, base, "--", new), (base, base)), ((base, "--", base), (base, base)),
                           ((base, twin, "--", new), (base, twin)),
                           ((base, "--", new, "--lenient", new), (new, new))):
            with self.subTest(args):
                self.assertRefused(pconc.run("compare", *args),
                                   f"'{pair[0]}' and '{pair[1]}' hold the same session")

    def test_another_set_of_cases_and_another_seed_are_compared(self):
        def rename(session):
            session.update(json.loads(json.dumps(session).replace('"noop/threads/2"', '"nop/threads/2"')))
            session["seed"] = 2

        base = [self.save(f"base{i}", factor) for i, factor in enumerate(self.SIX)]
        new = [self.save(f"new{i}", factor, rename) for i, factor in enumerate(self.SIX)]
        path = os.path.join(self.folder, "compared.json")
        for options, code, verdict in (([], 1, "missing"), (["--allow-missing"], 0, "equivalent")):
            result = pconc.run("compare", *options, *base, "--", *new, f"--save={path}")
            self.assertCode(code, result)
            self.assertIn("note: the sessions have different seeds", result.err)
            self.assertRegex(result.out, r"(?m)^noop/serial/1 .* equivalent +6$")
            self.assertRegex(result.out, r"(?m)^noop/threads/2 +- .* missing +-$")
            self.assertRegex(result.out, r"(?m)^nop/threads/2 +- .* new +-$")
            self.assertIn("if it is 'nop/threads/2' in B, give both the same name", result.out)
            self.assertIn("it may be 'noop/threads/2' of A, renamed", result.out.replace("\n", " "))
            self.assertRegex(result.out, rf"(?m)^verdict: {verdict}$")
            self.assertFine(pconc.run("verify", path))
            self.assertEqual(result.out, pconc.run("show", path).out)

    def test_each_metric_is_a_row(self):
        base, new = self.sides(self.SIX + (1.006,), self.scaled(1.1) + [1.107])
        path = os.path.join(self.folder, "compared.json")
        result = pconc.run("compare", "--metric=run,memory,p99", "--threshold=50%,run=1%", *base, "--", *new,
                           f"--save={path}")
        self.assertCode(1, result)
        self.assertRegex(result.out, r"(?m)^noop/serial/1 \[run\] .* 1% +regressed +7$")
        self.assertRegex(result.out, r"(?m)^noop/serial/1 \[memory\] .* MiB .* equivalent +7$")
        self.assertRegex(result.out, r"(?m)^noop/serial/1 \[p99\] +- .* inconclusive +0$")
        self.assertIn("latencies were not recorded; measure both sides with --latency",
                      " ".join(result.out.split()))
        self.assertEqual(result.out, pconc.run("show", path).out)
        self.assertFine(pconc.run("verify", path))
        self.assertEqual(6, len(formats.read_json_file(path)["comparison"]["rows"]))

    def test_a_side_with_wrong_results_has_failed(self):
        def fail(session):
            session["cases"][1]["samples"][3]["failure"] = "job 1 is wrong"
            for name in ("startup_ns", "warmup_ns", "run_ns", "run_sd_ns", "shutdown_ns", "elapsed_ns"):
                session["cases"][1]["samples"][3][name] = None

        base, new = self.save("base", 1), self.save("new", 1, fail)
        result = pconc.run("compare", base, "--", new, "--drift=10%", "--fail-on=never")
        self.assertCode(3, result)
        self.assertRegex(result.out, r"(?m)^noop/threads/2 .* failed ")
        self.assertIn(f"B failed in {new}: job 1 is wrong", result.out.replace("\n", " "))
        self.assertRegex(result.out, r"(?m)^verdict: failed$")

    def test_a_plan_without_a_common_case_is_refused_even_so(self):
        def rename(session):
            session.update(json.loads(json.dumps(session).replace('"noop/', '"other/')))

        base, new = self.save("base", 1), self.save("new", 1, rename)
        self.assertRefused(pconc.run("compare", base, "--", new), "no case is in all of the files")

    def test_formats(self):
        base, new = self.sides(self.SIX, self.scaled(1.1))
        path = os.path.join(self.folder, "verdict.xml")
        result = pconc.run("compare", *base, "--", *new, "--format=junit", f"--output={path}")
        self.assertCode(1, result)
        with open(path, encoding="utf-8") as text:
            self.assertIn("regressed", text.read())
        self.assertIn("| **regressed** ", pconc.run("compare", "--format=markdown", *base, "--",
                                                    *new).out)

    def test_is_saved_shown_and_verified(self):
        base, new = self.sides(self.SIX, self.scaled(1.1))
        folder = os.path.join(self.folder, "out")
        os.mkdir(folder)
        result = pconc.run("compare", *base, "--", *new, f"--save={folder}/r.json",
                           *(f"--output={folder}/r.{name}" for name in ("csv", "md", "xml")))
        self.assertCode(1, result)
        saved = os.path.join(folder, "r.json")
        report = formats.read_json_file(saved)
        self.assertEqual(6, len(report["comparison"]["compared"]["base"]))
        formats.check_junit(read(os.path.join(folder, "r.xml")))
        rows = formats.read_csv(read(os.path.join(folder, "r.csv")))
        self.assertEqual({"A", "B"}, {row["side"] for row in rows})
        self.assertEqual({*base, *new}, {row["session"] for row in rows})
        self.assertEqual({"regressed"}, {row["verdict"] for row in rows})
        self.assertEqual(result.out, pconc.run("show", saved).out)
        for form, name in (("csv", "csv"), ("markdown", "md"), ("junit", "xml"), ("json", "json")):
            with self.subTest(form):
                self.assertEqual(read(os.path.join(folder, f"r.{name}")),
                                 pconc.run("show", saved, f"--format={form}").out)
        self.assertFine(pconc.run("verify", saved))

    def test_verify_judges_anew(self):
        base, new = self.sides(self.SIX, self.scaled(1.1))
        text = pconc.run("compare", *base, "--", *new, "--format=json", "--fail-on=never").out

        def verdict(report):
            report["comparison"]["rows"][0]["verdict"] = "improved"

        def sample(report):
            compared = report["comparison"]["compared"]
            compared["base"][2]["result"]["cases"][0]["samples"][3]["run_ns"] *= 2

        for change, place in ((verdict, "comparison.rows[0].verdict is"),
                              (sample, "compared.base[2].result.cases[0].summary.")):
            report = formats.read_json(text)
            change(report)
            result = pconc.run("verify", self.write("spoiled.json", json.dumps(report)))
            self.assertCode(3, result)
            self.assertIn(place, result.out)

    def test_a_file_that_lies_about_its_sessions_is_refused(self):
        base, new = self.sides([1], [1.1])
        text = pconc.run("compare", *base, "--", *new, "--format=json", "--fail-on=never").out
        for change, piece in (
                (lambda sides: sides.update(base=[]), "is empty"),
                (lambda sides: sides["new"][0].update(result=sides["base"][0]["result"]),
                 "is not null"),
                (lambda sides: sides["base"][0].update(result=None), "is null"),
                (lambda sides: sides["base"][0].update(more=1), "is unknown"),
                (lambda sides: sides["base"][0]["result"].update(comparison={}),
                 "is a comparison itself"),
                (lambda sides: sides.update(drift=-1), "is -1, not within 0.."),
                (lambda sides: sides.update(threshold=-1), "is not between 0 and 10"),
                (lambda sides: sides.pop("threshold"), "threshold")):
            with self.subTest(piece):
                report = json.loads(text)
                change(report["comparison"]["compared"])
                path = self.write("spoiled.json", json.dumps(report))
                self.assertRefused(pconc.run("show", path), path, "comparison.compared", piece)

    def test_wrong_usage(self):
        one = self.save("one", 1)
        for args, piece in (([], "compare needs files on both sides"),
                            ([one, one], "compare needs files on both sides"),
                            (["--", one], "compare needs files on both sides"),
                            ([one, "--", "nowhere.json"], "nowhere.json"),
                            ([one, "--", one, "--drift=x"], "--drift: 'x'"),
                            ([one, "--", one, "--format=yaml"], "unknown format 'yaml'")):
            with self.subTest(args):
                self.assertRefused(pconc.run("compare", *args), piece)


class Baseline(pconc.Case):
    """bench --baseline measures, and compares with saved sessions."""

    BENCH = ("bench", "--workload=noop", "--executor=serial,threads", "--rounds=6", "--warmup=0",
             "--jobs=2", "--workers=2")

    def saved(self, *args):
        path = os.path.join(self.folder, "base.json")
        self.assertFine(pconc.run(*self.BENCH, *args, f"--save={path}", "--quiet"))
        return path

    def test_measures_with_seed_and_passes_of_the_base(self):
        base, new = self.saved(), os.path.join(self.folder, "new.json")
        result = pconc.run(*self.BENCH, f"--baseline={base}", f"--save={new}", "--fail-on=never")
        self.assertFine(result)
        before, after = formats.read_json_file(base), formats.read_json_file(new)
        self.assertEqual(before["seed"], after["seed"])
        self.assertEqual([case["passes"] for case in before["cases"]],
                         [case["passes"] for case in after["cases"]])
        self.assertCode(4, pconc.run("compare", base, "--", new))

    def test_few_sessions_are_inconclusive_and_point_to_ab(self):
        base = self.saved()
        result = pconc.run(*self.BENCH, f"--baseline={base}")
        self.assertCode(4, result)
        tables, verdict = result.out.index("\nnoop: 2 jobs\n"), result.out.index("\nverdict: ")
        self.assertLess(tables, verdict)
        self.assertIn("1 and 1 sessions cannot separate a change", " ".join(result.out.split()))
        self.assertIn("pconc ab", result.out)
        self.assertFine(pconc.run(*self.BENCH, f"--baseline={base}", "--fail-on=regressed"))

    def change(self, path, factor):
        with open(path, encoding="utf-8") as file:
            report = json.load(file)
        for case in report["cases"]:
            for sample in case["samples"]:
                for name in ("startup_ns", "shutdown_ns"):
                    sample[name] = int(sample[name] * factor)
                sample["run_ns"] *= factor
        return self.write("changed.json", json.dumps(report))

    def test_with_drift_one_session_is_judged(self):
        base = self.saved("--rounds=20")
        for factor, code, word in ((1e-6, 1, "regressed"), (1e6, 0, "improved")):
            with self.subTest(word):
                changed = self.change(base, factor)
                result = pconc.run(*self.BENCH, "--rounds=20", f"--baseline={changed}", "--drift=5%")
                self.assertCode(code, result)
                self.assertRegex(result.out, rf"(?m)^verdict: {word}$")

    def test_is_shown_and_verified_as_it_was_printed(self):
        base, new = self.saved(), os.path.join(self.folder, "new.json")
        result = pconc.run(*self.BENCH, f"--baseline={base}", f"--baseline={self.saved_twin(base)}",
                           f"--save={new}")
        self.assertCode(4, result)
        self.assertEqual(result.out, pconc.run("show", new).out)
        self.assertFine(pconc.run("verify", new))

    def saved_twin(self, base):
        twin = os.path.join(self.folder, "twin.json")
        self.assertFine(pconc.run(*self.BENCH, f"--baseline={base}", f"--save={twin}", "--quiet",
                                  "--fail-on=never"))
        return twin

    def test_a_mismatch_is_refused_before_measuring(self):
        base = self.saved()
        self.assertRefused(pconc.run(*self.BENCH, f"--baseline={base}", "--jobs=3"),
                           "not comparable: parameters of 'noop/serial/1'", "this session")
        self.assertRefused(pconc.run(*self.BENCH, f"--baseline={base}", "--latency"), "--latency: ")
        self.assertRefused(pconc.run(*self.BENCH, f"--baseline={base}", f"--baseline={base}"),
                           "hold the same session")
        self.assertRefused(pconc.run(*self.BENCH, "--baseline=nowhere.json"), "--baseline: nowhere")
        self.assertRefused(pconc.run(*self.BENCH, "--drift=5%"), "add it")
        lenient = pconc.run(*self.BENCH, f"--baseline={base}", "--jobs=3", "--lenient")
        self.assertCode(4, lenient)
        self.assertIn("WARNING: the difference may come from the sessions", lenient.err)


if __name__ == "__main__":
    unittest.main()
