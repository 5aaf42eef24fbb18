"""Web push: one subscription per access token."""

from __future__ import annotations

from typing import Any

from parvis.api.call import EMPTY, Answer, Call, json_answer
from parvis.kernel.errors import Invalid
from parvis.mastodon import web_push_subscription
from parvis.push import actions, queries

_TRUE = (True, "true", "1", 1, "on", "yes", "t")


def _alerts(call: Call) -> tuple[dict[str, bool], str]:
    """Return the kinds and the policy that `data` asks for."""
    data = call.mapping("data")
    alerts = data.get("alerts") or {}
    if not isinstance(alerts, dict):
        raise Invalid("data[alerts] must be an object", code="params.type")
    policy = data.get("policy") or "all"
    return {str(k): v in _TRUE for k, v in alerts.items() if not isinstance(v, (list, dict))}, str(policy)


def _text(source: dict[str, Any], name: str) -> str:
    value = source.get(name)
    if not isinstance(value, str) or not value.strip():
        raise Invalid(f"Validation failed: {name} can't be blank", code=f"push.{name}")
    return value.strip()


def subscribe(call: Call) -> Answer:
    """POST /api/v1/push/subscription : this token's device is told of notifications"""
    who = call.authorize("push")
    asked = call.mapping("subscription")
    keys = asked.get("keys")
    if not isinstance(keys, dict):
        raise Invalid("Validation failed: keys can't be blank", code="push.keys")
    alerts, policy = _alerts(call)
    secret = (call.header("Authorization") or "").partition(" ")[2].strip()
    wish = actions.PushWish(
        endpoint=_text(asked, "endpoint"),
        p256dh=_text(keys, "p256dh"),
        auth=_text(keys, "auth"),
        standard=asked.get("standard") in _TRUE,
        alerts=alerts,
        policy=policy,
    )
    return json_answer(web_push_subscription.document(actions.subscribe(who.account_id, who.token_id, secret, wish)))


def show(call: Call) -> Answer:
    """GET /api/v1/push/subscription : this token's subscription"""
    return json_answer(web_push_subscription.document(queries.subscription_of(call.authorize("push").token_id)))


def change(call: Call) -> Answer:
    """PUT /api/v1/push/subscription : alerts and policy only"""
    who = call.authorize("push")
    alerts, policy = _alerts(call)
    return json_answer(web_push_subscription.document(actions.change_subscription(who.token_id, alerts, policy)))


def unsubscribe(call: Call) -> Answer:
    """DELETE /api/v1/push/subscription : this token's device is told nothing any more"""
    actions.unsubscribe(call.authorize("push").token_id)
    return Answer(200, EMPTY)


ROUTES = [
    ("POST", "/api/v1/push/subscription", subscribe),
    ("GET", "/api/v1/push/subscription", show),
    ("PUT", "/api/v1/push/subscription", change),
    ("DELETE", "/api/v1/push/subscription", unsubscribe),
]
