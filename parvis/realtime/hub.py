"""Who watches what in this process, and the way from a message to every connection that it concerns.

Everything here runs on the event loop; only rendering leaves it, one batch at a time, for a thread. While a
batch is rendered, further messages gather for the next: under load, batches grow and each costs less.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson

from parvis.identity.queries import Principal, principal
from parvis.kernel import changes
from parvis.realtime import rendering
from parvis.realtime.rendering import EVERYONE, Delivery, Message, Watched
from parvis.realtime.streams import Key, Opened

log = logging.getLogger("parvis.realtime")

QUEUE_FRAMES = 500
QUEUE_BYTES = 4 * 1024 * 1024
MAX_CONNECTIONS = 10_000
MAX_PER_ACCOUNT = 100
MAX_STREAMS = 100
MAX_WAITING = 20_000
HEARTBEAT_S = 15.0
TICK_S = 1.0
KEEP_SEEN = 4_000


class Connection:
    """One client: what it watches, and the frames that wait to be sent. It is dropped when it does not keep up."""

    __slots__ = ("_bytes", "_waiter", "closed", "frames", "is_sse", "limit", "reads_notifications", "secret", "streams", "who")

    def __init__(self, who: Principal, secret: str, *, is_sse: bool) -> None:
        self.who, self.secret, self.is_sse = who, secret, is_sse
        self.streams: dict[Key, tuple[str, ...]] = {}
        self.frames: deque[bytes | str] = deque()
        self.reads_notifications = who.allows("read:notifications")
        self.closed = ""
        self._bytes = 0
        self._waiter: asyncio.Future[None] | None = None

    def put(self, frame: bytes | str) -> None:
        """Queue a frame; a client that lets too many wait is dropped."""
        if self.closed:
            return
        self._bytes += len(frame)
        if len(self.frames) >= QUEUE_FRAMES or self._bytes > QUEUE_BYTES:
            self.close("slow")
            return
        self.frames.append(frame)
        self._wake()

    def close(self, reason: str) -> None:
        """End the stream; what waits is not sent any more."""
        if not self.closed:
            self.closed = reason
            self.frames.clear()
            self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def next(self) -> bytes | str | None:
        """Return the next frame, waiting for it; None once the stream has ended."""
        while not self.frames:
            if self.closed:
                return None
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
            self._waiter = None
        frame = self.frames.popleft()
        self._bytes -= len(frame)
        return frame


class Hub:
    """The connections of this process by what they watch."""

    def __init__(self) -> None:
        self.by_key: dict[Key, set[Connection]] = {}
        self.connections: set[Connection] = set()
        self.per_account: dict[int, int] = {}
        self.pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="reading")
        self.waiting: list[Message] = []
        self.seen: OrderedDict[int, None] = OrderedDict()
        self.delivered: OrderedDict[int, tuple[Key, ...]] = OrderedDict()
        self.revoked: set[str] = set()
        self.tasks: set[asyncio.Task[Any]] = set()
        self.pumping = False
        changes.on_change(self._changed)

    # ------------------------------------------------------------------ connections

    def join(self, connection: Connection) -> bool:
        """Count a connection; return False when there are too many."""
        account_id = connection.who.account_id
        if len(self.connections) >= MAX_CONNECTIONS or self.per_account.get(account_id, 0) >= MAX_PER_ACCOUNT:
            return False
        self.connections.add(connection)
        self.per_account[account_id] = self.per_account.get(account_id, 0) + 1
        return True

    def leave(self, connection: Connection) -> None:
        """Forget a connection and what it watches."""
        for key in list(connection.streams):
            self.unwatch(connection, key)
        if connection in self.connections:
            self.connections.remove(connection)
            left = self.per_account[connection.who.account_id] - 1
            if left:
                self.per_account[connection.who.account_id] = left
            else:
                del self.per_account[connection.who.account_id]
        connection.close("left")

    def watch(self, connection: Connection, opened: Opened) -> bool:
        """The connection gets this stream's events; return False when it watches too many streams."""
        if opened.key not in connection.streams and len(connection.streams) >= MAX_STREAMS:
            return False
        connection.streams[opened.key] = opened.name
        self.by_key.setdefault(opened.key, set()).add(connection)
        return True

    def unwatch(self, connection: Connection, key: Key) -> None:
        """The connection no longer gets this stream's events."""
        connection.streams.pop(key, None)
        watchers = self.by_key.get(key)
        if watchers is not None:
            watchers.discard(connection)
            if not watchers:
                del self.by_key[key]

    def watched(self) -> Watched:
        """Return who watches what now."""
        users, notified, direct = set(), set(), set()
        lists: dict[int, frozenset[int]] = {}
        shared: dict[Key, frozenset[int]] = {}
        for key, watchers in self.by_key.items():
            name, of = key
            if name == "user":
                users.add(int(of))
                if any(c.reads_notifications for c in watchers):
                    notified.add(int(of))
            elif name == "user:notification":
                notified.add(int(of))
            elif name == "direct":
                direct.add(int(of))
            elif name == "list":
                lists[int(of)] = frozenset(c.who.account_id for c in watchers)
            else:
                shared[key] = frozenset(c.who.account_id for c in watchers)
        return Watched(frozenset(users), frozenset(notified), frozenset(direct), lists, shared)

    # ------------------------------------------------------------------ messages

    def take(self, body: bytes) -> None:
        """Take one message from the square's other processes; nothing happens when nobody watches."""
        if not self.connections:
            return
        try:
            message = orjson.loads(body)
            kind, nonce = message[0], message[1]
        except (orjson.JSONDecodeError, IndexError, TypeError, KeyError):
            return
        if nonce in self.seen:
            return
        self.seen[nonce] = None
        if len(self.seen) > KEEP_SEEN:
            self.seen.popitem(last=False)
        if len(self.waiting) >= MAX_WAITING:
            log.warning("streaming is behind; a message of kind %s is dropped", kind)
            return
        self.waiting.append(message)
        if not self.pumping:
            self.pumping = True
            self.spawn(self._pump())

    def spawn(self, work: Any) -> None:
        """Run a coroutine in the background and keep a reference to it."""
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def read(self, function: Callable[..., Any], *given: Any) -> Any:
        """Run a function that reads the database in the reading thread."""
        return await asyncio.get_running_loop().run_in_executor(self.pool, function, *given)

    async def _pump(self) -> None:
        try:
            while self.waiting:
                batch, self.waiting = self.waiting, []
                try:
                    found = await self.read(rendering.render, batch, self.watched())
                except Exception:
                    log.exception("a batch of %s messages could not be rendered", len(batch))
                    continue
                self.deliver(found)
                await self._end_revoked()
        finally:
            self.pumping = False

    def deliver(self, found: Iterable[Delivery]) -> None:
        """Queue each delivery for its watchers, one frame per form and stream name."""
        for one in found:
            frames: dict[Any, bytes | str] = {}
            keys = self._keys(one)
            for key in keys:
                for connection in tuple(self.by_key.get(key, ())):
                    if one.account_ids is not None and connection.who.account_id not in one.account_ids:
                        continue
                    if one.event == "notification" and not connection.reads_notifications:
                        continue
                    form = None if connection.is_sse else connection.streams[key]
                    frame = frames.get(form)
                    if frame is None:
                        frame = frames[form] = sse_frame(one) if form is None else socket_frame(one, form)
                    connection.put(frame)

    def _keys(self, one: Delivery) -> list[Key]:
        """Return the streams of a delivery. Who got a post is remembered, so that its deletion reaches them too."""
        if one.keys == [EVERYONE]:
            return [key for key in self.by_key if key[0] == "user"]
        if one.post_id > 0:
            known = self.delivered.pop(one.post_id, ())
            self.delivered[one.post_id] = tuple(dict.fromkeys((*known, *one.keys)))
            if len(self.delivered) > KEEP_SEEN:
                self.delivered.popitem(last=False)
        elif one.post_id < 0:
            return list(dict.fromkeys((*one.keys, *self.delivered.pop(-one.post_id, ()))))
        return one.keys

    # ------------------------------------------------------------------ time and tokens

    async def tick(self) -> None:
        """Beat every fifteen seconds, and look every second whether a watcher's token still holds."""
        last_beat = time.monotonic()
        while True:
            await asyncio.sleep(TICK_S)
            if not self.connections:
                continue
            if time.monotonic() - last_beat >= HEARTBEAT_S:
                last_beat = time.monotonic()
                for connection in tuple(self.connections):
                    if connection.is_sse and not connection.frames:
                        connection.put(b":thump\n")
            if not self.pumping:
                with contextlib.suppress(Exception):  # the database is away: streams stay, the next tick looks again
                    await self.read(changes.sync)
                    await self._end_revoked()

    def _changed(self, key: str) -> None:
        """Note, in the reading thread, that tokens changed."""
        if key == "*" or key.startswith("t:"):
            self.revoked.add(key)

    async def _end_revoked(self) -> None:
        """End the streams of tokens that no longer hold."""
        moment = time.time()
        late = [c for c in self.connections if c.who.expires_s and c.who.expires_s <= moment]
        for connection in late:
            connection.close("expired")
        if not self.revoked:
            return
        keys, self.revoked = self.revoked, set()
        everyone = bool(keys & {"*", "t:*"})
        asked = [c for c in self.connections if everyone or f"t:{c.who.token_id}" in keys]
        if asked:
            valid = await self.read(_still_valid, {c.secret for c in asked})
            for connection in asked:
                if connection.secret not in valid:
                    connection.close("revoked")


def _still_valid(secrets: set[str]) -> set[str]:
    changes.sync()
    found = ((secret, principal(secret)) for secret in secrets)
    return {secret for secret, who in found if who is not None and not who.blocked}


def sse_frame(one: Delivery) -> bytes:
    """Return a server-sent event. Payloads are JSON without line breaks, or ids."""
    return b"event: %s\ndata: %s\n\n" % (one.event.encode(), one.payload or b"undefined")


def socket_frame(one: Delivery, name: tuple[str, ...]) -> str:
    """Return a WebSocket message: the payload is JSON inside a JSON string, left out when there is none."""
    body: dict[str, Any] = {"stream": name, "event": one.event}
    if one.payload:
        body["payload"] = one.payload.decode()
    return orjson.dumps(body).decode()
