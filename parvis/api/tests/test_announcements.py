"""The square announces; people read, dismiss and react."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from parvis.feeds.actions import announcements as actions
from parvis.kernel import changes, clock

URL = "/api/v1/announcements"


def test_announcement_is_shown_until_it_is_dismissed(square: Any) -> None:
    shown = actions.publish_announcement("Welcome @ada, read #news <b>", by=None)
    found = square.ask("GET", URL, "ada").json
    assert [a["id"] for a in found] == [str(shown)]
    assert found[0]["read"] is False
    assert "<b>" not in found[0]["content"]
    assert [m["acct"] for m in found[0]["mentions"]] == ["ada"]
    assert [t["name"] for t in found[0]["tags"]] == ["news"]
    assert square.ask("POST", f"{URL}/{shown}/dismiss", "ada").json == {}
    assert square.ask("POST", f"{URL}/{shown}/dismiss", "ada").status == 200
    assert square.ask("GET", URL, "ada").json == []
    assert [a["read"] for a in square.ask("GET", f"{URL}?with_dismissed=true", "ada").json] == [True]
    assert len(square.ask("GET", URL, "bob").json) == 1
    assert square.ask("GET", URL).status == 401


def test_over_and_withdrawn_announcements_are_not_there(square: Any) -> None:
    now = clock.now()
    over = actions.publish_announcement("over", by=None, starts_at=now - timedelta(days=2), ends_at=now - timedelta(days=1))
    gone = actions.publish_announcement("gone", by=None)
    actions.withdraw_announcement(gone)
    assert square.ask("GET", URL, "ada").json == []
    for i in (over, gone, 1):
        assert square.ask("POST", f"{URL}/{i}/dismiss", "ada").status == 404
        assert square.ask("PUT", f"{URL}/{i}/reactions/{quote('😀')}", "ada").status == 404


def test_reactions_are_counted_once_per_person(square: Any) -> None:
    shown = actions.publish_announcement("hello", by=None)
    url = f"{URL}/{shown}/reactions/{quote('🎉')}"
    for who in ("ada", "ada", "bob"):
        assert square.ask("PUT", url, who).status == 200
    assert square.ask("GET", URL, "ada").json[0]["reactions"] == [{"name": "🎉", "count": 2, "me": True}]
    assert square.ask("DELETE", url, "ada").status == 200
    assert square.ask("GET", URL, "ada").json[0]["reactions"] == [{"name": "🎉", "count": 1, "me": False}]


def test_custom_emoji_react_too(square: Any) -> None:
    from parvis.network.models import CustomEmoji

    CustomEmoji.objects.create(shortcode="wave", image="emoji/wave.png")
    changes.touch("e:")
    shown = actions.publish_announcement("hello", by=None)
    assert square.ask("PUT", f"{URL}/{shown}/reactions/wave", "ada").status == 200
    assert square.ask("GET", URL, "ada").json[0]["reactions"][0]["url"].endswith("emoji/wave.png")
    assert square.ask("PUT", f"{URL}/{shown}/reactions/nope", "ada").status == 422


def test_kinds_of_reaction_are_limited_but_joining_one_is_not(square: Any) -> None:
    shown = actions.publish_announcement("hello", by=None)
    for emoji in "😀😁😂😃😄😅😆😇":
        assert square.ask("PUT", f"{URL}/{shown}/reactions/{quote(emoji)}", "ada").status == 200
    assert square.ask("PUT", f"{URL}/{shown}/reactions/{quote('🎉')}", "ada").status == 422
    assert square.ask("PUT", f"{URL}/{shown}/reactions/{quote('😀')}", "bob").status == 200


@pytest.mark.parametrize("emoji", ["😀", "❤️", "👍🏽", "👩‍👩‍👧", "🇫🇷", "1️⃣", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "☀️", "©️", "🏳️‍🌈"])
def test_emoji_are_recognised(emoji: str) -> None:
    assert actions.is_emoji(emoji)


@pytest.mark.parametrize("text", ["", "a", "1", "😀😀", "é", "<", "😀a", "\u200d", "+", "日", "🇫"])
def test_other_texts_are_not_emoji(text: str) -> None:
    assert not actions.is_emoji(text)


@pytest.mark.parametrize("text", ["", "  ", "x" * 5001])
def test_empty_and_endless_announcements_are_refused(db: None, text: str) -> None:
    from parvis.kernel.errors import Invalid

    with pytest.raises(Invalid):
        actions.publish_announcement(text, by=None)
