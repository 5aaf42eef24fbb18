"""The square about itself: instance documents, rules, policies, languages, custom emoji, NodeInfo."""

from __future__ import annotations

from typing import Any

import orjson
from django.conf import settings
from django.conf.locale import LANG_INFO
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.api.call import Answer, Call, json_answer
from parvis.feeds.queries import figures
from parvis.identity.queries import Square, square
from parvis.kernel import changes
from parvis.kernel.clock import iso
from parvis.kernel.errors import NotFound
from parvis.mastodon import instance, nodeinfo
from parvis.mastodon.emoji import emoji_of
from parvis.mastodon.rule import rules as rule_documents
from parvis.network import formatting

_emojis: changes.Cache[bytes] = changes.Cache("e", size=8, key=str)


def show_v2(call: Call) -> Answer:
    """GET /api/v2/instance : the square, its limits and its contact"""
    return Answer(200, instance.body_v2())


def show_v1(call: Call) -> Answer:
    """GET /api/v1/instance : the square, its limits and its contact, in the older shape"""
    return Answer(200, instance.body_v1())


def peers(call: Call) -> Answer:
    """GET /api/v1/instance/peers : domains of the servers and feeds known here"""
    return json_answer(figures.peers())


def activity(call: Call) -> Answer:
    """GET /api/v1/instance/activity : twelve weeks; `logins` counts the people who posted"""
    return json_answer(
        [
            {"week": str(w.start_s), "statuses": str(w.posts), "logins": str(w.active), "registrations": str(w.registrations)}
            for w in figures.weeks()
        ]
    )


def rules(call: Call) -> Answer:
    """GET /api/v1/instance/rules : the square's rules"""
    return json_answer(rule_documents(square()))


def _html(text: str) -> str:
    return formatting.to_html(text, mentions={}, base_url=settings.BASE_URL)


def extended_description(call: Call) -> Answer:
    """GET /api/v1/instance/extended_description : what the square says about itself"""
    known = square()
    changed = iso(known.changed_at) if known.extended_description else None
    return json_answer({"updated_at": changed, "content": _html(known.extended_description)})


def privacy_policy(call: Call) -> Answer:
    """GET /api/v1/instance/privacy_policy : the owner's, or what the software does by itself"""
    known = square()
    text = known.privacy_policy or _default_privacy_policy()
    return json_answer({"updated_at": iso(known.changed_at) or "2026-01-01T00:00:00.000Z", "content": _html(text)})


def _default_privacy_policy() -> str:
    return _(
        "This square keeps what you give it: your e-mail address, your profile, your posts and files, whom you follow,"
        " and the apps that you let in.\n\n"
        "Your password is kept as a hash only. Places recorded in photographs are removed from what is published.\n\n"
        "Nothing is sold, and no third party counts your visits. Moderators may read what is reported to them.\n\n"
        "You can export your posts and lists, and delete your account, in your settings."
    )


def terms(call: Call) -> Answer:
    """GET /api/v1/instance/terms_of_service : 404 while there are none"""
    return json_answer(_terms(square()))


def terms_on(call: Call, day: str) -> Answer:
    """GET /api/v1/instance/terms_of_service/:date : those that came into effect on that day"""
    found = _terms(square())
    if found["effective_date"] != day:
        raise NotFound
    return json_answer(found)


def _terms(known: Square) -> dict[str, Any]:
    if not known.terms or known.changed_at is None:
        raise NotFound
    return {
        "effective_date": known.changed_at.date().isoformat(),
        "effective": True,
        "content": _html(known.terms),
        "succeeded_by": None,
    }


def domain_blocks(call: Call) -> Answer:
    """GET /api/v1/instance/domain_blocks : the square blocks no server, as it speaks to none yet"""
    return json_answer([])


def translation_languages(call: Call) -> Answer:
    """GET /api/v1/instance/translation_languages : translation is not offered"""
    return Answer(200, b"{}")


def languages(call: Call) -> Answer:
    """GET /api/v1/instance/languages : languages that a post may be written in"""
    french = (get_language() or "en").startswith("fr")
    found = []
    for code, info in sorted(LANG_INFO.items()):
        if "name" in info and code.count("-") == 0:
            found.append({"code": code, "name": info["name_local"] if french else info["name"]})
    return json_answer(found)


def custom_emojis(call: Call) -> Answer:
    """GET /api/v1/custom_emojis : the square's own emoji"""
    kept = _emojis.entries.get("")
    if kept is None:
        mark = _emojis.mark()
        kept = orjson.dumps([e for e in emoji_of("").values() if e["visible_in_picker"]])
        _emojis.put("", kept, mark)
    return Answer(200, kept)


def _nodeinfo(schema: str) -> Any:
    """Return the endpoint of one version of NodeInfo."""
    kind = f'application/json; profile="{nodeinfo.SCHEMA}{schema}#"; charset=utf-8'

    def endpoint(call: Call) -> Answer:
        return json_answer(nodeinfo.document(schema), headers=[("Content-Type", kind)])

    endpoint.__doc__ = f"GET /nodeinfo/{schema} : the software, its protocols and how many use the square"
    return endpoint


ROUTES = [
    ("GET", "/api/v2/instance", show_v2),
    ("GET", "/api/v1/instance", show_v1),
    ("GET", "/api/v1/instance/peers", peers),
    ("GET", "/api/v1/instance/activity", activity),
    ("GET", "/api/v1/instance/rules", rules),
    ("GET", "/api/v1/instance/extended_description", extended_description),
    ("GET", "/api/v1/instance/privacy_policy", privacy_policy),
    ("GET", "/api/v1/instance/terms_of_service", terms),
    ("GET", "/api/v1/instance/terms_of_service/:date", terms_on),
    ("GET", "/api/v1/instance/domain_blocks", domain_blocks),
    ("GET", "/api/v1/instance/translation_languages", translation_languages),
    ("GET", "/api/v1/instance/languages", languages),
    ("GET", "/api/v1/custom_emojis", custom_emojis),
    *(("GET", f"/nodeinfo/{schema}", _nodeinfo(schema)) for schema in nodeinfo.VERSIONS),
]
