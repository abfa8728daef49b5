# SPDX-License-Identifier: MIT
# runs under ASan
"""The formats of other tools: each is read by a strict reader (formats.py), also with hostile names.
The sessions are saved ones; nothing is measured."""

import json
import re
import unittest

import formats
import pconc
from sessions import COMPARISON, SESSION, compared, load, renamed

HOSTILE = ["a b", "a,b;c", "say \"hi\" 'now'", "Grüße ☃ 名", "two\nlines\r\n::error::x",
           "=cmd|' /C calc'!A0", "+1", "-1+2", "@SUM(A1)", "\t=1", "＝1+1", "<script>alert(1)</script>",
           "100%0A::error title=x::y", "##[error]x", "a|b", "\\", "`x`", "]]>", "a{b=\"c\"}", "x-8",
           "\u2028Benchmarkx 1 1 ns/op", "\x1b[31mred", "&amp;", "$x$", "# EOF", "[link](http://x)",
           # These are one name where a format has no line breaks.
           "u\nv", "u v", "u\x7fv",
           # Longer than Bencher allows, with a character where it must be cut.
           "é" * 1100]


class Case(pconc.Case):
    def show(self, session, form):
        path = self.write("session.json", json.dumps(session))
        result = pconc.run("show", path, f"--format={form}")
        self.assertFine(result)
        self.assertEqual("", result.err)
        return formats.READERS[form](result.out)


class Formats(Case):
    """The figures of each format are those of the saved samples."""

    def setUp(self):
        super().setUp()
        self.session = load(SESSION)
        self.cases = {case["id"]: case for case in self.session["cases"]}
        self.threads = self.cases["gcd/threads/2"]

    def times(self, case):
        return [sample["startup_ns"] + sample["run_ns"] + sample["shutdown_ns"]
                for sample in case["samples"] if not sample["failure"]]

    def test_gobench_has_a_line_for_each_valid_sample(self):
        samples = self.show(self.session, "gobench")
        valid = sum(len(self.times(case)) for case in self.cases.values())
        self.assertEqual(valid, len(samples))
        threads = [sample for sample in samples
                   if sample[:2] == ("gcd", {"executor": "threads", "workers": "2", "": "2"})]
        self.assertEqual(self.times(self.threads), [values["ns/op"] for *_, values, _ in threads])
        *_, values, config = threads[0]
        first = self.threads["samples"][0]
        self.assertAlmostEqual((first["user_ns"] + first["system_ns"]) / 1e9, values["cpu-s/op"], 4)
        self.assertEqual(first["max_rss_bytes"], values["peak-bytes"])
        self.assertEqual(self.session["environment"]["cpu_model"], config["cpu"])
        self.assertNotIn("governor", config)

    def test_gobench_names_what_varies_as_parts(self):
        parts = [parts for _, parts, *_ in self.show(self.session, "gobench")]
        self.assertIn({"executor": "threads", "workers": "2", "chunk": "16", "": "2"}, parts)
        self.assertIn({"executor": "threads", "workers": "2", "control": "true", "": "2"}, parts)
        self.assertIn({"executor": "coroutines", "workers": "1", "concurrency": "100000",
                       "stack": "128KiB", "": "2"}, parts)

    def test_gobench_names_the_sides_of_a_comparison(self):
        parts = [parts for _, parts, *_ in self.show(load(COMPARISON), "gobench")]
        self.assertEqual({("A", "serial"), ("control", "serial"), ("B", "coroutines")},
                         {(part["side"], part["executor"]) for part in parts})

    def test_pyperf_has_a_run_for_each_valid_sample(self):
        suite = self.show(self.session, "pyperf")
        valid = {case_id: case for case_id, case in self.cases.items() if self.times(case)}
        self.assertEqual(set(valid), set(suite))
        for name, runs in suite.items():
            values = [value for _, values, _ in runs for value in values]
            for expected, value in zip(self.times(valid[name]), values, strict=True):
                self.assertAlmostEqual(expected / 1e9, value, 12)
            self.assertEqual({"second"}, {metadata["unit"] for metadata, *_ in runs})
        self.assertEqual(2, suite["gcd/threads/2"][0][0]["usable_cpus"])

    def test_pyperf_has_the_mean_of_the_warm_up_runs(self):
        sample = self.threads["samples"][0]
        sample.update(warmup_runs=4, unsteady=False)
        [(loops, value)] = self.show(self.session, "pyperf")["gcd/threads/2"][0][2]
        self.assertEqual(4, loops)
        self.assertAlmostEqual(sample["warmup_ns"] / 4e9, value, 12)

    def test_services_get_medians_intervals_and_memory(self):
        figures = self.threads["summary"]
        low, high = figures["time_interval_ns"]
        bmf = self.show(self.session, "bmf")
        self.assertEqual({"latency": {"value": figures["time_ns"], "lower_value": low,
                                      "upper_value": high},
                          "memory": {"value": figures["max_rss_bytes"]}}, bmf["gcd/threads/2"])
        self.assertNotIn("slow-io/processes/4", bmf)  # all its samples failed
        smaller = self.show(self.session, "smaller-is-better")
        self.assertEqual(("ns", figures["time_ns"], f"± {(high - low) / 2:.6g}"),
                         tuple(smaller["gcd/threads/2"][key] for key in ("unit", "value", "range")))
        self.assertEqual(figures["max_rss_bytes"], smaller["gcd/threads/2: memory"]["value"])
        self.assertEqual(set(bmf), {name for name in smaller if not name.endswith(": memory")})

    def test_openmetrics_has_rounded_figures(self):
        families = self.show(self.session, "openmetrics")
        labels = {"case": "gcd/threads/2", "name": "gcd", "executor": "threads", "workers": "2"}
        self.assertIn((labels, 0.081), families["pconc_time_seconds"])
        self.assertIn((labels, 0), families["pconc_failed_samples"])
        for samples in families.values():
            for _, value in samples:
                self.assertEqual(float(f"{value:.1e}"), value)

    def test_openmetrics_is_the_same_for_another_session_with_the_same_figures(self):
        before = self.show(self.session, "openmetrics")
        self.session["seed"] += 1
        self.session["environment"].update(started="2027-01-01T00:00:00Z", load_before=1.0)
        for case in self.session["cases"]:
            for sample in case["samples"]:
                if sample["run_ns"]:
                    sample["run_ns"] *= 1.0001
        self.assertEqual(before, self.show(self.session, "openmetrics"))

    def test_github_annotates_failures(self):
        self.assertEqual([("error", "gcd/processes/2"), ("error", "slow-io/processes/4")],
                         [found[:2] for found in self.show(self.session, "github")])

    def test_junit_gives_each_case_its_own_name(self):
        """A run can have the name that the class of verdicts has."""
        session = compared({"comparison": 1})
        session["comparison"]["rows"][0]["id"] = "A:comparison/serial/1"
        cases = self.show(session, "junit")
        self.assertEqual(len(cases), len(set(cases)))


class Verdicts(Case):
    def test_github_annotates_verdicts(self):
        found = self.show(compared({"slow": 1.1, "fast": 0.8, "same": 1}), "github")
        self.assertEqual([("error", "slow/serial/1 vs slow/coroutines/1"),
                          ("notice", "fast/serial/1 vs fast/coroutines/1")],
                         [annotation[:2] for annotation in found])
        self.assertTrue(found[0][2].startswith("regressed: B takes 1.100x the time of A"))
        self.assertTrue(found[0][2].endswith("\nA: serial\nB: coroutines"))

    def test_github_annotates_cases_of_one_side(self):
        found = self.show(compared({"same": 1}, ["gone/serial/1"], ["more/serial/1"]), "github")
        self.assertEqual([("error", "gone/serial/1"), ("notice", "more/serial/1")],
                         [annotation[:2] for annotation in found])
        self.assertTrue(found[0][2].startswith("missing; only A has it"))

    def test_github_shows_the_ten_worst_and_counts_the_rest(self):
        session = compared({f"n{i}": 1.2 + 0.1 * i for i in range(13)})
        found = self.show(session, "github")
        self.assertEqual(["error"] * 10, [command for command, *_ in found])
        self.assertEqual([f"n{i}/" for i in range(12, 2, -1)],
                         [title.partition("serial")[0] for _, title, _ in found])
        self.assertTrue(found[-1][2].endswith("\n3 more errors: see the table"))
        for _, _, message in found[:-1]:
            self.assertNotIn("more errors", message)

    def test_openmetrics_has_the_state_of_each_verdict(self):
        families = self.show(compared({"slow": 1.1, "fast": 0.8}), "openmetrics")
        self.assertEqual({("slow/serial/1 vs slow/coroutines/1", "regressed"),
                          ("fast/serial/1 vs fast/coroutines/1", "improved")},
                         {(labels["pair"], labels["pconc_verdict"])
                          for labels, value in families["pconc_verdict"] if value == 1})


class Sessions(Case):
    """pconc compare of saved sessions."""

    def session(self):
        """Without the cases whose intervals are too wide: 20 rounds, each sample twice."""
        session = load(SESSION)
        session["plan"]["rounds"] = 20
        session["rounds_done"] = 20
        for case in session["cases"]:
            case["samples"] += [{**sample, "round": sample["round"] + 10}
                                for sample in case["samples"]]
        return session

    def compare(self, form):
        paths = []
        for name, factor in (("base.json", 1), ("new.json", 1.5)):
            session = self.session()
            session["environment"]["started"] = f"2026-02-0{len(paths) + 1}T12:00:00Z"
            for case in session["cases"]:
                for sample in case["samples"]:
                    if sample["run_ns"]:
                        sample["run_ns"] *= factor
            paths.append(self.write(name, json.dumps(session)))
        result = pconc.run("compare", paths[0], "--", paths[1], "--drift=1%", f"--format={form}")
        self.assertIn(result.code, (0, 1, 3, 4), result)
        return paths, formats.READERS[form](result.out)

    def test_every_format_is_sound(self):
        for form in formats.READERS:
            with self.subTest(form):
                self.assertTrue(self.compare(form)[1])

    def test_gobench_has_the_samples_of_both_sides(self):
        paths, samples = self.compare("gobench")
        self.assertEqual(dict(zip("AB", paths)),
                         {parts["side"]: config["session"] for _, parts, _, _, config in samples})
        starts = {parts["side"]: config["started"] for _, parts, _, _, config in samples}
        self.assertEqual({"A": "2026-02-01T12:00:00Z", "B": "2026-02-02T12:00:00Z"}, starts)

    def test_github_annotates_each_pair(self):
        found = [annotation[:2] for annotation in self.compare("github")[1]]
        self.assertIn(("error", "gcd/threads/2"), found)
        # Neither side has a sample of it.
        self.assertIn(("warning", "noop/processes/2"), found)


class Measured(pconc.Case):
    def test_github_obeys_no_line_of_a_measured_program(self):
        words = set()
        for args, code in (((), 0), (("--param=command=false", "--workload=exec"), 3)):
            result = pconc.run("bench", "--workload=noop", "--executor=serial", *pconc.SMALL[:3],
                               *args, "--format=github")
            self.assertCode(code, result)
            words.update(re.findall("::stop-commands::([0-9a-f]{32})\n", result.out))
            shown = formats.github_log(result.out + "::notice title=x::y\n")
            self.assertEqual("notice", shown[-1][0])
            self.assertEqual(1 + (code == 3), len(shown))
        self.assertEqual(2, len(words))


class HostileNames(Case):
    """Names, failures and environments that try to leave their cell, line or label."""

    def hostile(self, names):
        """A session with the cases of gcd for each name, which is also their failure."""
        session = load(SESSION)
        section = session["sections"][0]
        cases = [case for case in session["cases"] if case["id"] in section["cases"]]
        session["cases"], session["sections"] = [], []
        session["environment"]["cpu_model"] = "".join(names)[:100]
        for name in names:
            one = renamed({"cases": cases, "section": section}, "gcd", name)
            for sample in (sample for case in one["cases"] for sample in case["samples"]):
                sample["failure"] = name if sample["failure"] else None
            session["cases"] += one["cases"]
            session["sections"].append(one["section"])
        return session

    def test_nothing_breaks_out(self):
        """The readers are strict, and find as much as with plain names."""
        plain = self.hostile([f"plain{i}" for i in range(len(HOSTILE))])
        for form in formats.READERS:
            with self.subTest(form):
                self.assertEqual(len(self.show(plain, form)),
                                 len(self.show(self.hostile(HOSTILE), form)))

    def test_verdicts_do_not_break_out(self):
        session = compared({name: 1.5 for name in HOSTILE[:6]})
        for form in formats.READERS:
            with self.subTest(form):
                found = self.show(session, form)
                if form == "github":
                    self.assertEqual(6, len(found))
                if form == "openmetrics":
                    self.assertEqual(6 * 7, len(found["pconc_verdict"]))

    def test_names_come_back_as_they_were(self):
        """Where a format can hold them: with quotes, commas, '%' and UTF-8."""
        names = ["say \"hi\", 'now'", "100%0A::error title=x::y", "Grüße ☃ 名", "a\\b"]
        session = self.hostile(names)
        found = {form: set(self.show(session, form)) for form in ("pyperf", "bmf")}
        found["smaller-is-better"] = set(self.show(session, "smaller-is-better"))
        found["csv"] = {row["case"] for row in self.show(session, "csv")}
        found["openmetrics"] = {labels["case"] for labels, _ in
                                self.show(session, "openmetrics")["pconc_time_seconds"]}
        for form, cases in found.items():
            with self.subTest(form):
                self.assertLessEqual({f"{name}/threads/2" for name in names}, cases)
        self.assertEqual([(f"{name}/processes/2", True) for name in names],
                         [(title, message.endswith(name)) for (_, title, message), name in
                          zip(self.show(session, "github"), names, strict=True)])


if __name__ == "__main__":
    unittest.main()
