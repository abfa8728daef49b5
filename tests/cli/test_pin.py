# SPDX-License-Identifier: MIT
"""Where workers run: the parameter pin."""

import json
import os
import unittest

import pconc

CPUS = sorted(os.sched_getaffinity(0))
FIRST = CPUS[0]
NOOP = ["--workload=noop", "--rounds=1", "--warmup=0", "--jobs=2"]

needs_two = unittest.skipIf(len(CPUS) < 2, "needs two usable CPUs")


def ranges(cpus):
    """As pconc writes ascending CPUs: "0-2,4"."""
    text, first = [], None
    for cpu in cpus:
        if first is None:
            first = cpu
        if cpu + 1 not in cpus:
            text.append(str(cpu) if cpu == first else f"{first}-{cpu}")
            first = None
    return ",".join(text)


def only(cpus):
    return {"preexec_fn": lambda: os.sched_setaffinity(0, cpus)}


class Pin(pconc.Case):
    def cases(self, *args, **options):
        result = pconc.run("bench", *NOOP, "--format=json", *args, **options)
        self.assertFine(result)
        return {case["id"]: case for case in json.loads(result.out)["cases"]}

    def test_each_worker_has_a_cpu_by_default(self):
        case = self.cases("--executor=serial")["noop/serial/1"]
        self.assertEqual("auto", case["pool"]["pin"])
        self.assertEqual(1, len(case["cpus"]))
        self.assertIn(case["cpus"][0], CPUS)

    @needs_two
    def test_two_workers_have_two_cpus(self):
        for case in self.cases("--executor=threads,processes,loops,gil", "--workers=2").values():
            with self.subTest(case["id"]):
                self.assertEqual(2, len(set(case["cpus"]) & set(CPUS)))

    def test_offload_places_its_loop(self):
        case = self.cases("--executor=offload", "--workers=2", f"--pool=pin={FIRST}",
                          "--workload=sleep", "--param=duration=1ms", "--param=blocking=true")
        self.assertEqual([FIRST], case["sleep/offload/2"]["cpus"])

    def test_more_workers_than_cpus_are_not_bound(self):
        with_many = self.cases("--executor=threads", f"--workers={len(CPUS) + 1}")
        self.assertEqual([None], [case.get("cpus") for case in with_many.values()])

    def test_none_binds_nothing(self):
        case = self.cases("--executor=threads", "--workers=1", "--pool=pin=none")["noop/threads/1"]
        self.assertNotIn("cpus", case)

    def test_a_list_is_taken_in_turn(self):
        listed = f"{CPUS[-1]},{FIRST}"
        case = self.cases("--executor=threads", "--workers=3", f"--pool=pin={listed}")
        self.assertEqual([CPUS[-1], FIRST, CPUS[-1]], case["noop/threads/3"]["cpus"])

    def test_only_cpus_of_the_mask_are_used(self):
        last = CPUS[-1]
        case = self.cases("--executor=threads", "--workers=1", **only({last}))["noop/threads/1"]
        self.assertEqual([last], case["cpus"])

    def test_programs_are_not_bound_by_auto(self):
        result = pconc.run("bench", "--workload=exec", "--param=command=true", "--executor=serial",
                           "--jobs=1", "--rounds=1", "--warmup=0", "--format=json")
        self.assertFine(result)
        self.assertNotIn("cpus", json.loads(result.out)["cases"][0])

    def test_programs_inherit_an_explicit_cpu(self):
        command = f"--param=command=sh -c 'test $(nproc) = 1 && taskset -cp $$ | grep -q \": {FIRST}$\"'"
        result = pconc.run("bench", "--workload=exec", command, "--executor=serial", "--jobs=1",
                           "--rounds=1", "--warmup=0", f"--pool=pin={FIRST}")
        self.assertFine(result)

    def test_the_table_says_where_workers_ran(self):
        result = pconc.run("bench", *NOOP, "--executor=serial", f"--pool=pin={FIRST}")
        self.assertFine(result)
        self.assertIn(f"pools: serial pin={FIRST} (CPU {FIRST})", result.out)
        many = f"--workers=1,{len(CPUS) + 1}"
        result = pconc.run("bench", *NOOP, "--executor=threads", many, "--control")
        self.assertFine(result)
        self.assertRegex(" ".join(result.out.split()),
                         rf"pin=auto \(1 on CPU \d+, {len(CPUS) + 1} on any CPU\)")
        result = pconc.run("bench", *NOOP, "--executor=threads", "--pool=pin=none")
        self.assertIn("pin=none\n", result.out)

    def test_a_saved_result_keeps_the_cpus(self):
        path = os.path.join(self.folder, "saved.json")
        args = ["--executor=serial,threads", f"--workers=1,{len(CPUS) + 1}", f"--save={path}"]
        measured = pconc.run("bench", *NOOP, *args)
        self.assertFine(measured)
        shown = pconc.run("show", path)
        self.assertFine(shown)
        pools = [text[text.index("pools: "):] for text in (measured.out, shown.out)]
        self.assertEqual(*pools)
        self.assertFine(pconc.run("verify", path))

    def test_the_list_explains_it(self):
        result = pconc.run("list", "executors")
        self.assertFine(result)
        self.assertEqual(7, result.out.count("pin: text, default auto\n"))


class Refused(pconc.Case):
    def test_a_cpu_that_is_not_usable(self):
        result = pconc.run("bench", *NOOP, "--pool=pin=99999")
        self.assertCode(2, result)
        self.assertEqual(f"pconc: --pool: pin: CPU 99999 is not usable; usable "
                         f"{'is' if len(CPUS) == 1 else 'are'} {ranges(CPUS)}\n", result.err)

    @needs_two
    def test_a_cpu_outside_the_mask(self):
        result = pconc.run("bench", *NOOP, f"--pool=pin={FIRST},{CPUS[1]}", **only({FIRST}))
        self.assertCode(2, result)
        self.assertIn(f"pin: CPU {CPUS[1]} is not usable; usable is {FIRST}\n", result.err)

    def test_an_unknown_word(self):
        result = pconc.run("bench", *NOOP, "--pool=pin=sprawl")
        self.assertCode(2, result)
        self.assertIn("--pool: pin 'sprawl' is not a placement; write auto, spread, compact, none, "
                      "or CPUs such as 0,2,4-7\n", result.err)

    def test_a_config_with_its_place(self):
        path = self.write("pin.yaml", "runs:\n  - workload: noop\n    pool: {chunk: 1, pin: 99999}\n")
        for command in (["validate", path], ["bench", path]):
            result = pconc.run(*command)
            self.assertCode(2, result)
            self.assertIn(f"{path}:3:27: pin: CPU 99999 is not usable; usable ", result.err)


class Config(pconc.Case):
    def test_lists_in_a_config(self):
        path = self.write("pin.yaml", f"""\
rounds: 1
warmup: 0
runs:
  - workload: noop
    jobs: 2
    executor: threads
    workers: 2
    matrix:
      pool: {{pin: ["{FIRST},{FIRST}", none]}}
""")
        table = pconc.run("bench", path)
        self.assertFine(table)
        self.assertIn(f"pin ({FIRST},{FIRST}/2 on CPUs {FIRST},{FIRST}, none/2 on any CPU)",
                      " ".join(table.out.split()))
        result = pconc.run("bench", path, "--format=json")
        self.assertFine(result)
        cases = {case["id"]: case.get("cpus") for case in json.loads(result.out)["cases"]}
        self.assertEqual({f"noop/threads/2/pin={FIRST},{FIRST}": [FIRST, FIRST],
                          "noop/threads/2/pin=none": None}, cases)


if __name__ == "__main__":
    unittest.main()
