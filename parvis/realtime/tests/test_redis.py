"""With Redis, what happens on one machine reaches who watches on another, and is told once."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from parvis.kernel import wake


@pytest.mark.redis
def test_messages_come_through_redis_and_once(transactional_db: None, monkeypatch: pytest.MonkeyPatch, request: Any) -> None:
    monkeypatch.setenv("PARVIS_REDIS_URL", os.environ["PARVIS_TEST_REDIS_URL"])
    monkeypatch.setattr(wake, "_redis", None)
    streaming = request.getfixturevalue("streaming")
    client = streaming.socket("ada", "stream=user")
    number = 0

    def told() -> bool:  # the subscription to Redis may need a moment after the start
        nonlocal number
        number += 1
        wake._publish("realtime", json.dumps(["tell", number, "filters_changed", "", [streaming.ids["ada"]]]).encode())
        try:
            return json.loads(client.recv(timeout=0.2))["event"] == "filters_changed"
        except TimeoutError:
            return False

    streaming.until(told, seconds=10)
    wake.send("realtime", json.dumps(["tell", 10_001, "filters_changed", "", [streaming.ids["ada"]]]).encode())
    assert json.loads(client.recv(timeout=5))["event"] == "filters_changed"
    with pytest.raises(TimeoutError):
        client.recv(timeout=0.5)
