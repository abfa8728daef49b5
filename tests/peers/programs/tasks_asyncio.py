# SPDX-License-Identifier: MIT
"""asyncio. switch: WORKERS tasks give way N times in all. spawn: N tasks, a hundred at a time.
sleep: N tasks that sleep 1 s."""

import asyncio
import contextlib
import time

import peer

BATCH = 100


async def give_way(times):
    for _ in range(times):
        await asyncio.sleep(0)


async def switch(count, workers):
    await asyncio.gather(*(give_way(count // workers) for _ in range(workers)))


async def call(i):
    peer.job(i)


async def spawn(count, _):
    for first in range(0, count, BATCH):
        await asyncio.gather(*(call(i) for i in range(first, min(first + BATCH, count))))


async def sleep_once():
    start = time.monotonic()
    await asyncio.sleep(peer.SLEEP_S)
    # The loop may run timers early by the resolution of its clock.
    assert time.monotonic() - start > peer.SLEEP_S - 1e-3


async def sleep(count, _):
    await asyncio.gather(*(sleep_once() for _ in range(count)))


def in_loop(main):
    @contextlib.contextmanager
    def context(count, workers):
        yield lambda: asyncio.run(main(count, workers))
    return context


if __name__ == "__main__":
    peer.main({"switch": in_loop(switch), "spawn": in_loop(spawn), "sleep": in_loop(sleep)})
