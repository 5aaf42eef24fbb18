"""OAuth for programs: apps, tokens, revocation, who one is, and where all this is. The page that asks people is parvis.web.entry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from parvis.api.call import Answer, Call, json_answer
from parvis.identity import oauth
from parvis.identity.scopes import SCOPES
from parvis.kernel.errors import Forbidden, Unauthenticated
from parvis.mastodon.account import document, profile_url, uri
from parvis.network.queries import account

_NO_STORE = [("Cache-Control", "no-store"), ("Pragma", "no-cache")]
_WISHES = ("grant_type", "code", "redirect_uri", "client_id", "client_secret", "scope", "code_verifier", "token", "token_type_hint")


def _given(call: Call) -> Mapping[str, str]:
    return {name: call.text(name) for name in _WISHES if call.params.get(name) is not None}


def _authorization(call: Call) -> str:
    return call.header("Authorization") or ""


def token(call: Call) -> Answer:
    """POST /oauth/token : a token for a code or for an app's own secret, asked as JSON, form or multipart"""
    status, body = oauth.issue_token(_given(call), _authorization(call))
    headers = [*_NO_STORE, ("WWW-Authenticate", 'Basic realm="Parvis"')] if status == 401 else _NO_STORE
    return json_answer(body, status, headers)


def revoke(call: Call) -> Answer:
    """POST /oauth/revoke : the token opens nothing any more"""
    status, body = oauth.revoke(_given(call), _authorization(call))
    return json_answer(body, status, _NO_STORE)


def userinfo(call: Call) -> Answer:
    """GET and POST /oauth/userinfo : who one is, with the scope `profile` (OpenID Connect Core 5.3)."""
    who = call.principal
    if who is None:
        raise Unauthenticated
    if not (who.allows("profile") or who.allows("read:accounts")):
        raise Forbidden("This action is outside the authorized scopes", code="token.scope")
    known = account(call.authorize("", incomplete=True).account_id)
    body: dict[str, Any] = {
        "iss": f"{settings.BASE_URL}/",
        "sub": uri(known),
        "name": known.name,
        "preferred_username": known.username,
        "profile": profile_url(known),
        "picture": document(known)["avatar"],
    }
    return json_answer(body)


def metadata(call: Call) -> Answer:
    """GET /.well-known/oauth-authorization-server : what the way in offers (RFC 8414)"""
    base = settings.BASE_URL
    return json_answer(
        {
            "issuer": f"{base}/",
            "authorization_endpoint": f"{base}/oauth/authorize",
            "token_endpoint": f"{base}/oauth/token",
            "revocation_endpoint": f"{base}/oauth/revoke",
            "userinfo_endpoint": f"{base}/oauth/userinfo",
            "app_registration_endpoint": f"{base}/api/v1/apps",
            "service_documentation": "https://docs.joinmastodon.org/",
            "scopes_supported": list(SCOPES),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "client_credentials"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "code_challenge_methods_supported": ["S256"],
        },
        headers=[("Cache-Control", "public, max-age=900")],
    )


ROUTES = [
    ("POST", "/oauth/token", token),
    ("POST", "/oauth/revoke", revoke),
    ("GET", "/oauth/userinfo", userinfo),
    ("POST", "/oauth/userinfo", userinfo),
    ("GET", "/.well-known/oauth-authorization-server", metadata),
]
