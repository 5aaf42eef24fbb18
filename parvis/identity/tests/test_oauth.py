"""Apps register, ask, get tokens, lose them: each refusal beside its success."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connections

from parvis.identity.models import AccessToken, Application, Grant
from parvis.identity.scopes import SCOPES
from parvis.identity.tests.people import OOB, api, browser, challenge, code_of, exchange, let_in, new_app, person, token_for, wish

pytestmark = pytest.mark.django_db
VERIFIER = "a" * 64


def test_an_app_registers_by_json_form_and_list() -> None:
    by_json = new_app(redirect_uris=["icecubesapp://", OOB], website="https://example.org")
    assert by_json["redirect_uris"] == ["icecubesapp://", OOB]
    assert by_json["redirect_uri"] == f"icecubesapp://\n{OOB}"
    assert by_json["scopes"] == ["read", "write", "follow", "push"]
    assert by_json["client_secret_expires_at"] == 0
    assert by_json["website"] == "https://example.org"
    assert by_json["vapid_key"]
    status, by_form = api("POST", "/api/v1/apps", form={"client_name": "x", "redirect_uris": f"{OOB}\nhttps://a.example/cb"})
    assert status == 200
    assert by_form["redirect_uris"] == [OOB, "https://a.example/cb"]
    assert by_form["scopes"] == ["read"]
    assert by_form["website"] is None


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ({"client_name": ""}, "Name can't be blank"),
        ({"client_name": "x" * 61}, "Name is too long"),
        ({"redirect_uris": ""}, "Redirect URI can't be blank"),
        ({"redirect_uris": "nowhere"}, "absolute URI"),
        ({"redirect_uris": "https://user@a.example/"}, "absolute URI"),
        ({"redirect_uris": "https://a.example/#x"}, "fragment"),
        ({"redirect_uris": "javascript:alert(1)"}, "forbidden"),
        ({"redirect_uris": "JavaScript:alert(1)"}, "forbidden"),
        ({"redirect_uris": "data:text/html,x"}, "forbidden"),
        ({"redirect_uris": "https://a.example/" + "x" * 2100}, "too long"),
        ({"scopes": "read everything"}, "Scopes doesn't match"),
        ({"website": "javascript:alert(1)"}, "Website"),
        ({"redirect_uris": {"a": "b"}}, "list"),
    ],
)
def test_an_app_that_says_odd_things_is_refused(asked: dict[str, str], text: str) -> None:
    status, found = api("POST", "/api/v1/apps", body={"client_name": "x", "redirect_uris": OOB, **asked})
    assert status == 422
    assert text in found["error"]
    assert not Application.objects.exists()


def test_secrets_are_kept_as_checksums_only() -> None:
    app = new_app()
    token = token_for(person(), app)
    kept = Application.objects.get(client_id=app["client_id"])
    assert app["client_secret"] not in kept.client_secret
    row = AccessToken.objects.get()
    assert row.token == ""
    assert token not in row.token_checksum
    code = code_of(let_in(browser(person("bo")), app))
    assert not Grant.objects.filter(code=code).exists()


def test_from_consent_to_an_api_call() -> None:
    user, app = person(), new_app()
    page = browser(user).get("/oauth/authorize", wish(app)).content.decode()
    assert str(SCOPES["read"]) in page
    assert "Test app" in page
    status, found = exchange(app, code_of(let_in(browser(user), app)))
    assert status == 200
    assert found["token_type"] == "Bearer"
    assert found["scope"] == "read write"
    assert isinstance(found["created_at"], int)
    assert "expires_in" not in found
    assert "refresh_token" not in found
    status, me = api("GET", "/api/v1/accounts/verify_credentials", token=found["access_token"])
    assert (status, me["username"]) == (200, "ana")
    status, me = api("GET", "/api/v1/apps/verify_credentials", token=found["access_token"])
    assert (status, me["name"]) == (200, "Test app")
    assert "client_secret" not in me
    assert AccessToken.objects.get().expires.year > 2100


def test_a_code_out_of_band_is_shown_to_its_person_alone() -> None:
    user, app = person(), new_app()
    client = browser(user)
    answer = let_in(client, app)
    assert answer["Location"].startswith("/oauth/authorize/native?code=")
    shown = client.get(answer["Location"])
    assert code_of(answer) in shown.content.decode()
    assert browser(person("bo")).get(answer["Location"]).status_code == 404
    assert client.get("/oauth/authorize/native?code=planted").status_code == 404


@pytest.mark.parametrize(
    "address", ["icecubesapp://", "com.tapbots.Ivory.219:/request_token", "https://elk.zone/api/callback?x=1", "http://127.0.0.1/cb"]
)
def test_apps_are_answered_at_the_address_that_they_registered(address: str) -> None:
    app = new_app(redirect_uris=address)
    answer = let_in(browser(person()), app, state="s & t=é")
    assert answer["Location"].startswith(address + ("&" if "?" in address else "?"))
    found = parse_qs(urlsplit(answer["Location"].replace("icecubesapp://", "icecubesapp://x/")).query)
    assert found["state"] == ["s & t=é"]
    assert exchange(app, found["code"][0])[0] == 200


def test_a_loopback_address_may_use_any_port_and_no_other_path() -> None:
    app, client = new_app(redirect_uris="http://127.0.0.1/cb"), browser(person())
    assert let_in(client, app, redirect_uri="http://127.0.0.1:4711/cb")["Location"].startswith("http://127.0.0.1:4711/cb?code=")
    assert client.get("/oauth/authorize", wish(app, redirect_uri="http://127.0.0.1:4711/other")).status_code == 400


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/cb", "https://good.example.evil.example/cb", "https://good.example/cb/../../x", "https://good.example/cb?x=1",
        "https://good.example@evil.example/cb", "https://good.example\\@evil.example/cb", "//evil.example", "javascript:alert(1)", "/home",
        "https://good.example/cb#x", "https://good.example:444/cb", "http://good.example/cb", "https://good.example/cb\r\nX: y",
    ],
)  # fmt: skip
def test_a_foreign_address_is_never_redirected_to(address: str) -> None:
    app, client = new_app(redirect_uris="https://good.example/cb"), browser(person())
    for visitor in (client, browser()):
        answer = visitor.get("/oauth/authorize", wish(app, redirect_uri=address))
        assert answer.status_code == 400
        assert "Location" not in answer.headers
    for allow in ("Authorize", ""):
        answer = client.post("/oauth/authorize", {**wish(app, redirect_uri=address), "allow": allow})
        assert answer.status_code == 400
        assert "Location" not in answer.headers
    assert not Grant.objects.exists()


def test_a_wrong_request_is_shown_and_goes_nowhere() -> None:
    app, client = new_app(redirect_uris="https://good.example/cb", scopes="read"), browser(person())
    for more in ({"client_id": "unknown"}, {"response_type": "token"}, {"scope": "write"}, {"scope": "nonsense"}, {"client_id": ""}):
        answer = client.get("/oauth/authorize", wish(app, **{"scope": "read", **more}))
        assert (answer.status_code, "Location" in answer.headers) == (400, False), more


def test_a_person_who_refuses_sends_the_app_away() -> None:
    app, client = new_app(redirect_uris="https://good.example/cb"), browser(person())
    answer = let_in(client, app, allow="", state="xyz")
    found = parse_qs(urlsplit(answer["Location"]).query)
    assert found["error"] == ["access_denied"]
    assert found["state"] == ["xyz"]
    assert "code" not in found
    out_of_band = let_in(client, new_app(), allow="")
    assert out_of_band.status_code == 403


def test_somebody_who_is_not_logged_in_logs_in_first_and_comes_back() -> None:
    user, app, client = person(), new_app(), browser()
    answer = client.get("/oauth/authorize", wish(app, state="s"))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/auth/login/?next=/oauth/authorize")
    page = client.get(answer["Location"])
    assert page.status_code == 200
    target = parse_qs(urlsplit(answer["Location"]).query)["next"][0]
    answer = client.post("/auth/login/", {"login": user.email, "password": "correct horse battery", "next": target})
    assert answer["Location"] == target
    assert client.get(target).status_code == 200


def test_force_login_asks_for_another_account() -> None:
    app, client = new_app(), browser(person())
    assert client.get("/oauth/authorize", wish(app, force_login="false")).status_code == 200
    answer = client.get("/oauth/authorize", wish(app, force_login="true"))
    assert answer["Location"].startswith("/auth/login/")
    assert "force_login" not in answer["Location"]
    assert "_auth_user_id" not in client.session


def test_the_page_speaks_the_language_that_the_app_asks_for() -> None:
    app, client = new_app(), browser(person())
    french = client.get("/oauth/authorize", wish(app, lang="fr"))
    english = client.get("/oauth/authorize", wish(app, lang="en"))
    assert french.status_code == english.status_code == 200
    anonymous = browser().get("/oauth/authorize", wish(app, lang="fr"))
    assert anonymous.cookies["parvis_language"].value == "fr"


def test_pkce_binds_the_code_to_who_asked() -> None:
    app, client = new_app(), browser(person())
    more = {"code_challenge": challenge(VERIFIER), "code_challenge_method": "S256"}
    assert exchange(app, code_of(let_in(client, app, **more)), code_verifier=VERIFIER)[0] == 200
    status, found = exchange(app, code_of(let_in(client, app, **more)), code_verifier="b" * 64)
    assert (status, found["error"]) == (400, "invalid_grant")
    status, found = exchange(app, code_of(let_in(client, app, **more)))
    assert status == 400
    assert AccessToken.objects.count() == 1


def test_pkce_is_not_stripped_nor_weakened() -> None:
    app, client = new_app(), browser(person())
    status, found = exchange(app, code_of(let_in(client, app)), code_verifier=VERIFIER)
    assert (status, found["error"]) == (400, "invalid_grant")
    for method in ({"code_challenge_method": "plain"}, {}):
        assert client.get("/oauth/authorize", wish(app, code_challenge=VERIFIER, **method)).status_code == 400


def test_a_code_serves_once() -> None:
    app = new_app()
    code = code_of(let_in(browser(person()), app))
    assert exchange(app, code)[0] == 200
    status, found = exchange(app, code)
    assert (status, found["error"]) == (400, "invalid_grant")
    assert found["error_description"].startswith("The provided authorization grant is invalid")
    assert AccessToken.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_code_serves_once_for_two_requests_at_the_same_time() -> None:
    app = new_app()
    code = code_of(let_in(browser(person()), app))

    def once(_number: int) -> int:
        try:
            return exchange(app, code)[0]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(once, range(4)))
    assert answers == [200, 400, 400, 400]
    assert AccessToken.objects.count() == 1


def test_a_code_is_for_its_app_its_address_and_its_time() -> None:
    app, other, client = new_app(redirect_uris=["https://a.example/1", "https://a.example/2"]), new_app(), browser(person())
    stolen = exchange({**other, "redirect_uris": app["redirect_uris"]}, code_of(let_in(client, app)))
    assert stolen[1]["error"] == "invalid_grant"
    moved = exchange(app, code_of(let_in(client, app)), redirect_uri="https://a.example/2")
    assert (moved[0], moved[1]["error"]) == (400, "invalid_grant")
    late = code_of(let_in(client, app))
    Grant.objects.update(expires="2020-01-01T00:00:00Z")
    assert exchange(app, late)[1]["error"] == "invalid_grant"
    assert exchange(app, "never-made")[1]["error"] == "invalid_grant"
    assert not AccessToken.objects.exists()


def test_the_app_proves_itself_by_parameters_or_basic_and_by_nothing_else() -> None:
    app, client = new_app(), browser(person())
    given = {"grant_type": "authorization_code", "redirect_uri": OOB}
    basic = (app["client_id"], app["client_secret"])
    assert api("POST", "/oauth/token", form={**given, "code": code_of(let_in(client, app))}, basic=basic)[0] == 200
    for more in ({"client_secret": "wrong"}, {"client_secret": ""}, {"client_id": "unknown"}):
        status, found = exchange(app, code_of(let_in(client, app)), **more)
        assert (status, found["error"]) == (401, "invalid_client"), more
    status, found = api("POST", "/oauth/token", form={**given, "code": "x"}, basic=("unknown%00", "x"))
    assert (status, found["error"]) == (401, "invalid_client")


def test_token_requests_come_as_json_form_and_multipart() -> None:
    app, client = new_app(), browser(person())
    given = {"grant_type": "client_credentials", "client_id": app["client_id"], "client_secret": app["client_secret"]}
    assert api("POST", "/oauth/token", body=given)[0] == 200
    assert api("POST", "/oauth/token", form=given)[0] == 200
    multipart = client.post("/oauth/token", given)
    assert multipart.status_code == 200
    assert multipart["Access-Control-Allow-Origin"] == "*"


def test_client_credentials_give_an_app_a_token_of_its_own() -> None:
    app = new_app()
    proof = {"client_id": app["client_id"], "client_secret": app["client_secret"]}
    given = {**proof, "grant_type": "client_credentials", "scope": "read write"}
    status, found = api("POST", "/oauth/token", body=given)
    assert (status, found["scope"]) == (200, "read write")
    assert api("GET", "/api/v1/apps/verify_credentials", token=found["access_token"])[0] == 200
    assert api("GET", "/api/v1/accounts/verify_credentials", token=found["access_token"])[0] == 422
    assert api("POST", "/oauth/token", body={**given, "scope": "read admin:write"})[1]["error"] == "invalid_scope"
    assert api("POST", "/oauth/token", body={**given, "client_secret": "no"})[1]["error"] == "invalid_client"


def test_other_grants_are_not_served() -> None:
    app = new_app()
    proof = {"client_id": app["client_id"], "client_secret": app["client_secret"]}
    for kind in ("password", "refresh_token", "implicit", "urn:ietf:params:oauth:grant-type:device_code"):
        status, found = api("POST", "/oauth/token", body={**proof, "grant_type": kind, "username": "ana", "password": "x"})
        assert (status, found["error"]) == (400, "unsupported_grant_type")
    assert api("POST", "/oauth/token", body=proof)[1]["error"] == "invalid_request"


def test_a_token_never_has_more_than_its_app_registered() -> None:
    app, client = new_app(scopes="read:statuses write:media"), browser(person())
    for scope in ("read", "read:accounts", "write", "admin:read", "read:statuses write"):
        assert client.get("/oauth/authorize", wish(app, scope=scope)).status_code == 400
        assert client.post("/oauth/authorize", {**wish(app, scope=scope), "allow": "1"}).status_code == 400
    assert exchange(app, code_of(let_in(client, app, scope="read:statuses")), scope="read write")[1]["scope"] == "read:statuses"
    broad = new_app(scopes="read admin:read")
    narrow = exchange(broad, code_of(let_in(client, broad, scope="read:accounts admin:read:reports")))
    assert narrow[1]["scope"] == "read:accounts admin:read:reports"


def test_scopes_open_what_they_name() -> None:
    user = person()
    token = token_for(user, scope="read:accounts")
    assert api("GET", "/api/v1/accounts/verify_credentials", token=token)[0] == 200
    assert api("GET", "/api/v1/timelines/home", token=token)[0] == 403
    profile = token_for(user, new_app(scopes="profile"), scope="profile")
    assert api("GET", "/api/v1/accounts/verify_credentials", token=profile)[0] == 200
    assert api("GET", "/oauth/userinfo", token=profile)[1]["preferred_username"] == "ana"
    assert api("POST", "/oauth/userinfo", token=profile)[0] == 200
    assert api("GET", "/api/v1/timelines/home", token=profile)[0] == 403
    assert api("GET", "/oauth/userinfo", token=token_for(user, scope="write"))[0] == 403
    assert api("GET", "/oauth/userinfo")[0] == 401


def test_a_revoked_token_is_refused_at_once_from_the_cache_too() -> None:
    app = new_app()
    token = token_for(person(), app)
    for _ in range(2):
        assert api("GET", "/api/v1/accounts/verify_credentials", token=token)[0] == 200
    proof = {"client_id": app["client_id"], "client_secret": app["client_secret"], "token": token}
    other = new_app()
    stranger = {"client_id": other["client_id"], "client_secret": other["client_secret"], "token": token}
    for wrong in (stranger, {**proof, "client_secret": "no"}, {"token": token}):
        status, found = api("POST", "/oauth/revoke", body=wrong)
        assert (status, found["error"]) == (403, "unauthorized_client")
    assert api("GET", "/api/v1/accounts/verify_credentials", token=token)[0] == 200
    assert api("POST", "/oauth/revoke", form=proof) == (200, {})
    for _ in range(2):
        assert api("GET", "/api/v1/accounts/verify_credentials", token=token)[0] == 401
    assert api("POST", "/oauth/revoke", body={**proof, "token": "unknown"}) == (200, {})


def test_the_person_sees_the_apps_and_takes_a_token_back() -> None:
    user, app = person(), new_app()
    token, client = token_for(user, app), browser(user)
    assert api("GET", "/api/v1/accounts/verify_credentials", token=token)[0] == 200
    page = client.get("/auth/apps/").content.decode()
    assert "Test app" in page
    stranger = browser(person("bo"))
    assert "Test app" not in stranger.get("/auth/apps/").content.decode()
    app_id = Application.objects.get(client_id=app["client_id"]).id
    assert stranger.post(f"/auth/apps/{app_id}/revoke").status_code == 404
    assert client.get(f"/auth/apps/{app_id}/revoke").status_code == 405
    assert client.post(f"/auth/apps/{app_id}/revoke").status_code == 302
    assert api("GET", "/api/v1/accounts/verify_credentials", token=token)[0] == 401


def test_metadata_says_where_everything_is() -> None:
    status, found = api("GET", "/.well-known/oauth-authorization-server")
    assert status == 200
    for name in ("authorization_endpoint", "token_endpoint", "revocation_endpoint", "userinfo_endpoint", "app_registration_endpoint"):
        assert found[name].startswith(found["issuer"])
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert {"read", "write:media", "push", "profile", "follow", "admin:read:reports"} <= set(found["scopes_supported"])


def test_a_slash_at_the_end_changes_nothing() -> None:
    client, app = browser(person()), new_app()
    assert client.get("/oauth/authorize/", wish(app)).status_code == 200
    code = code_of(client.post("/oauth/authorize/", {**wish(app), "allow": "1"}))
    given = {"grant_type": "authorization_code", "client_id": app["client_id"], "client_secret": app["client_secret"]}
    assert api("POST", "/oauth/token/", form={**given, "redirect_uri": OOB, "code": code})[0] == 200


def test_a_browser_app_may_call_from_its_own_origin() -> None:
    for path in ("/oauth/token", "/oauth/revoke", "/api/v1/apps"):
        answer = browser().options(path, HTTP_ORIGIN="https://elk.example")
        assert answer.status_code in (200, 204)
        assert answer["Access-Control-Allow-Origin"] == "*"
        assert "POST" in answer["Access-Control-Allow-Methods"]


def test_consent_needs_the_page_of_this_square() -> None:
    from django.test import Client

    user, app = person(), new_app()
    client = Client(HTTP_HOST="localhost", enforce_csrf_checks=True)
    client.force_login(user)
    assert client.post("/oauth/authorize", {**wish(app), "allow": "1"}).status_code == 403
    assert not Grant.objects.exists()
