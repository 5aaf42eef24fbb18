"""Polls are read and voted in through their post; no vote is lost or counted twice."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connections

from parvis.network.actions import marks
from parvis.network.models import Account, Poll, PollVote
from parvis.network.queries import posts


def _poll(square: Any, **params: Any) -> dict[str, Any]:
    found: dict[str, Any] = square.post("ada", "which?", poll={"options": ["a", "b", "c"], "expires_in": 600}, **params)["poll"]
    return found


def test_vote_is_counted_once_and_told_to_its_voter(square: Any) -> None:
    url = f"/api/v1/polls/{_poll(square)['id']}"
    voted = square.ask("POST", f"{url}/votes", "bob", form="choices[]=1")
    assert voted.status == 200
    assert (voted.json["voted"], voted.json["own_votes"], voted.json["votes_count"]) == (True, [1], 1)
    assert [o["votes_count"] for o in voted.json["options"]] == [0, 1, 0]
    assert square.ask("POST", f"{url}/votes", "bob", {"choices": [0]}).status == 422
    assert "own_votes" not in square.ask("GET", url).json
    assert square.ask("GET", url).json["voters_count"] == 1


@pytest.mark.parametrize("choices", [[3], [-1], ["x"], [], [0, 1], [[0]], [True], [10**30], {"a": 1}, None])
def test_impossible_choices_are_refused_and_count_nothing(square: Any, choices: Any) -> None:
    url = f"/api/v1/polls/{_poll(square)['id']}"
    assert square.ask("POST", f"{url}/votes", "bob", {"choices": choices}).status == 422
    assert square.ask("GET", url, "bob").json["votes_count"] == 0


def test_polls_are_seen_through_their_post(square: Any) -> None:
    url = f"/api/v1/polls/{_poll(square, visibility='private')['id']}"
    for who in ("bob", ""):
        assert square.ask("GET", url, who).status == 404
    assert square.ask("POST", f"{url}/votes", "bob", {"choices": [0]}).status == 404
    assert square.ask("POST", f"{url}/votes", "", {"choices": [0]}).status == 401
    assert square.ask("POST", f"{url}/votes", "ada", {"choices": [0]}).status == 422
    assert square.ask("GET", url, "ada").json["voted"] is True
    assert square.ask("GET", "/api/v1/polls/1", "ada").status == 404
    square.follow("bob", "ada")
    assert square.ask("POST", f"{url}/votes", "bob", {"choices": [0]}).status == 200


def test_ended_poll_takes_no_votes(square: Any) -> None:
    from datetime import timedelta

    from parvis.kernel import changes, clock

    poll = _poll(square)
    Poll.objects.filter(id=poll["id"]).update(expires_at=clock.now() - timedelta(seconds=1))
    changes.forget()
    assert square.ask("POST", f"/api/v1/polls/{poll['id']}/votes", "bob", {"choices": [0]}).status == 422
    assert square.ask("GET", f"/api/v1/polls/{poll['id']}").json["expired"] is True


@pytest.mark.django_db(transaction=True)
def test_votes_cast_at_once_all_count(settings: Any) -> None:
    from parvis.flows.publish_post import PublishRequest, publish
    from parvis.network.actions.posts import PollRequest

    author = Account.objects.create(username="author")
    post_id = publish(author.id, PublishRequest(text="?", poll=PollRequest(("a", "b"), 600)))
    post = posts((post_id,))[post_id]
    voters = [Account.objects.create(username=f"v{n}").id for n in range(8)]
    start = threading.Barrier(8)
    problems: list[BaseException] = []

    def cast(voter: int) -> None:
        try:
            start.wait()
            marks.vote(voter, post, [voter % 2])
        except BaseException as problem:
            problems.append(problem)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=cast, args=(voter,)) for voter in voters]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert not problems
    poll = Poll.objects.get(post_id=post_id)
    assert (poll.voters_count, poll.votes_count, sum(poll.counts), PollVote.objects.count()) == (8, 8, 8, 8)


@pytest.mark.django_db(transaction=True)
def test_one_voter_clicking_twice_at_once_votes_once() -> None:
    from parvis.flows.publish_post import PublishRequest, publish
    from parvis.kernel.errors import Invalid
    from parvis.network.actions.posts import PollRequest

    author, voter = Account.objects.create(username="author"), Account.objects.create(username="voter")
    post_id = publish(author.id, PublishRequest(text="?", poll=PollRequest(("a", "b"), 600)))
    post = posts((post_id,))[post_id]
    start = threading.Barrier(6)
    refused: list[int] = []

    def cast(choice: int) -> None:
        try:
            start.wait()
            marks.vote(voter.id, post, [choice])
        except Invalid:
            refused.append(choice)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=cast, args=(n % 2,)) for n in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(refused) == 5
    poll = Poll.objects.get(post_id=post_id)
    assert (poll.voters_count, sum(poll.counts), PollVote.objects.count()) == (1, 1, 1)
