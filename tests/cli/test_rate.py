# SPDX-License-Identifier: MIT
"""Jobs that arrive at a rate: --rate and --arrivals. In virtual time, so that latencies are exact."""

import os
import unittest

import formats
import pconc

SLEEP_NS = 1000000
# One worker, jobs of 1 ms: 1000 jobs a second are its capacity.
ONE = ("--workload=sleep", "--param=duration=1ms", "--executor=serial", "--warmup=0", "--rounds=1",
       "--seed=3", "--timeout=1h")


class Rate(pconc.Case):
    def bench(self, *args):
        """In virtual time, where only sleeping takes any."""
        result = pconc.run("bench", *ONE, *args, env=pconc.virtual_clock(self.folder))
        self.assertFine(result)
        return result

    def bench_json(self, *args):
        return formats.read_json(self.bench(*args, "--format=json").out)

    def test_latency_is_that_of_the_queue(self):
        """Random arrivals and jobs of equal length at one server: an M/D/1 queue. Its mean wait is
        load * length / (2 (1 - load)), by Pollaczek and Khinchine. The bounds are those of random
        arrivals: a run of so many jobs is off by less, but for one seed in a hundred."""
        for rate, jobs in ((500, 20000), (800, 100000), (950, 500000)):
            with self.subTest(rate=rate):
                report = self.bench_json(f"--rate={rate}/s", "--arrivals=poisson", f"--jobs={jobs}")
                latency = report["cases"][0]["samples"][0]["latency"]
                length = latency["running_ns"] + latency["suspended_ns"]
                load = rate * length / 1e9
                expected = load * length / (2 * (1 - load))
                self.assertEqual(jobs, latency["jobs"])
                self.assertAlmostEqual(SLEEP_NS, length, delta=SLEEP_NS / 100)
                self.assertAlmostEqual(expected, latency["waiting_ns"], delta=expected / 10)
                self.assertNotIn("too_slow", report["cases"][0]["summary"]["latency"])

    def test_jobs_that_come_in_time_do_not_wait(self):
        report = self.bench_json("--rate=500/s", "--jobs=1000")
        latency = report["cases"][0]["samples"][0]["latency"]
        self.assertEqual((500, "constant"), (report["plan"]["rate"], report["plan"]["arrivals"]))
        self.assertEqual(1, report["cases"][0]["passes"])
        self.assertLess(latency["waiting_ns"], SLEEP_NS / 100)
        self.assertLess(latency["max_ns"], SLEEP_NS * 1.01)
        self.assertNotIn("late", latency)
        # The last job is due after 999 intervals of 2 ms.
        self.assertGreaterEqual(report["cases"][0]["samples"][0]["run_ns"], 999 * 2e6 + SLEEP_NS)

    def test_arrivals_depend_on_seed_and_round(self):
        def waits(*args):
            report = self.bench_json("--rate=800/s", "--arrivals=poisson", "--jobs=500", *args)
            return [round(sample["latency"]["waiting_ns"] / 1e4)
                    for sample in report["cases"][0]["samples"]]
        first = waits("--rounds=2")
        self.assertNotEqual(first[0], first[1])
        self.assertEqual(first, waits("--rounds=2"))
        self.assertNotEqual(first, waits("--rounds=2", "--seed=4"))

    def test_a_pool_that_is_too_slow_shows_that_instead_of_percentiles(self):
        path = os.path.join(self.folder, "r.json")
        table = self.bench("--rate=2000/s", "--jobs=1000", f"--save={path}").out
        report = formats.read_json_file(path)
        summary = report["cases"][0]["summary"]["latency"]
        self.assertTrue(summary["too_slow"])
        for name in ("p50_ns", "p99_ns", "max_ns", "waiting_ns"):
            self.assertIsNone(summary[name])
        # After 1 s the pool has started the last of 1000 jobs, and half of them wait as it is due.
        self.assertAlmostEqual(500, summary["backlog"], delta=5)
        self.assertGreater(summary["late_share"], 0.99)
        self.assertAlmostEqual(1000, summary["reached"], delta=60)
        note = table[table.index("too slow: "):]
        self.assertIn("sleep/serial/1 started only", note)
        self.assertIn("of 2000 jobs a second; 100% started more than 1 ms late", note)
        self.assertIn("1000 jobs at 2000/s (constant)", table)
        self.assertEqual(table, pconc.run("show", path).out)
        self.assertFine(pconc.run("verify", path))

    SEARCH = ("--rate=100..5000/s", "--latency-limit=1500us", "--rounds=6", "--jobs=5000")

    def test_finds_the_highest_rate_that_meets_the_limit(self):
        """Jobs of 1 ms that come one after another do not wait until 1000 come in a second."""
        path = os.path.join(self.folder, "r.json")
        table = self.bench(*self.SEARCH, f"--save={path}").out
        report = formats.read_json_file(path)
        self.assertEqual((100, 5000, 1500000), tuple(
            report["plan"][name] for name in ("rate_low", "rate", "latency_limit_ns")))
        case = report["cases"][0]
        self.assertEqual(6, len(case["samples"]))
        for sample in case["samples"]:
            self.assertTrue(970 <= sample["rate"] <= 1000, sample["rate"])
            self.assertLessEqual(sample["latency"]["p99_ns"], 1500000)
        rate = case["summary"]["latency"]["rate"]
        self.assertTrue(rate["interval"][0] <= rate["value"] <= rate["interval"][1])
        self.assertIn("at 100..5000/s (constant)", table)
        self.assertIn("the highest rate at which p99 is at most 1.5ms, and the latencies", table)
        self.assertRegex(table, r"(?m)^serial +1 +9[789]\d/s +9[789]\d\.\.9[789]\d ")
        self.assertEqual(table, pconc.run("show", path).out)
        self.assertFine(pconc.run("verify", path))

    def test_a_limit_that_is_never_or_always_met_is_a_failure(self):
        for args, said in (
                (("--latency-limit=900us",), "at 100/s, the lowest rate, the pool does not meet"),
                (("--rate=100..900/s",), "even at 900/s, the highest rate, the pool meets")):
            with self.subTest(said):
                result = pconc.run("bench", *ONE, *self.SEARCH, *args,
                                   env=pconc.virtual_clock(self.folder))
                self.assertCode(3, result)
                self.assertIn(said, result.err)
                self.assertIn("3/3", result.out)  # given up

    def test_without_jobs_a_sample_takes_two_seconds(self):
        self.assertEqual(1000, self.bench_json("--rate=500/s")["cases"][0]["jobs"])

    def test_times_of_saved_results_are_not_compared(self):
        paths = [os.path.join(self.folder, f"{name}.json") for name in "ab"]
        for seed, path in enumerate(paths):  # virtual times differ only with the seed
            self.bench("--rate=500/s", "--arrivals=poisson", "--jobs=100", "--rounds=2",
                       f"--save={path}", f"--seed={seed}")
        result = pconc.run("compare", paths[0], "--", paths[1])
        self.assertCode(2, result)
        self.assertIn("there are no times to compare", result.err)
        result = pconc.run("compare", "--metric=p99", paths[0], "--", paths[1])
        self.assertIn("p99", result.out)

    def test_refuses_what_means_nothing(self):
        config = self.write("c.yaml", "rate: 5/s\nruns:\n  - workload: noop\n")
        for args, said in (
                (("bench", *ONE, "--rate=5"), "--rate: rate '5' is not a rate"),
                (("bench", *ONE, "--arrivals=poisson"), "--arrivals: arrivals 'poisson' needs"),
                (("bench", *ONE, "--rate=1/s", "--jobs=7200"), "arrive in 7200 s, but a sample may take only 1h"),
                (("ab", "--config", config, "serial", "threads"), "no times to compare")):
            with self.subTest(args):
                result = pconc.run(*args)
                self.assertCode(2, result)
                self.assertIn(said, result.err)


if __name__ == "__main__":
    unittest.main()
