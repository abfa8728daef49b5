# SPDX-License-Identifier: MIT
"""Python's pools: concurrent.futures and multiprocessing, threads and processes. N empty jobs under
WORKERS, mapped one at a time or in automatic chunks, or submitted one by one with their results."""

import concurrent.futures
import contextlib
import multiprocessing
import multiprocessing.pool

import peer


def mapped(make, chunk):
    @contextlib.contextmanager
    def context(count, workers):
        with make(workers) as pool:
            jobs = range(count)
            yield lambda: sum(pool.map(peer.job, jobs, chunksize=chunk))
    return context


def submitted(make, submit, result):
    @contextlib.contextmanager
    def context(count, workers):
        with make(workers) as pool:
            def run():
                futures = [submit(pool, i) for i in range(count)]
                for future in futures:
                    result(future)
            yield run
    return context


def executor_submit(pool, i):
    return pool.submit(peer.job, i)


def pool_submit(pool, i):
    return pool.apply_async(peer.job, (i,))


RUNS = {
    "threads-map": mapped(concurrent.futures.ThreadPoolExecutor, 1),
    "threads-auto": mapped(multiprocessing.pool.ThreadPool, None),
    "threads-submit": submitted(concurrent.futures.ThreadPoolExecutor, executor_submit,
                                concurrent.futures.Future.result),
    "executor-map": mapped(concurrent.futures.ProcessPoolExecutor, 1),
    "executor-submit": submitted(concurrent.futures.ProcessPoolExecutor, executor_submit,
                                 concurrent.futures.Future.result),
    "pool-map": mapped(multiprocessing.Pool, 1),
    "pool-submit": submitted(multiprocessing.Pool, pool_submit,
                             multiprocessing.pool.AsyncResult.get),
}

if __name__ == "__main__":
    peer.main(RUNS)
