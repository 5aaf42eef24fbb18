"""A running square reacts: what one person does reaches the others."""

from __future__ import annotations

import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from parvis.console.tests.squares import Square, get, until

pytestmark = pytest.mark.slow


def _post(url: str, token: str, **fields: str) -> None:
    request = urllib.request.Request(url, urllib.parse.urlencode(fields).encode(), {"Authorization": f"Bearer {token}"})
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=5).read()


def test_follower_is_notified_and_reads_the_post_although_the_worker_was_killed(tmp_path: Path) -> None:
    import os
    import signal

    square = Square(tmp_path / "data")
    ids, tokens = {}, {}
    for name in ("ada", "bea"):
        ids[name] = square.run("account", "create", name, "--email", f"{name}@example.org", "--password", "pw").stdout.strip()
        tokens[name] = square.run("token", "create", name).stdout.strip()
    try:
        square.up()
        _post(f"{square.base}/api/v1/accounts/{ids['ada']}/follow", tokens["bea"])
        os.kill(square.pids()["worker"], signal.SIGKILL)
        _post(f"{square.base}/api/v1/statuses", tokens["ada"], status="Hello @bea, on the square")

        def arrived() -> bool:
            home = get(f"{square.base}/api/v1/timelines/home", tokens["bea"])[1]
            told = get(f"{square.base}/api/v1/notifications", tokens["bea"])[1]
            return [s["account"]["username"] for s in home] == ["ada"] and [n["type"] for n in told] == ["mention"]

        assert until(arrived, 8)
    finally:
        square.close()
