"""A poll, a later moment, a draft: from the page to write on, without JavaScript."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from parvis.kernel.clock import now
from parvis.network.models import Draft, Poll, Post, ScheduledPost

from .conftest import log_in


def at(**ahead: float) -> str:
    return f"{now() + timedelta(**ahead):%Y-%m-%dT%H:%M}"


def test_poll_is_published_with_its_choices(square: Any) -> None:
    typed = {"text": "What first?", "choice-0": "Bench", "choice-1": "Tree", "poll-lasts": "21600", "several": "1", "visibility": "public"}
    assert square.member.post("/compose", typed).status_code == 302
    poll = Poll.objects.get()
    assert [o["title"] if isinstance(o, dict) else o for o in poll.options] == ["Bench", "Tree"]
    assert poll.multiple
    assert timedelta(hours=5.9) < poll.expires_at - now() < timedelta(hours=6.1)


def test_lonely_choice_is_refused_and_kept_in_the_form(square: Any) -> None:
    answer = square.member.post("/compose", {"text": "What first?", "choice-0": "Bench", "visibility": "public"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "two choices or more" in page
    assert 'value="Bench"' in page
    assert Poll.objects.count() == 0


def test_post_waits_is_moved_and_cancelled(square: Any) -> None:
    typed = {"text": "At noon", "visibility": "public", "moment": at(days=1)}
    assert square.member.post("/compose", typed).headers["Location"] == "/scheduled"
    one = ScheduledPost.objects.get()
    assert not Post.objects.filter(text="At noon").exists()
    assert "At noon" in square.member.get("/scheduled").content.decode()
    assert square.member.post(f"/scheduled/{one.id}/move", {"moment": at(days=2)}).status_code == 302
    moved = ScheduledPost.objects.get()
    assert moved.scheduled_at - one.scheduled_at == timedelta(days=1)
    other = log_in(square.neighbour)
    assert other.post(f"/scheduled/{one.id}/cancel").status_code == 404
    assert other.post(f"/scheduled/{one.id}/move", {"moment": at(days=3)}).status_code == 404
    square.member.post(f"/scheduled/{one.id}/cancel")
    assert ScheduledPost.objects.count() == 0


@pytest.mark.parametrize("moment", ["yesterday", "2001-01-01T00:00", "9999-12-31T23:59"])
def test_impossible_moment_is_refused(square: Any, moment: str) -> None:
    assert square.member.post("/compose", {"text": "When?", "visibility": "public", "moment": moment}).status_code == 422
    assert ScheduledPost.objects.count() == 0
    assert not Post.objects.filter(text="When?").exists()
    square.member.post("/compose", {"text": "Soon", "visibility": "public", "moment": at(hours=1)})
    one = ScheduledPost.objects.get()
    assert square.member.post(f"/scheduled/{one.id}/move", {"moment": moment}).status_code == 422
    assert ScheduledPost.objects.get().scheduled_at == one.scheduled_at


def test_draft_is_kept_taken_up_and_published_once(square: Any) -> None:
    typed = {"text": "Half a thought", "spoiler_text": "Mood", "visibility": "private", "choice-0": "a", "choice-1": "b", "keep": "1"}
    assert square.member.post("/compose", typed).headers["Location"] == "/drafts"
    one = Draft.objects.get()
    assert "Half a thought" in square.member.get("/drafts").content.decode()
    page = square.member.get(f"/compose?draft={one.id}").content.decode()
    assert "Half a thought" in page
    assert 'value="Mood"' in page
    assert '<option value="private" selected>' in page
    assert 'name="choice-1" value="b"' in page
    square.member.post("/compose", {**typed, "text": "A thought", "draft": str(one.id)})
    assert Draft.objects.get().params["text"] == "A thought"
    done = {"text": "A whole thought", "visibility": "public", "draft": str(one.id)}
    assert square.member.post("/compose", done).status_code == 302
    assert Draft.objects.count() == 0
    assert Post.objects.filter(text="A whole thought").count() == 1


def test_draft_is_of_its_author_alone(square: Any) -> None:
    square.member.post("/compose", {"text": "Half", "visibility": "public", "keep": "1"})
    one = Draft.objects.get()
    other = log_in(square.neighbour)
    assert other.get(f"/compose?draft={one.id}").status_code == 404
    assert other.post(f"/drafts/{one.id}/delete").status_code == 404
    other.post("/compose", {"text": "Mine", "visibility": "public", "draft": str(one.id)})
    assert Draft.objects.count() == 1
    for path in ("/drafts", "/scheduled"):
        assert square.anyone.get(path).status_code == 302
    square.member.post(f"/drafts/{one.id}/delete")
    assert Draft.objects.count() == 0
