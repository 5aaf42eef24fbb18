"""Whatever is sent to whichever route, nothing ends in an error of ours, and every refusal has the API's shape."""

from __future__ import annotations

import contextlib
import functools
import importlib
import inspect
import json
import re
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.hostile.conftest import filled, routes, undone

ENDPOINTS = "parvis.api.endpoints"
FAMILIES = sorted({endpoint.__module__ for _method, _path, endpoint in routes() if endpoint.__module__.startswith(ENDPOINTS)})
NATIVE = [
    ("GET", "/api/parvis/v1/status"),
    ("GET", "/api/parvis/v1/settings/limits"),
    ("GET", "/api/parvis/v1/digest"),
    ("PUT", "/api/parvis/v1/digest"),
]
COMMON = ("limit", "max_id", "since_id", "min_id", "offset", "id")
LONG = "x" * 1_000_000
IDS = [
    0,
    1,
    2**62,
    2**63 - 1,
    2**63,
    9_999_999_999_999_999_999,
    2**64,
    10**30,
    -1,
    "text",
    "%00",
    "%ff",
    "%F0%9F%98%80",
    "1.5",
    "a" * 3000,
    "..%2f",
    "%ud800",
]
ODD = [
    "",
    " ",
    "\x00",
    "a\x00b",
    "\ud800",
    "😀" * 9,
    "\u202e",
    "-1",
    "0",
    "1e400",
    "NaN",
    "Infinity",
    "9" * 19,
    "9" * 40,
    "2099-13-45",
    "[]",
    "{}",
    "' OR 1=1 --",
    '"',
    "%",
    "_",
    "https://[::1",
    "http://a.example:99999999/",
    "javascript:alert(1)",
    "@a@b",
    "from:@ada before:9999-99-99 has:media",
    "en",
    "true",
    "home",
    "public",
    "suspend",
    "mention",
    LONG,
]
SCALAR = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([2**63, 2**64, 10**400, -(2**63), 0, -1]),
    st.floats(),
    st.sampled_from(ODD),
    st.text(max_size=8),
)
ANY = st.recursive(
    SCALAR,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["0", "1", "id", "keyword", "", "\x00"]), inner, max_size=3)
    ),
    max_leaves=6,
)
DEEP: Any = functools.reduce(lambda below, _n: [below], range(200), 1)
BAD_BODIES = [b"{", b"[]", b'"x"', b"null", b"1e999", b"[" * 4000, b"\xff\xfe", b'{"a":\x00}', b'{"status":"\\ud800"}', b"\x1f\x8b\x08\x00"]
KINDS = [
    "application/json",
    "text/plain",
    "application/xml",
    "multipart/form-data",
    "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded; charset=utf-7",
    "a" * 300,
    "",
]


@functools.cache
def names(module: str) -> list[str]:
    """Return the names of the parameters that a family of endpoints reads, found in its source."""
    source = inspect.getsource(importlib.import_module(module))
    found = re.findall(r'(?:text|texts|flag|optional_flag|number|ids?|list|mapping|get)\(\s*"([a-z_0-9]+)"', source)
    found += re.findall(r'"([a-z][a-z_0-9]{2,24})"', source)
    return sorted({*found, *COMMON})


def _encoded(params: dict[str, Any]) -> str:
    pairs: list[tuple[str, str]] = []
    for name, value in params.items():
        if isinstance(value, list):
            pairs += [(f"{name}[]", str(v)) for v in value]
        elif isinstance(value, dict):
            pairs += [(f"{name}[{k}]", str(v)) for k, v in value.items()]
        else:
            pairs.append((name, str(value)))
    return urlencode([(k, v.encode("utf-8", "surrogatepass")) for k, v in pairs])


def check(answered: Any, said: str) -> None:
    """Assert that an answer is none of ours to regret."""
    assert answered.status < 500, f"{said}: {answered.status} {answered.raw[:300]!r}"
    if answered.status >= 400:
        assert answered.headers["Content-Type"].startswith("application/json"), said
        found = answered.json
        assert isinstance(found["error"], str), said
        assert found["error"], said


@pytest.mark.slow
def test_no_route_falls_over_whatever_is_sent(world: Any) -> None:
    wrong: list[str] = []
    for method, path in NATIVE:
        _attack(world, method, path, ["rhythm", "hours", "weekday", "zone", *COMMON], wrong)
    for method, path, endpoint in routes():
        family = endpoint.__module__ if endpoint.__module__ in FAMILIES else f"{ENDPOINTS}.instance"
        _attack(world, method, path, names(family), wrong)
    assert not wrong, "\n".join(sorted(set(wrong)))


def _attack(world: Any, method: str, path: str, known: list[str], wrong: list[str]) -> None:
    def tried(said: str, address: str, who: str, **more: Any) -> None:
        said = f"{method} {path} as {who or 'nobody'} {said}"
        try:
            with contextlib.nullcontext() if method == "GET" else undone() as trial:
                answered = world.ask(method, address, who, **more)
                if trial is not None:
                    trial.changed = answered.status < 400
                check(answered, said)
        except (AssertionError, KeyError, ValueError, TypeError) as problem:
            wrong.append(str(problem)[:600])
        except Exception as problem:
            wrong.append(f"{said}: raised {problem!r}"[:600])

    ids = list(world.kept.values())
    if ":" in path:
        for odd in IDS:
            tried(f"id {str(odd)[:30]}", filled(path, odd), "mod")
        tried("id", filled(path, world.kept["post"], 2**64), "")
    if method != "GET":
        for raw in BAD_BODIES:
            tried(f"body {raw[:20]!r}", filled(path, 1), "mod", body=raw)
        for kind in KINDS[1:]:
            tried(f"kind {kind[:20]}", filled(path, 1), "mod", body=b"a=1&b[]=%ff", headers={"Content-Type": kind})

    @seed(7)
    @settings(max_examples=8, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(
        who=st.sampled_from(["", "mod", "mod", "eve"]),
        params=st.dictionaries(
            st.sampled_from(known),
            st.one_of(ANY, ANY, st.just(DEEP), st.sampled_from([str(i) for i in ids if isinstance(i, int)])),
            max_size=8,
        ),
        place=st.sampled_from(ids),
        form=st.booleans(),
    )
    def run(who: str, params: dict[str, Any], place: Any, form: bool) -> None:
        address = filled(path, quote(str(place)))
        try:
            raw = json.dumps(params).encode()
        except ValueError:
            raw = b"{}"
        if method == "GET":
            tried(f"{str(params)[:300]}", f"{address}?{_encoded(params)[:20_000]}", who)
        elif form:
            tried(f"form {str(params)[:300]}", address, who, form=_encoded(params) or "a=1")
        else:
            tried(f"json {str(params)[:300]}", address, who, body=raw)

    run()
