"""Whatever is sent to the ways in, the answer is a refusal, never a failure."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parvis.identity.tests.people import api, browser, new_app, person, wish

pytestmark = pytest.mark.django_db
QUIET = settings(
    max_examples=60, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
TEXT = st.text(max_size=40) | st.sampled_from(["\x00", "read", "é" * 30, "%00", "urn:ietf:wg:oauth:2.0:oob", "http://[", "//", "a:b"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
)
WISHES = ["client_id", "redirect_uri", "response_type", "scope", "state", "code_challenge", "code_challenge_method", "lang", "force_login"]
NAMES = [
    "client_name", "redirect_uris", "scopes", "website", "grant_type", "code", "redirect_uri", "client_id", "client_secret", "scope",
    "code_verifier", "token", "username", "email", "password", "agreement", "locale", "reason", "date_of_birth", "invite_code",
]  # fmt: skip


@QUIET
@given(body=st.dictionaries(st.sampled_from(NAMES), JSON, max_size=8))
def test_no_body_makes_an_endpoint_fail(body: dict[str, Any]) -> None:
    try:
        for path in ("/api/v1/apps", "/oauth/token", "/oauth/revoke", "/api/v1/accounts", "/api/v1/emails/confirmations"):
            assert api("POST", path, body=body)[0] < 500
    except UnicodeEncodeError:
        pass  # lone surrogates have no JSON


@QUIET
@given(body=st.dictionaries(st.sampled_from(NAMES[12:]), JSON, max_size=8))
def test_no_registration_makes_the_square_fail(body: dict[str, Any]) -> None:
    app = new_app()
    proof = {"client_id": app["client_id"], "client_secret": app["client_secret"]}
    token = api("POST", "/oauth/token", body={**proof, "grant_type": "client_credentials", "scope": "write"})[1]["access_token"]
    try:
        assert api("POST", "/api/v1/accounts", token=token, body=body)[0] in (400, 422)
    except UnicodeEncodeError:
        pass


@QUIET
@given(more=st.dictionaries(st.sampled_from(WISHES), TEXT))
def test_no_wish_makes_the_page_fail_or_leave(more: dict[str, str]) -> None:
    client, app = browser(), new_app(redirect_uris="https://good.example/cb")
    asked = {**wish(app), **more}
    for answer in (client.get("/oauth/authorize", asked), client.post("/oauth/authorize", {**asked, "allow": "1"})):
        assert answer.status_code < 500
        assert answer.headers.get("Location", "/auth/login/").startswith("/auth/login/")


@QUIET
@given(login=TEXT, password=TEXT, next_page=TEXT)
def test_no_log_in_fails(login: str, password: str, next_page: str) -> None:
    assert browser().post("/auth/login/", {"login": login, "password": password, "next": next_page}).status_code < 500


@QUIET
@given(code=TEXT.filter(lambda t: "/" not in t and t not in ("", ".", "..")))
def test_no_link_fails(code: str) -> None:
    from urllib.parse import quote

    for path in ("/welcome/", "/invite/", "/auth/link/", "/auth/demo/"):
        assert browser().post(path + quote(code, safe="")).status_code < 500
        assert browser().get(path + quote(code, safe="")).status_code < 500


@QUIET
@given(header=TEXT)
def test_no_authorization_header_fails(header: str) -> None:
    client = browser()
    for kind in ("Basic ", "Bearer ", ""):
        sent = (kind + header).encode().decode("latin-1").replace("\n", "").replace("\r", "")
        assert client.post("/oauth/token", {"grant_type": "client_credentials"}, HTTP_AUTHORIZATION=sent).status_code < 500
        assert client.get("/oauth/userinfo", HTTP_AUTHORIZATION=sent).status_code < 500


def test_a_username_with_a_null_byte_is_nobody() -> None:
    person()
    assert browser().post("/auth/login/", {"login": "ana\x00", "password": "x"}).status_code == 200
