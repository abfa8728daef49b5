# SPDX-License-Identifier: MIT
"""The rows of the table: the cases of pconc, the programs of each peer, and the goals."""

import dataclasses

from figures import Goal

MILLION = 1_000_000


@dataclasses.dataclass(frozen=True)
class Pconc:
    """One case of `pconc bench`. `figure` is what is taken from each of its samples: 'run' over
    `items` jobs or yields or round trips, 'time' of the whole (with start-up and shutdown), 'pool'
    (these two alone) over `items` workers, 'peak' memory less that of a single job, 'cpu' time,
    'p50' and 'p99' of how long single jobs took (jobs is 1)."""
    workload: str
    executor: str
    jobs: int
    workers: int = 1
    params: tuple = ()
    pool: tuple = ()
    figure: str = "run"
    items: int = 1
    less: float = 0  # ns, subtracted from each figure
    samples: int = 0  # for one figure; 0: `repeat` of the row
    name: str = "pconc"
    note: str = ""
    base: bool = False  # measured with the build of --base


@dataclasses.dataclass(frozen=True)
class Peer:
    """`program what n workers`, and which printed figure to take. 'bytes': (its peak memory minus that
    of n = 0) / n."""
    name: str
    program: str
    what: str
    n: int
    workers: int = 1
    figure: str = "ns"
    scale: float = 1.0     # from the printed unit to the row's unit
    counts: bool = True    # a peer to beat; False: it does less work, or shows the limit of the machine
    rounds: int = 10**6    # it takes part only in so many first rounds, if it is slow
    note: str = ""


@dataclasses.dataclass(frozen=True)
class Row:
    key: str
    measure: str
    unit: str
    pconc: tuple
    peers: tuple
    goals: tuple
    scale: float = 1.0  # from ns (or bytes) of pconc to the row's unit
    repeat: int = 3     # runs of each contender; the figure is their median

    def beside_base(self):
        """The same row, with each case of pconc also in the build of --base."""
        twins = (dataclasses.replace(case, name=f"{case.name}, base", base=True)
                 for case in self.pconc)
        return dataclasses.replace(self, pconc=(*self.pconc, *twins))

    def without_peers(self):
        return dataclasses.replace(self, peers=())


def switch(tasks):
    total = 1_000_000 // tasks * tasks
    return Row(
        key=f"switch-{tasks}",
        measure=f"task switch, {tasks} tasks that yield",
        unit="ns",
        pconc=(Pconc("yield", "coroutines", jobs=tasks, params=(("times", total // tasks),),
                     items=total),),
        peers=(
            Peer("Boost.Context", "context", "switch", total, tasks,
                 note="each fiber resumes the next"),
            Peer("Boost.Context, by main", "context", "main", total, tasks),
            Peer("C++20 coroutines", "coroutine", "switch", total, tasks, counts=False,
                 note="no stacks"),
            Peer("Go", "tasks_go", "switch", total // 10, tasks),
            Peer("asyncio", "tasks_asyncio.py", "switch", total // 10, tasks),
        ),
        goals=(Goal(ratio=0.95, of="Boost.Context"), Goal(limit=5)))


SPAWN_PEERS = (
    Peer("Boost.Context", "context", "spawn", MILLION, note="one after the other"),
    Peer("Boost.Context, batches", "context", "batch", MILLION, note="100 made before they run"),
    Peer("C++20 coroutines", "coroutine", "spawn", MILLION, counts=False, note="no stacks"),
    Peer("Go", "tasks_go", "spawn", MILLION, note="batches of 100"),
    Peer("asyncio", "tasks_asyncio.py", "spawn", MILLION // 10, note="batches of 100"),
)

TEN_MILLION = 10 * MILLION

SLEEPERS_OURS = (
    dict(name="pconc, shared stacks", pool=(("shared_stacks", "true"),)),
    dict(name="pconc, own stacks", pool=(("stack", "16KiB"),)),
)


def sleepers(key, measure, unit, figure, scale, goals, count=MILLION):
    def peer(name, program, rounds=10**6, note=""):
        return Peer(name, program, "sleep", count, figure=figure, rounds=rounds, note=note)

    return Row(
        key, measure, unit,
        pconc=tuple(Pconc("sleep", "coroutines", jobs=count, params=(("duration", "1s"),),
                          figure={"s": "time", "bytes": "peak"}[figure],
                          items=count if figure == "bytes" else 1, **ours)
                    for ours in SLEEPERS_OURS),
        peers=(
            peer("C++20 coroutines", "coroutine", note="no stacks"),
            peer("Boost.Asio timers", "asio", note="callbacks"),
            peer("libuv timers", "uv", note="callbacks"),
            peer("Boost.Context", "context", rounds=2, note="no guard pages"),
            peer("Go", "tasks_go", rounds=2),
            peer("asyncio", "tasks_asyncio.py", rounds=1),
        ),
        goals=goals, scale=scale, repeat=1)


def submit(workers):
    return Row(
        key=f"submit-{workers}",
        measure=f"threads: submit one by one, wait for all, {workers} workers",
        unit="ns",
        pconc=(Pconc("noop", "threads", jobs=MILLION, workers=workers, pool=(("submit", "true"),),
                     items=MILLION),),
        peers=(
            Peer("Go channel", "tasks_go", "submit", MILLION, workers),
            Peer("oneTBB task_group", "tbb", "submit", MILLION, workers),
            Peer("OpenMP tasks", "openmp", "submit", MILLION, workers, counts=False,
                 note="runs them itself once many wait"),
            Peer("OpenMP tasks, clang", "openmp_clang", "submit", MILLION, workers, counts=False,
                 note="runs them itself once many wait"),
            Peer("libuv queue_work", "uv", "submit", MILLION // 10, workers),
            Peer("Boost.Asio post", "asio", "submit", MILLION // 10, workers),
            Peer("mutex and queue", "mutex_queue", "submit", MILLION // 10, workers),
            Peer("ThreadPoolExecutor", "pools.py", "threads-submit", MILLION // 100, workers),
        ),
        goals=(Goal(ratio=0.91, of="Go channel"), Goal(ratio=1), Goal(limit=42)))


def startup(key, executor, call, of, workers=16):
    return Row(
        key=key,
        measure=f"{executor}: start-up + shutdown, per worker of {workers}",
        unit="us",
        pconc=(Pconc("noop", executor, jobs=workers, workers=workers, figure="pool", items=workers),),
        peers=(Peer(of, "workers", call, 1, workers, scale=1e-3,
                    note="the bare system calls"),
               Peer("the same, and each ready", "workers", f"{call}-ready", 1, workers, scale=1e-3,
                    counts=False, note="it sleeps once until it is stopped")),
        goals=(Goal(ratio=1.3, of=of),), scale=1e-3, repeat=5)


NAPS = 500


def oversleep(key, executor, figure, pconc_figure):
    primitives = ("nanosleep", "epoll_pwait2", "timerfd")
    ours = dict(params=(("duration", "1ms"),), less=1e6, figure=pconc_figure)
    if pconc_figure == "run":
        ours |= dict(jobs=NAPS, items=NAPS, pool=(("concurrency", 1),))
    else:  # a sample repeats its one job for 10 ms
        ours |= dict(jobs=1, samples=NAPS // 10)
    if pconc_figure == "p50":
        ours["note"] = "its histogram tells times of 1 ms apart to 4 us"
    return Row(
        key=key,
        measure=f"{executor}: oversleep of 1 ms, {figure}",
        unit="us",
        pconc=(Pconc("sleep", executor, **ours),),
        peers=tuple(Peer(name, "oversleep", name, NAPS, figure=figure, scale=1e-3)
                    for name in primitives)
        + (Peer("nanosleep, default slack", "oversleep", "default", NAPS, figure=figure,
                scale=1e-3, counts=False, note="slack of 50 us, the others 1 ns"),),
        goals=(Goal(ratio=1.05),), scale=1e-3, repeat=1)


ROWS = (
    switch(2),
    switch(100),
    switch(1000),
    Row("spawn", "spawn + finish a task, stacks reused", "ns",
        pconc=(Pconc("spawn", "coroutines", jobs=1, params=(("tasks", MILLION), ("batch", 100)),
                     items=MILLION, note="batches of 100"),),
        peers=SPAWN_PEERS,
        goals=(Goal(ratio=0.73, of="Boost.Context"), Goal(limit=30))),
    Row("task-per-job", "a task for each empty job", "ns",
        pconc=(Pconc("noop", "coroutines", jobs=MILLION, items=MILLION),),
        peers=SPAWN_PEERS,
        goals=(Goal(ratio=0.73, of="Boost.Context"), Goal(limit=30))),
    sleepers("sleepers", "10^6 tasks that sleep 1 s, wall", "s", "s", 1e-9,
             (Goal(ratio=1.05, of="C++20 coroutines"),)),
    sleepers("bytes", "10^6 tasks that sleep 1 s, memory per task", "B", "bytes", 1.0,
             (Goal(limit=200),)),
    Row("ten-million", "10^7 tasks that sleep 1 s, memory in all", "GB",
        pconc=(Pconc("sleep", "coroutines", jobs=TEN_MILLION, params=(("duration", "1s"),),
                     pool=(("shared_stacks", "true"),), figure="peak"),),
        peers=(Peer("C++20 coroutines", "coroutine", "sleep", TEN_MILLION, figure="bytes",
                    scale=TEN_MILLION * 1e-9, note="no stacks", rounds=2),),
        goals=(Goal(limit=3),), scale=1e-9, repeat=1),
    Row("map", "threads: map, automatic chunks, 2 workers", "ns",
        pconc=(Pconc("noop", "threads", jobs=MILLION, workers=2, items=MILLION),),
        peers=(
            Peer("OpenMP guided", "openmp", "guided", MILLION, 2),
            Peer("OpenMP guided, clang", "openmp_clang", "guided", MILLION, 2),
            Peer("OpenMP static", "openmp", "static", MILLION, 2, counts=False,
                 note="divided beforehand"),
            Peer("oneTBB auto", "tbb", "auto", MILLION, 2),
            Peer("Go, ranges", "tasks_go", "ranges", MILLION, 2, counts=False,
                 note="divided beforehand"),
            Peer("ThreadPool.map", "pools.py", "threads-auto", MILLION // 10, 2),
        ),
        goals=(Goal(ratio=1.05, of="OpenMP guided"),)),
    Row("map-each", "threads: map, one job at a time, 2 workers", "ns",
        pconc=(Pconc("noop", "threads", jobs=MILLION, workers=2, pool=(("chunk", 1),),
                     items=MILLION),),
        peers=(
            Peer("C, one atomic counter", "counter", "threads", MILLION, 2),
            Peer("Go, one atomic counter", "tasks_go", "counter", MILLION, 2),
            Peer("OpenMP dynamic", "openmp", "dynamic", MILLION, 2),
            Peer("OpenMP dynamic, clang", "openmp_clang", "dynamic", MILLION, 2),
            Peer("oneTBB grain 1", "tbb", "each", MILLION, 2),
            Peer("ThreadPoolExecutor.map", "pools.py", "threads-map", MILLION // 100, 2),
        ),
        goals=(Goal(ratio=0.98, of="C, one atomic counter"), Goal(ratio=1), Goal(limit=9))),
    submit(2),
    submit(4),
    Row("processes-map", "processes: map, one job at a time, 2 workers", "ns",
        pconc=(Pconc("noop", "processes", jobs=MILLION, workers=2, pool=(("chunk", 1),),
                     items=MILLION),),
        peers=(
            Peer("C, one atomic counter", "counter", "processes", MILLION, 2, counts=False,
                 note="shared memory, no pool"),
            Peer("multiprocessing.Pool", "pools.py", "pool-map", MILLION // 100, 2),
            Peer("ProcessPoolExecutor", "pools.py", "executor-map", MILLION // 500, 2),
        ),
        goals=(Goal(ratio=1), Goal(limit=15))),
    Row("processes-submit", "processes: submit one by one, with results", "ns",
        pconc=(Pconc("noop", "processes", jobs=MILLION, workers=2, pool=(("submit", "true"),),
                     items=MILLION),),
        peers=(
            Peer("Open MPI, 1 worker", "mpi", "submit", MILLION // 10, 1, note="polls"),
            Peer("Open MPI, 2 workers", "mpi", "submit", MILLION // 10, 2, note="polls"),
            Peer("multiprocessing.Pool", "pools.py", "pool-submit", MILLION // 100, 2),
            Peer("ProcessPoolExecutor", "pools.py", "executor-submit", MILLION // 500, 2),
        ),
        goals=(Goal(ratio=1), Goal(limit=150))),
    startup("startup-threads", "threads", "threads", "pthread_create + join"),
    startup("startup-processes", "processes", "processes", "fork + wait"),
    Row("echo", "1000 TCP connections, 64 bytes there and back", "us",
        pconc=(Pconc("echo", "coroutines", jobs=1000, params=(("round_trips", 100),),
                     items=100_000),),
        peers=(
            Peer("C, epoll", "echo_epoll", "echo", 100, 1000, scale=1e-3),
            Peer("Go", "echo_go", "echo", 100, 1000, scale=1e-3),
            Peer("libuv", "echo_uv", "echo", 100, 1000, scale=1e-3),
            Peer("Boost.Asio", "echo_asio", "echo", 100, 1000, scale=1e-3),
            Peer("asyncio", "echo_asyncio.py", "echo", 20, 1000, scale=1e-3),
        ),
        # 0.97 of its round trips per second are 1 / 0.97 of its time.
        goals=(Goal(ratio=1.031, of="C, epoll"), Goal(ratio=1, of="Go"), Goal(ratio=1, of="libuv"),
               Goal(ratio=1, of="Boost.Asio"), Goal(ratio=1, of="asyncio")), scale=1e-3, repeat=1),
    oversleep("oversleep", "coroutines", "mean", "run"),
    oversleep("oversleep-p50", "coroutines", "p50", "p50"),
    oversleep("oversleep-p99", "coroutines", "p99", "p99"),
)
