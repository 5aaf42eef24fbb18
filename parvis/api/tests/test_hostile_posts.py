"""Hostile texts and bodies are stored whole or refused in the API's shape; none loses anything or ends in a 500."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parvis.network.models import Post

ANY_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=5,
)
NAMES = [
    "status", "spoiler_text", "visibility", "language", "media_ids", "poll", "in_reply_to_id", "quoted_status_id", "scheduled_at",
    "sensitive", "media_attributes", "quote_approval_policy", "local_only",
]  # fmt: skip
POLL = st.fixed_dictionaries({}, optional=dict.fromkeys(("options", "expires_in", "multiple", "hide_totals"), ANY_JSON))
BODIES = st.fixed_dictionaries({}, optional={**dict.fromkeys(NAMES, ANY_JSON), "poll": st.one_of(ANY_JSON, POLL)})


def _refused(answered: Any) -> None:
    assert answered.status in (400, 404, 413, 422), answered.raw
    assert isinstance(answered.json["error"], str)


@given(body=BODIES)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_wrong_types_are_refused_and_never_an_error_of_ours(square: Any, body: dict[str, Any]) -> None:
    raw = json.dumps(body).encode()
    kept = square.post("ada", "edit me")
    for method, path in (("POST", "/api/v1/statuses"), ("PUT", f"/api/v1/statuses/{kept['id']}")):
        answered = square.ask(method, path, "ada", raw)
        if answered.status != 200:
            _refused(answered)


@given(text=st.text(min_size=1, max_size=60))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_text_is_stored_as_it_was_typed_or_refused(square: Any, text: str) -> None:
    answered = square.ask("POST", "/api/v1/statuses", "ada", {"status": text})
    if answered.status != 200:
        return _refused(answered)
    source = square.ask("GET", f"/api/v1/statuses/{answered.json['id']}/source", "ada").json
    assert source["text"] == text


@pytest.mark.parametrize(
    "raw",
    [
        b'{"status": "\\ud800"}', b'{"status": "a\\u0000b"}', b'{"status": "\xed\xa0\x80"}', b'{"status": "\xff"}', b"{", b"[]", b'"x"',
        b"[" * 5000,
        b'{"spoiler_text": "\\u0000", "status": "x"}', b'{"status":"x","poll":{"options":["a\\u0000","b"],"expires_in":600}}',
        b'{"status":"x","media_ids":["1","\\u0000"]}', b'{"status":"x","language":"f\\u0000r"}',
        b'{"status":"x","in_reply_to_id":"1\\u0000"}',
    ],
)  # fmt: skip
def test_broken_bodies_are_refused_and_publish_nothing(square: Any, raw: bytes) -> None:
    _refused(square.ask("POST", "/api/v1/statuses", "ada", raw))
    assert not Post.objects.exists()


def test_form_that_is_not_utf8_publishes_what_can_be_read(square: Any) -> None:
    answered = square.ask("POST", "/api/v1/statuses", "ada", form="status=a%ED%A0%80b%FF")
    assert answered.status == 200
    assert square.ask("POST", "/api/v1/statuses", "ada", form="status=a%00b").status == 422


@pytest.mark.parametrize("form", [True, False])
def test_ten_megabytes_are_refused_as_too_large(square: Any, form: bool) -> None:
    text = "x" * 10_000_000
    answered = square.ask("POST", "/api/v1/statuses", "ada", None if form else {"status": text}, form=f"status={text}" if form else "")
    assert answered.status == 413
    assert answered.json["error"]
    assert not Post.objects.exists()


@pytest.mark.parametrize("text", ["@a@" + "b" * 1_000_000, "https://a.example/" + "x" * 1_000_000, "x" * 5001, "@" * 20_001])
def test_length_that_hides_in_names_and_addresses_is_refused(square: Any, text: str) -> None:
    answered = square.ask("POST", "/api/v1/statuses", "ada", {"status": text})
    assert (answered.status, answered.json["details"]) == (422, {"text": [{"error": "ERR_TOO_LONG", "description": "ERR_TOO_LONG"}]})


def test_ten_thousand_mentions_name_fifty_at_most(square: Any) -> None:
    for n in range(60):
        square.person(f"u{n}")
    text = " ".join(f"@u{n}" for n in range(1200))
    assert len(square.post("ada", text[:4999])["mentions"]) == 50


def test_right_to_left_and_zero_width_characters_survive(square: Any) -> None:
    text = "שלום \u202eabc\u202c \u200dx مرحبا 👩‍👩‍👧 \ufeff"
    post = square.post("ada", text)
    assert square.ask("GET", f"/api/v1/statuses/{post['id']}/source", "ada").json["text"] == text
    assert "\u202e" in post["content"]
