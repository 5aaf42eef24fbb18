"""Moderators' pages: nobody else finds them, every decision reaches the account with its reasons."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from parvis.flows.publish_post import PublishRequest, publish
from parvis.flows.register import SignUp, register
from parvis.identity.actions import change_square, confirm_address
from parvis.identity.models import User
from parvis.kernel import changes, outbox
from parvis.moderation import actions, queries
from parvis.network.queries import accounts, posts

from .conftest import log_in, person

TOKEN = r'name="csrfmiddlewaretoken" value="[^"]+"'
PAGES = ["", "/closed", "/accounts", "/accounts/paper", "/waiting", "/blocked"]


def _alike(answer: Any, path: str) -> str:
    """Return a page without what differs on every load: the form tokens and its own address."""
    return re.sub(TOKEN, "", answer.content.decode()).replace(f'value="{path}"', "")


def promote(user: Any, role: str) -> Any:
    User.objects.filter(id=user.id).update(role=role)
    changes.forget()
    user.refresh_from_db()
    return user


@pytest.fixture
def house(square: Any) -> SimpleNamespace:
    """A moderator, an owner, and a report by the reader about the paper's first post."""
    guard = promote(person("guard", "Guard"), "moderator")
    owner = promote(person("dame", "Dame"), "owner")
    report = actions.file_report(
        reporter_id=square.reader.account_id, target_id=square.paper.account_id, comment="It sells <i>pills</i>.", post_ids=[square.first]
    )
    return SimpleNamespace(**vars(square), guard=guard, owner=owner, report=report, watch=log_in(guard), boss=log_in(owner))


@pytest.mark.parametrize("page", [*PAGES, "/reports/1"])
def test_moderators_pages_do_not_exist_for_others(house: Any, page: str) -> None:
    nothing = house.member.get("/moderation/nothing")
    for client in (house.anyone, house.member):
        answer = client.get(f"/moderation{page}")
        assert answer.status_code == 404
    found = house.member.get(f"/moderation{page}")
    assert _alike(found, f"/moderation{page}") == _alike(nothing, "/moderation/nothing")
    assert "/moderation" not in house.member.get("/home").content.decode()


def test_a_frozen_moderator_finds_nothing(house: Any) -> None:
    assert house.watch.get("/moderation").status_code == 200
    actions.decide(moderator_id=house.owner.account_id, target_id=house.guard.account_id, action="disable", text="Stop.")
    changes.sync()
    assert house.watch.get("/moderation").status_code == 404


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("page", PAGES)
def test_moderators_pages_open_in_both_languages(house: Any, page: str, language: str) -> None:
    for user in (house.guard, house.owner):
        answer = log_in(user, language).get(f"/moderation{page}")
        assert answer.status_code == 200
        assert f'<html lang="{language}"' in answer.content.decode()


def test_queue_says_who_reported_whom_and_the_menu_counts_what_is_open(house: Any) -> None:
    page = house.watch.get("/moderation").content.decode()
    assert "Reported by @reader" in page
    assert "@paper" in page
    assert "It sells &lt;i&gt;pills&lt;/i&gt;." in page
    assert "<span>Moderation (1)</span>" in house.watch.get("/home").content.decode()
    assert "<span>Modération (1)</span>" in log_in(house.guard, "fr").get("/home").content.decode()


def test_report_page_shows_the_posts_as_they_stand(house: Any) -> None:
    path = f"/moderation/reports/{house.report.id}"
    assert "The quay will be closed" in house.watch.get(path).content.decode()
    followers_only = publish(house.paper.account_id, PublishRequest(text="for followers", visibility=2, language="en"))
    other = actions.file_report(reporter_id=house.reader.account_id, target_id=house.paper.account_id, post_ids=[followers_only])
    assert "for followers" in house.watch.get(f"/moderation/reports/{other.id}").content.decode()
    from parvis.network.actions import posts as network_posts

    network_posts.delete(posts((house.first,))[house.first])
    changes.sync()
    page = house.watch.get(path).content.decode()
    assert "The quay" not in page
    assert "1 of them is deleted." in page


def test_report_is_taken_over_closed_and_opened_again(house: Any) -> None:
    path = f"/moderation/reports/{house.report.id}"
    for verb, holds in (
        ("assign", lambda r: r.assigned_to_id == house.guard.account_id),
        ("unassign", lambda r: r.assigned_to_id is None),
        ("close", lambda r: r.closed_by_id == house.guard.account_id),
        ("reopen", lambda r: r.closed_at is None),
    ):
        assert house.member.post(f"{path}/{verb}").status_code == 404
        assert house.watch.get(f"{path}/{verb}").status_code == 405
        assert house.watch.post(f"{path}/{verb}").headers["Location"] == path
        assert holds(queries.report(house.report.id))
    assert house.watch.post("/moderation/reports/77/close").status_code == 404


def test_decision_needs_reasons_and_reaches_the_account(house: Any) -> None:
    path = f"/moderation/reports/{house.report.id}/decide"
    refused = house.watch.post(path, {"action": "none", "reasons": "  "})
    assert refused.status_code == 422
    assert "Nothing was decided." in refused.content.decode()
    assert queries.decisions_about(house.paper.account_id) == []
    mail.outbox.clear()
    done = house.watch.post(path, {"action": "none", "reasons": "Selling is not\nwelcome <here>."})
    assert done.status_code == 302
    outbox.drain()
    assert queries.report(house.report.id).closed_at is not None
    assert "Selling is not" in mail.outbox[0].body
    page = log_in(house.paper).get("/settings/decisions").content.decode()
    assert "Selling is not\nwelcome &lt;here&gt;." in page
    assert "The moderators warn you" in page
    assert "guard" not in page
    french = log_in(house.paper, "fr").get("/settings/decisions").content.decode()
    assert "Les décisions qui vous concernent" in french
    assert "Selling" not in house.member.get("/settings/decisions").content.decode()
    assert house.anyone.get("/settings/decisions").status_code == 302


def test_chosen_posts_are_deleted_or_marked_and_no_others(house: Any) -> None:
    path = f"/moderation/reports/{house.report.id}/decide"
    other = publish(house.paper.account_id, PublishRequest(text="another", language="en"))
    nothing = house.watch.post(path, {"action": "delete_statuses", "reasons": "Spam."})
    assert nothing.status_code == 422
    assert "Choose at least one post." in nothing.content.decode()
    foreign = house.watch.post(path, {"action": "delete_statuses", "reasons": "Spam.", "posts": [str(other)]})
    assert foreign.status_code == 422
    marked = house.watch.post(path, {"action": "mark_statuses_as_sensitive", "reasons": "Cover it.", "posts": [str(house.first)]})
    assert marked.status_code == 302
    assert posts((house.first,))[house.first].sensitive
    assert house.watch.post(path, {"action": "delete_statuses", "reasons": "Spam.", "posts": [str(house.first)]}).status_code == 302
    assert set(posts((house.first, other))) == {other}


@pytest.mark.parametrize(
    ("action", "state"), [("sensitive", "sensitized"), ("silence", "limited"), ("disable", "disabled"), ("suspend", "suspended")]
)
def test_restriction_is_in_force_and_is_lifted(house: Any, action: str, state: str) -> None:
    target = house.paper.account_id
    assert house.member.post(f"/moderation/people/{target}/decide", {"action": action, "reasons": "Mine now."}).status_code == 404
    done = house.watch.post(f"/moderation/people/{target}/decide", {"action": action, "reasons": "Enough."})
    assert done.headers["Location"] == "/moderation/accounts/paper"
    assert getattr(accounts((target,))[target], state)
    assert (
        f'name="action" value="{action}"><input type="hidden" name="back"' in house.watch.get("/moderation/accounts/paper").content.decode()
    )
    told = log_in(house.paper).get("/settings/decisions")
    assert told.status_code == 200
    assert "Enough." in told.content.decode()
    assert house.member.post(f"/moderation/people/{target}/lift", {"action": action}).status_code == 404
    assert house.watch.post(f"/moderation/people/{target}/lift", {"action": "none"}).status_code == 404
    assert house.watch.post(f"/moderation/people/{target}/lift", {"action": action}).status_code == 302
    assert not getattr(accounts((target,))[target], state)
    assert "Lifted" in log_in(house.paper).get("/settings/decisions").content.decode()


def test_frozen_member_reads_decisions_and_nothing_else(house: Any) -> None:
    client = log_in(house.paper)
    actions.decide(moderator_id=house.guard.account_id, target_id=house.paper.account_id, action="disable", text="Frozen because.")
    changes.sync()
    assert client.get("/home").status_code == 403
    page = client.get("/settings/decisions").content.decode()
    assert "Frozen because." in page
    assert 'action="/auth/logout/"' in page


def test_nobody_decides_about_an_equal_or_a_superior(house: Any) -> None:
    form = {"action": "suspend", "reasons": "Coup."}
    for target in (house.owner, house.guard):
        assert house.watch.post(f"/moderation/people/{target.account_id}/decide", form).status_code == 403
        assert "You may not decide about this account." in house.watch.get(f"/moderation/accounts/{target.username}").content.decode()
    assert house.boss.post(f"/moderation/people/{house.guard.account_id}/decide", form).status_code == 302
    assert accounts((house.guard.account_id,))[house.guard.account_id].suspended


def test_remarks_are_for_moderators(house: Any) -> None:
    target = house.paper.account_id
    assert house.member.post(f"/moderation/people/{target}/remark", {"text": "hm"}).status_code == 404
    house.watch.post(f"/moderation/people/{target}/remark", {"text": "  "})
    assert queries.remarks_about(target) == []
    back = house.watch.post(f"/moderation/people/{target}/remark", {"text": "Third time.", "back": "//evil.example/"})
    assert back.headers["Location"] == "/moderation/accounts/paper"
    assert "Third time." in house.boss.get("/moderation/accounts/paper").content.decode()
    assert "Third time." not in log_in(house.paper).get("/settings/decisions").content.decode()


def test_accounts_are_found_by_name_address_and_state(house: Any) -> None:
    def found(query: str) -> set[str]:
        page = house.watch.get(f"/moderation/accounts?{query}").content.decode()
        return {name for name in ("paper", "reader", "neighbour", "guard", "dame") if f'href="/moderation/accounts/{name}"' in page}

    assert found("") == {"paper", "reader", "neighbour", "guard", "dame"}
    assert found("q=pap") == {"paper"}
    assert found("q=@Reader") == {"reader"}
    assert found("q=the+%3Cb%3E") == {"paper"}
    assert found("q=reader@example.org") == {"reader"}
    assert found("q=paper@localhost:8000") == {"paper"}
    assert found("status=suspended") == set()
    actions.decide(moderator_id=house.guard.account_id, target_id=house.paper.account_id, action="silence", text="Quiet.")
    assert found("status=silenced") == {"paper"}
    assert found("origin=remote") == set()
    assert found("status=nonsense") == {"paper", "reader", "neighbour", "guard", "dame"}


def test_waiting_people_are_let_in_or_forgotten(house: Any) -> None:
    change_square(by="test", registration="approval")
    waiting = {}
    for name in ("nora", "omar"):
        user = register(
            SignUp(username=name, email=f"{name}@example.org", password="a long-enough word 7", agreement=True, reason=f"I am {name}.")
        ).user
        confirm_address(user.id)
        waiting[name] = user.account_id
    page = house.watch.get("/moderation/waiting").content.decode()
    assert "I am nora." in page
    assert "I am omar." in page
    assert house.member.post(f"/moderation/waiting/{waiting['nora']}/approve").status_code == 404
    assert User.objects.get(username="nora").approved_at is None
    assert house.watch.post(f"/moderation/waiting/{waiting['nora']}/approve").status_code == 302
    assert User.objects.get(username="nora").approved_at is not None
    assert house.watch.post(f"/moderation/waiting/{waiting['omar']}/reject").status_code == 302
    assert not User.objects.filter(username="omar").exists()
    house.watch.post(f"/moderation/waiting/{waiting['nora']}/reject")
    assert User.objects.filter(username="nora").exists()
    assert "approved already" in house.watch.get("/moderation/waiting").content.decode()


def test_addresses_are_blocked_and_unblocked(house: Any) -> None:
    path = "/moderation/blocked"
    assert house.member.post(f"{path}/domains", {"domain": "spam.example"}).status_code == 404
    assert house.watch.post(f"{path}/domains", {"domain": "no domain"}).status_code == 422
    assert house.watch.post(f"{path}/domains", {"domain": "spam.example"}).status_code == 302
    assert queries.email_domain_is_blocked("x@mail.spam.example")
    assert house.watch.post(f"{path}/addresses", {"ip": "moon", "severity": "no_access", "days": "7"}).status_code == 422
    assert house.member.post(f"{path}/addresses", {"ip": "192.0.2.0/24", "severity": "no_access", "days": "7"}).status_code == 404
    assert house.watch.post(f"{path}/addresses", {"ip": "192.0.2.0/24", "severity": "no_access", "days": "7"}).status_code == 302
    changes.sync()
    assert queries.ip_severity("192.0.2.9") == "no_access"
    page = house.watch.get(path).content.decode()
    assert "spam.example" in page
    assert "192.0.2.0/24" in page
    domain, address = queries.blocked_email_domains()[0], queries.blocked_addresses()[0]
    assert house.member.post(f"{path}/domains/{domain.id}/remove").status_code == 404
    assert house.watch.post(f"{path}/domains/{domain.id}/remove").status_code == 302
    assert house.watch.post(f"{path}/addresses/{address.id}/remove").status_code == 302
    assert queries.blocked_email_domains() == []
    assert queries.blocked_addresses() == []
    assert house.watch.post(f"{path}/domains/{domain.id}/remove").status_code == 404


def test_lists_cost_the_same_queries_however_long(house: Any, django_assert_max_num_queries: Any) -> None:
    targets = [person(f"t{n}") for n in range(12)]
    for user in targets:
        report = actions.file_report(reporter_id=house.reader.account_id, target_id=user.account_id, comment="again")
        actions.decide(moderator_id=house.guard.account_id, target_id=house.paper.account_id, action="none", text="w", notify=False)
        actions.change_report(house.guard.account_id, report.id, assigned_to_id=house.guard.account_id)
    for path in ("/moderation", "/moderation/accounts", "/moderation/accounts/paper", f"/moderation/reports/{house.report.id}"):
        changes.forget()
        with django_assert_max_num_queries(22):
            assert house.watch.get(path).status_code == 200


def test_forms_of_moderators_are_guarded_against_other_sites(house: Any) -> None:
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(house.guard, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert careful.post(f"/moderation/reports/{house.report.id}/close").status_code == 403
    assert queries.report(house.report.id).closed_at is None
