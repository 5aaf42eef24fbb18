"""Wakes other processes of the square at once: a datagram on a local socket, and Redis when it is configured.

A wake carries no truth: whoever misses one finds the same facts in the database a second later.
"""

from __future__ import annotations

import contextlib
import os
import socket
from pathlib import Path
from typing import Any

from django.conf import settings

from parvis.config import environment

_sender: socket.socket | None = None
_redis: Any = None
MAX_DATAGRAM = 60_000


def _path(role: str) -> Path:
    return Path(settings.DATA_DIR) / "run" / f"{role}.sock"


def _after_fork() -> None:
    global _sender, _redis
    _sender = _redis = None


os.register_at_fork(after_in_child=_after_fork)


def send(role: str, message: bytes = b"") -> None:
    """Send a datagram to a role ("worker", "realtime"); silently nothing when it is not running."""
    global _sender
    if _sender is None:
        _sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        _sender.setblocking(False)
    with contextlib.suppress(OSError):
        _sender.sendto(message[:MAX_DATAGRAM], str(_path(role)))
    if environment.text("PARVIS_REDIS_URL"):
        _publish(role, message)


def _publish(role: str, message: bytes) -> None:
    global _redis
    import redis

    if _redis is None:
        _redis = redis.Redis.from_url(environment.text("PARVIS_REDIS_URL"), socket_timeout=1)
    with contextlib.suppress(redis.RedisError):
        _redis.publish(f"parvis:{settings.DOMAIN}:{role}", message)


def listen(role: str) -> socket.socket:
    """Return a bound datagram socket on which this role is woken."""
    path = _path(role)
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * 1024 * 1024)
    sock.bind(str(path))
    return sock
