#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""queue.py PROGRAM [SECONDS [EXECUTOR]]: whether latencies under --rate are those of the queue that
they come from.

Random arrivals and jobs of equal length at one worker are an M/D/1 queue. Its mean wait is

    load * length / (2 (1 - load)),  load = rate * length

(Pollaczek and Khinchine). At 50, 80 and 95% of the worker's capacity this prints the mean wait that
pconc measured and that of the formula, for the length that the jobs had. It exits with 1 if one of
them is off by more than 10%.

The mean of a short run depends on its arrivals: at 95%, that of 5,000 jobs varies by 20%. So each
run has a seed whose arrivals are typical: with jobs of the expected length their mean wait, by
Lindley's recursion, is within 1% of the formula's. The arrivals are computed here a second time,
from the definition of the generator. A worker that wakes up for a job starts it some 50 us late, so
jobs are long. Nothing else should use the CPUs meanwhile.
"""

import itertools
import json
import math
import subprocess
import sys

DURATION = "5ms"
LOADS = {0.5: 0.2, 0.8: 0.3, 0.95: 0.5}  # and the share of the time
LIMIT = 0.1
TYPICAL = 0.01

MASK = (1 << 64) - 1
GOLDEN_GAMMA = 0x9E3779B97F4A7C15
STREAM = 1 << 62  # of the arrivals of round 0


def mix(z):
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & MASK
    z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK
    return z ^ z >> 31


def intervals(seed, rate, count):
    """In seconds."""
    state = mix(mix(seed + GOLDEN_GAMMA & MASK) + STREAM * GOLDEN_GAMMA & MASK)
    for _ in range(count):
        state = state + GOLDEN_GAMMA & MASK
        yield -math.log(((mix(state) >> 11) + 1) * 2.0**-53) / rate


def simulated_wait(seed, rate, count, length):
    wait = total = 0.0
    for interval in itertools.islice(intervals(seed, rate, count + 1), 1, None):
        total += wait
        wait = max(0.0, wait + length - interval)
    return total / count


def formula(rate, length):
    return rate * length * length / (2 * (1 - rate * length))


def typical_seed(rate, count, length):
    return next(seed for seed in itertools.count(1)
                if abs(simulated_wait(seed, rate, count, length) / formula(rate, length) - 1)
                < TYPICAL)


def sample(program, executor, *args):
    command = [program, "bench", "--workload=sleep", f"--param=duration={DURATION}", "--workers=1",
               f"--executor={executor}", "--latency", "--rounds=1", "--warmup=0", "--timeout=1h", "--quiet",
               "--format=json", *args]
    report = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return report["cases"][0]["samples"][0]["latency"]


def length_of(latency):
    return (latency["running_ns"] + latency["suspended_ns"] + latency["recording_ns"]) / 1e9


def main(program, seconds=50.0, executor="serial"):
    usual = length_of(sample(program, executor, "--jobs=100"))
    kept = True
    print(f"{executor}: jobs of {usual * 1e3:.3f} ms")
    print("  load   jobs     length   mean wait     formula    off")
    for target, share in LOADS.items():
        rate = round(target / usual)
        jobs = int(rate * seconds * share)
        latency = sample(program, executor, f"--rate={rate}/s", "--arrivals=poisson",
                         f"--jobs={jobs}", f"--seed={typical_seed(rate, jobs, usual)}")
        length, wait = length_of(latency), latency["waiting_ns"] / 1e9
        expected = formula(rate, length)
        kept = kept and rate * length < 1 and abs(wait / expected - 1) <= LIMIT
        print(f"{rate * length:6.1%} {jobs:6} {length * 1e3:7.3f} ms {wait * 1e3:8.3f} ms "
              f"{expected * 1e3:8.3f} ms {wait / expected - 1:+6.1%}", flush=True)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], *map(float, sys.argv[2:3]), *sys.argv[3:4]))
