"""The caller's own profile and preferences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from parvis.api.call import Answer, Call, json_answer
from parvis.api.endpoints.accounts import credentials
from parvis.flows import edit_profile
from parvis.identity.queries import user_of
from parvis.kernel import changes
from parvis.kernel.errors import Invalid
from parvis.mastodon import profile as profile_entity
from parvis.network.actions.profile import ProfileEdit
from parvis.network.queries import account

_FLAGS = ("locked", "bot", "discoverable", "indexable", "hide_collections")
_TEXTS = ("display_name", "note", "avatar_description", "header_description")


def _wish(call: Call) -> ProfileEdit:
    """Return what the parameters ask to change. Raises Invalid for values that are not of their kind."""
    given: dict[str, Any] = {name: call.text(name) for name in _TEXTS if call.params.get(name) is not None}
    given |= {name: call.optional_flag(name) for name in _FLAGS}
    if call.params.get("fields_attributes") is not None:
        given["fields"] = _fields(call.params["fields_attributes"])
    if "attribution_domains" in call.params:
        given["attribution_domains"] = call.texts("attribution_domains")
    source = call.mapping("source")
    for ours, theirs in (("visibility", "privacy"), ("language", "language"), ("quote_policy", "quote_policy")):
        value = source.get(theirs)
        if value is not None:
            if not isinstance(value, str):
                raise Invalid(f"source[{theirs}] must be text", code="params.type")
            if value or ours == "language":
                given[ours] = value
    if source.get("sensitive") not in (None, ""):
        given["sensitive"] = source["sensitive"] in (True, 1, "1", "true", "on", "t")
    return ProfileEdit(**given)


def _fields(raw: Any) -> list[tuple[str, str]]:
    """Return (name, value) pairs of a list, or of an object by position, as Rails clients send them. Raises Invalid."""
    if isinstance(raw, dict):
        raw = [raw[key] for key in sorted(raw, key=lambda k: (len(str(k)), str(k)))]
    if raw == "":
        return []
    if not isinstance(raw, list) or not all(isinstance(one, dict) for one in raw):
        raise Invalid("fields_attributes must be a list of objects", code="params.type")
    pairs = []
    for one in raw:
        name, value = one.get("name") or "", one.get("value") or ""
        if not isinstance(name, str) or not isinstance(value, str) or "\x00" in name + value:
            raise Invalid("fields_attributes must hold names and values", code="params.type")
        pairs.append((name, value))
    return pairs


def _pictures(call: Call) -> dict[str, Any]:
    return {kind: call.files[kind] for kind in edit_profile.PICTURES if kind in call.files}


def update_credentials(call: Call) -> Answer:
    """PATCH /api/v1/accounts/update_credentials : the caller's profile is changed; answers with their account"""
    account_id = call.require("write:accounts").account_id
    edit_profile.edit(account_id, _wish(call), _pictures(call))
    changes.sync()
    return Answer(200, credentials(account_id))


def _remove(kind: str) -> Callable[[Call], Answer]:
    """Return an endpoint that takes a picture from the profile."""

    def endpoint(call: Call) -> Answer:
        account_id = call.require("write:accounts").account_id
        edit_profile.edit(account_id, ProfileEdit(avatar="") if kind == "avatar" else ProfileEdit(header=""))
        changes.sync()
        return Answer(200, credentials(account_id))

    endpoint.__doc__ = f"DELETE /api/v1/profile/{kind} : the drawn {kind} stands instead of the picture; answers with their account"
    return endpoint


def show(call: Call) -> Answer:
    """GET /api/v1/profile : the profile as its owner wrote it"""
    return json_answer(profile_entity.document(account(call.require("read:accounts").account_id)))


def update(call: Call) -> Answer:
    """PATCH /api/v1/profile : the caller's profile is changed; answers with it as they wrote it"""
    account_id = call.require("write:accounts").account_id
    edit_profile.edit(account_id, _wish(call), _pictures(call))
    changes.sync()
    return json_answer(profile_entity.document(account(account_id)))


def preferences(call: Call) -> Answer:
    """GET /api/v1/preferences : how the caller reads and writes by default"""
    who = account(call.require("read:accounts").account_id)
    user = user_of(who.id)
    chosen, defaults = user.preferences, who.posting_defaults
    return json_answer(
        {
            "posting:default:visibility": defaults.get("visibility") or ("private" if who.locked else "public"),
            "posting:default:sensitive": defaults.get("sensitive", False),
            "posting:default:language": defaults.get("language") or user.language or None,
            "posting:default:quote_policy": defaults.get("quote_policy") or "public",
            "reading:expand:media": chosen.get("expand_media", "default"),
            "reading:expand:spoilers": chosen.get("expand_spoilers", False),
            "reading:autoplay:gifs": chosen.get("autoplay_gifs", False),
        }
    )


ROUTES = [
    ("PATCH", "/api/v1/accounts/update_credentials", update_credentials),
    ("DELETE", "/api/v1/profile/avatar", _remove("avatar")),
    ("DELETE", "/api/v1/profile/header", _remove("header")),
    ("GET", "/api/v1/profile", show),
    ("PATCH", "/api/v1/profile", update),
    ("GET", "/api/v1/preferences", preferences),
]
