"""Posts and the empty composer as HTML, kept from one page to the next.

What a post looks like follows from its card (viewer's marks included), the language and where it stands: these are the
key, by value, so that nothing has to be dropped. The form token and the page's own address are left open and filled in
for each page; their marks cannot be guessed, so no post's words can ask for them.
"""

from __future__ import annotations

import re
import secrets
from typing import Any

from django.template import Context, Engine
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from parvis.web.cards import Face, PostCard
from parvis.web.forms import Compose

MOST = 2000
_TOKEN, _PATH, _ONCE = (f"{name}-{secrets.token_hex(16)}" for name in ("token", "path", "once"))
_MARKS = re.compile(f"({_TOKEN}|{_PATH}|{_ONCE})")
_kept: dict[tuple[Any, ...], list[str]] = {}


class _AnyPage:
    """Stands for the request while a fragment is made."""

    path = _PATH

    def get_full_path(self) -> str:
        return _PATH


def post(card: PostCard, times: tuple[str, ...], place: dict[str, Any], token: Any, path: str) -> SafeString:
    """Return a post's HTML, made at most once for the same card, words of time and place.

    times: how long ago things were, in words: they age. place: where it stands (joined, nested, show_pin).
    token: the page's form token, only looked at when the post has a form. path: the page's address.
    """
    context = {"post": card, **place}
    pieces = _pieces("parvis/fragments/post.html", (card, times, *(bool(v) for v in place.values())), context)
    return _filled(pieces, {_TOKEN: token, _PATH: path})


def composer(form: Compose, me: Face, token: Any) -> SafeString:
    """Return the composer in which nothing was written yet, as this member's page shows it."""
    if form.is_bound or form.attached:
        raise ValueError("only an empty composer is kept")
    once = form.initial["key"]
    fixed = {name: value for name, value in form.initial.items() if name != "key"}
    form.initial = {**fixed, "key": _ONCE}
    key = (me, form.auto_id, form.next_path, *sorted((name, str(value)) for name, value in fixed.items()))
    pieces = _pieces("parvis/fragments/composer.html", key, {"form": form, "me": me})
    return _filled(pieces, {_TOKEN: token, _ONCE: once})


def _pieces(template: str, key: tuple[Any, ...], context: dict[str, Any]) -> list[str]:
    """Return the template's text, split at its marks."""
    whole = (template, get_language(), key)
    pieces = _kept.get(whole)
    if pieces is None:
        text = Engine.get_default().get_template(template).render(Context({**context, "csrf_token": _TOKEN, "request": _AnyPage()}))
        pieces = _MARKS.split(text)
        if len(_kept) >= MOST:
            _kept.clear()
        _kept[whole] = pieces
    return pieces


def _filled(pieces: list[str], values: dict[str, Any]) -> SafeString:
    """Return the text with its marks filled in; without a mark, no form token is made."""
    if len(pieces) == 1:
        return mark_safe(pieces[0])  # noqa: S308 - a rendered template
    filled = {mark: escape(str(value)) for mark, value in values.items()}
    return mark_safe("".join(filled.get(piece, piece) for piece in pieces))  # noqa: S308 - a rendered template and escaped values


def forget() -> None:
    """Nothing is kept (tests)."""
    _kept.clear()
