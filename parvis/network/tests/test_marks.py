"""Marks made at the same moment count once, and never on a post that is gone."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections, transaction

from parvis.kernel.errors import Invalid, NotFound
from parvis.network.actions import marks, posts
from parvis.network.models import Account, Bookmark, Favourite, Pin, Post
from parvis.network.queries import posts as load


def at_once(count: int, act: Callable[[int], Any]) -> list[BaseException]:
    """Run `act(number)` in so many threads together; return what they raised."""
    start, raised = threading.Barrier(count), []

    def run(number: int) -> None:
        try:
            start.wait()
            act(number)
        except BaseException as problem:
            raised.append(problem)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def written(author: Account, text: str = "hello") -> Any:
    with transaction.atomic():
        post_id = posts.publish(author_id=author.id, text=text)
    return load((post_id,))[post_id]


@pytest.mark.django_db(transaction=True)
def test_the_same_mark_many_times_at_once_counts_once() -> None:
    ada, bob = (Account.objects.create(username=n) for n in ("ada", "bob"))
    post = written(ada)

    def mark(_: int) -> None:
        marks.favourite(bob.id, post)
        marks.boost(bob.id, post)
        marks.bookmark(bob.id, post)

    assert at_once(5, mark) == []
    row = Post.objects.get(id=post.id)
    assert (row.favourites_count, row.boosts_count) == (1, 1)
    assert Favourite.objects.count() == Bookmark.objects.count() == Post.objects.filter(boost_of_id=post.id).count() == 1
    assert Account.objects.get(id=bob.id).posts_count == 1

    def unmark(_: int) -> None:
        marks.unboost(bob.id, post)
        marks.unfavourite(bob.id, post)
        marks.unbookmark(bob.id, post)

    assert at_once(5, unmark) == []
    row = Post.objects.get(id=post.id)
    assert (row.favourites_count, row.boosts_count, Account.objects.get(id=bob.id).posts_count) == (0, 0, 0)


@pytest.mark.django_db(transaction=True)
def test_boosting_and_answering_the_same_post_at_once_never_deadlock() -> None:
    ada, bob = (Account.objects.create(username=n) for n in ("ada", "bob"))
    post = written(ada)

    def act(number: int) -> None:
        for _ in range(6):
            if number % 2:
                marks.boost(bob.id, post)
                marks.unboost(bob.id, post)
            else:
                with transaction.atomic():
                    posts.publish(author_id=bob.id, text="answer", in_reply_to=post)

    assert at_once(4, act) == []
    row = Post.objects.get(id=post.id)
    assert (row.boosts_count, row.replies_count, Account.objects.get(id=bob.id).posts_count) == (0, 12, 12)


@pytest.mark.django_db(transaction=True)
def test_a_post_that_is_gone_cannot_be_marked() -> None:
    ada = Account.objects.create(username="ada")
    post = written(ada)
    with transaction.atomic():
        posts.delete(post)
    for mark in (marks.favourite, marks.boost, marks.bookmark, marks.pin):
        with pytest.raises(NotFound):
            mark(ada.id, post)
    assert not Favourite.objects.exists()
    assert Account.objects.get(id=ada.id).posts_count == 0


@pytest.mark.django_db(transaction=True)
def test_no_more_than_five_pins_however_they_are_clicked() -> None:
    ada = Account.objects.create(username="ada")
    found = [written(ada, f"n{i}") for i in range(8)]
    raised = at_once(8, lambda number: marks.pin(ada.id, found[number]))
    assert Pin.objects.count() == marks.MAX_PINS
    assert [type(problem) for problem in raised] == [Invalid] * 3
