"""From a favourite to a device: subscribe through the API, notify, deliver to a push service on this machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson
import pytest

from parvis.api.tests.conftest import Square
from parvis.flows import push_notifications
from parvis.identity.models import AccessToken, User
from parvis.kernel import changes, clock, outbox, vapid
from parvis.push.models import PushDelivery, PushSubscription
from parvis.push.tests.test_encryption import Device


class Service:
    """A push service: keeps what it gets, answers as told."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.status = 201
        self.headers: dict[str, str] = {}
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                service.got.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(service.status)
                for name, value in service.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    found = Service()
    monkeypatch.setenv("PARVIS_ALLOW_PRIVATE_FETCH", f"127.0.0.1:{found.port}")
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.fixture
def square(db: None, settings: Any, monkeypatch: pytest.MonkeyPatch, _kept_connection: None) -> Square:
    """Ada (whose app may push) and bob; the sending thread is asked for, and run by the test."""
    from parvis.config import wiring

    settings.RATE_LIMITS = False
    wiring.connect()
    monkeypatch.setattr(push_notifications, "wake", lambda: None)
    found = Square()
    found.person("ada", scope="read write follow push")
    found.person("bob")
    return found


def wish(device: Device, service: Service | None = None, **more: Any) -> dict[str, Any]:
    port = service.port if service else 8080
    subscription = {"endpoint": f"http://127.0.0.1:{port}/send/1", "keys": {"p256dh": device.p256dh, "auth": device.auth}}
    return {"subscription": {**subscription, **more}, "data": {"alerts": {"favourite": True, "mention": "true", "follow": False}}}


def favourite(square: Square) -> dict[str, Any]:
    posted = square.post("ada", "A sunny day on the square")
    square.ask("POST", f"/api/v1/statuses/{posted['id']}/favourite", "bob")
    outbox.drain()
    return posted


def test_a_subscription_is_made_read_changed_and_removed(square: Square) -> None:
    device = Device()
    path = "/api/v1/push/subscription"
    assert square.ask("GET", path, "ada").status == 404
    made = square.ask("POST", path, "ada", wish(device, standard=True)).json
    assert made == {
        "id": made["id"],
        "endpoint": "http://127.0.0.1:8080/send/1",
        "standard": True,
        "alerts": {"mention": True, "follow": False, "favourite": True},
        "policy": "all",
        "server_key": vapid.public_key(),
    }
    assert square.ask("GET", path, "ada").json == made
    changed = square.ask("PUT", path, "ada", {"data": {"alerts": {"poll": True}, "policy": "followed"}}).json
    assert (changed["alerts"], changed["policy"], changed["endpoint"]) == ({"poll": True}, "followed", made["endpoint"])
    square.ask("POST", path, "ada", wish(device))
    assert PushSubscription.objects.count() == 1
    assert square.ask("DELETE", path, "ada").json == {}
    assert square.ask("GET", path, "ada").status == 404
    assert square.ask("PUT", path, "ada", {"data": {}}).status == 404


def test_form_bodies_are_understood(square: Square) -> None:
    device = Device()
    form = (
        f"subscription[endpoint]=https://push.example/x&subscription[keys][p256dh]={device.p256dh}"
        f"&subscription[keys][auth]={device.auth}&data[alerts][mention]=1&data[alerts][reblog]=false&data[policy]=follower"
    )
    made = square.ask("POST", "/api/v1/push/subscription", "ada", form=form).json
    assert (made["alerts"], made["policy"], made["standard"]) == ({"mention": True, "reblog": False}, "follower", False)


def test_the_push_scope_is_needed(square: Square) -> None:
    for method in ("GET", "POST", "PUT", "DELETE"):
        assert square.ask(method, "/api/v1/push/subscription", "bob", {}).status == 403
        assert square.ask(method, "/api/v1/push/subscription", "", {}).status == 401


@pytest.mark.parametrize("broken", [
    {}, {"subscription": "x"}, {"subscription": {"endpoint": "https://push.example/"}}, {"subscription": {"keys": []}},
    {"subscription": {"endpoint": "ftp://push.example/", "keys": {"p256dh": "", "auth": ""}}},
    {"subscription": {"endpoint": "https://push.example/", "keys": {"p256dh": "AAAA", "auth": "AAAA"}}},
    {"subscription": {"endpoint": "https://push.example/", "keys": {"p256dh": 5, "auth": {}}}},
])  # fmt: skip
def test_broken_subscriptions_are_refused(square: Square, broken: dict[str, Any]) -> None:
    assert square.ask("POST", "/api/v1/push/subscription", "ada", broken).status == 422


def test_bad_addresses_and_policies_are_refused(square: Square) -> None:
    device = Device()
    for endpoint in ("javascript:alert(1)", "https://user:pass@push.example/", "https://push.example:22/", "https://" + "a" * 5000):
        asked = wish(device)
        asked["subscription"]["endpoint"] = endpoint
        assert square.ask("POST", "/api/v1/push/subscription", "ada", asked).status == 422
    asked = wish(device)
    asked["data"]["policy"] = "everyone"
    assert square.ask("POST", "/api/v1/push/subscription", "ada", asked).status == 422


@pytest.mark.parametrize("standard", [True, False])
def test_a_device_reads_who_favourited_what(square: Square, service: Service, standard: bool) -> None:
    device = Device()
    User.objects.filter(username="ada").update(language="fr")
    square.ask("POST", "/api/v1/push/subscription", "ada", wish(device, service, standard=standard))
    favourite(square)
    assert push_notifications.deliver_due() == 1
    path, headers, body = service.got[0]
    said = orjson.loads(device.open(body) if standard else device.open_old(body, headers))
    number = square.ask("GET", "/api/v1/notifications", "ada").json[0]["id"]
    assert path == "/send/1"
    assert (headers["ttl"], headers["urgency"]) == ("172800", "normal")
    assert headers["content-encoding"] == ("aes128gcm" if standard else "aesgcm")
    assert said["access_token"] == "token-ada"
    assert (said["preferred_locale"], said["notification_id"], said["notification_type"]) == ("fr", number, "favourite")
    assert said["title"] == "bob a mis votre message en favori"
    assert said["body"] == "A sunny day on the square"
    assert said["icon"].endswith(".png")
    assert PushDelivery.objects.count() == 0
    assert push_notifications.deliver_due() == 0


def test_kinds_and_senders_that_are_not_wanted_are_not_pushed(square: Square, service: Service) -> None:
    square.ask("POST", "/api/v1/push/subscription", "ada", wish(Device(), service))
    square.follow("bob", "ada")
    outbox.drain()
    assert PushDelivery.objects.count() == 0
    for policy, waits in (("none", 0), ("followed", 0), ("follower", 1), ("all", 2)):
        square.ask("PUT", "/api/v1/push/subscription", "ada", {"data": {"alerts": {"favourite": True}, "policy": policy}})
        favourite(square)
        assert PushDelivery.objects.count() == waits, policy


@pytest.mark.parametrize("status", [404, 410, 403, 400])
def test_a_subscription_that_is_gone_is_removed(square: Square, service: Service, status: int) -> None:
    square.ask("POST", "/api/v1/push/subscription", "ada", wish(Device(), service))
    service.status = status
    favourite(square)
    push_notifications.deliver_due()
    assert (PushSubscription.objects.count(), PushDelivery.objects.count()) == (0, 0)


@pytest.mark.parametrize(("status", "headers", "at_least_s"), [(429, {"Retry-After": "120"}, 119), (503, {}, 29), (500, {}, 29)])
def test_a_busy_service_is_tried_again_later(
    square: Square, service: Service, status: int, headers: dict[str, str], at_least_s: int
) -> None:
    square.ask("POST", "/api/v1/push/subscription", "ada", wish(Device(), service))
    service.status, service.headers = status, headers
    favourite(square)
    push_notifications.deliver_due()
    assert push_notifications.deliver_due() == 0
    waiting = PushDelivery.objects.get()
    assert waiting.attempts == 1
    assert waiting.due_ms - clock.now_ms() >= at_least_s * 1000
    service.status = 201
    PushDelivery.objects.update(due_ms=0)
    assert push_notifications.deliver_due() == 1
    assert PushDelivery.objects.count() == 0
    assert len(service.got) == 2


def test_a_private_address_is_never_asked(square: Square, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    square.ask("POST", "/api/v1/push/subscription", "ada", wish(Device(), service))
    monkeypatch.setenv("PARVIS_ALLOW_PRIVATE_FETCH", "")
    favourite(square)
    push_notifications.deliver_due()
    assert service.got == []
    assert PushSubscription.objects.count() == 0


def test_a_revoked_token_ends_its_subscription(square: Square, service: Service) -> None:
    square.ask("POST", "/api/v1/push/subscription", "ada", wish(Device(), service))
    favourite(square)
    AccessToken.objects.filter(token="token-ada").delete()
    assert PushSubscription.objects.count() == 0
    assert push_notifications.deliver_due() == 0
    assert service.got == []


def test_what_may_no_longer_be_seen_is_not_pushed(square: Square, service: Service) -> None:
    square.ask("POST", "/api/v1/push/subscription", "ada", wish(Device(), service))
    posted = favourite(square)
    square.ask("DELETE", f"/api/v1/statuses/{posted['id']}", "ada")
    changes.sync()
    assert push_notifications.deliver_due() == 1
    assert service.got == []
    assert PushDelivery.objects.count() == 0
    assert PushSubscription.objects.count() == 1


def test_nobody_subscribed_costs_one_query(square: Square) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from parvis.network.events import Notified

    with CaptureQueriesContext(connection) as seen:
        push_notifications.queue_pushes([Notified(1, square.ids["ada"]), Notified(2, square.ids["bob"])])
    assert len(seen.captured_queries) == 1
