"""Messages come in: datagrams on the local socket, and Redis when it is configured."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from typing import Any

from django.conf import settings

from parvis.config import environment
from parvis.kernel import live, wake
from parvis.realtime.hub import Hub

log = logging.getLogger("parvis.realtime")
AT_ONCE = 500


class Intake:
    """Feeds a hub until it is closed."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.socket: socket.socket | None = None
        self.task: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Listen. Called on the running event loop."""
        self.socket = wake.listen(live.ROLE)
        self.socket.setblocking(False)
        asyncio.get_running_loop().add_reader(self.socket.fileno(), self._readable)
        if environment.text("PARVIS_REDIS_URL"):
            self.task = asyncio.get_running_loop().create_task(self._subscribe())

    def close(self) -> None:
        """Listen no more."""
        if self.task is not None:
            self.task.cancel()
        if self.socket is not None:
            asyncio.get_running_loop().remove_reader(self.socket.fileno())
            self.socket.close()
            self.socket = None

    def _readable(self) -> None:
        assert self.socket is not None
        with contextlib.suppress(BlockingIOError, InterruptedError):
            for _ in range(AT_ONCE):
                self.hub.take(self.socket.recv(65536))

    async def _subscribe(self) -> None:
        """Take what other machines publish; after a lost connection, subscribe again."""
        from redis import asyncio as redis

        pause_s = 0.2
        while True:
            client: Any = redis.Redis.from_url(environment.text("PARVIS_REDIS_URL"), socket_connect_timeout=5, health_check_interval=30)
            try:
                async with client.pubsub() as channel:
                    await channel.subscribe(f"parvis:{settings.DOMAIN}:{live.ROLE}")
                    pause_s = 0.2
                    async for message in channel.listen():
                        if message["type"] == "message":
                            self.hub.take(message["data"])
            except asyncio.CancelledError:
                raise
            except Exception as problem:
                log.warning("Redis is not available to streaming (%s); trying again", type(problem).__name__)
            finally:
                with contextlib.suppress(Exception):
                    await client.aclose()
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, 10.0)
