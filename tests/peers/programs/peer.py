# SPDX-License-Identifier: MIT
"""Like peer.h for C: PROGRAM WHAT N WORKERS prints one line of JSON."""

import json
import sys
import time

SLEEP_S = 1.0


def job(i):
    """An empty job, like pconc's noop."""
    return 0 * i


def peak_bytes():
    with open("/proc/self/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


def repeat(run):
    """Seconds of one run: after an untimed one, the mean of as many as take 10 ms together."""
    start = time.monotonic()
    run()
    passes = int(0.01 / (time.monotonic() - start + 1e-9)) + 1
    start = time.monotonic()
    for _ in range(passes):
        run()
    return (time.monotonic() - start) / passes


def main(runs, items=lambda count, workers: count):
    """Runs the command line: runs[WHAT](N, WORKERS) is a context that returns a run of
    items(N, WORKERS) items."""
    if len(sys.argv) != 4 or sys.argv[1] not in runs:
        sys.exit(f"usage: {sys.argv[0]} {'|'.join(runs)} N WORKERS")
    count, workers = int(sys.argv[2]), int(sys.argv[3])
    with runs[sys.argv[1]](count, workers) as run:
        seconds = repeat(run)
    each = seconds * 1e9 / max(items(count, workers), 1)
    print(json.dumps({"ns": each, "s": seconds, "peak": peak_bytes()}))
