# SPDX-License-Identifier: MIT
"""Runs pconc and the peers' programs, and takes figures from their output."""

import argparse
import json
import os
import platform
import random
import signal
import statistics
import subprocess
import sys

import figures
import rows

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
LIMIT_S = 600  # of one program, which is killed then
WARMUP = 1     # untimed passes of pconc


class Refused(Exception):
    """A contender has no figure; the text says why."""


def run(argv):
    """Returns the standard output of a program; or raises Refused with the first line of its errors."""
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, env=env,
                          start_new_session=True) as process:
        try:
            out, err = process.communicate(timeout=LIMIT_S)
        except BaseException as error:
            os.killpg(process.pid, signal.SIGKILL)
            if not isinstance(error, subprocess.TimeoutExpired):
                raise
            raise Refused(f"took more than {LIMIT_S} s") from None
    if process.returncode != 0 or not out:
        lines = err.strip().splitlines() or [f"ended with code {process.returncode}"]
        raise Refused(lines[-1 if "Traceback" in err else 0])
    return out


class Contest:
    """Runs contenders, each command line once in a round."""

    def __init__(self, pconc, programs, base=None):
        """`base`: another build of pconc, for the cases with `base`."""
        self.pconc, self.programs = pconc, programs
        self.base = Contest(base, programs) if base else None
        self.done = {}
        self.measured = None  # the commit of pconc, from its own output

    def next_round(self):
        self.done = {}
        if self.base:
            self.base.next_round()

    def output(self, argv):
        if argv not in self.done:
            try:
                self.done[argv] = run(argv)
            except Refused as refused:
                self.done[argv] = refused
        if isinstance(self.done[argv], Refused):
            raise self.done[argv]
        return self.done[argv]

    def pconc_samples(self, case, jobs, samples):
        argv = [self.pconc, "bench", f"--workload={case.workload}", f"--executor={case.executor}",
                f"--jobs={jobs}", f"--workers={case.workers}", f"--rounds={samples}",
                f"--warmup={WARMUP}", "--timeout=5m", "--quiet", "--format=json"]
        argv += [f"--param={name}={value}" for name, value in case.params]
        argv += [f"--pool={name}={value}" for name, value in case.pool]
        if case.figure in ("p50", "p99"):
            argv.append("--latency")
        printed = json.loads(self.output(tuple(argv)))
        self.measured = printed.get("environment", {}).get("commit")
        results = printed["cases"][0]
        failures = [sample["failure"] for sample in results["samples"] if sample["failure"]]
        if failures:
            raise Refused(failures[0])
        return results

    def pconc_figure(self, case, samples=1):
        """The median of the samples of a case, in ns or bytes."""
        results = self.pconc_samples(case, case.jobs, case.samples or samples)
        samples = results["samples"]
        if case.figure == "p50":
            return statistics.median(one["latency"]["p50_ns"] for one in samples) - case.less
        if case.figure == "p99":
            return figures.quantile_by_maxima([one["latency"]["max_ns"] for one in samples],
                                              0.99, results["passes"]) - case.less
        floor = 0
        if case.figure == "peak":
            floor = self.pconc_samples(case, 1, 1)["samples"][0]["max_rss_bytes"]
        take = {
            "run": lambda sample: sample["run_ns"],
            "pool": lambda sample: sample["startup_ns"] + sample["shutdown_ns"],
            "time": lambda sample: sample["startup_ns"] + sample["run_ns"] + sample["shutdown_ns"],
            "peak": lambda sample: sample["max_rss_bytes"] - floor,
            "cpu": lambda sample: (sample["user_ns"] + sample["system_ns"])
                   / (results["passes"] + WARMUP),
        }[case.figure]
        return statistics.median(map(take, samples)) / case.items - case.less

    def command(self, peer, count):
        if peer.program.endswith(".py"):
            program = [sys.executable, os.path.join(HERE, "programs", peer.program)]
        else:
            program = [os.path.join(self.programs, peer.program)]
            if not os.path.exists(program[0]):
                raise Refused("not built: something it needs is not installed")
        if peer.program == "mpi":
            as_root = ["--allow-run-as-root"] if os.getuid() == 0 else []
            program = ["mpirun", *as_root, "--oversubscribe", "-n", str(peer.workers + 1), *program]
        return (*program, peer.what, str(count), str(peer.workers))

    def peer_once(self, peer):
        printed = json.loads(self.output(self.command(peer, peer.n)))
        if peer.figure != "bytes":
            return printed[peer.figure]
        empty = json.loads(self.output(self.command(peer, 0)))
        return (printed["peak"] - empty["peak"]) / peer.n

    def peer_figure(self, peer, runs):
        values = []
        for again in range(runs):
            if again:
                self.done.pop(self.command(peer, peer.n), None)
            values.append(self.peer_once(peer))
        return statistics.median(values) * peer.scale

    def figure(self, row, contender):
        """One figure of a contender, in the row's unit; raises Refused if there is none."""
        try:
            if isinstance(contender, rows.Pconc):
                runner = self.base if contender.base else self
                return runner.pconc_figure(contender, row.repeat) * row.scale
            return self.peer_figure(contender, row.repeat)
        except KeyError as missing:
            raise Refused(f"its output has no {missing}") from None
        except json.JSONDecodeError:
            raise Refused("its output is no JSON") from None


def progress(text):
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def describe(commit, load, seed, rounds):
    """A line about the machine and the program, and a warning if it is needed.
    `load`: the load average before the first round."""
    with open("/proc/cpuinfo", encoding="utf-8") as cpuinfo:
        model = next((line.split(":", 1)[1].strip() for line in cpuinfo
                      if line.startswith("model name")), platform.machine())
    cpus = len(os.sched_getaffinity(0))
    text = (f"pconc {commit or 'of an unknown commit'} on {model}, {cpus} CPUs usable, "
            f"Linux {platform.release()}, {rounds} rounds, seed {seed}")
    if load > cpus:
        text += (f"\nthe load was {load:.1f} on {cpus} CPUs before the first round: others were "
                 "busy here, and figures vary; see the ratios of the least ones")
    return text


def parser(description):
    """Options that the table and the growth share."""
    options = argparse.ArgumentParser(description=description)
    options.add_argument("--pconc", default=os.path.join(ROOT, "build/release/cmd/pconc"))
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seed", type=int, default=random.randrange(10**6))
    options.add_argument("--format", choices=("text", "csv"), default="text")
    options.add_argument("--list", action="store_true", help="print the names and do nothing")
    return options


def select(names, known, what):
    """The entries of `known` that the list selects by their `key`, or by the part of it before a '-'.
    An empty list selects all."""
    chosen = []
    for name in filter(None, names.split(",")):
        found = [one for one in known if f"{one.key}-".startswith(f"{name}-")]
        if not found:
            sys.exit(f"peers: there is no {what} '{name}'; there are: "
                     f"{', '.join(one.key for one in known)}")
        chosen += found
    return [one for one in known if one in chosen or not names]
