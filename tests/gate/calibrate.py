#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""calibrate.py PROGRAM FOLDER [SHARE]: how often pconc ab is right on this machine.

Runs sessions of at most 20 s each: 200 of identical code, half of them beside a process that keeps a
CPU busy, 50 with a job that does 5% more work and 50 with 10%. SHARE (0.1) of them is enough for a
first look. Every session is appended to FOLDER/calibrate.csv when it ends, and is not run again: stop
it whenever you like and start it once more. The kinds take turns, so that a change of the machine
falls on all of them. Prints the table of the README.
"""

import contextlib
import csv
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
HEADERS = os.path.join(HERE, "..", "..", "lib", "include")
UNITS = 400  # of work in a job of the base

# kind: head's units, a busy process beside it, sessions, what counts, its limit
KINDS = {
    "identical": (UNITS, False, 100, "red", "<= 3 of 200 with the next"),
    "identical, loaded": (UNITS, True, 100, "red", ""),
    "+5%": (UNITS * 105 // 100, False, 50, "red", ">= 44 of 50"),
    "+10%": (UNITS * 110 // 100, False, 50, "red", ">= 48 of 50"),
}
OUTCOMES = {0: "green", 1: "red", 4: "inconclusive"}
FIELDS = ("kind", "session", "outcome", "seconds")


def build(folder, units):
    path = os.path.join(folder, f"libwork{units}.so")
    if not os.path.exists(path):
        subprocess.run(["cc", "-shared", "-fPIC", "-O2", f"-DUNITS={units}", f"-I{HEADERS}", "-o",
                        path, os.path.join(HERE, "work.c")], check=True)
    return path


@contextlib.contextmanager
def load(wanted):
    """A process of our own that is busy all the while."""
    process = wanted and subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        if process:
            process.kill()
            process.wait()


def run_session(program, folder, kind, session):
    units, loaded, *_ = KINDS[kind]
    base, head = build(folder, UNITS), build(folder, units)
    if base == head:  # another file of the same code, as a rebuilt base would be
        head = os.path.join(folder, "libsame.so")
        if not os.path.exists(head):
            with open(base, "rb") as source, open(head, "wb") as copy:
                copy.write(source.read())
    start = time.monotonic()
    with load(loaded):
        done = subprocess.run([program, "ab", base, head, "--max-time=20s", f"--seed={session + 1}",
                               "--quiet"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              check=False)
    if done.returncode not in OUTCOMES:
        sys.exit(f"calibrate: exit {done.returncode}: {done.stderr.decode()}")
    with open(os.path.join(folder, "calibrate.log"), "ab") as log:
        log.write(f"--- {kind} {session}\n".encode() + done.stdout)
    return {"kind": kind, "session": session, "outcome": OUTCOMES[done.returncode],
            "seconds": f"{time.monotonic() - start:.1f}"}


def read_done(path):
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def append(path, row):
    fresh = not os.path.exists(path)
    with open(path, "a", encoding="utf-8", newline="") as text:
        writer = csv.DictWriter(text, FIELDS)
        if fresh:
            writer.writeheader()
        writer.writerow(row)


def print_table(rows):
    print("| code | sessions | red | inconclusive | green | longest | wanted |")
    print("|---|---|---|---|---|---|---|")
    for kind, (_, _, _, _, limit) in KINDS.items():
        mine = [row for row in rows if row["kind"] == kind]
        count = {name: sum(row["outcome"] == name for row in mine) for name in OUTCOMES.values()}
        longest = max((float(row["seconds"]) for row in mine), default=0)
        print(f"| {kind} | {len(mine)} | {count['red']} | {count['inconclusive']} |"
              f" {count['green']} | {longest:.0f} s | {limit} |")


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    program, folder = sys.argv[1:3]
    share = float(sys.argv[3]) if len(sys.argv) == 4 else 1.0
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "calibrate.csv")
    done = {(row["kind"], int(row["session"])) for row in read_done(path)}
    # Each kind's sessions spread over the whole: sorted by how far through its kind each one is.
    plan = sorted(((session + 0.5) / kind[2], name, session) for name, kind in KINDS.items()
                  for session in range(max(1, round(kind[2] * share))))
    for _, kind, session in plan:
        if (kind, session) in done:
            continue
        row = run_session(program, folder, kind, session)
        append(path, row)
        print(f"{kind} {session}: {row['outcome']}, {row['seconds']} s", file=sys.stderr)
    print_table(read_done(path))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
