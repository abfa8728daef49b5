#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""calibrate.py PROGRAM FOLDER [SHARE [KINDS]]: how often pconc ab is right on this machine.

Runs sessions of each of KINDS, a list like "serial,parallel+4%"; without it, of all. SHARE is the part of
them to run; 0.1 is enough for a first look. Each session is appended to FOLDER/sessions.csv when it ends,
beside its raw result, and is not run again: you can stop the program at any time and start it once more.
Sessions of another program or of other work do not count. The kinds take turns, so that a change of the
machine affects all of them. Prints the second table of README.md here, with the limits; exits with 1 if
one is not kept.
"""

import contextlib
import csv
import dataclasses
import hashlib
import os
import shutil
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
HEADERS = os.path.join(HERE, "..", "..", "lib", "include")
WORK = os.path.join(HERE, "work.c")
UNITS = 400  # units of work in a job of the base


@dataclasses.dataclass(frozen=True)
class Kind:
    """Sessions of one kind, and what is promised of them."""
    name: str
    arguments: tuple  # of pconc ab, after the two plug-ins
    sessions: int
    red: tuple  # the fewest and the most sessions that may be red
    inconclusive: int  # the most
    more: int = 0  # percent of work that the head has more
    max_time: int = 20  # s
    median: float = None  # s, the most; None: not promised
    loaded: bool = False  # beside a process that keeps a CPU busy


SERIAL = ("--workload=compute", "--executor=serial")
PARALLEL = ("--workload=reads", "--executor=threads,processes", "--workers=2")
MANY = ("--executor=serial,threads,processes,coroutines,loops,offload", "--workers=2")
KINDS = {kind.name: kind for kind in (
    Kind("serial", SERIAL, 100, red=(0, 1), inconclusive=5, median=5),
    Kind("serial-loaded", SERIAL, 100, red=(0, 2), inconclusive=10, loaded=True),
    Kind("serial+5%", SERIAL, 50, red=(47, 50), inconclusive=3, more=5, median=8),
    Kind("parallel", PARALLEL, 40, red=(0, 0), inconclusive=2),
    Kind("parallel+4%", PARALLEL, 20, red=(19, 20), inconclusive=1, more=4),
    Kind("12-rows", MANY, 20, red=(0, 0), inconclusive=2, max_time=120),
)}
START_UP = 0.5  # seconds to start the program and to read the plug-ins
OUTCOMES = {0: "green", 1: "red", 4: "inconclusive"}
COLUMNS = ("red", "inconclusive", "green", "median", "longest")
FIELDS = ("key", "kind", "session", "outcome", "seconds")


def key_of(program):
    """A key for outcomes of the same program and the same work."""
    work = [(kind.name, kind.arguments, kind.more, kind.max_time, kind.loaded)
            for kind in KINDS.values()]
    digest = hashlib.sha256(repr(work).encode())
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
    base, head = build(folder, UNITS), build(folder, UNITS * (100 + kind.more) // 100)
    if base == head:  # another file with the same code, like a rebuilt base
        head = os.path.join(folder, "libsame.so")
        shutil.copyfile(base, head)
    name = os.path.join(folder, f"{kind.name}-{session}")
    with load(kind.loaded):
        start = time.monotonic()
        done = subprocess.run([program, "ab", base, head, *kind.arguments,
                               f"--max-time={kind.max_time}s", f"--seed={session + 1}", "--quiet",
                               f"--save={name}.json"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        seconds = time.monotonic() - start
    if done.returncode not in OUTCOMES:
        sys.exit(f"calibrate: exit {done.returncode}: {done.stderr.decode()}")
    with open(f"{name}.txt", "wb") as text:
        text.write(done.stdout)
    return OUTCOMES[done.returncode], f"{seconds:.2f}"


def read_sessions(path):
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


def seconds_of(rows):
    return [float(row["seconds"]) for row in rows]


def judge(kind, rows):
    """(text, whether its limit is kept) for each of COLUMNS. Limits are for all sessions of the kind, and
    are scaled to those that ran."""
    ran, planned = len(rows), kind.sessions
    red, unknown = (sum(row["outcome"] == name for row in rows) for name in ("red", "inconclusive"))
    fewest, most = kind.red
    yield (f"{red} (>= {fewest})" if fewest > 0 else f"{red} (<= {most})",
           fewest * ran <= red * planned <= most * ran)
    yield f"{unknown} (<= {kind.inconclusive})", unknown * planned <= kind.inconclusive * ran
    yield f"{ran - red - unknown}", True
    median, longest = statistics.median(seconds_of(rows)), max(seconds_of(rows))
    if kind.median:
        yield f"{median:.1f} s (<= {kind.median} s)", median <= kind.median
    else:
        yield f"{median:.1f} s", True
    limit = kind.max_time + START_UP
    yield f"{longest:.1f} s (<= {limit} s)", longest <= limit


def print_table(rows):
    """Prints the table; returns whether every limit was kept."""
    print(f"| kind | sessions | {' | '.join(COLUMNS)} |\n|{'---|' * (2 + len(COLUMNS))}")
    fine = True
    for kind in KINDS.values():
        mine = [row for row in rows if row["kind"] == kind.name]
        if mine:
            cells = list(judge(kind, mine))
            texts = " | ".join(text if kept else f"{text} NOT KEPT" for text, kept in cells)
            print(f"| {kind.name} | {len(mine)} of {kind.sessions} | {texts} |")
            fine = fine and all(kept for _, kept in cells)
    return fine


def chosen(text):
    """The kinds in a list of names; of an empty text, all."""
    names = text.split(",") if text else list(KINDS)
    for name in names:
        if name not in KINDS:
            sys.exit(f"calibrate: '{name}' is none of {','.join(KINDS)}")
    return [KINDS[name] for name in names]


def plan(kinds, share, done):
    """(kind, session) of those that are left to run; each kind is spread over the whole time."""
    order = sorted(((session + 0.5) / kind.sessions, kind.name, session) for kind in kinds
                   for session in range(max(1, round(kind.sessions * share))))
    return [(KINDS[name], session) for _, name, session in order if (name, session) not in done]


def estimate(todo, rows):
    """Minutes that the sessions will take: as long as earlier ones of the kind, also of other programs,
    or half of the time that they may take."""
    seconds = 0
    for kind, _ in todo:
        before = seconds_of(row for row in rows if row["kind"] == kind.name)
        seconds += statistics.mean(before) if before else kind.max_time / 2
    return seconds / 60


def main():
    if len(sys.argv) not in (3, 4, 5):
        sys.exit(__doc__)
    program, folder = sys.argv[1:3]
    share = float(sys.argv[3]) if len(sys.argv) > 3 else 1.0
    kinds = chosen(sys.argv[4] if len(sys.argv) > 4 else "")
    key, path = key_of(program), os.path.join(folder, "sessions.csv")
    raw = os.path.join(folder, key)
    os.makedirs(raw, exist_ok=True)
    before = read_sessions(path)
    todo = plan(kinds, share,
                {(row["kind"], int(row["session"])) for row in before if row["key"] == key})
    print(f"{len(todo)} sessions, about {estimate(todo, before):.1f} minutes", file=sys.stderr)
    for kind, session in todo:
        outcome, seconds = run_session(program, raw, kind, session)
        append(path, {"key": key, "kind": kind.name, "session": session, "outcome": outcome,
                      "seconds": seconds})
        print(f"{kind.name} {session}: {outcome}, {seconds} s", file=sys.stderr)
    sys.exit(0 if print_table([row for row in read_sessions(path) if row["key"] == key]) else 1)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
