"""Mastodon's Rule entity: a rule of the square, in every language in which its owner wrote it."""

from __future__ import annotations

from typing import Any

from parvis.identity.queries import Square


def rules(known: Square) -> list[dict[str, Any]]:
    """Return the square's rules, in order. The first language stands in `text`; every one in `translations`.

    Stored as {language: [{"id", "text", "hint"}]}, or as one list when the square has one language.
    """
    stored = known.rules
    by_language: dict[str, list[Any]] = stored if isinstance(stored, dict) else {"": list(stored or ())}
    order = sorted(by_language, key=lambda code: code != "en")
    found: dict[str, dict[str, Any]] = {}
    for code in order:
        for place, one in enumerate(by_language[code], 1):
            rule = one if isinstance(one, dict) else {"text": str(one)}
            key = str(rule.get("id") or place)
            said = {"text": rule.get("text", ""), "hint": rule.get("hint", "")}
            known_rule = found.setdefault(key, {"id": key, **said, "translations": {}})
            if code:
                known_rule["translations"][code] = said
    return list(found.values())
