"""A stateful test: two web processes, random writes through either, random kills; reads are never stale."""

from __future__ import annotations

import os
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, rule, run_state_machine_as_test

from tests.exactness.square import Square

NAMES = ["ana", "bo"]
PEOPLE = st.sampled_from(NAMES)
PROCESS = st.sampled_from([0, 1])


class Writing(RuleBasedStateMachine):
    """The model keeps what was acknowledged; every process must answer it at once."""

    square: Square
    posts = Bundle("posts")

    @initialize()
    def begin(self) -> None:
        self.text: dict[str, tuple[str, str]] = {}
        self.marked: dict[tuple[str, str, str], bool] = {}
        self.follows: dict[tuple[str, str], bool] = {}
        for a, b in (("ana", "bo"), ("bo", "ana")):
            self.ask(0, "POST", f"/api/v1/accounts/{self.square.ids[b]}/unfollow", a)
            self.follows[a, b] = False

    def ask(self, process: int, method: str, path: str, name: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        return self.square.children[process].ask(method, path, f"token-{name}", body)

    @rule(target=posts, process=PROCESS, name=PEOPLE, text=st.text("abcé #", min_size=1, max_size=20).filter(str.strip))
    def publish(self, process: int, name: str, text: str) -> str:
        answer = self.ask(process, "POST", "/api/v1/statuses", name, {"status": text})
        assert answer["status"] == 200, answer
        post_id = str(answer["body"]["id"])
        self.text[post_id] = (name, text)
        home = self.ask(1 - process, "GET", "/api/v1/timelines/home", name)["body"]
        assert home[0]["id"] == post_id, "an acknowledged post stands in its author's home, whichever process answers"
        return post_id

    @rule(process=PROCESS, name=PEOPLE, post=posts, what=st.sampled_from(["favourite", "bookmark", "reblog"]), on=st.booleans())
    def mark(self, process: int, name: str, post: str, what: str, on: bool) -> None:
        answer = self.ask(process, "POST", f"/api/v1/statuses/{post}/{'' if on else 'un'}{what}", name)
        assert answer["status"] == 200, answer
        self.marked[name, post, what] = on
        self.check(1 - process, post)

    @rule(process=PROCESS, name=PEOPLE, post=posts, delay_ms=st.integers(0, 12))
    def mark_while_killed(self, process: int, name: str, post: str, delay_ms: int) -> None:
        child = self.square.children[process]
        child.send({"method": "POST", "path": f"/api/v1/statuses/{post}/favourite", "token": f"token-{name}"})
        time.sleep(delay_ms / 1000)
        child.process.kill()
        answer = child.receive()
        child.kill()
        seen = self.ask(1 - process, "GET", f"/api/v1/statuses/{post}", name)["body"]
        if answer is not None:
            assert seen["favourited"], "what was acknowledged survives kill -9"
        self.marked[name, post, "favourite"] = seen["favourited"]
        self.check(process, post)
        self.check(1 - process, post)

    @rule(process=PROCESS, name=PEOPLE, on=st.booleans())
    def follow(self, process: int, name: str, on: bool) -> None:
        other = NAMES[1 - NAMES.index(name)]
        answer = self.ask(process, "POST", f"/api/v1/accounts/{self.square.ids[other]}/{'' if on else 'un'}follow", name)
        assert answer["status"] == 200, answer
        self.follows[name, other] = on
        seen = self.ask(1 - process, "GET", f"/api/v1/accounts/{self.square.ids[other]}", name)["body"]
        assert seen["followers_count"] == int(on), "a follow is counted at once in the other process"

    @rule(process=PROCESS, name=PEOPLE, title=st.text("xyz", min_size=1, max_size=8))
    def rename(self, process: int, name: str, title: str) -> None:
        answer = self.ask(process, "PATCH", "/api/v1/accounts/update_credentials", name, {"display_name": title})
        assert answer["status"] == 200, answer
        seen = self.ask(1 - process, "GET", "/api/v1/accounts/verify_credentials", name)["body"]
        assert seen["display_name"] == title

    @rule(process=PROCESS, post=posts)
    def check(self, process: int, post: str) -> None:
        author, _text = self.text[post]
        for name in NAMES:
            seen = self.ask(process, "GET", f"/api/v1/statuses/{post}", name)["body"]
            assert seen["account"]["username"] == author
            for what, member in (("favourite", "favourited"), ("bookmark", "bookmarked"), ("reblog", "reblogged")):
                assert seen[member] == self.marked.get((name, post, what), False), f"{member} is stale in process {process}"
            counted = sum(self.marked.get((n, post, "favourite"), False) for n in NAMES)
            assert seen["favourites_count"] == counted

    @rule(process=PROCESS, post=consumes(posts))
    def delete(self, process: int, post: str) -> None:
        author, _text = self.text.pop(post)
        assert self.ask(process, "DELETE", f"/api/v1/statuses/{post}", author)["status"] == 200
        for name in NAMES:
            assert self.ask(1 - process, "GET", f"/api/v1/statuses/{post}", name)["status"] == 404
        assert all(s["id"] != post for s in self.ask(1 - process, "GET", "/api/v1/timelines/home", author)["body"])


def _run(database_url: str) -> None:
    square = Square(NAMES, 2, database_url)
    Writing.square = square
    try:
        run_state_machine_as_test(
            Writing,
            settings=settings(
                max_examples=int(os.environ.get("PARVIS_TEST_EXACTNESS_EXAMPLES", "12")),
                stateful_step_count=25,
                deadline=None,
                derandomize=True,
                suppress_health_check=list(HealthCheck),
            ),
        )
    finally:
        square.close()


@pytest.mark.slow
def test_reads_are_exact_across_processes_and_kills_on_sqlite() -> None:
    _run("")


@pytest.mark.slow
@pytest.mark.postgresql
def test_reads_are_exact_across_processes_and_kills_on_postgresql() -> None:
    url = os.environ.get("PARVIS_TEST_DATABASE_URL", "")
    if not url:
        pytest.skip("PostgreSQL: set PARVIS_TEST_DATABASE_URL")
    _run(url)
