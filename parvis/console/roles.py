"""What each process of a square does. Every role is forked from one parent that has imported everything.

A role's function never returns before its process should end; it answers SIGTERM by ending within seconds.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import signal
import threading
from collections.abc import Callable
from typing import Any

from parvis.config import environment

KEPT_VARIABLES = ("HOME", "LANG", "LC_ALL", "PATH", "TMPDIR", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "DJANGO_SETTINGS_MODULE")
GRACE_S = 5


def preload() -> None:
    """Everything that the roles share is imported and built, with no thread, socket or connection open."""
    import granian.server.mp  # noqa: F401
    import uvicorn  # noqa: F401
    from django.urls import get_resolver

    from parvis.config import wsgi

    assert wsgi.application
    _touch_patterns(get_resolver().url_patterns)
    for name in ("parvis.config.wiring", "parvis.realtime.app", "parvis.console.worker"):
        if exists(name):
            importlib.import_module(name)


def _touch_patterns(patterns: Any) -> None:
    for pattern in patterns:
        _touch_patterns(getattr(pattern, "url_patterns", ()))


def exists(module: str) -> bool:
    """Return whether a module can be imported."""
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def roles() -> dict[str, Callable[[], None]]:
    """Return every role of this machine's square by its name."""
    found: dict[str, Callable[[], None]] = {}
    for number in range(environment.number("PARVIS_WEB_PROCESSES")):
        found[f"web-{number + 1}"] = serve_web
    if exists("parvis.realtime.app"):
        found["realtime"] = serve_realtime
    found["worker"] = work
    return found


def end_with(lifeline: int) -> None:
    """End this process when the supervisor is gone: nobody else would restart or stop it.

    lifeline: the reading end of a pipe whose only writing end is the supervisor's.
    """

    def watch() -> None:
        try:
            os.read(lifeline, 1)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)
            threading.Event().wait(GRACE_S)
            os._exit(70)

    threading.Thread(target=watch, name="lifeline", daemon=True).start()


def serve_web() -> None:
    """Answer requests under Granian, in this very process.

    Granian's own master would be one more process between the supervisor and the workers, and gives up when a
    worker dies twice in five seconds; so its worker is run directly (ADR-0001). What is private to Granian is
    these two calls, and tests/test_up.py fails when an upgrade changes them.
    """
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server.mp import MPServer

    from parvis.config.wsgi import application

    _keep_variables()
    server = MPServer(
        "parvis.config.wsgi:application",
        address=environment.text("PARVIS_HOST"),
        port=environment.number("PARVIS_PORT"),
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=environment.number("PARVIS_WEB_THREADS"),
        backlog=2048,
        websockets=False,
        log_level=LogLevels.warning,
        log_dictconfig={"handlers": _stderr_handlers()},
    )
    server.runtime_mode = server.runtime_mode.mt
    server._init_shared_socket()
    server._spawn_worker(0, server._spawn_wsgi_worker, lambda: application).inner.run()


def _keep_variables() -> None:
    """Drop from this process's environment what requests must not see.

    Granian copies the environment into every request, where HTTP_* would read as headers, and copying costs time.
    """
    for name in [n for n in os.environ if n not in KEPT_VARIABLES and not n.startswith("PARVIS_")]:
        del os.environ[name]


def _stderr_handlers() -> dict[str, Any]:
    handler = {"class": "logging.StreamHandler", "formatter": "generic", "stream": "ext://sys.stderr"}
    return {"console": handler, "access": handler}


def serve_realtime() -> None:
    """Stream to clients under uvicorn."""
    import uvicorn

    config = uvicorn.Config(
        "parvis.realtime.app:app",
        host=environment.text("PARVIS_HOST"),
        port=environment.streaming_port(),
        loop="asyncio",
        http="httptools",
        ws="websockets-sansio",
        access_log=False,
        log_config=None,
        log_level="warning",
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    uvicorn.Server(config).run()


def work() -> None:
    """Run reactions, periodic jobs and long tasks."""
    from parvis.console import worker

    worker.run()
