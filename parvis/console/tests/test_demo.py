"""The demo square is lively, readable by everyone as its people meant it, and made once."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from django.apps import apps

from parvis.console import demo
from parvis.console.demo.conversations import DIRECT, SAID, Said
from parvis.console.demo.people import PEOPLE
from parvis.kernel import changes
from parvis.kernel.errors import NotFound
from parvis.media.models import Asset
from parvis.moderation.models import Report
from parvis.network.models import Account, Poll, Post, QuoteState, Visibility
from parvis.network.queries import Viewer, seen_posts, viewer, visible_post

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def all_of(said: Iterable[Said]) -> list[Said]:
    return [found for one in said for found in (one, *all_of(one.answers))]


def counted() -> dict[str, int]:
    """Return how many rows each table of ours holds; events and changes that are done with come and go."""
    models = [m for m in apps.get_models() if m.__module__.startswith("parvis.") and m._meta.app_label != "kernel"]
    return {m._meta.label: m._default_manager.count() for m in models}


def seen_by(name: str) -> Viewer:
    return viewer(Account.objects.get(username=name).id)


def test_the_demo_is_filled_once_with_everything_a_square_does() -> None:
    demo.fill()
    changes.sync()

    people = Account.objects.filter(username__in=[p.name for p in PEOPLE])
    assert people.count() == len(PEOPLE) >= 15
    assert not people.filter(avatar="").exists()
    assert not people.filter(note="").exists()
    assert not people.filter(followers_count=0).exists()

    own = Post.objects.filter(boost_of=None)
    assert own.count() == len(all_of((*SAID, *DIRECT)))
    assert {"fr", "en"} <= set(own.filter(visibility=Visibility.PUBLIC).values_list("language", flat=True))
    assert Post.objects.exclude(boost_of=None).exists()

    shown = Asset.objects.exclude(post=None)
    assert shown.count() == sum(len(s.pictures) for s in all_of(SAID)) > 0
    assert {(a.state, bool(a.description), bool(a.preview)) for a in shown} == {(Asset.State.READY, True, True)}

    poll = Poll.objects.get()
    assert poll.votes_count > 2
    quotes = own.exclude(quote_of=None)
    assert quotes.exists()
    assert set(quotes.values_list("quote_state", flat=True)) == {QuoteState.ACCEPTED}
    assert Report.objects.count() == 1

    direct = list(own.filter(visibility=Visibility.DIRECT).values_list("id", flat=True))
    assert len(direct) == len(all_of(DIRECT))
    lea, stranger = seen_by("lea"), seen_by("marguerite")
    assert set(seen_posts(lea, direct)) == set(direct)
    for reader in (stranger, None):
        for post_id in direct:
            with pytest.raises(NotFound):
                visible_post(reader, post_id)

    before = counted()
    demo.fill()
    assert counted() == before
