"""Our own API answers as its description says, to whom it should."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

BASE = "/api/parvis/v1"


def test_status_tells_the_machine_to_the_owner_alone(square: Any) -> None:
    from parvis.identity.models import Role, User
    from parvis.kernel import changes

    public = square.ask("GET", f"{BASE}/status")
    assert public.status == 200
    assert public.json["domain"] == "localhost:8000"
    assert public.json["machine"] is None
    square.person("olga", scope="read admin:read")
    assert square.ask("GET", f"{BASE}/status", "olga").json["machine"] is None
    User.objects.filter(username="olga").update(role=Role.OWNER)
    changes.forget()
    machine = square.ask("GET", f"{BASE}/status", "olga").json["machine"]
    assert machine["queue"] == {"waiting": 0, "retrying": 0, "dead": 0, "tasks": 0}
    square.post("ada", "one event more")
    assert square.ask("GET", f"{BASE}/status", "olga").json["machine"]["queue"]["waiting"] >= 1
    assert square.ask("GET", f"{BASE}/status", "nobody").status == 401


def test_owner_without_the_scope_is_told_no_more_than_others(square: Any) -> None:
    from parvis.identity.models import Role, User

    User.objects.filter(username="ada").update(role=Role.OWNER)
    assert square.ask("GET", f"{BASE}/status", "ada").json["machine"] is None


def test_limits_are_those_of_the_instance_document(square: Any) -> None:
    ours, theirs = square.ask("GET", f"{BASE}/settings/limits").json, square.ask("GET", "/api/v2/instance").json["configuration"]
    assert ours["post"]["characters"] == theirs["statuses"]["max_characters"]
    assert ours["poll"]["most_s"] == theirs["polls"]["max_expiration"]
    assert ours["media"]["types"] == theirs["media_attachments"]["supported_mime_types"]
    assert ours["profile"]["fields"] == theirs["accounts"]["max_profile_fields"]


def test_every_described_path_answers_as_described(square: Any) -> None:
    schema = square.ask("GET", f"{BASE}/openapi.json").json
    assert schema["openapi"].startswith("3.")
    own = {path for path, methods in schema["paths"].items() if any("own" in one["tags"] for one in methods.values())}
    assert set(schema["paths"]) - own == {f"{BASE}/status", f"{BASE}/settings/limits"}
    for path, methods in schema["paths"].items():
        if path in own:
            plain = re.sub(r"\{\w+\}", "1", path)
            assert all(square.ask(method.upper(), plain, body={}).status == 401 for method in methods), path
            continue
        answered = square.ask("GET", path)
        assert answered.status == 200
        name = methods["get"]["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        assert set(answered.json) == set(schema["components"]["schemas"][name]["properties"])


def test_the_page_runs_nothing_and_loads_nothing(square: Any) -> None:
    answered = square.ask("GET", f"{BASE}/docs")
    html = answered.raw.decode()
    assert answered.headers["Content-Type"].startswith("text/html")
    assert "default-src 'none'" in answered.headers["Content-Security-Policy"]
    assert "GET /api/parvis/v1/status" in html
    assert "<script" not in html
    assert not re.search(r"(src|href)=\"(https?:)?//", html)


@pytest.mark.parametrize("path", ["/api/parvis/v1/nothing", "/api/parvis/", "/api/parvis/v2/status"])
def test_unknown_paths_are_a_json_404(square: Any, path: str) -> None:
    answered = square.ask("GET", path)
    assert (answered.status, json.loads(answered.raw)) == (404, {"error": "Record not found"})
    assert square.ask("POST", f"{BASE}/status").status == 405


def test_rates_are_limited_here_too(square: Any, settings: Any) -> None:
    settings.RATE_LIMITS = True
    answered = square.ask("GET", f"{BASE}/settings/limits")
    assert int(answered.headers["X-RateLimit-Limit"]) == 300
