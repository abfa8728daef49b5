#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""calibrate.py PROGRAM FOLDER [SHARE [KINDS]]: how often pconc ab is right on this machine.

Runs sessions of at most 20 s each: 200 with identical code, half of them beside a process that keeps a
CPU busy, 50 with a job that does 5% more work, and 50 with 10% more. SHARE is the part of them to run; 0.1
is enough for a first look. KINDS (identical,+5%) are the kinds to run. Each session is appended to
FOLDER/sessions.csv when it ends, beside its raw result, and is not run again: you can stop the program at
any time and start it once more. Sessions of another program or of other work do not count. The kinds take
turns, so that a change of the machine affects all of them. Prints the second table of README.md here, and
the limits; exits with 1 if a limit is not kept.
"""

import contextlib
import csv
import hashlib
import os
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
HEADERS = os.path.join(HERE, "..", "..", "lib", "include")
WORK = os.path.join(HERE, "work.c")
UNITS = 400  # units of work in a job of the base

# kind: head's units, a busy process beside it, sessions
KINDS = {
    "identical": (UNITS, False, 100),
    "identical, loaded": (UNITS, True, 100),
    "+5%": (UNITS * 105 // 100, False, 50),
    "+10%": (UNITS * 110 // 100, False, 50),
}
QUIET = [kind for kind, (_, loaded, _) in KINDS.items() if not loaded]
MAX_TIME = 20
START_UP = 0.5  # seconds to start the program and to read the plug-ins
OUTCOMES = {0: "green", 1: "red", 4: "inconclusive"}
FIELDS = ("key", "kind", "session", "outcome", "seconds")


def key_of(program):
    """A key for outcomes of the same program and the same work."""
    digest = hashlib.sha256(repr((KINDS, MAX_TIME)).encode())
    for path in (program, WORK):
        with open(path, "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()[:12]


def build(folder, units):
    path = os.path.join(folder, f"libwork{units}.so")
    if not os.path.exists(path):
        subprocess.run(["cc", "-shared", "-fPIC", "-O2", f"-DUNITS={units}", f"-I{HEADERS}", "-o",
                        path, WORK], check=True)
    return path


@contextlib.contextmanager
def load(wanted):
    """A process that keeps one CPU busy, if wanted."""
    process = wanted and subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        if process:
            process.kill()
            process.wait()


def run_session(program, folder, kind, session):
    """Returns outcome and seconds of a session; the raw result stays in `folder`."""
    units, loaded, _ = KINDS[kind]
    base, head = build(folder, UNITS), build(folder, units)
    if base == head:  # another file with the same code, like a rebuilt base
        head = os.path.join(folder, "libsame.so")
        shutil.copyfile(base, head)
    name = f"{kind.replace(', ', '-').replace('%', '').replace('+', 'plus-')}-{session}"
    with load(loaded):
        start = time.monotonic()
        done = subprocess.run([program, "ab", base, head, f"--max-time={MAX_TIME}s",
                               f"--seed={session + 1}", "--quiet",
                               f"--save={os.path.join(folder, name)}.json"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        seconds = time.monotonic() - start
    if done.returncode not in OUTCOMES:
        sys.exit(f"calibrate: exit {done.returncode}: {done.stderr.decode()}")
    with open(os.path.join(folder, f"{name}.txt"), "wb") as text:
        text.write(done.stdout)
    return OUTCOMES[done.returncode], f"{seconds:.2f}"


def read_done(path, key):
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8", newline="") as text:
        return [row for row in csv.DictReader(text) if row.get("key") == key]


def append(path, row):
    fresh = not os.path.exists(path)
    with open(path, "a", encoding="utf-8", newline="") as text:
        writer = csv.DictWriter(text, FIELDS)
        if fresh:
            writer.writeheader()
        writer.writerow(row)


def count(rows, kinds, outcome=None):
    return sum(row["kind"] in kinds and outcome in (None, row["outcome"]) for row in rows)


def longest(rows):
    return max((float(row["seconds"]) for row in rows), default=0)


def limits(rows):
    """(limit, seen, whether it is kept) for each limit, scaled to the number of sessions."""
    unknown, quiet = count(rows, QUIET, "inconclusive"), count(rows, QUIET)
    same = ("identical", "identical, loaded")
    seen, sessions = count(rows, same, "red"), count(rows, same)
    if sessions:
        yield "red, identical code: <= 3 of 200", f"{seen} of {sessions}", seen * 200 <= 3 * sessions
    for kind, fewest in (("+5%", 44), ("+10%", 48)):
        seen, sessions = count(rows, (kind,), "red"), count(rows, (kind,))
        if sessions:
            yield (f"red, {kind}: >= {fewest} of 50", f"{seen} of {sessions}",
                   seen * 50 >= fewest * sessions)
    if quiet:
        yield ("inconclusive, not loaded: < 15%", f"{unknown} of {quiet}",
               unknown * 100 < 15 * quiet)
    yield (f"longest session: <= {MAX_TIME} s, and {START_UP} s to start",
           f"{longest(rows):.1f} s", longest(rows) <= MAX_TIME + START_UP)


def print_tables(rows):
    """Prints the tables; returns whether every limit was kept."""
    print("| code | sessions | red | inconclusive | green | longest |")
    print("|---|---|---|---|---|---|")
    for kind in KINDS:
        mine = [row for row in rows if row["kind"] == kind]
        counts = " | ".join(str(count(mine, (kind,), name))
                            for name in ("red", "inconclusive", "green"))
        print(f"| {kind} | {len(mine)} | {counts} | {longest(mine):.1f} s |")
    print("\n| limit | seen | |\n|---|---|---|")
    fine = True
    for limit, seen, kept in limits(rows):
        print(f"| {limit} | {seen} | {'kept' if kept else 'NOT KEPT'} |")
        fine = fine and kept
    return fine


def chosen(text):
    """The kinds in a list, in which 'identical, loaded' is written identical-loaded."""
    names = {kind.replace(", ", "-"): kind for kind in KINDS}
    for word in text.split(","):
        if word not in names:
            sys.exit(f"calibrate: '{word}' is none of {','.join(names)}")
    return [names[word] for word in text.split(",")]


def main():
    if len(sys.argv) not in (3, 4, 5):
        sys.exit(__doc__)
    program, folder = sys.argv[1:3]
    share = float(sys.argv[3]) if len(sys.argv) > 3 else 1.0
    kinds = chosen(sys.argv[4]) if len(sys.argv) > 4 and sys.argv[4] else list(KINDS)
    key, path = key_of(program), os.path.join(folder, "sessions.csv")
    raw = os.path.join(folder, key)
    os.makedirs(raw, exist_ok=True)
    done = {(row["kind"], int(row["session"])) for row in read_done(path, key)}
    # The sessions of each kind are spread over the whole time.
    plan = sorted(((session + 0.5) / KINDS[kind][2], kind, session) for kind in kinds
                  for session in range(max(1, round(KINDS[kind][2] * share))))
    for _, kind, session in plan:
        if (kind, session) in done:
            continue
        outcome, seconds = run_session(program, raw, kind, session)
        append(path, {"key": key, "kind": kind, "session": session, "outcome": outcome,
                      "seconds": seconds})
        print(f"{kind} {session}: {outcome}, {seconds} s", file=sys.stderr)
    sys.exit(0 if print_tables(read_done(path, key)) else 1)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
