"""A network between the service and its database that fails on demand."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from tests.server import address_of, url_through


class Proxy:
    """Passes connections on to the database: `cut` drops them, `freeze` keeps them silent."""

    def __init__(self, url: str) -> None:
        self._target = url
        self._writers: set[StreamWriter] = set()
        self._connected = True
        self._flowing = asyncio.Event()
        self._flowing.set()
        self.url = ""

    async def start(self) -> asyncio.Server:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = url_through(self._target, port=server.sockets[0].getsockname()[1])
        return server

    def cut(self) -> None:
        self._connected = False
        for writer in self._writers:
            writer.transport.abort()

    def freeze(self) -> None:
        self._flowing.clear()

    def restore(self) -> None:
        self._connected = True
        self._flowing.set()

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        if not self._connected:
            writer.transport.abort()
            return
        far_reader, far_writer = await asyncio.open_connection(*address_of(self._target))
        ends = {writer, far_writer}
        self._writers |= ends
        await asyncio.gather(self._pass(reader, far_writer), self._pass(far_reader, writer))
        self._writers -= ends

    async def _pass(self, reader: StreamReader, writer: StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                await self._flowing.wait()
                writer.write(data)
        writer.close()


@asynccontextmanager
async def proxy_to(url: str) -> AsyncIterator[Proxy]:
    proxy = Proxy(url)
    server = await proxy.start()
    yield proxy
    proxy.restore()
    proxy.cut()
    server.close()
