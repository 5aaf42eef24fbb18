"""In a real browser: a web app is answered at its own address, and a passkey logs in, both under the pages' strict policy."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.journeys.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow]
AUTHENTICATOR = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True,
    "automaticPresenceSimulation": True,
}  # fmt: skip


@pytest.fixture
def web_app() -> Iterator[tuple[str, list[str]]]:
    """Yield the address of an app elsewhere, and the paths at which it was asked."""
    paths: list[str] = []

    class App(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<title>The app</title>")

        def log_message(self, *_words: Any) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), App)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/cb", paths
    server.shutdown()


def log_in(page: Any, name: str) -> None:
    page.fill("input[name=login]", name)
    page.fill("input[name=password]", PASSWORD)
    page.click("form:has(input[name=password]) button:not([name=next])")
    page.wait_for_load_state()


def test_a_web_app_is_answered_at_its_own_address(chromium: Any, address: str, web_app: tuple[str, list[str]]) -> None:
    back, paths = web_app
    app = requests.post(f"{address}/api/v1/apps", json={"client_name": "Web", "redirect_uris": back, "scopes": "read"}, timeout=10).json()
    wish = f"client_id={app['client_id']}&redirect_uri={back}&response_type=code&scope=read&state=s1"
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{address}/oauth/authorize?{wish}")
    log_in(page, "ines")
    page.click("button[name=allow]")
    page.wait_for_url(f"{back}?code=*")
    assert paths[0].startswith("/cb?code=")
    assert paths[0].endswith("&state=s1")
    page.goto(f"{address}/oauth/authorize?{wish}")
    page.click("#authorizationForm button:not([name])")
    page.wait_for_url(f"{back}?error=access_denied*")
    context.close()


def test_a_passkey_logs_in(chromium: Any, address: str) -> None:
    context = chromium.new_context(locale="en-GB")
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    page.goto(f"{address}/auth/login/?next=/auth/2fa/webauthn/add/")
    log_in(page, "leo")
    page.fill("main input[name=password]", PASSWORD)
    page.click("main form:has(input[name=password]) button")
    page.check("input[name=passwordless]")
    page.locator("main form button").last.click()
    page.wait_for_url("**/recovery-codes/")
    context.clear_cookies()
    page.goto(f"{address}/auth/login/")
    page.click("#passkey_login")
    page.wait_for_url("**/home")
    context.close()
