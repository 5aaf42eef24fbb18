"""Says whether the square runs: roles, processes, ports, and what waits in the queue."""

from __future__ import annotations

import argparse
import json
import os
import urllib.request

from parvis.config import environment
from parvis.console import square
from parvis.console.main import Refused

HELP = "say whether the square runs"


def arguments(parser: argparse.ArgumentParser, data: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(options: argparse.Namespace) -> int:
    """Print the state; the exit status is 3 when nothing runs."""
    running = square.is_running()
    known = square.state() if running else {}
    answer = {
        "running": running,
        "healthy": running and _answers(known.get("listen", "")),
        "data": str(environment.data_dir()),
        "domain": environment.square().get("domain"),
        "url": known.get("url"),
        "streaming": known.get("streaming"),
        "pid": known.get("pid"),
        "ports": known.get("ports", {}),
        "pids": {role: pid for role, pid in known.get("pids", {}).items() if _alive(pid)},
        "restarts": known.get("restarts", 0),
        "started_at": known.get("started_at"),
        "queue": _queue() if running else None,
    }
    if options.json:
        print(json.dumps(answer))
    elif running:
        _print(answer)
    if not running and not options.json:
        raise Refused(f"no square runs on {environment.data_dir()}.", "Type: parvis up", status=3)
    return 0 if running else 3


def _print(answer: dict) -> None:
    print(f"{answer['url']} {'answers' if answer['healthy'] else 'does not answer'}; streaming at {answer['streaming']}")
    for role, pid in answer["pids"].items():
        print(f"  {role:<12} {pid}")
    queue = answer["queue"]
    print("queue: {waiting} waiting, {retrying} to try again, {dead} given up; {tasks} long tasks waiting".format(**queue))


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _answers(listen: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{listen}/health", timeout=3) as response:
            return bool(response.status == 200)
    except (OSError, ValueError):
        return False


def _queue() -> dict[str, int]:
    square.setup_django()
    from django_tasks_db.models import DBTaskResult

    from parvis.kernel import outbox

    return {**outbox.pending(), "tasks": DBTaskResult.objects.ready().count()}
