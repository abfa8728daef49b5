# SPDX-License-Identifier: MIT
"""Runs the program for the tests: PCONC is its path, PCONC_BUILD the kind of build."""

import contextlib
import fcntl
import os
import pty
import struct
import subprocess
import tempfile
import termios
import time
import unittest

PROGRAM = os.environ.get("PCONC", "pconc")
BUILD = os.environ.get("PCONC_BUILD", "release")
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CONFIGS = os.path.join(ROOT, "configs")

# Only against hangs; no test asserts how long something takes.
GUARD = 240

# The smallest measurement.
SMALL = ["--rounds=1", "--warmup=0", "--jobs=2", "--workers=2"]

# The allocators of sanitizers do not report memory in use.
needs_plain_malloc = unittest.skipIf(BUILD != "release", "needs the C library's own malloc")

_UNWANTED = ("COLUMNS", "LINES", "NO_COLOR", "TERM", "ARGP_HELP_FMT")


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def __repr__(self):
        return f"exit {self.code}\n--- stdout\n{self.out[:4000]}\n--- stderr\n{self.err[:4000]}"


def environment(**changes):
    env = {name: value for name, value in os.environ.items() if name not in _UNWANTED}
    env["LC_ALL"] = "C.UTF-8"
    env.update(changes)
    return env


def run(*args, env=None, **options):
    """Runs the program to its end and captures both outputs."""
    options.setdefault("stdin", subprocess.DEVNULL)
    done = subprocess.run([PROGRAM, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=environment(**(env or {})), timeout=GUARD, check=False, **options)
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


def shell(line, env=None):
    """Runs a line with sh, in which $PCONC is the program."""
    done = subprocess.run(["sh", "-c", line], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env=environment(PCONC=PROGRAM, **(env or {})),
                          timeout=GUARD, check=False)
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


def start(*args, env=None, **options):
    """Starts the program as the leader of a new session."""
    options.setdefault("stdin", subprocess.DEVNULL)
    options.setdefault("stdout", subprocess.PIPE)
    options.setdefault("stderr", subprocess.PIPE)
    return subprocess.Popen([PROGRAM, *args], env=environment(**(env or {})),
                            start_new_session=True, **options)


def finish(process):
    out, err = process.communicate(timeout=GUARD)
    return Result(process.returncode, (out or b"").decode(), (err or b"").decode())


def read_terminal(master):
    text = b""
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:  # EIO: the other side is closed
            return text.decode()
        if not piece:
            return text.decode()
        text += piece


def run_on_terminal(*args, columns=80, streams=("stdout", "stderr"), env=None):
    """Runs the program with `streams` on a terminal. Returns what it wrote there, and the rest."""
    try:
        master, slave = pty.openpty()
    except OSError as error:
        raise unittest.SkipTest(f"no terminal can be opened: {error}") from None
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    places = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    places.update({stream: slave for stream in streams})
    process = start(*args, env={"TERM": "xterm", **(env or {})}, **places)
    os.close(slave)
    shown = read_terminal(master)
    os.close(master)
    rest = finish(process)
    return Result(rest.code, shown, rest.out + rest.err)


def virtual_clock(folder):
    """An environment in which only sleeping takes time, and exactly the time that it should: for
    verdicts that do not depend on the load of the machine. See virtual_clock.c."""
    sanitizer = os.environ.get("ASAN_OPTIONS", "")
    return {"LD_PRELOAD": os.environ["PCONC_CLOCK"],
            "PCONC_TEST_CLOCK": os.path.join(folder, "clock"),
            "ASAN_OPTIONS": f"{sanitizer}:verify_asan_link_order=0"}


def _pids():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _stat(pid):
    """Fields of the process in /proc: [name, state, parent...]; [] if it does not exist."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:
            before, _, after = stat.read().rpartition(")")
            return [before.partition("(")[2], *after.split()]
    except OSError:
        return []


def state(pid):
    """The letter of the process's state; X if it does not exist."""
    return (_stat(pid) or ["", "X"])[1]


def children(pids):
    """The child processes of `pids`, with zombies, but without the guard of a session, which lives
    as long as the session."""
    parents = {str(pid) for pid in pids}
    found = []
    for pid in _pids():
        name, _, parent, *_ = _stat(pid) or [""] * 3
        if parent in parents and name != "bench-guard":
            found.append(pid)
    return found


def users():
    """The user ids of all processes."""
    found = set()
    for pid in _pids():
        with contextlib.suppress(FileNotFoundError):
            found.add(os.stat(f"/proc/{pid}").st_uid)
    return found


def samples_and_workers(pid):
    """The sample processes of a tool, and their workers."""
    samples = children([pid])
    return samples, children(samples) if samples else []


def alive(marker):
    """Processes with `marker` in their environment, which child processes inherit."""
    found = []
    for pid in _pids():
        with contextlib.suppress(OSError):
            with open(f"/proc/{pid}/environ", "rb") as env:
                if marker.encode() in env.read():
                    found.append(pid)
    return found


def compile_plugin(folder, name, *flags):
    """Builds libNAME.so from NAME.c, both in `folder`, as its author would."""
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", *flags, "-o", f"lib{name}.so", f"{name}.c",
                    f"-I{os.path.join(ROOT, 'lib', 'include')}"], cwd=folder, check=True)


def wait_for(condition, process=None):
    """Polls until `condition()` is true, and returns its value; the guard ends a hang."""
    end = time.monotonic() + GUARD
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        if process is not None and process.poll() is not None:
            raise AssertionError(f"it ended too early: {finish(process)}")
        time.sleep(0.002)
    raise AssertionError("waited in vain")


def temporary_folder(case):
    """A folder for all tests of a class, from its setUpClass."""
    folder = tempfile.TemporaryDirectory(prefix="pconc-test.")
    case.addClassCleanup(folder.cleanup)
    return folder.name


class Case(unittest.TestCase):
    """A test with its own folder and with assertions about results."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="pconc-test.")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        os.chmod(self.folder, 0o755)

    def write(self, name, content):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        return path

    def assertCode(self, code, result):
        self.assertEqual(code, result.code, result)

    def assertFine(self, result):
        self.assertCode(0, result)

    def assertRefused(self, result, *pieces, code=2):
        """One message of pconc on standard error that contains every piece, and no results."""
        self.assertCode(code, result)
        lines = result.err.splitlines()
        self.assertEqual(1, len(lines), result)
        self.assertRegex(lines[0], r"^pconc: \S", result)
        self.assertFalse(lines[0].endswith("."), result)
        for piece in pieces:
            self.assertIn(piece, lines[0], result)
        self.assertEqual("", result.out, result)
