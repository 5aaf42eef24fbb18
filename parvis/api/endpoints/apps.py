"""Apps introduce themselves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from parvis.api.call import Answer, Call, json_answer
from parvis.identity.actions import AppRequest, register_app
from parvis.identity.models import Application
from parvis.identity.queries import application
from parvis.kernel import vapid
from parvis.kernel.errors import Invalid, Unauthenticated


def create(call: Call) -> Answer:
    """POST /api/v1/apps : an app is registered; answers with its client id and secret"""
    made = register_app(
        AppRequest(
            name=call.text("client_name"),
            redirects=_redirects(call),
            scopes=call.text("scopes"),
            website=call.text("website"),
        )
    )
    return json_answer(
        {
            **document(made.application),
            "client_id": made.application.client_id,
            "client_secret": made.secret,
            "client_secret_expires_at": 0,
        }
    )


def verify_credentials(call: Call) -> Answer:
    """GET /api/v1/apps/verify_credentials : the app of any token, a person's or an app's own"""
    who = call.principal
    if who is None or not who.app_id:
        raise Unauthenticated
    return json_answer(document(application(who.app_id)))


def document(app: Application) -> dict[str, Any]:
    """Return Mastodon's Application entity."""
    return {
        "id": str(app.id),
        "name": app.name,
        "website": app.website or None,
        "scopes": app.scopes.split(),
        "redirect_uri": "\n".join(app.redirects),
        "redirect_uris": app.redirects,
        "vapid_key": vapid.public_key(),
    }


def _redirects(call: Call) -> tuple[str, ...]:
    """Return the addresses, given as a list or as lines of one text."""
    given = call.params.get("redirect_uris")
    if isinstance(given, dict):
        raise Invalid("redirect_uris must be text or a list", code="params.type")
    lines: Iterable[str] = call.texts("redirect_uris")
    return tuple(uri for text in lines for uri in text.split())


ROUTES = [
    ("POST", "/api/v1/apps", create),
    ("GET", "/api/v1/apps/verify_credentials", verify_credentials),
]
