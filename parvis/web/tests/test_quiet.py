"""Who may call on a member, and when: policy, people who wait, letters."""

from __future__ import annotations

from typing import Any

import pytest

from parvis.flows.publish_post import PublishRequest, publish
from parvis.kernel import outbox
from parvis.network.models import Notification, NotificationPolicy, NotificationRequest
from parvis.network.notification_rules import POLICY_FIELDS
from parvis.push.models import DigestPreference

from .conftest import log_in

PAGE = "/settings/notifications"


@pytest.fixture
def held(square: Any) -> int:
    """Return the request of a stranger whose private mention is held back."""
    publish(square.neighbour.account_id, PublishRequest(text="@reader A word in private", visibility=3, language="en"))
    outbox.drain()
    return int(NotificationRequest.objects.get(account=square.reader.account_id).id)


def test_policy_is_shown_and_changed(square: Any) -> None:
    page = square.member.get(PAGE).content.decode()
    assert 'name="for_bots" value="accept" checked' in page
    answer = square.member.post(f"{PAGE}/policy", {**dict.fromkeys(POLICY_FIELDS, "accept"), "for_bots": "drop"})
    assert answer.status_code == 302
    kept = NotificationPolicy.objects.get(account=square.reader.account_id)
    assert (kept.for_bots, kept.for_private_mentions) == ("drop", "accept")
    assert 'name="for_bots" value="drop" checked' in square.member.get(PAGE).content.decode()
    assert square.member.post(f"{PAGE}/policy", {"for_bots": "shout"}).status_code == 422
    kept.refresh_from_db()
    assert kept.for_bots == "drop"


def test_strangers_are_asked_to_log_in(square: Any) -> None:
    assert square.anyone.get(PAGE).status_code == 302
    assert "/auth/login/" in square.anyone.post(f"{PAGE}/policy", {"for_bots": "drop"}).headers["Location"]
    assert NotificationPolicy.objects.count() == 0


def test_sender_who_waits_is_accepted(square: Any, held: int) -> None:
    page = square.member.get(PAGE).content.decode()
    assert "A word in private" in page
    assert "1 notification held back" in page
    assert "A word in private" not in square.member.get("/notifications").content.decode()
    square.member.post(f"{PAGE}/{held}/accept")
    assert "A word in private" in square.member.get("/notifications").content.decode()
    assert f"{held}/accept" not in square.member.get(PAGE).content.decode()


def test_sender_who_waits_is_dismissed(square: Any, held: int) -> None:
    square.member.post(f"{PAGE}/{held}/dismiss")
    assert Notification.objects.filter(account=square.reader.account_id, from_account=square.neighbour.account_id).count() == 0
    assert square.member.post(f"{PAGE}/{held}/dismiss").status_code == 404


def test_nobody_answers_for_another(square: Any, held: int) -> None:
    other = log_in(square.paper)
    assert other.post(f"{PAGE}/{held}/accept").status_code == 404
    assert NotificationRequest.objects.filter(id=held).exists()


def test_letters_are_off_until_chosen_and_come_at_chosen_hours(square: Any) -> None:
    page = square.member.get(PAGE).content.decode()
    assert 'name="rhythm" value="off" checked' in page
    assert DigestPreference.objects.count() == 0
    chosen = {"rhythm": "weekly", "hour-0": "18", "hour-1": "7", "hour-2": "", "weekday": "4", "zone": "Europe/Paris"}
    assert square.member.post(f"{PAGE}/letters", chosen).status_code == 302
    kept = DigestPreference.objects.get(account=square.reader.account_id)
    assert (kept.rhythm, kept.hours, kept.weekday, kept.zone) == ("weekly", [7, 18], 4, "Europe/Paris")
    assert kept.next_at is not None
    square.member.post(f"{PAGE}/letters", {"rhythm": "off"})
    kept.refresh_from_db()
    assert (kept.rhythm, kept.next_at, kept.hours) == ("off", None, [7, 18])


@pytest.mark.parametrize(
    "wrong", [{"zone": "Europe/Atlantis"}, {"hour-0": ""}, {"hour-0": "25"}, {"rhythm": "hourly"}, {"weekday": "9"}, {"zone": "../etc"}]
)
def test_letters_at_impossible_times_are_refused(square: Any, wrong: dict[str, str]) -> None:
    chosen = {"rhythm": "daily", "hour-0": "8", "weekday": "0", "zone": "UTC", **wrong}
    answer = square.member.post(f"{PAGE}/letters", chosen)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert DigestPreference.objects.count() == 0


def test_page_costs_the_same_for_many_who_wait(square: Any, held: int, django_assert_max_num_queries: Any) -> None:
    from .conftest import person

    for n in range(12):
        publish(person(f"caller{n}").account_id, PublishRequest(text=f"@reader word {n}", visibility=3, language="en"))
    outbox.drain()
    assert square.member.get(PAGE).content.decode().count("/accept") == 13
    with django_assert_max_num_queries(25):
        square.member.get(PAGE)
