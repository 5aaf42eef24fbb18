"""The worker: reactions to events at once, periodic jobs on time, long tasks one after the other."""

from __future__ import annotations

import logging
import signal
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import close_old_connections, connections

from parvis.config import wiring
from parvis.kernel import changes, outbox

log = logging.getLogger("parvis.worker")

Job = Callable[[], Any]
TASK_PAUSE_S = 1.0
RESULTS_KEPT_DAYS = 7
MAX_STARTS = 5


def run() -> None:
    """Work until SIGTERM or SIGINT; a reaction or a task under way is finished first."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    wiring.connect()
    clock = Clock(_jobs())
    tasks = threading.Thread(target=run_tasks, args=(stop,), name="tasks", daemon=True)
    tasks.start()
    outbox.work(stop, periodic=clock.tick)
    tasks.join(timeout=3)
    connections.close_all()


def _jobs() -> list[tuple[float, Job]]:
    """Return (every so many seconds, job): ours, and those that config/wiring.py lists as PERIODIC."""
    jobs: list[tuple[float, Job]] = [(60, changes.prune), (86_400, _clear_sessions), (3_600, _forget_results)]
    jobs += wiring.PERIODIC
    return jobs


class Clock:
    """Runs each job when it is due. One that fails is logged and tried again at its next time."""

    def __init__(self, jobs: list[tuple[float, Job]]) -> None:
        start = time.monotonic()
        self._due = [(start + min(every_s, 30), every_s, job) for every_s, job in jobs]

    def tick(self) -> None:
        """Run what is due now."""
        moment = time.monotonic()
        for place, (due, every_s, job) in enumerate(self._due):
            if moment >= due:
                self._due[place] = (moment + every_s, every_s, job)
                try:
                    job()
                except Exception:
                    log.exception("the periodic job %s failed", getattr(job, "__qualname__", job))


def _clear_sessions() -> None:
    from django.contrib.sessions.backends.db import SessionStore

    SessionStore.clear_expired()


def _forget_results() -> None:
    from datetime import timedelta

    from django_tasks_db.models import DBTaskResult

    from parvis.kernel.clock import now

    DBTaskResult.objects.finished().filter(finished_at__lt=now() - timedelta(days=RESULTS_KEPT_DAYS)).delete()


def worker_id() -> str:
    """Return the name under which this machine claims tasks: the same after a restart."""
    return f"{socket.gethostname()[:40]}:{settings.DATA_DIR.name}"[:64]


def run_tasks(stop: threading.Event) -> None:
    """Run long tasks as they become due. A look costs one short read a second; claiming is the library's."""
    from django_tasks_db.management.commands.db_worker import Worker
    from django_tasks_db.models import DBTaskResult

    logging.getLogger("django_tasks_db").setLevel(logging.WARNING)
    logging.getLogger("django_tasks").setLevel(logging.WARNING)
    requeued = False
    while not stop.wait(TASK_PAUSE_S):
        try:
            close_old_connections()
            if not requeued:
                requeue_interrupted()
                requeued = True
            while not stop.is_set() and DBTaskResult.objects.ready().exists():
                Worker(
                    queue_names=["*"], interval=0, batch=True, backend_name="default", startup_delay=False,
                    max_tasks=1, worker_id=worker_id(), excluded_queue_names=[],
                ).run()  # fmt: skip
        except Exception:
            log.exception("long tasks could not be run; trying again")
            connections["default"].close()
    connections.close_all()


def requeue_interrupted() -> int:
    """Tasks that this machine's worker was running when it died wait again: each runs at least once."""
    from django_tasks.base import TaskResultStatus
    from django_tasks_db.models import DBTaskResult

    count = 0
    for result in DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING):
        if not result.worker_ids or result.worker_ids[-1] != worker_id():
            continue
        if len(result.worker_ids) >= MAX_STARTS:  # it ends the worker each time
            change: dict[str, Any] = {"status": TaskResultStatus.FAILED, "traceback": "The worker died while it ran, too often."}
        else:
            change = {"status": TaskResultStatus.READY, "started_at": None}
        count += DBTaskResult.objects.filter(pk=result.pk, status=TaskResultStatus.RUNNING).update(**change)
    return count
