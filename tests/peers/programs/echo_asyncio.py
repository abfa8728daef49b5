# SPDX-License-Identifier: MIT
"""asyncio: protocols, one loop in the client, one in the server, a process of its own. WORKERS
connections, N round trips of 64 bytes each."""

import asyncio
import contextlib
import os
import resource
import signal
import socket
import struct

import peer

SIZE = 64


class Server(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)


class Client(asyncio.Protocol):
    def __init__(self, number, trips, done):
        self.number, self.trips, self.done = number, trips, done
        self.trip, self.got = 0, b""

    def connection_made(self, transport):
        self.transport = transport
        transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.send()

    def send(self):
        self.sent = struct.pack("<qq", self.number, self.trip) * (SIZE // 16)
        self.transport.write(self.sent)

    def data_received(self, data):
        self.got += data
        if len(self.got) < SIZE:
            return
        assert self.got == self.sent
        self.got = b""
        self.trip += 1
        if self.trip < self.trips:
            self.send()
        else:
            self.transport.abort()

    def connection_lost(self, exc):
        self.done.set_result(None)


async def serve(listener):
    server = await asyncio.get_running_loop().create_server(Server, sock=listener)
    await server.serve_forever()


async def talk(address, count, workers):
    loop = asyncio.get_running_loop()
    ends = [loop.create_future() for _ in range(workers)]
    for number, done in enumerate(ends):
        await loop.create_connection(lambda n=number, d=done: Client(n, count, d), *address)
    await asyncio.gather(*ends)


@contextlib.contextmanager
def echo(count, workers):
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    listener = socket.create_server(("127.0.0.1", 0), backlog=1 << 15)
    server = os.fork()
    if server == 0:
        asyncio.run(serve(listener))
        os._exit(1)
    address = listener.getsockname()
    listener.close()
    try:
        yield lambda: asyncio.run(talk(address, count, workers))
    finally:
        os.kill(server, signal.SIGKILL)
        os.waitpid(server, 0)


if __name__ == "__main__":
    peer.main({"echo": echo}, items=lambda count, workers: count * workers)
