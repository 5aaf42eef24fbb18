"""Nobody learns from a refusal who has an account: not by log-in, not by reset, not by sign-up, not by an app."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from parvis.kernel import changes, clock

PASSWORD = "stone and open air 7"


@pytest.fixture
def people(square: Any, settings: Any) -> Any:
    """ada may log in; cy is not confirmed, dot is not approved, eli is disabled, fin is suspended."""
    from parvis.identity.models import User
    from parvis.network.models import Account

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # quick: time is not what is tested
    for name in ("cy", "dot", "eli", "fin"):
        square.person(name)
    for user in User.objects.all():
        user.set_password(PASSWORD)
        user.save()
    User.objects.filter(username="cy").update(confirmed_at=None)
    User.objects.filter(username="dot").update(approved_at=None)
    Account.objects.filter(username="eli").update(disabled_at=clock.now())
    Account.objects.filter(username="fin").update(suspended_at=clock.now() - timedelta(days=1))
    changes.touch("t:*", *(f"a:{i}" for i in square.ids.values()))
    changes.forget()
    return square


def told(answered: Any, *said: str) -> tuple[int, str, str]:
    """Return what an answer says, without its tokens and what was typed."""
    page = answered.content.decode()
    page = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", page)
    for word in said:
        page = page.replace(word, "TYPED") if "@" in word else page.replace(f'value="{word}"', "TYPED")
    return answered.status_code, answered.headers.get("Location", ""), page


@pytest.mark.parametrize("known", ["ada", "ada@example.org", "cy", "dot", "eli", "fin", "ADA", "fin@example.org"])
def test_wrong_password_and_nobody_are_answered_alike(people: Any, known: str) -> None:
    nobody = "zzz@example.org" if "@" in known else "zzz"
    answers = [told(Client().post("/auth/login/", {"login": name, "password": "wrong " + PASSWORD}), name) for name in (known, nobody)]
    assert answers[0] == answers[1]
    assert answers[0][0] in (200, 422)


@pytest.mark.parametrize("known", ["ada", "cy", "eli", "fin"])
def test_reset_is_answered_alike(people: Any, known: str) -> None:
    answers = []
    for address in (f"{known}@example.org", "zzz@example.org"):
        client = Client()
        first = told(client.post("/auth/password/reset/", {"email": address}), address)
        answers.append((first, told(client.get(first[1]), address) if first[1] else None))
    assert answers[0] == answers[1]
    assert answers[0][0][0] == 302
    assert all(PASSWORD not in m.body for m in mail.outbox)


def test_sign_up_with_a_known_address_is_answered_as_with_a_new_one(people: Any) -> None:
    answers = []
    for address, name in (("ada@example.org", "newa"), ("zzz@example.org", "newb")):
        client = Client()
        sent = {"email": address, "username": name, "password1": "another long word 8", "agreement": "on"}
        first = told(client.post("/auth/signup/", sent), address, name)
        answers.append((first, told(client.get(first[1]), address, name) if first[1] else None))
    assert answers[0] == answers[1]
    assert answers[0][0][0] == 302


def test_apps_and_codes_that_do_not_exist_are_answered_as_wrong_ones(people: Any) -> None:
    app = people.ask("POST", "/api/v1/apps", "", {"client_name": "a", "redirect_uris": "https://app.example/", "scopes": "read"}).json
    answers = []
    for client_id in (app["client_id"], "unknown"):
        wrong = people.ask(
            "POST", "/oauth/token", "", {"grant_type": "client_credentials", "client_id": client_id, "client_secret": "wrong"}
        )
        answers.append((wrong.status, wrong.raw))
    assert answers[0] == answers[1]
    assert answers[0][0] == 401
    for who in ("ada", "zzz"):
        sent = {
            "grant_type": "password",
            "username": who,
            "password": PASSWORD,
            "client_id": app["client_id"],
            "client_secret": app["client_secret"],
        }
        answers.append((people.ask("POST", "/oauth/token", "", sent).status, people.ask("POST", "/oauth/token", "", sent).raw))
    assert answers[2] == answers[3]
    assert answers[2][0] == 400


@pytest.mark.parametrize("hidden", ["cy", "dot"])
@pytest.mark.parametrize("who", ["", "bob"])
def test_people_who_are_not_here_yet_are_nobody(people: Any, hidden: str, who: str) -> None:
    account_id = people.ids[hidden]
    for path in (
        "/api/v1/accounts/{id}",
        "/api/v1/accounts/{id}/statuses",
        "/api/v1/accounts/{id}/followers",
        "/api/v1/accounts/lookup?acct={name}",
        "/.well-known/webfinger?resource=acct:{name}@localhost:8000",
    ):
        answers = [people.ask("GET", path.format(id=i, name=n), who) for i, n in ((account_id, hidden), (account_id + 1, "zzz"))]
        assert (answers[0].status, answers[0].raw) == (answers[1].status, answers[1].raw), path
        assert answers[0].status in (401, 404), path
    for path in (
        f"/api/v2/search?q={hidden}",
        f"/api/v1/accounts/search?q={hidden}",
        "/api/v1/directory?local=true",
        f"/api/v1/accounts?id[]={account_id}",
    ):
        assert str(account_id) not in people.ask("GET", path, who).raw.decode(), path
    for path in ("/@{name}", "/@{name}.rss", "/@{name}/replies"):
        assert Client().get(path.format(name=hidden)).status_code == 404, path


def test_tokens_of_whom_the_square_closed_are_refused_with_the_reason_for_them_alone(people: Any) -> None:
    for name in ("cy", "dot", "eli", "fin"):
        answered = people.ask("GET", "/api/v1/timelines/home", name)
        assert answered.status == 403, (name, answered.raw)
        posted = people.ask("POST", "/api/v1/statuses", name, {"status": "hello"})
        assert posted.status == 403, (name, posted.raw)
