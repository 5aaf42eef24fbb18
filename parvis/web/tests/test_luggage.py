"""People take what is theirs along, and bring what they have elsewhere."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from parvis.network.actions import blocks, lists, marks
from parvis.network.models import Follow, Post
from parvis.network.queries import posts
from parvis.portability import csv_export
from parvis.portability.actions import make_archive, run_import
from parvis.portability.models import Archive, Import, ImportItem

from .conftest import log_in

DATA = "/settings/data"


@pytest.fixture(autouse=True)
def _stored_apart(settings: Any, tmp_path: Any) -> None:
    storages = {**settings.STORAGES}
    for name in ("default", "originals"):
        storages[name] = {**storages[name], "OPTIONS": {**storages[name].get("OPTIONS", {}), "location": str(tmp_path / name)}}
    settings.STORAGES = storages


def archive_of_mastodon() -> SimpleUploadedFile:
    me = "https://old.example/users/ada"
    said = {
        "id": f"{me}/statuses/1", "type": "Note", "published": "2019-03-01T10:00:00Z", "content": "<p>an old thought</p>",
        "to": ["https://www.w3.org/ns/activitystreams#Public"], "cc": [f"{me}/followers"], "attachment": [],
    }  # fmt: skip
    whole = {"@context": [], "id": "outbox.json", "type": "OrderedCollection"}
    whole["orderedItems"] = [{"id": f"{me}/statuses/1/activity", "type": "Create", "published": said["published"], "object": said}]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("outbox.json", json.dumps(whole))
        packed.writestr("actor.json", json.dumps({"type": "Person", "id": me, "preferredUsername": "ada"}))
    return SimpleUploadedFile("old.zip", out.getvalue())


def bring(client: Client, content: bytes, **fields: str) -> Any:
    return client.post(f"{DATA}/import", {"kind": "following", "file": SimpleUploadedFile("people.csv", content), **fields})


def test_strangers_are_asked_to_log_in(square: Any) -> None:
    for path in (DATA, f"{DATA}/following.csv", f"{DATA}/imports/1"):
        assert square.anyone.get(path).status_code == 302
    assert "/auth/login/" in bring(square.anyone, b"paper").headers["Location"]
    assert Import.objects.count() == 0


def test_each_file_says_how_many_lines_it_has(square: Any) -> None:
    me = square.reader.account_id
    blocks.mute(me, square.neighbour.account_id)
    marks.bookmark(me, posts((square.first,))[square.first])
    lists.add_members(me, lists.create_list(me, "Papers").id, [square.paper.account_id])
    counted = csv_export.counts(me)
    for kind, (name, _rows) in csv_export.FILES.items():
        answer = square.member.get(f"{DATA}/{kind}.csv")
        assert name in answer.headers["Content-Disposition"]
        written = answer.content.decode().splitlines()
        headings = 1 if kind in ("following", "mutes") else 0
        assert len(written) - headings == counted[kind]
    assert counted["following"] == counted["bookmarks"] == counted["lists"] == counted["mutes"] == 1
    page = square.member.get(DATA).content.decode()
    assert "following_accounts.csv · 1 line<" in page
    assert square.member.get(f"{DATA}/secrets.csv").status_code == 404


def test_file_is_brought_and_reported_line_by_line(square: Any) -> None:
    answer = bring(square.member, b"neighbour\nnobody@nowhere.example\n")
    one = Import.objects.get()
    assert answer.headers["Location"] == f"{DATA}/imports/{one.id}"
    waiting = square.member.get(f"{DATA}/imports/{one.id}").content.decode()
    assert 'hx-trigger="every 3s"' in waiting
    assert "0 of 2" in waiting
    run_import.func(one.id)
    page = square.member.get(f"{DATA}/imports/{one.id}").content.decode()
    assert "hx-trigger" not in page
    assert "2 of 2" in page
    assert "No account of this address is known here." in page
    only = square.member.get(f"{DATA}/imports/{one.id}?state=failed").content.decode()
    assert "nobody@nowhere.example" in only
    assert ">neighbour<" not in only
    french = log_in(square.reader, "fr").get(f"{DATA}/imports/{one.id}").content.decode()
    assert "Aucun compte de cette adresse n’est connu ici." in french
    assert Follow.objects.filter(follower=square.reader.account_id).count() == 2


def test_progress_alone_is_sent_to_htmx(square: Any) -> None:
    bring(square.member, b"neighbour\n")
    one = Import.objects.get()
    for path in (DATA, f"{DATA}/imports/{one.id}"):
        part = square.member.get(path, HTTP_HX_REQUEST="true").content.decode()
        assert "<html" not in part
        assert "hx-get" in part
        assert "0 of 1" in part


def test_overwriting_removes_what_the_file_does_not_name(square: Any) -> None:
    bring(square.member, b"neighbour\n", mode="overwrite")
    run_import.func(Import.objects.get().id)
    followed = Follow.objects.filter(follower=square.reader.account_id).values_list("followee_id", flat=True)
    assert list(followed) == [square.neighbour.account_id]


@pytest.mark.parametrize(
    ("content", "fields", "said"),
    [
        (b"", {}, "Choose a file first"),
        (b"\xff\xfe\x00nonsense", {}, "not a CSV file in UTF-8"),
        (b"https://a.example/1\n", {}, "does not look like what was chosen"),
        (b"paper", {"kind": "posts"}, "neither a ZIP nor a TAR"),
        (b"paper", {"kind": "secrets"}, "does not exist"),
        (b"paper", {"audience": "everybody"}, "Choose who may read them"),
    ],
)
def test_refusal_says_why_and_changes_nothing(square: Any, content: bytes, fields: dict[str, str], said: str) -> None:
    answer = bring(square.member, content, **fields)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert Import.objects.count() == 0
    assert Follow.objects.filter(follower=square.reader.account_id).count() == 1


def test_what_is_far_too_large_is_refused_before_it_is_read(square: Any) -> None:
    answer = square.member.generic("POST", f"{DATA}/import", b"x", "multipart/form-data; boundary=b", CONTENT_LENGTH=str(9 << 30))
    assert answer.status_code == 413
    assert "larger than what can be read" in answer.content.decode()


def test_large_file_goes_to_disk_and_not_to_memory(square: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from parvis.web.views import luggage

    seen = []
    monkeypatch.setattr(luggage.actions, "bring", lambda _me, _kind, file, **_: seen.append(file.name) or 1)
    bring(square.member, b"x" * (3 << 20), kind="posts")
    assert isinstance(seen[0], str)
    assert "/" in seen[0]


def test_form_without_its_token_brings_nothing(square: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(square.reader, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert bring(client, b"neighbour").status_code == 403
    assert Import.objects.count() == 0


def test_imported_posts_are_for_followers_until_their_author_chooses(square: Any) -> None:
    square.member.post(f"{DATA}/import", {"kind": "posts", "file": archive_of_mastodon()})
    one = Import.objects.get()
    run_import.func(one.id)
    post = Post.objects.get(author=square.reader.account_id)
    assert post.visibility == 2
    page = square.member.get(f"{DATA}/imports/{one.id}").content.decode()
    assert "Posts from Mastodon" in page
    square.member.post(f"{DATA}/imports/{one.id}/audience", {"audience": "public"})
    post.refresh_from_db()
    assert post.visibility == 0
    assert square.member.post(f"{DATA}/imports/{one.id}/audience", {"audience": "x"}).status_code == 422


def test_import_is_given_up_and_of_its_owner_alone(square: Any) -> None:
    bring(square.member, b"neighbour\n")
    one = Import.objects.get()
    other = log_in(square.neighbour)
    assert other.get(f"{DATA}/imports/{one.id}").status_code == 404
    assert other.post(f"{DATA}/imports/{one.id}/forget").status_code == 404
    assert Import.objects.count() == 1
    assert square.member.post(f"{DATA}/imports/{one.id}/forget").status_code == 302
    assert Import.objects.count() == 0
    assert ImportItem.objects.count() == 0


def test_archive_is_asked_for_made_and_downloaded_by_its_owner(square: Any) -> None:
    square.member.post(f"{DATA}/archive")
    one = Archive.objects.get()
    assert "Waiting for its turn." in square.member.get(DATA).content.decode()
    assert square.member.get(f"{DATA}/archives/{one.id}").status_code == 404
    make_archive.func(one.id)
    assert f'href="{DATA}/archives/{one.id}"' in square.member.get(DATA).content.decode()
    content = b"".join(square.member.get(f"{DATA}/archives/{one.id}").streaming_content)
    assert "outbox.json" in zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert log_in(square.neighbour).get(f"{DATA}/archives/{one.id}").status_code == 404
    again = square.member.post(f"{DATA}/archive", follow=True).content.decode()
    assert "once in seven days" in again
    assert Archive.objects.count() == 1


def test_page_costs_the_same_for_many_imports(square: Any, django_assert_max_num_queries: Any) -> None:
    for n in range(30):
        Import.objects.create(account_id=square.reader.account_id, kind="following", filename=f"{n}.csv", state="done", finished_at=None)
    square.member.get(DATA)
    with django_assert_max_num_queries(20):
        square.member.get(DATA)
