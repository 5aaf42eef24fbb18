"""Reports reach moderators, decisions reach the account they are about, and only those above may decide."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail

from parvis.kernel import changes, outbox

SCOPES = "read write follow admin:read admin:write"


@pytest.fixture
def staffed(square: Any) -> Any:
    """ada and bob are members, mod a moderator, boss the owner; the outbox runs its reactions."""
    from parvis.config import wiring
    from parvis.identity.models import User

    wiring.connect()
    square.person("cora")
    for name, role in (("mod", "moderator"), ("boss", "owner")):
        square.person(name, scope=SCOPES)
        User.objects.filter(username=name).update(role=role)
    changes.touch("t:*", "r:*")
    return square


def act(square: Any, who: str, whom: str, kind: str, **more: Any) -> Any:
    return square.ask("POST", f"/api/v1/admin/accounts/{square.ids[whom]}/action", who, {"type": kind, **more})


def test_report_stands_in_the_queue_until_it_is_resolved(staffed: Any) -> None:
    post = staffed.post("bob", "spam spam")
    other = staffed.post("cora", "fine")
    filed = staffed.ask(
        "POST",
        "/api/v1/reports",
        "ada",
        {"account_id": str(staffed.ids["bob"]), "status_ids": [post["id"], other["id"]], "comment": "Spam.", "category": "spam"},
    )
    assert filed.status == 200
    assert filed.json["status_ids"] == [post["id"]], "only posts of the reported account are kept"
    assert filed.json["target_account"]["username"] == "bob"
    queue = staffed.ask("GET", "/api/v1/admin/reports", "mod").json
    assert [r["id"] for r in queue] == [filed.json["id"]]
    assert queue[0]["statuses"][0]["id"] == post["id"]
    assert queue[0]["account"]["email"] == "ada@example.org"
    done = staffed.ask("POST", f"/api/v1/admin/reports/{filed.json['id']}/resolve", "mod")
    assert done.json["action_taken"] is True
    assert done.json["action_taken_by_account"]["username"] == "mod"
    assert staffed.ask("GET", "/api/v1/admin/reports", "mod").json == []
    assert len(staffed.ask("GET", "/api/v1/admin/reports?resolved=true", "mod").json) == 1
    assert staffed.ask("POST", f"/api/v1/admin/reports/{filed.json['id']}/reopen", "mod").json["action_taken"] is False


def test_moderators_are_told_of_a_report_once(staffed: Any) -> None:
    staffed.ask("POST", "/api/v1/reports", "ada", {"account_id": str(staffed.ids["bob"])})
    outbox.drain()
    told = staffed.ask("GET", "/api/v1/notifications", "mod").json
    assert [n["type"] for n in told] == ["admin.report"]
    assert "ada" not in [n["account"]["username"] for n in staffed.ask("GET", "/api/v1/notifications", "bob").json]


@pytest.mark.parametrize(
    ("body", "status"),
    [({"account_id": "1"}, 404), ({}, 404), ({"account_id": "SELF"}, 422), ({"account_id": "BOB", "comment": "x" * 1001}, 422)],
)
def test_bad_reports_are_refused(staffed: Any, body: dict[str, str], status: int) -> None:
    names = {"SELF": staffed.ids["ada"], "BOB": staffed.ids["bob"]}
    body = {k: str(names.get(v, v)) for k, v in body.items()}
    assert staffed.ask("POST", "/api/v1/reports", "ada", body).status == status


@pytest.mark.parametrize("path", ["accounts", "reports", "email_domain_blocks", "ip_blocks"])
def test_members_do_not_read_the_queues(staffed: Any, path: str) -> None:
    from parvis.identity.models import User

    staffed.token("ada-admin", User.objects.get(username="ada"), SCOPES)
    assert staffed.ask("GET", f"/api/v1/admin/{path}", "ada-admin").status == 403
    assert staffed.ask("GET", f"/api/v1/admin/{path}", "mod").status == 200
    assert staffed.ask("GET", f"/api/v1/admin/{path}").status == 401


def test_suspension_hides_at_once_and_reaches_the_account_with_its_reasons(staffed: Any) -> None:
    post = staffed.post("bob", "here I am")
    staffed.follow("ada", "bob")
    outbox.drain()
    assert act(staffed, "mod", "bob", "suspend", text="Threats, three times.").status == 200
    assert staffed.ask("GET", f"/api/v1/statuses/{post['id']}", "ada").status == 404
    assert staffed.ask("GET", "/api/v1/timelines/home", "ada").json == []
    assert all(s["account"]["username"] != "bob" for s in staffed.ask("GET", "/api/v1/timelines/public").json)
    assert staffed.ask("GET", "/api/v1/accounts/verify_credentials", "bob").status == 403, "its tokens stop working"
    outbox.drain()
    letter = next(m for m in mail.outbox if m.to == ["bob@example.org"])
    assert "Threats, three times." in letter.body
    assert staffed.ask("POST", f"/api/v1/admin/accounts/{staffed.ids['bob']}/unsuspend", "mod").json["suspended"] is False
    assert staffed.ask("GET", f"/api/v1/statuses/{post['id']}", "ada").status == 200, "nothing was deleted"


def test_limited_account_leaves_public_places_but_not_its_followers(staffed: Any) -> None:
    staffed.follow("ada", "bob")
    act(staffed, "mod", "bob", "silence")
    staffed.post("bob", "quietly")
    outbox.drain()
    assert staffed.ask("GET", "/api/v1/timelines/public", "cora").json == []
    assert [s["account"]["username"] for s in staffed.ask("GET", "/api/v1/timelines/home", "ada").json] == ["bob"]


def test_decision_closes_its_report_and_is_a_notice(staffed: Any) -> None:
    filed = staffed.ask("POST", "/api/v1/reports", "ada", {"account_id": str(staffed.ids["bob"])}).json
    assert act(staffed, "mod", "bob", "none", text="Please stop.", report_id=filed["id"]).status == 200
    outbox.drain()
    assert staffed.ask("GET", f"/api/v1/admin/reports/{filed['id']}", "mod").json["action_taken"] is True
    told = staffed.ask("GET", "/api/v1/notifications", "bob").json
    assert told[0]["type"] == "moderation_warning"
    assert told[0]["moderation_warning"]["text"] == "Please stop."


@pytest.mark.parametrize(("who", "whom"), [("mod", "boss"), ("mod", "mod"), ("boss", "boss")])
def test_nobody_decides_about_equals_or_superiors(staffed: Any, who: str, whom: str) -> None:
    assert act(staffed, who, whom, "suspend").status == 403


def test_owner_decides_about_moderators(staffed: Any) -> None:
    assert act(staffed, "boss", "mod", "silence").status == 200


def test_posts_are_deleted_or_covered_by_a_decision(staffed: Any) -> None:
    gone, covered, others = staffed.post("bob", "one"), staffed.post("bob", "two"), staffed.post("cora", "three")
    act(staffed, "mod", "bob", "delete_statuses", status_ids=[gone["id"], others["id"]])
    act(staffed, "mod", "bob", "mark_statuses_as_sensitive", status_ids=[covered["id"]])
    assert staffed.ask("GET", f"/api/v1/statuses/{gone['id']}").status == 404
    assert staffed.ask("GET", f"/api/v1/statuses/{others['id']}").status == 200
    assert staffed.ask("GET", f"/api/v1/statuses/{covered['id']}").json["sensitive"] is True


def test_every_decision_stands_in_the_audit_log(staffed: Any) -> None:
    from parvis.kernel.models import AuditEntry

    act(staffed, "mod", "bob", "silence", text="Reasons.")
    staffed.ask("POST", f"/api/v1/admin/accounts/{staffed.ids['bob']}/unsilence", "mod")
    assert list(AuditEntry.objects.filter(subject=f"account:{staffed.ids['bob']}").order_by("id").values_list("action", flat=True)) == [
        "account.silence",
        "account.lift_silence",
    ]


def test_blocked_addresses_are_listed_changed_and_removed(staffed: Any) -> None:
    made = staffed.ask("POST", "/api/v1/admin/ip_blocks", "mod", {"ip": "192.0.2.7/24", "severity": "sign_up_block", "comment": "x"})
    assert made.json["ip"] == "192.0.2.0/24"
    changed = staffed.ask("PUT", f"/api/v1/admin/ip_blocks/{made.json['id']}", "mod", {"severity": "no_access"})
    assert (changed.json["severity"], changed.json["comment"]) == ("no_access", "x")
    from parvis.moderation.queries import ip_severity

    changes.sync()
    assert ip_severity("192.0.2.200") == "no_access"
    assert ip_severity("192.0.3.1") == ""
    assert staffed.ask("POST", "/api/v1/admin/ip_blocks", "mod", {"ip": "nonsense", "severity": "no_access"}).status == 422
    assert staffed.ask("DELETE", f"/api/v1/admin/ip_blocks/{made.json['id']}", "mod").status == 200
    changes.sync()
    assert ip_severity("192.0.2.200") == ""
    domain = staffed.ask("POST", "/api/v1/admin/email_domain_blocks", "mod", {"domain": "Spam.Example"}).json
    from parvis.moderation.queries import email_domain_is_blocked

    assert email_domain_is_blocked("a@mail.spam.example")
    assert not email_domain_is_blocked("a@notspam.example")
    assert staffed.ask("DELETE", f"/api/v1/admin/email_domain_blocks/{domain['id']}", "mod").status == 200
    assert not email_domain_is_blocked("a@spam.example")


def test_accounts_are_found_by_status_and_origin(staffed: Any) -> None:
    act(staffed, "mod", "bob", "silence")

    def names(query: str) -> set[str]:
        return {a["username"] for a in staffed.ask("GET", f"/api/v2/admin/accounts?{query}", "mod").json}

    assert names("status=silenced") == {"bob"}
    assert names("permissions=staff") == {"mod", "boss"}
    assert names("origin=remote") == set()
    assert names("username=cor") == {"cora"}
    page = staffed.ask("GET", "/api/v2/admin/accounts?limit=2", "mod")
    assert len(page.json) == 2
    assert "max_id=" in page.headers["Link"]


def test_address_without_access_is_refused(staffed: Any) -> None:
    assert staffed.ask("GET", "/api/v1/timelines/public").status == 200
    staffed.ask("POST", "/api/v1/admin/ip_blocks", "mod", {"ip": "127.0.0.0/8", "severity": "no_access"})
    assert staffed.ask("GET", "/api/v1/timelines/public").status == 403
