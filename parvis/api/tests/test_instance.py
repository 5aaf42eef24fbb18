"""The square tells about itself: its limits are the real ones, and its settings show at once."""

from __future__ import annotations

from typing import Any

import pytest

from parvis.flows.publish_post import MAX_MEDIA
from parvis.kernel import changes
from parvis.mastodon.instance import API_VERSION
from parvis.network.actions.posts import MAX_LENGTH, MAX_OPTIONS

# What a client may call once it has read the number (Mastodon's changelogs of its API versions).
PROMISED = {
    2: (
        "GET /api/v2/notifications", "GET /api/v2/notifications/:group_key", "POST /api/v2/notifications/:group_key/dismiss",
        "GET /api/v2/notifications/:group_key/accounts", "GET /api/v2/notifications/unread_count", "GET /api/v2/notifications/policy",
        "PATCH /api/v2/notifications/policy", "GET /api/v1/notifications/requests", "POST /api/v1/notifications/requests/accept",
        "POST /api/v1/notifications/requests/dismiss", "GET /api/v1/notifications/requests/merged", "GET /api/v1/statuses",
        "GET /api/v1/accounts", "GET /api/v1/timelines/link", "GET /api/v2/suggestions", "GET /oauth/userinfo",
    ),
    4: ("DELETE /api/v1/media/:id", "GET /api/v1/instance/terms_of_service", "GET /api/v1/instance/terms_of_service/:date"),
    6: (
        "GET /api/v1/accounts/:id/endorsements", "POST /api/v1/accounts/:id/endorse", "POST /api/v1/accounts/:id/unendorse",
        "POST /api/v1/tags/:name/feature", "POST /api/v1/tags/:name/unfeature", "DELETE /api/v1/profile/avatar",
    ),
    7: (
        "GET /api/v1/statuses/:id/quotes", "POST /api/v1/statuses/:id/quotes/:id/revoke", "PUT /api/v1/statuses/:id/interaction_policy",
    ),
}  # fmt: skip


def test_api_version_promises_only_what_is_served() -> None:
    from parvis.api import routes  # noqa: F401  (declares every route)
    from parvis.api.router import ROUTER

    served = {f"{method} {path}" for method, path, _endpoint in ROUTER.routes}
    assert [path for number, paths in PROMISED.items() if number <= API_VERSION for path in paths if path not in served] == []
    assert max(PROMISED) == API_VERSION


def _settings(**columns: Any) -> None:
    from parvis.identity.models import SquareSettings

    SquareSettings.objects.update_or_create(id=1, defaults=columns)
    changes.touch("s:1")


def test_announced_limits_are_those_that_posting_enforces(square: Any) -> None:
    said = square.ask("GET", "/api/v2/instance").json["configuration"]
    assert said["statuses"]["max_characters"] == MAX_LENGTH
    assert said["statuses"]["max_media_attachments"] == MAX_MEDIA
    assert said["polls"]["max_options"] == MAX_OPTIONS
    assert square.ask("POST", "/api/v1/statuses", "ada", {"status": "x" * MAX_LENGTH}).status == 200
    assert square.ask("POST", "/api/v1/statuses", "ada", {"status": "x" * (MAX_LENGTH + 1)}).status == 422
    link = "https://example.org/" + "y" * 200
    fits = "z" * (MAX_LENGTH - said["statuses"]["characters_reserved_per_url"] - 1)
    assert square.ask("POST", "/api/v1/statuses", "ada", {"status": f"{fits} {link}"}).status == 200


def test_both_versions_have_what_clients_rely_on(square: Any) -> None:
    second, first = square.ask("GET", "/api/v2/instance").json, square.ask("GET", "/api/v1/instance").json
    assert second["api_versions"] == {"mastodon": API_VERSION}
    assert second["version"] == first["version"]
    assert [int(part) for part in first["version"].split(" ")[0].split(".")] >= [4, 3, 0]
    assert second["domain"] == first["uri"]
    assert first["configuration"]["statuses"] == second["configuration"]["statuses"]
    assert first["urls"]["streaming_api"] == second["configuration"]["urls"]["streaming"]
    assert first["stats"]["user_count"] == 2
    assert len(second["configuration"]["vapid"]["public_key"]) == 87
    assert second["contact"] == {"email": "", "account": None}
    assert (first["email"], first["contact_account"]) == ("", None)


def test_settings_show_in_the_next_answer(square: Any) -> None:
    assert square.ask("GET", "/api/v2/instance").json["registrations"]["enabled"] is True
    _settings(title="Place", registration="closed", contact_account_id=square.ids["ada"], terms="Be kind.", minimum_age=15)
    second, first = square.ask("GET", "/api/v2/instance").json, square.ask("GET", "/api/v1/instance").json
    assert second["title"] == first["title"] == "Place"
    assert (second["registrations"]["enabled"], first["registrations"]) == (False, False)
    assert "closed" in second["registrations"]["message"]
    assert second["registrations"]["min_age"] == 15
    assert second["contact"]["account"]["acct"] == first["contact_account"]["acct"] == "ada"
    french = square.ask("GET", "/api/v2/instance", headers={"Accept-Language": "fr"}).json
    assert french["registrations"]["message"] != second["registrations"]["message"]
    _settings(registration="approval")
    assert square.ask("GET", "/api/v2/instance").json["registrations"]["approval_required"] is True


def test_rules_carry_their_translations(square: Any) -> None:
    assert square.ask("GET", "/api/v1/instance/rules").json == []
    _settings(rules={"fr": [{"id": "1", "text": "Soyez aimables", "hint": ""}], "en": [{"id": "1", "text": "Be kind", "hint": "Always"}]})
    rule = {
        "id": "1",
        "text": "Be kind",
        "hint": "Always",
        "translations": {"en": {"text": "Be kind", "hint": "Always"}, "fr": {"text": "Soyez aimables", "hint": ""}},
    }
    assert square.ask("GET", "/api/v1/instance/rules").json == [rule]
    assert square.ask("GET", "/api/v2/instance").json["rules"] == [rule]


def test_policies_are_html_that_nothing_can_break_out_of(square: Any) -> None:
    assert square.ask("GET", "/api/v1/instance/terms_of_service").status == 404
    assert square.ask("GET", "/api/v1/instance/extended_description").json == {"updated_at": None, "content": ""}
    assert "password" in square.ask("GET", "/api/v1/instance/privacy_policy").json["content"]
    _settings(terms="<script>alert(1)</script>", extended_description="A place\n\nfor all", privacy_policy="Ours")
    terms = square.ask("GET", "/api/v1/instance/terms_of_service").json
    assert "<script>" not in terms["content"]
    assert square.ask("GET", f"/api/v1/instance/terms_of_service/{terms['effective_date']}").json == terms
    assert square.ask("GET", "/api/v1/instance/terms_of_service/1999-01-01").status == 404
    assert square.ask("GET", "/api/v1/instance/extended_description").json["content"] == "<p>A place</p><p>for all</p>"
    assert square.ask("GET", "/api/v1/instance/privacy_policy").json["content"] == "<p>Ours</p>"


def test_lists_about_the_square(square: Any) -> None:
    from parvis.network.models import Account

    Account.objects.create(username="blog", domain="news.example")
    square.post("ada", "one")
    assert square.ask("GET", "/api/v1/instance/peers").json == ["news.example"]
    weeks = square.ask("GET", "/api/v1/instance/activity").json
    assert len(weeks) == 12
    assert (weeks[0]["statuses"], weeks[0]["logins"], weeks[0]["registrations"]) == ("1", "1", "2")
    assert square.ask("GET", "/api/v1/instance/domain_blocks").json == []
    assert square.ask("GET", "/api/v1/instance/translation_languages").json == {}
    assert {"code": "fr", "name": "French"} in square.ask("GET", "/api/v1/instance/languages").json


def test_custom_emoji_are_listed_unless_they_are_disabled_or_hidden(square: Any) -> None:
    from parvis.network.models import CustomEmoji

    assert square.ask("GET", "/api/v1/custom_emojis").json == []
    CustomEmoji.objects.create(shortcode="wave", image="emoji/wave.png", category="hands")
    CustomEmoji.objects.create(shortcode="off", image="emoji/off.png", disabled=True)
    CustomEmoji.objects.create(shortcode="shy", image="emoji/shy.png", visible_in_picker=False)
    changes.touch("e:")
    found = square.ask("GET", "/api/v1/custom_emojis").json
    assert [(e["shortcode"], e["category"]) for e in found] == [("wave", "hands")]
    assert found[0]["url"].endswith("/media/emoji/wave.png")


@pytest.mark.parametrize("schema", ["2.0", "2.1"])
def test_nodeinfo_is_linked_and_typed(square: Any, schema: str) -> None:
    links = square.ask("GET", "/.well-known/nodeinfo").json["links"]
    href = next(link["href"] for link in links if link["rel"].endswith(f"/{schema}"))
    answered = square.ask("GET", href.removeprefix("http://localhost:8000"))
    assert f"schema/{schema}#" in answered.headers["Content-Type"]
    said = answered.json
    assert (said["version"], said["software"]["name"], said["usage"]["users"]["total"]) == (schema, "parvis", 2)
    assert square.ask("GET", "/nodeinfo/1.0").status == 404


def test_instance_costs_no_query_once_cached(square: Any, django_assert_num_queries: Any) -> None:
    for path in ("/api/v2/instance", "/api/v1/instance"):
        square.ask("GET", path)
        with django_assert_num_queries(1):  # what changed since the last request
            square.ask("GET", path)
