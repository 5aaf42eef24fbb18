"""What a running square acknowledged is there once, whatever is killed and whoever clicks at the same moment."""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from parvis.console.tests.squares import Square, until

pytestmark = pytest.mark.slow
NAMES = ["ada", "fay", "gil", *(f"p{n}" for n in range(6))]
KILLING_S = 12.0

_PREPARE = """
import sys, django
django.setup()
from datetime import datetime, timezone
from parvis.identity.models import AccessToken, Application, User
from parvis.network.models import Account
app = Application.objects.create(name="test", client_type="confidential", authorization_grant_type="authorization-code", redirect_uris="x:")
now = datetime.now(timezone.utc)
for name in sys.argv[1:]:
    account = Account.objects.create(username=name)
    user = User.objects.create(username=name, email=name + "@example.org", account=account, confirmed_at=now, approved_at=now)
    far = datetime(9999, 1, 1, tzinfo=timezone.utc)
    AccessToken.objects.create(user=user, token="token-" + name, application=app, scope="read write follow", expires=far)
    print(account.id)
"""


class Place:
    """A running square, its people's ids, and requests in their names."""

    def __init__(self, square: Square, ids: dict[str, str]) -> None:
        self.square, self.ids = square, ids

    def ask(self, who: str, method: str, path: str, body: Any = None, key: str = "") -> tuple[int, Any]:
        """Return status and JSON; status 0 when there was no answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.square.port, timeout=10)
        headers = {"Authorization": f"Bearer token-{who}", "Content-Type": "application/json", **({"Idempotency-Key": key} if key else {})}
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            answered = connection.getresponse()
            return answered.status, json.loads(answered.read())
        except (OSError, http.client.HTTPException, ValueError):
            return 0, None
        finally:
            connection.close()

    def sure(self, who: str, method: str, path: str, body: Any = None, key: str = "", limit_s: float = 30.0) -> Any:
        """Ask until it is acknowledged, as a patient client does."""
        deadline = time.monotonic() + limit_s
        while time.monotonic() < deadline:
            status, found = self.ask(who, method, path, body, key)
            if status == 200:
                return found
            assert status in (0, 500, 502, 503), (method, path, status, found)
            assert status != 500, (method, path, found)
            time.sleep(0.05)
        raise AssertionError(f"{method} {path} was never acknowledged")

    def all_pages(self, who: str, path: str) -> list[Any]:
        found: list[Any] = []
        while True:
            more = f"&max_id={found[-1]['id']}" if found else ""
            page = self.sure(who, "GET", f"{path}{'&' if '?' in path else '?'}limit=40{more}")
            if not page:
                return found
            found += page

    def settled(self) -> bool:
        queue = self.square.status()["queue"]
        return not any(queue.get(name) for name in ("waiting", "retrying"))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    square = Square(tmp_path_factory.mktemp("durable") / "data")
    square.up()
    try:
        env = {**square.env, "PARVIS_DATA": str(square.data), "DJANGO_SETTINGS_MODULE": "parvis.config.settings"}
        made = subprocess.run(
            [sys.executable, "-c", _PREPARE, *NAMES], env=env, cwd=square.data.parent, capture_output=True, text=True, check=False
        )
        assert made.returncode == 0, made.stderr
        found = Place(square, dict(zip(NAMES, made.stdout.split(), strict=True)))
        for who in ("fay", "gil"):
            found.sure(who, "POST", f"/api/v1/accounts/{found.ids['ada']}/follow", {})
        yield found
    finally:
        square.close()


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run all of them at the same moment, each in a thread; return their results."""
    gate, found = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place: int) -> None:
        gate.wait()
        found[place] = acts[place]()

    threads = [threading.Thread(target=run, args=(i,)) for i in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_whatever_was_acknowledged_is_there_once_after_kill_9(place: Place) -> None:
    stop, problems = threading.Event(), []
    posted: list[str] = []
    liked: set[str] = set()
    killed: list[str] = []

    def write() -> None:
        n = 0
        while not stop.is_set():
            text = {"status": f"@fay post {n}", "language": "en"}
            posted.append(place.sure("ada", "POST", "/api/v1/statuses", text, key=f"key-{n}")["id"])
            n += 1

    def like() -> None:
        done = 0
        while not stop.is_set():
            if done < len(posted):
                place.sure("gil", "POST", f"/api/v1/statuses/{posted[done]}/favourite")
                liked.add(posted[done])
                done += 1
            else:
                time.sleep(0.01)

    def guarded(act: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            try:
                act()
            except BaseException as problem:
                problems.append(problem)

        return run

    threads = [threading.Thread(target=guarded(act)) for act in (write, like)]
    for thread in threads:
        thread.start()
    chance = random.Random(5)
    deadline = time.monotonic() + KILLING_S
    while time.monotonic() < deadline:
        time.sleep(chance.uniform(0.3, 1.2))
        pids = {role: pid for role, pid in place.square.pids().items() if role.startswith(("web", "worker"))}
        role = chance.choice(sorted(pids))
        try:
            os.kill(pids[role], signal.SIGKILL)
            killed.append(role)
        except ProcessLookupError:
            pass
    stop.set()
    for thread in threads:
        thread.join(60)
    assert not problems, problems
    assert len(killed) >= 5
    assert len(posted) > 10
    assert len(liked) > 3
    assert until(place.square.healthy, 15)
    assert until(place.settled, 40), place.square.status()["queue"]
    for who, path in (
        ("ada", "/api/v1/timelines/home"),
        ("fay", "/api/v1/timelines/home"),
        ("gil", "/api/v1/timelines/home"),
        ("fay", f"/api/v1/accounts/{place.ids['ada']}/statuses"),
    ):
        seen = Counter(s["id"] for s in place.all_pages(who, path))
        assert all(seen[i] == 1 for i in posted), (who, path, [i for i in posted if seen[i] != 1], killed)
        assert sum(seen.values()) == len(posted), f"{who} {path}: what was asked again is not published again"
    counts = {s["id"]: s["favourites_count"] for s in place.all_pages("ada", "/api/v1/timelines/home")}
    assert all(counts[i] == 1 for i in liked)
    likes = Counter((n["account"]["id"], n["status"]["id"]) for n in place.all_pages("ada", "/api/v1/notifications?types[]=favourite"))
    assert set(likes) >= {(place.ids["gil"], i) for i in liked}
    assert max(likes.values()) == 1
    named = Counter(n["status"]["id"] for n in place.all_pages("fay", "/api/v1/notifications?types[]=mention"))
    assert all(named[i] == 1 for i in posted), [i for i in posted if named[i] != 1]
    for n in (0, len(posted) // 2, len(posted) - 1):
        again = place.sure("ada", "POST", "/api/v1/statuses", {"status": f"@fay post {n}", "language": "en"}, key=f"key-{n}")
        assert again["id"] == posted[n]


def test_clicks_at_the_same_moment_lose_and_double_nothing(place: Place) -> None:
    many = [n for n in NAMES if n not in ("ada",)]
    poll = {"options": ["a", "b"], "expires_in": 3600}
    for _round in range(3):
        post = place.sure("ada", "POST", "/api/v1/statuses", {"status": f"clicks {_round}", "language": "en", "poll": poll})
        pid, poll_id = post["id"], post["poll"]["id"]
        doing = [
            ("POST", f"/api/v1/statuses/{pid}/favourite", {}),
            ("POST", f"/api/v1/statuses/{pid}/reblog", {}),
            ("POST", f"/api/v1/polls/{poll_id}/votes", {"choices": [0]}),
            ("POST", f"/api/v1/accounts/{place.ids['ada']}/follow", {}),
        ]
        for method, path, body in doing:
            found = at_once(*[lambda w=w, m=method, p=path, b=body: place.ask(w, m, p, b) for w in many for _twice in (1, 2)])
            wrong = [f for f in found if f[0] != 200 and not ("votes" in path and f[0] == 422)]
            assert not wrong, (path, wrong)
        seen = place.sure("ada", "GET", f"/api/v1/statuses/{pid}")
        assert (seen["favourites_count"], seen["reblogs_count"]) == (len(many), len(many))
        assert (seen["poll"]["votes_count"], seen["poll"]["voters_count"], seen["poll"]["options"][0]["votes_count"]) == (len(many),) * 3
        assert len(place.all_pages("ada", f"/api/v1/statuses/{pid}/favourited_by")) == len(many)
        ada = place.sure("ada", "GET", "/api/v1/accounts/verify_credentials")
        assert ada["followers_count"] == len(many)
        at_once(
            *[
                lambda w=w, p=pid, v=verb: place.ask(w, "POST", f"/api/v1/statuses/{p}/{v}")
                for w in many
                for verb in ("unfavourite", "unreblog", "unfavourite")
            ]
        )
        for w in many:
            place.sure(w, "POST", f"/api/v1/statuses/{pid}/unreblog")
        seen = place.sure("ada", "GET", f"/api/v1/statuses/{pid}")
        assert (seen["favourites_count"], seen["reblogs_count"]) == (0, 0)
    assert until(place.settled, 30)
    told = Counter(
        (n["type"], n["account"]["id"], (n["status"] or {}).get("id") if n.get("status") else None)
        for n in place.all_pages("ada", "/api/v1/notifications")
    )
    assert max(told.values(), default=1) == 1, [k for k, n in told.items() if n > 1]


def test_one_key_sent_by_eight_hands_makes_one_post(place: Place) -> None:
    found = at_once(
        *[lambda: place.ask("p0", "POST", "/api/v1/statuses", {"status": "once", "language": "en"}, key="same") for _ in range(8)]
    )
    assert {status for status, _ in found} <= {200, 409, 422}, found
    assert len({body["id"] for status, body in found if status == 200}) == 1
    assert [s["content"] for s in place.all_pages("p0", f"/api/v1/accounts/{place.ids['p0']}/statuses")] == ["<p>once</p>"]


def test_opposite_clicks_at_the_same_moment_end_in_one_of_the_two(place: Place) -> None:
    post = place.sure("p1", "POST", "/api/v1/statuses", {"status": "both", "language": "en"})["id"]
    for _round in range(4):
        at_once(*[lambda v=v: place.ask("p2", "POST", f"/api/v1/statuses/{post}/{v}") for v in ("favourite", "unfavourite") * 3])
        at_once(*[lambda v=v: place.ask("p2", "POST", f"/api/v1/accounts/{place.ids['p1']}/{v}", {}) for v in ("follow", "unfollow") * 3])
        seen = place.sure("p2", "GET", f"/api/v1/statuses/{post}")
        assert seen["favourites_count"] == int(seen["favourited"])
        tied = place.sure("p2", "GET", f"/api/v1/accounts/relationships?id[]={place.ids['p1']}")[0]["following"]
        assert place.sure("p1", "GET", "/api/v1/accounts/verify_credentials")["followers_count"] == int(tied)
        assert len(place.all_pages("p1", f"/api/v1/accounts/{place.ids['p1']}/followers")) == int(tied)
