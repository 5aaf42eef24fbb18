"""The owner's pages exist for the owner alone, and change what the square says and whom it lets in."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.core.mail.backends.filebased import EmailBackend
from django.test import Client

from parvis.identity.queries import invitation, square
from parvis.mastodon.rule import rules as rule_documents

from .conftest import log_in, person
from .test_moderation import promote

PAGES = ["/square/settings", "/square/invitations", "/square/mail", "/square/state"]
TYPED = {"title": "The Quay", "description": "By the river.", "registration": "approval", "minimum_age": "15"}


@pytest.fixture
def house(square: Any) -> SimpleNamespace:
    owner = promote(person("dame", "Dame"), "owner")
    guard = promote(person("guard", "Guard"), "moderator")
    return SimpleNamespace(**vars(square), owner=owner, boss=log_in(owner), watch=log_in(guard))


@pytest.mark.parametrize("page", [*PAGES, "/square/mail/20260101-000000-1.log"])
def test_owners_pages_do_not_exist_for_others(house: Any, page: str) -> None:
    for client in (house.anyone, house.member, house.watch):
        assert client.get(page).status_code == 404
    assert "/square/settings" not in house.watch.get("/home").content.decode()
    assert 'href="/square/settings"' in house.boss.get("/home").content.decode()


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("page", PAGES)
def test_owners_pages_open_in_both_languages(house: Any, page: str, language: str) -> None:
    answer = log_in(house.owner, language).get(page)
    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.content.decode()


def test_owner_says_what_the_square_is_and_who_may_come(house: Any) -> None:
    for client in (house.member, house.watch):
        assert client.post("/square/settings", TYPED).status_code == 404
    assert square().title != "The Quay"
    texts = {"contact_name": "@dame", "contact_email": "quay@example.org", "privacy_policy": "We keep <little>.", "terms": "Be kind."}
    assert house.boss.post("/square/settings", {**TYPED, **texts}).status_code == 302
    known = square()
    assert (known.title, known.registration, known.minimum_age) == ("The Quay", "approval", 15)
    assert known.contact_account_id == house.owner.account_id
    assert "We keep &lt;little&gt;." in Client().get("/about/privacy").content.decode()
    assert 'value="dame"' in house.boss.get("/square/settings").content.decode()


@pytest.mark.parametrize(
    "wrong", [{"title": ""}, {"registration": "maybe"}, {"minimum_age": "-3"}, {"contact_email": "nowhere"}, {"contact_name": "ghost"}]
)
def test_settings_that_cannot_be_are_refused_and_nothing_changes(house: Any, wrong: dict[str, str]) -> None:
    before = square()
    answer = house.boss.post("/square/settings", {**TYPED, **wrong})
    assert answer.status_code == 422
    assert "Some of it could not be kept." in answer.content.decode()
    assert square() == before


def test_rules_are_written_in_both_languages_and_keep_their_ids(house: Any) -> None:
    first = {"rule_fr_0": "Pas de pub.", "rule_en_0": "No adverts.", "rule_hint_en_0": "None.", "rule_en_1": "Be kind."}
    house.boss.post("/square/settings", {**TYPED, **first})
    found = rule_documents(square())
    assert [r["text"] for r in found] == ["No adverts.", "Be kind."]
    assert found[0]["translations"]["fr"] == {"text": "Pas de pub.", "hint": ""}
    assert found[1]["translations"]["fr"]["text"] == "Be kind."
    page = house.boss.get("/square/settings").content.decode()
    assert f'name="rule_id_1" value="{found[1]["id"]}"' in page
    second = {"rule_id_0": found[0]["id"], "rule_id_1": found[1]["id"], "rule_fr_1": "Soyez bons.", "rule_en_1": "Be kind."}
    house.boss.post("/square/settings", {**TYPED, **second})
    left = rule_documents(square())
    assert [(r["id"], r["text"]) for r in left] == [(found[1]["id"], "Be kind.")]
    assert "Soyez bons." in Client(HTTP_ACCEPT_LANGUAGE="fr").get("/about").content.decode()


def test_owner_invites_and_takes_it_back(house: Any) -> None:
    form = {"max_uses": "3", "days": "30", "role": "moderator"}
    assert house.watch.post("/square/invitations", form).status_code == 404
    assert house.boss.post("/square/invitations", {**form, "role": "owner"}).status_code == 422
    assert house.boss.post("/square/invitations", {**form, "max_uses": "9999"}).status_code == 422
    assert house.boss.post("/square/invitations", form).status_code == 302
    page = house.boss.get("/square/invitations").content.decode()
    from parvis.identity.queries import invitations

    made = invitations(house.owner.id)[0]
    assert made.path in page
    assert made.role == "moderator"
    assert house.watch.post(f"/square/invitations/{made.id}/revoke").status_code == 404
    assert invitation(made.code) is not None
    assert house.boss.post(f"/square/invitations/{made.id}/revoke").status_code == 302
    assert invitation(made.code) is None
    assert house.boss.post("/square/invitations/77/revoke").status_code == 404


def test_owner_reads_the_letters_that_could_not_be_sent(house: Any, settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    backend = EmailBackend(file_path=str(tmp_path / "mail"))
    EmailMessage(
        "Confirmez — été", "Open http://localhost/auth/x/ <b>now</b>.", "p@localhost", ["nora@example.org"], connection=backend
    ).send()
    (tmp_path / "secrets.json").write_text("{}")
    name = next((tmp_path / "mail").iterdir()).name
    listed = house.boss.get("/square/mail").content.decode()
    assert "Confirmez — été" in listed
    assert "nora@example.org" in listed
    page = house.boss.get(f"/square/mail/{name}").content.decode()
    assert '<a href="http://localhost/auth/x/"' in page
    assert "&lt;b&gt;now&lt;/b&gt;" in page
    assert house.watch.get(f"/square/mail/{name}").status_code == 404
    for wrong in ("20200101-000000-1.log", "secrets.json", "..%2Fsecrets.json", "%00.log"):
        assert house.boss.get(f"/square/mail/{wrong}").status_code == 404


def test_owner_sees_how_the_square_fares(house: Any, django_assert_max_num_queries: Any) -> None:
    house.boss.get("/square/state")
    with django_assert_max_num_queries(14):
        page = house.boss.get("/square/state").content.decode()
    assert "Parvis 0." in page
    assert "Given up" in page
