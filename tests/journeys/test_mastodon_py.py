"""Mastodon.py, unmodified, from registering an app to streaming."""

from __future__ import annotations

import io
import threading
import time
from typing import Any

import pytest

from tests.journeys.conftest import authorize

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="package")
def clients(place: Any, chromium: Any) -> dict[str, Any]:
    """Both people, logged in to an app that they let in with a browser."""
    from mastodon import Mastodon

    address = f"http://localhost:{place.port}"
    found = {}
    for name in ("ines", "leo"):
        client_id, secret = Mastodon.create_app("journey", scopes=["read", "write", "follow", "push"], api_base_url=address)
        client = Mastodon(client_id=client_id, client_secret=secret, api_base_url=address)
        code = authorize(chromium, client.auth_request_url(scopes=["read", "write", "follow", "push"], allow_http=True), name)
        client.log_in(code=code, scopes=["read", "write", "follow", "push"], allow_http=True)
        found[name] = client
    return found


def until(true: Any, limit_s: float = 10.0) -> Any:
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        if found := true():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")


def picture() -> io.BytesIO:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (320, 200), (120, 90, 40)).save(out, "PNG")
    out.seek(0)
    return out


def test_who_one_is(clients: dict[str, Any]) -> None:
    assert clients["ines"].account_verify_credentials().username == "ines"
    assert clients["ines"].app_verify_credentials().name == "journey"
    assert clients["ines"].instance().version.startswith("4.")


def test_post_with_a_picture_reaches_a_follower(clients: dict[str, Any]) -> None:
    ines, leo = clients["ines"], clients["leo"]
    ines.account_follow(leo.me().id)
    media = leo.media_post(picture(), mime_type="image/png", description="A brown field", focus=(0.5, -0.25))
    until(lambda: leo.media(media.id).url)
    post = leo.status_post("Look at this #field", media_ids=[media], language="en")
    seen = until(lambda: [s for s in ines.timeline_home() if s.id == post.id])[0]
    assert seen.media_attachments[0].description == "A brown field"
    assert seen.media_attachments[0].meta.original.width == 320
    assert [t.name for t in seen.tags] == ["field"]
    assert [s.id for s in ines.timeline_hashtag("field")] == [post.id]


def test_poll_is_voted_on_once(clients: dict[str, Any]) -> None:
    ines, leo = clients["ines"], clients["leo"]
    post = leo.status_post("Tea or coffee?", poll=leo.make_poll(["tea", "coffee"], expires_in=3600))
    poll = ines.poll_vote(post.poll.id, [1])
    assert (poll.voted, poll.own_votes, poll.options[1].votes_count) == (True, [1], 1)
    from mastodon import MastodonAPIError

    with pytest.raises(MastodonAPIError):
        ines.poll_vote(post.poll.id, [0])


def test_reply_favourite_boost_and_their_notifications(clients: dict[str, Any]) -> None:
    ines, leo = clients["ines"], clients["leo"]
    post = leo.status_post("A thread begins")
    reply = ines.status_reply(post, "and goes on")
    ines.status_favourite(post)
    ines.status_reblog(post)
    assert [s.id for s in leo.status_context(post).descendants] == [reply.id]
    kinds = until(lambda: ({"mention", "favourite", "reblog"} <= {n.type for n in leo.notifications()}) and leo.notifications())
    assert {n.account.username for n in kinds} == {"ines"}
    assert leo.status(post).favourites_count == 1
    assert ines.status(post).favourited is True
    ines.status_unreblog(post)
    assert until(lambda: leo.status(post).reblogs_count == 0)


def test_edit_history_and_deletion(clients: dict[str, Any]) -> None:
    leo = clients["leo"]
    post = leo.status_post("First wording", visibility="private")
    edited = leo.status_update(post.id, "Second wording")
    assert edited.visibility == "private"
    assert [v.content for v in leo.status_history(post)] == ["<p>First wording</p>", "<p>Second wording</p>"]
    leo.status_delete(post)
    from mastodon import MastodonNotFoundError

    with pytest.raises(MastodonNotFoundError):
        leo.status(post)


def test_search_finds_people_tags_and_ones_own_posts(clients: dict[str, Any]) -> None:
    ines, leo = clients["ines"], clients["leo"]
    post = leo.status_post("An improbable word: quincaillerie #brocante")
    assert [a.username for a in ines.search("leo").accounts] == ["leo"]
    assert until(lambda: [t.name for t in ines.search("brocante", exclude_unreviewed=False).hashtags]) == ["brocante"]
    assert until(lambda: [s.id for s in leo.search("quincaillerie").statuses]) == [post.id]
    assert ines.search("quincaillerie").statuses == [], "leo did not open his posts to search"


def test_pages_are_walked_to_the_end(clients: dict[str, Any]) -> None:
    leo = clients["leo"]
    made = [leo.status_post(f"number {i}", visibility="unlisted").id for i in range(7)]
    page = leo.account_statuses(leo.me().id, limit=3)
    found = [s.id for s in page]
    while page := leo.fetch_next(page):
        found += [s.id for s in page]
    assert found[:7] == made[::-1]
    assert len(found) == len(set(found))


def test_lists_filters_bookmarks_and_blocks(clients: dict[str, Any]) -> None:
    ines, leo = clients["ines"], clients["leo"]
    ines.account_follow(leo.me().id)
    circle = ines.list_create("neighbours")
    ines.list_accounts_add(circle.id, [leo.me().id])
    post = leo.status_post("only for the list to see")
    assert until(lambda: [s for s in ines.timeline_list(circle.id) if s.id == post.id])
    ines.status_bookmark(post)
    assert [s.id for s in ines.bookmarks()] == [post.id]
    made = ines.create_filter_v2("words", ["home"], "warn", keywords_attributes=[{"keyword": "list", "whole_word": True}])
    seen = next(s for s in ines.timeline_home() if s.id == post.id)
    assert seen.filtered[0].filter.title == "words"
    ines.delete_filter_v2(made.id)
    leo.account_block(ines.me().id)
    assert all(s.id != post.id for s in ines.timeline_home())
    leo.account_unblock(ines.me().id)


def test_streaming_tells_at_once(clients: dict[str, Any]) -> None:
    from mastodon import StreamListener

    ines, leo = clients["ines"], clients["leo"]
    ines.account_follow(leo.me().id)
    heard: list[tuple[str, Any]] = []

    class Ears(StreamListener):
        def on_update(self, status: Any) -> None:
            heard.append(("update", status.id))

        def on_notification(self, notification: Any) -> None:
            heard.append(("notification", notification.type))

        def on_delete(self, status_id: Any) -> None:
            heard.append(("delete", int(status_id)))

    handle = ines.stream_user(Ears(), run_async=True)
    try:
        time.sleep(1)
        post = leo.status_post(f"@ines can you hear this? {threading.get_ident()}")
        until(lambda: ("update", post.id) in heard and ("notification", "mention") in heard)
        leo.status_delete(post)
        until(lambda: ("delete", int(post.id)) in [(k, int(v) if k == "delete" else v) for k, v in heard])
    finally:
        handle.close()
