"""What a person does on pages, with forms alone, and enhanced by htmx."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings

from parvis.flows.publish_post import PublishRequest, publish
from parvis.network.actions.posts import PollRequest
from parvis.network.models import Bookmark, Favourite, Follow, Post

from .conftest import log_in

HTMX = {"HTTP_HX_REQUEST": "true"}


def test_member_publishes_and_the_post_is_on_home(square: Any) -> None:
    answer = square.member.post("/compose", {"text": "Good morning, square", "visibility": "public", "key": "abc"}, follow=True)
    assert answer.redirect_chain == [("/home", 302)]
    assert "Good morning, square" in answer.content.decode()


def test_publishing_twice_with_one_key_makes_one_post(square: Any) -> None:
    for _ in range(2):
        square.member.post("/compose", {"text": "Once", "visibility": "public", "key": "same"})
    assert Post.objects.filter(text="Once").count() == 1


def test_too_long_a_post_keeps_its_words_in_the_form(square: Any) -> None:
    answer = square.member.post("/compose", {"text": "x" * 6000, "visibility": "public"})
    assert answer.status_code == 422
    assert "x" * 6000 in answer.content.decode()
    assert Post.objects.filter(author=square.reader.account_id).count() == 0


def test_reply_stands_under_the_post(square: Any) -> None:
    path = f"/@paper/{square.first}"
    square.member.post("/compose", {"text": "@paper When?", "in_reply_to": square.first, "visibility": "public", "next": path})
    assert "When?" in square.anyone.get(path).content.decode()


@pytest.mark.parametrize(("verb", "model"), [("favourite", Favourite), ("bookmark", Bookmark)])
def test_mark_and_take_back(square: Any, verb: str, model: Any) -> None:
    assert square.member.post(f"/posts/{square.first}/{verb}", {"next": "/public"}).headers["Location"] == "/public"
    assert model.objects.filter(post=square.first).count() == 1
    assert square.member.post(f"/posts/{square.first}/un{verb}").status_code == 302
    assert model.objects.filter(post=square.first).count() == 0


def test_htmx_gets_the_button_only(square: Any) -> None:
    answer = square.member.post(f"/posts/{square.first}/favourite", {"entry": square.first}, **HTMX)
    page = answer.content.decode()
    assert 'aria-pressed="true"' in page
    assert f"/posts/{square.first}/unfavourite" in page
    assert "<html" not in page


def test_boost_of_a_post_for_followers_is_refused_with_a_reason(square: Any) -> None:
    private = publish(square.paper.account_id, PublishRequest(text="among us", visibility=2, language="en"))
    answer = square.member.post(f"/posts/{private}/boost")
    assert answer.status_code == 403
    assert "may not be boosted" in answer.content.decode()


def test_vote_shows_results(square: Any) -> None:
    poll = PollRequest(options=("Bench", "Tree"), expires_in_s=3600, multiple=False, hide_totals=False)
    post = publish(square.paper.account_id, PublishRequest(text="What first?", poll=poll, language="en"))
    page = square.member.post(f"/posts/{post}/vote", {"choice": "1"}, **HTMX).content.decode()
    assert "100 %" in page
    again = square.member.post(f"/posts/{post}/vote", {"choice": "0"})
    assert again.status_code == 422


def test_follow_and_unfollow(square: Any) -> None:
    who = square.neighbour.account_id
    page = square.member.post(f"/people/{who}/follow", **HTMX).content.decode()
    assert f"/people/{who}/unfollow" in page
    assert Follow.objects.filter(follower=square.reader.account_id, followee=who).exists()
    square.member.post(f"/people/{who}/unfollow")
    assert not Follow.objects.filter(follower=square.reader.account_id, followee=who).exists()


def test_visitor_is_asked_to_log_in_and_comes_back(square: Any) -> None:
    answer = square.anyone.post(f"/posts/{square.first}/favourite", {"next": "/public"})
    assert answer.headers["Location"] == "/auth/login/?next=%2Fpublic"


@pytest.mark.parametrize("bad", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "http:evil.example"])
def test_open_redirects_are_refused(square: Any, bad: str) -> None:
    for path in (f"/posts/{square.first}/favourite", "/settings/theme", "/settings/language"):
        place = square.member.post(path, {"next": bad, "theme": "dark", "language": "fr"}).headers["Location"]
        assert "evil" not in place
        assert place.startswith("/")
        assert not place.startswith(("//", "/\\"))


def test_deleted_post_can_be_taken_back_for_a_while(square: Any) -> None:
    client = log_in(square.paper)
    page = client.post(f"/posts/{square.first}/delete", {"next": "/home"}, follow=True).content.decode()
    assert "/posts/undo" in page
    assert not Post.objects.filter(id=square.first).exists()
    client.post("/posts/undo")
    assert Post.objects.get(author=square.paper.account_id).text.startswith("The quay")
    client.post("/posts/undo")
    assert Post.objects.filter(author=square.paper.account_id).count() == 1


def test_nobody_deletes_or_edits_what_others_wrote(square: Any) -> None:
    assert square.member.post(f"/posts/{square.first}/delete").status_code == 404
    assert square.member.get(f"/@paper/{square.first}/edit").status_code == 404
    assert Post.objects.filter(id=square.first).exists()


def test_edit_keeps_what_it_said_before(square: Any) -> None:
    client = log_in(square.paper)
    client.post(f"/@paper/{square.first}/edit", {"text": "The quay stays open.", "language": "en"})
    page = square.anyone.get(f"/@paper/{square.first}").content.decode()
    assert "The quay stays open." in page
    assert "Edited" in page
    before = square.anyone.get(f"/@paper/{square.first}/history").content.decode()
    assert "will be closed" in before


def test_report_reaches_the_moderators(square: Any) -> None:
    from parvis.moderation.models import Report

    answer = square.member.post(f"/people/{square.paper.account_id}/report", {"category": "spam", "comment": "no", "post": square.first})
    assert answer.status_code == 302
    report = Report.objects.get()
    assert report.post_ids == [square.first]


def test_theme_and_language_are_kept(square: Any) -> None:
    square.anyone.post("/settings/theme", {"theme": "dark"})
    square.anyone.post("/settings/language", {"language": "fr"})
    assert square.anyone.cookies["parvis_theme"].value == "dark"
    assert square.anyone.cookies[settings.LANGUAGE_COOKIE_NAME].value == "fr"
    page = square.anyone.get("/public").content.decode()
    assert '<html lang="fr" data-theme="dark">' in page


def test_suspended_member_cannot_write(square: Any) -> None:
    from django.utils import timezone

    from parvis.kernel import changes
    from parvis.network.models import Account

    Account.objects.filter(id=square.reader.account_id).update(suspended_at=timezone.now())
    changes.forget()
    assert square.member.post("/compose", {"text": "still here"}).status_code == 403
    assert not Post.objects.filter(text="still here").exists()


def _photo() -> Any:
    from io import BytesIO

    from django.core.files.uploadedfile import SimpleUploadedFile
    from PIL import Image

    out = BytesIO()
    Image.new("RGB", (64, 48), "#c08040").save(out, "JPEG")
    return SimpleUploadedFile("square.jpg", out.getvalue(), content_type="image/jpeg")


def test_pictures_are_asked_for_in_words_before_they_are_published(square: Any) -> None:
    import re

    page = square.member.post("/compose", {"text": "Look", "visibility": "public", "key": "k", "uploads": [_photo()]})
    assert page.status_code == 200
    assert "Say in a few words" in page.content.decode()
    assert not Post.objects.filter(text="Look").exists()
    asset = re.search(r'name="media" value="(\d+)"', page.content.decode())
    assert asset
    typed = {"text": "Look", "visibility": "public", "key": "k", "media": asset.group(1), f"alt-{asset.group(1)}": "A brown square"}
    assert square.member.post("/compose", typed).status_code == 302
    post = Post.objects.get(text="Look")
    assert 'alt="A brown square"' in square.anyone.get(f"/@reader/{post.id}").content.decode()


def test_others_pictures_cannot_be_attached(square: Any) -> None:
    from parvis.media.actions import upload

    theirs = upload(square.paper.account_id, _photo())
    square.member.post("/compose", {"text": "Mine?", "visibility": "public", "media": str(theirs), f"alt-{theirs}": "stolen"})
    from parvis.media.models import Asset

    asset = Asset.objects.get(id=theirs)
    assert asset.post_id is None
    assert asset.description == ""


def test_a_file_that_is_no_picture_is_refused_in_words(square: Any) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    page = square.member.post(
        "/compose", {"text": "Hm", "visibility": "public", "uploads": [SimpleUploadedFile("x.png", b"not a picture")]}
    )
    assert page.status_code == 422
    assert "Hm" in page.content.decode()


def test_block_mute_and_their_lists(square: Any) -> None:
    who = square.paper.account_id
    square.member.post(f"/people/{who}/mute", {"next": "/home"})
    assert "@paper" in square.member.get("/settings/people/muted").content.decode()
    assert "The quay" not in square.member.get("/home").content.decode()
    square.member.post(f"/people/{who}/unmute")
    square.member.post(f"/people/{who}/block")
    assert "@paper" in square.member.get("/settings/people/blocked").content.decode()


def test_request_to_follow_is_answered_on_the_news_page(square: Any) -> None:
    from parvis.kernel import changes
    from parvis.network.models import Account

    Account.objects.filter(id=square.neighbour.account_id).update(locked=True)
    changes.forget()
    page = square.member.post(f"/people/{square.neighbour.account_id}/follow", **HTMX).content.decode()
    assert "Requested" in page
    owner = log_in(square.neighbour)
    assert "@reader" in owner.get("/notifications").content.decode()
    owner.post(f"/people/{square.reader.account_id}/accept")
    assert Follow.objects.filter(follower=square.reader.account_id, followee=square.neighbour.account_id).exists()


def test_hashtag_page_and_following_it(square: Any) -> None:
    assert "The quay" in square.anyone.get("/tags/quay").content.decode()
    square.member.post("/tags/quay/follow")
    assert "/tags/quay/unfollow" in square.member.get("/tags/quay").content.decode()
    assert square.anyone.get("/tags/%21%21").status_code == 404


def test_own_page_is_edited(square: Any) -> None:
    typed = {
        "display_name": "Reader of all",
        "note": "I read.",
        "field_name_0": "Site",
        "field_value_0": "https://reader.example",
        "indexable": "on",
    }
    assert square.member.post("/settings/profile", typed).status_code == 302
    page = square.anyone.get("/@reader").content.decode()
    assert "Reader of all" in page
    assert "reader.example" in page
