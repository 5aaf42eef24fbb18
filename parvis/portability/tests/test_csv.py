"""Relations leave and arrive as CSV, in Mastodon's formats: whole, once, and with a word for each line that failed."""

from __future__ import annotations

import io
import time
from typing import Any

import pytest
from django.conf import settings

from parvis.flows.publish_post import PublishRequest, publish
from parvis.kernel import changes
from parvis.kernel.errors import Invalid, NotFound
from parvis.network.actions import blocks, follows, lists, marks
from parvis.network.actions.follows import FollowWish
from parvis.network.models import Account, AccountList, Block, Bookmark, DomainBlock, Follow, ListMember, Mute, Visibility
from parvis.network.queries import posts
from parvis.portability import actions, csv_export, csv_import, queries
from parvis.portability.models import Import

HERE = settings.DOMAIN


@pytest.fixture
def people(db: None) -> dict[str, int]:
    """Eve, Kim and Lou live here, Max elsewhere."""
    found = {name: Account.objects.create(username=name).id for name in ("eve", "kim", "lou")}
    found["max"] = Account.objects.create(username="max", domain="far.example").id
    return found


def bring(account_id: int, kind: str, text: str, **options: Any) -> queries.ImportData:
    import_id = actions.bring(account_id, kind, io.BytesIO(text.encode()), **options)
    actions.run_import.call(import_id)
    return queries.import_of(account_id, import_id)


def exported(account_id: int, kind: str) -> str:
    return csv_export.export(account_id, kind)[1].decode()


@pytest.fixture
def settled(ada: int, people: dict[str, int]) -> int:
    """Ada has something of each kind; return her id."""
    follows.follow(ada, people["eve"], FollowWish(show_boosts=False, notify=True, languages=["fr", "en"]))
    follows.follow(ada, people["max"])
    blocks.block(ada, people["kim"])
    blocks.mute(ada, people["lou"], hide_notifications=False)
    blocks.block_domain(ada, "bad.example")
    mine = lists.create_list(ada, 'Friends, "close"')
    lists.add_members(ada, mine.id, [people["eve"]])
    post_id = publish(people["eve"], PublishRequest(text="keep me"))
    marks.bookmark(ada, posts((post_id,))[post_id])
    changes.sync()
    return ada


def test_files_have_mastodons_names_and_formats(settled: int) -> None:
    assert csv_export.export(settled, "following")[0] == "following_accounts.csv"
    lines = f'eve@{HERE},false,true,"fr, en"\nmax@far.example,true,false,\n'
    assert exported(settled, "following") == "Account address,Show boosts,Notify on new posts,Languages\n" + lines
    assert exported(settled, "blocks") == f"kim@{HERE}\n"
    assert exported(settled, "mutes") == f"Account address,Hide notifications\nlou@{HERE},false\n"
    assert exported(settled, "domain_blocks") == "bad.example\n"
    assert exported(settled, "lists") == f'"Friends, ""close""",eve@{HERE}\n'
    assert exported(settled, "bookmarks").startswith(f"{settings.BASE_URL}/users/eve/statuses/")
    with pytest.raises(NotFound):
        csv_export.export(settled, "passwords")


@pytest.mark.parametrize("kind", list(csv_export.FILES))
def test_what_one_exports_another_imports(settled: int, bob: int, kind: str) -> None:
    text = exported(settled, kind)
    for _ in range(2):  # twice changes nothing more
        done = bring(bob, kind, text)
        assert (done.state, done.failed_count, done.progress) == ("done", 0, 1.0), queries.report(bob, done.id)
        assert exported(bob, kind) == text


@pytest.mark.parametrize("kind", list(csv_export.FILES))
def test_export_costs_the_same_queries_for_one_as_for_many(settled: int, kind: str, django_assert_max_num_queries: Any) -> None:
    for n in range(15):
        other = Account.objects.create(username=f"p{n}").id
        Block.objects.create(blocker_id=settled, blocked_id=other)
        Mute.objects.create(muter_id=settled, muted_id=other)
        Follow.objects.create(follower_id=settled, followee_id=other)
        ListMember.objects.create(list=AccountList.objects.get(account_id=settled), account_id=other)
        Bookmark.objects.create(account_id=settled, post_id=publish(other, PublishRequest(text="x")))
    changes.forget()
    with django_assert_max_num_queries(6):
        assert exported(settled, kind).count("\n") in (1, 16, 17, 18)


def test_merge_keeps_and_overwrite_removes_what_the_file_does_not_name(settled: int, people: dict[str, int]) -> None:
    before = Follow.objects.get(follower_id=settled, followee_id=people["eve"]).id
    bring(settled, "following", f"Account address,Show boosts\nlou@{HERE},true\n")
    assert Follow.objects.filter(follower_id=settled).count() == 3
    bring(settled, "following", f"Account address\neve@{HERE}\n", overwrite=True)
    assert list(Follow.objects.filter(follower_id=settled).values_list("id", flat=True)) == [before]
    bring(settled, "blocks", f"lou@{HERE}\n", overwrite=True)
    assert list(Block.objects.values_list("blocked_id", flat=True)) == [people["lou"]]
    bring(settled, "mutes", f"Account address,Hide notifications\neve@{HERE},true\n", overwrite=True)
    assert list(Mute.objects.values_list("muted_id", "hide_notifications")) == [(people["eve"], True)]
    bring(settled, "domain_blocks", "#domain,#severity\nworse.example,suspend\n", overwrite=True)
    assert list(DomainBlock.objects.values_list("domain", flat=True)) == ["worse.example"]
    bring(settled, "lists", f"New,eve@{HERE}\n", overwrite=True)
    assert list(AccountList.objects.values_list("title", "members__account__username")) == [("New", "eve")]
    other = publish(people["eve"], PublishRequest(text="another"))
    bring(settled, "bookmarks", f"{settings.BASE_URL}/@eve/{other}\n", overwrite=True)
    assert list(Bookmark.objects.values_list("post_id", flat=True)) == [other]


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("following", ""), ("following", "\n\n"), ("following", "https://a.example/1\n"), ("following", "bad.example\n"),
        ("blocks", "one two\n"),
        ("domain_blocks", "eve@far.example\n"), ("bookmarks", "eve@far.example\n"), ("lists", "Friends\n"),
        ("following", "eve@x.example\x00\n"),
        ("mutes", "\x89PNG"),
    ],
)  # fmt: skip
def test_wrong_file_is_refused_and_changes_nothing(settled: int, kind: str, text: str, overwrite: bool) -> None:
    before = {k: exported(settled, k) for k in csv_export.FILES}
    with pytest.raises(Invalid):
        bring(settled, kind, text, overwrite=overwrite)
    assert {k: exported(settled, k) for k in csv_export.FILES} == before
    assert not Import.objects.exists()


def test_files_that_are_not_text_or_too_long_are_refused(ada: int) -> None:
    for content in (b"\xff\xfe\x00", b"a@b.example\n" * (csv_import.MAX_LINES + 1), b"x" * (csv_import.MAX_BYTES + 1)):
        with pytest.raises(Invalid):
            actions.bring(ada, "following", io.BytesIO(content))
    assert not Import.objects.exists()


def test_each_line_that_failed_says_why(ada: int, people: dict[str, int]) -> None:
    lines = f"eve@{HERE}\nnobody@{HERE}\nada@{HERE}\nso me\n@kim\nsomeone@unknown.example\n"
    done = bring(ada, "following", lines)
    assert (done.state, done.done_count, done.failed_count) == ("done", 2, 4)
    report = queries.report(ada, done.id)
    assert [item.state for item in report] == ["done", "failed", "failed", "failed", "done", "failed"]
    assert all(item.problem for item in report if item.state == "failed")
    assert report[1].label == f"nobody@{HERE}"
    hidden = publish(people["lou"], PublishRequest(text="secret", visibility=Visibility.PRIVATE))
    missing = bring(ada, "bookmarks", f"{settings.BASE_URL}/@kim/{hidden}\nhttps://far.example/1\n")
    assert missing.failed_count == 2
    assert not Bookmark.objects.filter(account_id=ada).exists()


def test_import_goes_on_where_it_stopped(ada: int, people: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    import_id = actions.bring(ada, "following", io.BytesIO(f"eve@{HERE}\nkim@{HERE}\nlou@{HERE}\n".encode()), overwrite=True)
    real, calls = csv_import._finish, [0]

    def dies(*args: Any) -> None:
        calls[0] += 1
        if calls[0] == 2:
            raise KeyboardInterrupt
        real(*args)

    monkeypatch.setattr(csv_import, "_finish", dies)
    with pytest.raises(KeyboardInterrupt):
        actions.run_import.call(import_id)
    assert Follow.objects.filter(follower_id=ada).count() == 1
    monkeypatch.setattr(csv_import, "_finish", real)
    follows.follow(ada, people["max"])  # what one does meanwhile stays
    assert csv_import.work(Import.objects.get(id=import_id), until_s=time.monotonic() - 1) is False
    actions.run_import.call(import_id)
    done = queries.import_of(ada, import_id)
    assert (done.state, done.done_count, done.failed_count) == ("done", 3, 0)
    assert Follow.objects.filter(follower_id=ada).count() == 4
