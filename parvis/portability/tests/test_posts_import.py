"""Posts from elsewhere: dated as written, private until chosen, each once, and clear words for what is broken."""

from __future__ import annotations

import io
import tarfile
import time
import zipfile
from datetime import datetime, timezone
from typing import Any

import pytest

from parvis.kernel import changes, clock
from parvis.kernel.errors import Invalid, NotFound, TooMany
from parvis.kernel.models import OutboxEvent
from parvis.media.models import Asset
from parvis.network.models import Account, Mention, Post, Visibility
from parvis.portability import actions, posts_import, queries
from parvis.portability.archives import opening
from parvis.portability.archives.mastodon import plain
from parvis.portability.models import Import, ImportedPost, ImportItem
from parvis.portability.tests.conftest import note, outbox


def bring(account_id: int, file: Any, **options: Any) -> queries.ImportData:
    """Bring an archive and read it whole; return how it went."""
    import_id = actions.bring(account_id, "posts", file, **options)
    actions.run_import.call(import_id)
    changes.sync()
    return queries.import_of(account_id, import_id)


def counts(one: queries.ImportData) -> tuple[str, int, int, int]:
    return one.state, one.done_count, one.passed_count, one.failed_count


def texts() -> list[str]:
    return list(Post.objects.order_by("id").values_list("text", flat=True))


def test_mastodon_archive_is_imported_as_it_was_written(ada: int, zipped: Any, picture: bytes) -> None:
    Account.objects.create(username="stranger")
    attachment = {"type": "Document", "url": "/media_attachments/files/1/original/a.png", "name": "A square", "focalPoint": [0.5, -0.25]}
    reply = note(2, inReplyTo="https://old.example/users/ada/statuses/1", summary="careful", sensitive=True, contentMap={"fr": "x"})
    file = zipped(
        {
            "outbox.json": outbox(
                note(1, content='<p>hi <span class="h-card"><a href="https://x.example/@stranger" class="u-url mention">'
                     "@<span>stranger</span></a>"
                     "</span><br />there</p><p>#été &amp; <a href=\"https://a.example/a-long-address\"><span>a.example/a-lo</span>…</a></p>",
                     attachment=[attachment]),
                reply,
                {"type": "Announce", "id": "b", "published": "2019-03-03T00:00:00Z", "object": "https://x.example/1"},
            ),
            "media_attachments/files/1/original/a.png": picture,
            "actor.json": {},
        }
    )  # fmt: skip
    done = bring(ada, file, filename="archive.zip")
    assert counts(done) == ("done", 2, 1, 0)
    assert (done.source, done.progress, done.filename) == ("mastodon", 1.0, "archive.zip")
    first, second = Post.objects.order_by("id")
    assert first.text == "hi @stranger\nthere\n\n#été & https://a.example/a-long-address"
    assert first.created_at == datetime(2019, 3, 1, 10, tzinfo=timezone.utc)
    assert (second.spoiler_text, second.sensitive, second.language, second.in_reply_to_id) == ("careful", True, "fr", first.id)
    assert {p.visibility for p in (first, second)} == {Visibility.PRIVATE}
    asset = Asset.objects.get()
    assert (asset.post_id, asset.description, asset.focus_x, asset.private) == (first.id, "A square", 0.5, True)
    assert not Mention.objects.exists()
    assert not OutboxEvent.objects.filter(kind="PostPublished").exists()
    assert Account.objects.get(id=ada).posts_count == 2
    assert not Import.objects.get(id=done.id).file


def test_same_archive_again_doubles_nothing(ada: int, zipped: Any) -> None:
    for expected in (("done", 2, 0, 0), ("done", 0, 2, 0)):
        assert counts(bring(ada, zipped({"outbox.json": outbox(note(1), note(2))}))) == expected
    assert len(texts()) == 2


def test_no_audience_grows_wider_than_it_was(ada: int, bob: int, zipped: Any, picture: bytes) -> None:
    me = "https://old.example/users/ada/followers"
    attached = [{"type": "Document", "url": "/m/a.png"}]
    file = zipped(
        {
            "outbox.json": outbox(
                note(1, attachment=attached), note(2, to=[me], cc=[]), note(3, to=["https://x.example/bob"], cc=[]),
                note(4, to=[me], cc=["https://www.w3.org/ns/activitystreams#Public"]),
            ),
            "m/a.png": picture,
        }
    )  # fmt: skip
    done = bring(ada, file)
    assert [p.visibility for p in Post.objects.order_by("id")] == [
        Visibility.PRIVATE,
        Visibility.PRIVATE,
        Visibility.DIRECT,
        Visibility.PRIVATE,
    ]
    assert actions.choose_audience(ada, done.id, Visibility.PUBLIC) == 2
    found = list(Post.objects.order_by("id").values_list("visibility", "listed"))
    assert found == [(0, True), (2, False), (3, False), (1, False)]
    assert Asset.objects.get().private is False
    with pytest.raises(NotFound):
        actions.choose_audience(bob, done.id, Visibility.DIRECT)
    actions.choose_audience(ada, done.id, Visibility.DIRECT)
    assert set(Post.objects.values_list("visibility", "listed")) == {(3, False)}
    assert Asset.objects.get().private is True


def _tweet(n: int, **members: Any) -> dict[str, Any]:
    said = {"id_str": str(n), "full_text": f"tweet {n}", "created_at": f"Wed Oct {n:02d} 20:19:24 +0000 2018", "lang": "en", "entities": {}}
    return {"tweet": {**said, **members}}


def test_x_archive_is_imported_oldest_first(ada: int, zipped: Any, picture: bytes) -> None:
    import json

    short = {"url": "https://t.co/a", "expanded_url": "https://example.org/whole?a=1&b=2"}
    media = [{"url": "https://t.co/m", "media_url_https": "https://pbs.twimg.com/media/Pic.png", "ext_alt_text": "seen"}]
    long = "é" * 100 + " and so on, " * 30
    tweets = [
        _tweet(4, full_text="RT @other: look"),
        _tweet(3, full_text=f"{long[:200]}… https://t.co/z"),
        _tweet(2, full_text="an answer &lt;3 @other", in_reply_to_status_id_str="1"),
        _tweet(1, full_text="see https://t.co/a https://t.co/m", entities={"urls": [short]}, extended_entities={"media": media}),
    ]
    notes = [{"noteTweet": {"core": {"text": long}}}]
    file = zipped(
        {
            "data/tweets.js": "window.YTD.tweets.part0 = " + json.dumps(tweets, indent=1),
            "data/note-tweet.js": "window.YTD.note_tweet.part0 = " + json.dumps(notes),
            "data/tweets_media/1-Pic.png": picture,
        }
    )
    done = bring(ada, file)
    assert (done.source, *counts(done)) == ("x", "done", 3, 1, 0)
    assert texts() == ["see https://example.org/whole?a=1&b=2", "an answer <3 @other", long]
    first, second, _third = Post.objects.order_by("id")
    assert second.in_reply_to_id == first.id
    assert (Asset.objects.get().post_id, Asset.objects.get().description) == (first.id, "seen")
    assert (first.language, first.created_at) == ("en", datetime(2018, 10, 1, 20, 19, 24, tzinfo=timezone.utc))


def _garbled(text: str) -> str:
    """As Facebook writes it: each byte of UTF-8 as a character."""
    return text.encode().decode("latin-1")


def test_facebook_archive_is_imported_with_its_accents(ada: int, zipped: Any, picture: bytes) -> None:
    uri = "your_facebook_activity/posts/media/a/1.png"
    posts = [
        {"timestamp": 1500000000, "data": [{"post": _garbled("Été à Paris 🎉")}], "attachments": [{"data": [{"media": {"uri": uri}}]}]},
        {
            "timestamp": 1500000100,
            "data": [{"post": "a link"}],
            "attachments": [{"data": [{"external_context": {"url": "https://a.example/"}}]}],
        },
        {"timestamp": 1500000200, "title": _garbled("Ada a changé sa photo"), "data": [{"update_timestamp": 1}]},
    ]
    album = {"name": "Album [1]", "photos": [
        {"uri": uri, "creation_timestamp": 1500000000},
        {"uri": "your_facebook_activity/posts/media/a/2.png", "creation_timestamp": 1500000300, "description": _garbled("été")},
    ]}  # fmt: skip
    root = "your_facebook_activity/posts"
    file = zipped({f"{root}/your_posts_1.json": posts, f"{root}/album/0.json": album, uri: picture, f"{root}/media/a/2.png": picture})
    done = bring(ada, file)
    assert (done.source, *counts(done)) == ("facebook", "done", 3, 1, 0)
    assert texts() == ["Été à Paris 🎉", "a link\n\nhttps://a.example/", "été"]
    assert Asset.objects.count() == 2


def test_instagram_archive_is_imported_and_stories_are_passed_over(ada: int, zipped: Any, picture: bytes) -> None:
    base = "your_instagram_activity/media"
    twelve = [{"uri": f"media/posts/1/{n}.png", "creation_timestamp": 1600000000, "title": ""} for n in range(12)]
    file = zipped(
        {
            f"{base}/posts_1.json": [
                {"media": twelve, "title": _garbled("Douze étés"), "creation_timestamp": 1600000000},
                {"media": [{"uri": "media/posts/1/0.png", "creation_timestamp": 1600000500, "title": _garbled("seul")}]},
            ],
            f"{base}/stories.json": {"ig_stories": [{"uri": "media/stories/1.png", "creation_timestamp": 1, "title": ""}]},
            **{f"media/posts/1/{n}.png": picture for n in range(12)},
        }
    )
    done = bring(ada, file)
    assert (done.source, *counts(done)) == ("instagram", "done", 2, 1, 0)
    assert texts() == ["Douze étés", "", "seul"]
    first, rest, _ = Post.objects.order_by("id")
    assert (first.media_count, rest.media_count, rest.in_reply_to_id) == (8, 4, first.id)


def test_broken_parts_are_named_and_the_rest_is_kept(ada: int, zipped: Any, picture: bytes) -> None:
    def attached(name: str) -> list[dict[str, Any]]:
        return [{"type": "Document", "url": f"/m/{name}"}]

    file = zipped(
        {
            "outbox.json": outbox(
                note(1, attachment=attached("gone.png")), note(2, attachment=attached("broken.png"), content=""),
                note(3, attachment=attached("fine.png") + attached("note.txt")), note(4, published="3019-01-01T00:00:00Z"),
                note(5, published="soon"), {"type": "Create", "object": 7}, "nonsense", None,
            ),
            "m/broken.png": picture[:40], "m/fine.png": picture, "m/note.txt": "hello",
        }
    )  # fmt: skip
    done = bring(ada, file)
    assert counts(done) == ("done", 2, 0, 6)
    items = queries.report(ada, done.id)
    assert "gone.png" in items[0].problem
    assert "broken.png" in items[1].problem
    assert "note.txt" in items[2].problem
    assert [item.state for item in items[:3]] == ["done", "failed", "done"]
    assert all(item.problem for item in items)
    assert [i.position for i in queries.report(ada, done.id, state="failed", after=3, limit=2)] == [4, 5]
    with pytest.raises(NotFound):
        queries.report(ada + 1, done.id)


def test_cut_off_list_keeps_what_was_read(ada: int, zipped: Any) -> None:
    import json

    whole = json.dumps(outbox(note(1), note(2), note(3)))
    done = bring(ada, zipped({"outbox.json": whole[:-200]}))
    assert counts(done) == ("done", 2, 0, 0)
    assert "outbox.json" in done.problem


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04 and nothing", b"\x1f\x8bnothing", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_archive_is_refused_and_nothing_is_kept(ada: int, content: bytes) -> None:
    with pytest.raises(Invalid):
        actions.bring(ada, "posts", io.BytesIO(content))
    assert not Import.objects.exists()


def test_archives_of_other_kinds_are_refused(ada: int, zipped: Any) -> None:
    for members in (
        {"a.txt": "x"},
        {"../outbox.json": "{}"},
        {"/outbox.json": "{}"},
        {"your_facebook_activity/posts/your_posts_1.html": "<p>"},
    ):
        with pytest.raises(Invalid):
            actions.bring(ada, "posts", zipped(members))


def test_members_that_lead_out_are_never_read(ada: int, zipped: Any, picture: bytes) -> None:
    urls = ["/../../etc/passwd", "../secret.png", "/etc/passwd", "C:\\secret.png", "..\\secret.png", "m/../../secret.png"]
    file = zipped({"outbox.json": outbox(note(1, attachment=[{"url": u} for u in urls])), **dict.fromkeys(urls, picture)})
    done = bring(ada, file)
    assert counts(done) == ("done", 1, 0, 0)
    assert not Asset.objects.exists()


def test_bombs_and_huge_members_are_refused(ada: int, zipped: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    zeros = b"\0" * (40 << 20)
    file = zipped({"outbox.json": outbox(note(1, attachment=[{"url": "/m/bomb.png"}])), "m/bomb.png": zeros})
    assert "bomb.png" in queries.report(ada, bring(ada, file).id)[0].problem
    monkeypatch.setattr(opening, "MAX_MEMBERS", 3)
    with pytest.raises(Invalid):
        actions.bring(ada, "posts", zipped({f"f{n}": "x" for n in range(5)} | {"outbox.json": "{}"}))
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as whole:
        info = tarfile.TarInfo("outbox.json")
        info.size = 200 << 20
        whole.addfile(info, io.BytesIO(b"\0" * info.size))
    with pytest.raises(Invalid):
        actions.bring(ada, "posts", packed)


def test_header_that_lies_about_a_size_reads_no_more_than_allowed(zipped: Any) -> None:
    archive = opening.open_file(zipped({"a": b"x" * 5000}))
    archive.sizes["a"] = 10
    with pytest.raises(opening.Unreadable):
        archive.read("a", 100)
    assert len(opening.open_file(zipped({"a": b"x" * 5000})).read("a", 5000)) == 5000


def test_tar_with_links_is_read_without_following_them(ada: int, picture: bytes) -> None:
    import json

    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as whole:
        for name, content in (
            ("outbox.json", json.dumps(outbox(note(1, attachment=[{"url": "/m/l.png"}, {"url": "/m/a.png"}]))).encode()),
            ("m/a.png", picture),
        ):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            whole.addfile(info, io.BytesIO(content))
        link = tarfile.TarInfo("m/l.png")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        whole.addfile(link)
    done = bring(ada, packed)
    assert counts(done) == ("done", 1, 0, 0)
    assert Asset.objects.count() == 1


def test_encrypted_member_is_named(ada: int, zipped: Any, picture: bytes) -> None:
    file = zipped({"outbox.json": outbox(note(1, attachment=[{"url": "/m/a.png"}])), "m/a.png": picture})
    raw = bytearray(file.getvalue())
    at = raw.rfind(b"m/a.png") - 46
    raw[at + 8] |= 1
    with zipfile.ZipFile(io.BytesIO(bytes(raw))) as check:
        assert check.getinfo("m/a.png").flag_bits & 1
    done = bring(ada, io.BytesIO(bytes(raw)))
    assert "a.png" in queries.report(ada, done.id)[0].problem


def test_import_goes_on_where_it_was_killed(ada: int, zipped: Any, picture: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    attached = [{"url": "/m/a.png"}]
    file = zipped({"outbox.json": outbox(*(note(n, attachment=attached) for n in range(1, 6))), "m/a.png": picture})
    import_id = actions.bring(ada, "posts", file)
    real, calls = posts_import._finish, [0]

    def dies(*args: Any) -> None:
        calls[0] += 1
        if calls[0] == 3:
            raise KeyboardInterrupt
        real(*args)

    monkeypatch.setattr(posts_import, "_finish", dies)
    with pytest.raises(KeyboardInterrupt):
        actions.run_import.call(import_id)
    assert Post.objects.count() == 2
    assert queries.import_of(ada, import_id).progress == pytest.approx(0.4)
    monkeypatch.setattr(posts_import, "_finish", real)
    actions.run_import.call(import_id)
    assert counts(queries.import_of(ada, import_id)) == ("done", 5, 0, 0)
    assert (Post.objects.count(), ImportedPost.objects.count(), Asset.objects.filter(post=None).count()) == (5, 5, 1)


def test_import_makes_room_for_other_tasks(ada: int, zipped: Any) -> None:
    from django_tasks_db.models import DBTaskResult

    import_id = actions.bring(ada, "posts", zipped({"outbox.json": outbox(note(1), note(2))}))
    one = Import.objects.get(id=import_id)
    before = DBTaskResult.objects.count()
    assert posts_import.work(one, until_s=time.monotonic() - 1) is False
    assert (one.total, Post.objects.count()) == (2, 0)
    actions.SLICE_S, kept = -1.0, actions.SLICE_S
    try:
        actions.run_import.call(import_id)
    finally:
        actions.SLICE_S = kept
    assert DBTaskResult.objects.count() == before + 1
    actions.run_import.call(import_id)
    assert Post.objects.count() == 2


def test_import_can_be_given_up_by_its_owner(ada: int, bob: int, zipped: Any) -> None:
    import_id = actions.bring(ada, "posts", zipped({"outbox.json": outbox(note(1))}))
    with pytest.raises(NotFound):
        actions.give_up(bob, import_id)
    actions.give_up(ada, import_id)
    actions.run_import.call(import_id)
    assert not Post.objects.exists()
    assert not ImportItem.objects.exists()
    for _ in range(actions.MAX_UNFINISHED):
        actions.bring(ada, "posts", zipped({"outbox.json": outbox(note(1))}))
    with pytest.raises(TooMany):
        actions.bring(ada, "posts", zipped({"outbox.json": outbox(note(1))}))


def test_archive_made_here_is_read_back_whole(ada: int, bob: int, picture: bytes) -> None:
    from parvis.flows.publish_post import PublishRequest, publish
    from parvis.kernel import storage
    from parvis.media.actions import upload

    asset = upload(ada, picture, description="seen")
    first = publish(ada, PublishRequest(text="hello @bob & <b>all</b>\n\n#été", media_ids=(asset,), language="fr"))
    publish(ada, PublishRequest(text="again", in_reply_to_id=first, spoiler_text="cw", visibility=Visibility.UNLISTED))
    publish(ada, PublishRequest(text="psst @bob", visibility=Visibility.DIRECT))
    archive_id = actions.ask_for_archive(ada)
    with pytest.raises(TooMany):
        actions.ask_for_archive(ada)
    actions.make_archive.call(archive_id)
    made = queries.archive(ada, archive_id)
    assert (made.state, made.posts_done, made.posts_total) == ("ready", 3, 3)
    with pytest.raises(NotFound):
        queries.archive(bob, archive_id)
    with storage.get(made.file) as file:
        with zipfile.ZipFile(file) as whole:
            names = set(whole.namelist())
            assert {"actor.json", "outbox.json", "likes.csv", "bookmarks.csv", "following_accounts.csv"} <= names
            assert whole.testzip() is None
        done = bring(bob, file, visibility=Visibility.PUBLIC)
    assert counts(done) == ("done", 3, 0, 0)
    columns = ("text", "spoiler_text", "language", "visibility", "media_count", "created_at")
    mine, theirs = (list(Post.objects.filter(author_id=who).order_by("id").values_list(*columns)) for who in (ada, bob))
    assert [row[:5] for row in mine] == [row[:5] for row in theirs]
    assert all(abs((a[5] - b[5]).total_seconds()) < 0.01 for a, b in zip(mine, theirs, strict=True))
    assert Asset.objects.get(owner_id=bob).description == "seen"


def test_archives_end_after_two_weeks(ada: int) -> None:
    from datetime import timedelta

    from parvis.kernel import storage
    from parvis.portability.models import Archive

    archive_id = actions.ask_for_archive(ada)
    actions.make_archive.call(archive_id)
    path = queries.archive(ada, archive_id).file
    Archive.objects.update(created_at=clock.now() - timedelta(days=8))
    second = actions.ask_for_archive(ada)
    actions.make_archive.call(second)
    assert [a.id for a in queries.archives(ada)] == [second]
    assert not storage.exists(path)
    Archive.objects.update(created_at=clock.now() - timedelta(days=15))
    assert actions.delete_old_archives() == 1


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>a<br>b</p><p>c &lt;3</p>", "a\nb\n\nc <3"),
        ('<p><a href="https://a.example/x">a.example/x</a></p>', "https://a.example/x"),
        ('<p><a href="https://a.example/x">here</a></p>', "here (https://a.example/x)"),
        ('<p>hi <a class="mention hashtag" href="https://a/tags/x">#<span>x</span></a></p>', "hi #x"),
        ("<ul><li>one</li><li>two</li></ul>", "- one\n- two"),
        ("no tags", "no tags"),
        ("<script>alert(1)</script><p>x", "alert(1)\n\nx"),
        ("", ""),
    ],
)
def test_html_becomes_what_can_be_typed(html: str, expected: str) -> None:
    assert plain(html) == expected
