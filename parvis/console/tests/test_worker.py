"""Periodic jobs run on time, and long tasks run at least once, whatever happens to the worker."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from django_tasks import task
from django_tasks.base import TaskResultStatus

from parvis.console import worker

done: list[int] = []


@task()
def remember(number: int) -> int:
    done.append(number)
    return number


def test_failing_job_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: moment[0])
    calls: list[str] = []

    def breaks() -> None:
        calls.append("breaks")
        raise ValueError

    clock = worker.Clock([(10, breaks), (20, lambda: calls.append("works"))])
    clock.tick()
    assert calls == []
    moment[0] += 21
    clock.tick()
    clock.tick()
    assert calls == ["breaks", "works"]


@pytest.mark.django_db(transaction=True)
def test_task_runs_and_its_result_is_kept() -> None:
    done.clear()
    result = remember.enqueue(7)
    stop = threading.Event()
    thread = threading.Thread(target=worker.run_tasks, args=(stop,))
    thread.start()
    deadline = time.monotonic() + 10
    while not done and time.monotonic() < deadline:
        time.sleep(0.05)
    stop.set()
    thread.join(5)
    result.refresh()
    assert (done, result.status) == ([7], TaskResultStatus.SUCCESSFUL)


@pytest.mark.django_db
@pytest.mark.parametrize(("starts", "expected"), [(1, TaskResultStatus.READY), (5, TaskResultStatus.FAILED)])
def test_task_of_a_killed_worker_waits_again_but_not_for_ever(starts: int, expected: Any) -> None:
    from django_tasks_db.models import DBTaskResult

    mine, other = remember.enqueue(1), remember.enqueue(2)
    DBTaskResult.objects.filter(pk=mine.id).update(status=TaskResultStatus.RUNNING, worker_ids=[worker.worker_id()] * starts)
    DBTaskResult.objects.filter(pk=other.id).update(status=TaskResultStatus.RUNNING, worker_ids=["another machine"])
    assert worker.requeue_interrupted() == 1
    assert DBTaskResult.objects.get(pk=mine.id).status == expected
    assert DBTaskResult.objects.get(pk=other.id).status == TaskResultStatus.RUNNING
