"""Digests come at the hours that people choose, tell what is unread, and stop by one link."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email.message import Message
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.test import Client

from parvis.api.tests.conftest import Square
from parvis.flows.send_digests import send_due_digests
from parvis.identity.models import User
from parvis.kernel import clock, outbox
from parvis.network.models import Marker, Notification
from parvis.push import actions
from parvis.push.models import DigestPreference

PATH = "/api/parvis/v1/digest"


@pytest.fixture
def square(db: None, settings: Any, _kept_connection: None) -> Square:
    from parvis.config import wiring

    settings.RATE_LIMITS = False
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    wiring.connect()
    found = Square()
    found.person("ada")
    found.person("bob")
    return found


def due(square: Square) -> None:
    DigestPreference.objects.filter(account_id=square.ids["ada"]).update(next_at=clock.now() - timedelta(minutes=1))


def favourite(square: Square) -> None:
    posted = square.post("ada", "Soup of the day")
    square.ask("POST", f"/api/v1/statuses/{posted['id']}/favourite", "bob")
    outbox.drain()


def test_digests_are_off_until_chosen(square: Square) -> None:
    assert square.ask("GET", PATH, "ada").json["rhythm"] == "off"
    favourite(square)
    assert send_due_digests() == 0
    assert mail.outbox == []


def test_a_digest_tells_what_is_unread_once_in_the_persons_language(square: Square) -> None:
    User.objects.filter(username="ada").update(language="fr")
    chosen = square.ask("PUT", PATH, "ada", {"rhythm": "daily", "hours": [18, 8], "zone": "Europe/Paris"}).json
    assert (chosen["rhythm"], chosen["hours"], chosen["zone"]) == ("daily", [8, 18], "Europe/Paris")
    favourite(square)
    assert send_due_digests() == 0
    due(square)
    assert send_due_digests() == 1
    letter = mail.outbox[0]
    assert letter.to == ["ada@example.org"]
    assert letter.subject.startswith("1 notification sur ")
    assert "- bob a mis votre message en favori: Soup of the day" in letter.body
    assert "Bonjour ada," in letter.body
    assert DigestPreference.objects.get().next_at > clock.now()
    due(square)
    assert send_due_digests() == 0
    assert len(mail.outbox) == 1


def test_what_was_read_is_not_told(square: Square) -> None:
    square.ask("PUT", PATH, "ada", {"rhythm": "daily"})
    favourite(square)
    newest = Notification.objects.get(account_id=square.ids["ada"]).id
    Marker.objects.create(account_id=square.ids["ada"], timeline="notifications", last_read_id=newest)
    due(square)
    assert send_due_digests() == 0
    assert mail.outbox == []


def test_the_link_stops_digests_without_logging_in(square: Square) -> None:
    square.ask("PUT", PATH, "ada", {"rhythm": "weekly", "weekday": 2})
    favourite(square)
    due(square)
    send_due_digests()
    message: Message = mail.outbox[0].message()
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    url = message["List-Unsubscribe"].strip("<>")
    assert url in mail.outbox[0].body
    path = "/" + url.split("/", 3)[3]
    client = Client(enforce_csrf_checks=True)
    page = client.get(path)
    assert page.status_code == 200
    assert DigestPreference.objects.get().rhythm == "weekly"
    assert client.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    stopped = DigestPreference.objects.get()
    assert (stopped.rhythm, stopped.next_at) == ("off", None)


def test_a_forged_link_stops_nothing(square: Square) -> None:
    square.ask("PUT", PATH, "ada", {"rhythm": "daily"})
    token = actions.stop_token(square.ids["ada"])
    for forged in (token[:-2] + "xx", "nonsense", str(square.ids["ada"])):
        assert Client().post(f"/digests/stop/{forged}").status_code == 404
    assert DigestPreference.objects.get().rhythm == "daily"


@pytest.mark.parametrize("wish", [
    {"rhythm": "hourly"}, {"hours": []}, {"hours": [24]}, {"hours": ["x"]}, {"hours": [1, 2, 3, 4, 5]}, {"weekday": 7},
    {"zone": "Mars/Base"}, {"zone": "../../etc/passwd"}, {"zone": "/etc/passwd"},
])  # fmt: skip
def test_impossible_wishes_are_refused(square: Square, wish: dict[str, Any]) -> None:
    assert square.ask("PUT", PATH, "ada", {"rhythm": "daily", **wish}).status == 422


def test_the_next_hour_is_the_persons_own(square: Square) -> None:
    after = datetime(2026, 1, 5, 8, 30, tzinfo=timezone.utc)  # a Monday, 9:30 in Paris
    paris = ZoneInfo("Europe/Paris")
    assert actions.next_due("daily", [8, 18], 0, "Europe/Paris", after) == datetime(2026, 1, 5, 18, tzinfo=paris)
    assert actions.next_due("daily", [8], 0, "Europe/Paris", after) == datetime(2026, 1, 6, 8, tzinfo=paris)
    assert actions.next_due("weekly", [8], 0, "Europe/Paris", after) == datetime(2026, 1, 12, 8, tzinfo=paris)
    assert actions.next_due("weekly", [10], 0, "Europe/Paris", after) == datetime(2026, 1, 5, 10, tzinfo=paris)
    assert actions.next_due("off", [8], 0, "UTC", after) is None
