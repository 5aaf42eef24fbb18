"""Reports by members, and the admin API for moderators' apps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from parvis.api.call import Answer, Call, json_answer
from parvis.flows import register
from parvis.kernel import changes
from parvis.kernel.clock import now
from parvis.kernel.errors import Invalid, NotFound
from parvis.mastodon import admin
from parvis.moderation import actions, queries
from parvis.moderation.models import Decision, EmailDomainBlock, IpBlock
from parvis.network.queries import viewer

READ_ACCOUNTS, WRITE_ACCOUNTS = "admin:read:accounts", "admin:write:accounts"
READ_REPORTS, WRITE_REPORTS = "admin:read:reports", "admin:write:reports"


def file_report(call: Call) -> Answer:
    """POST /api/v1/reports : the moderators have the caller's report"""
    who = call.require("write:reports")
    target = call.id("account_id")
    if target is None:
        raise NotFound
    report = actions.file_report(
        reporter_id=who.account_id,
        target_id=target,
        comment=call.text("comment"),
        category=call.text("category", "other") or "other",
        post_ids=call.ids("status_ids"),
        rule_ids=call.texts("rule_ids"),
        forward=call.flag("forward"),
    )
    return json_answer(admin.report_document(report))


# ---------------------------------------------------------------- accounts

_V1_STATUS = ("active", "pending", "disabled", "silenced", "suspended", "sensitized")


def _account_filters(call: Call, *, version: int) -> dict[str, Any]:
    filters = {n: call.text(n) for n in ("username", "display_name", "by_domain", "email", "origin", "status", "permissions")}
    if version == 1:
        filters["origin"] = "local" if call.flag("local") else "remote" if call.flag("remote") else ""
        filters["status"] = next((s for s in _V1_STATUS if call.flag(s)), "")
        filters["permissions"] = "staff" if call.flag("staff") else ""
    return filters


def _accounts(version: int) -> Callable[[Call], Answer]:
    """Return the endpoint of the list of accounts in this version of the API."""

    def endpoint(call: Call) -> Answer:
        call.moderator(READ_ACCOUNTS)
        page = call.cursor(default=100, most=200)
        found = queries.accounts_for_moderators(_account_filters(call, version=version)).filter(id__lt=page.max_id, id__gt=page.floor)
        if page.forward:
            found = found.reverse()
        ids = sorted(found.values_list("id", flat=True)[: page.limit], reverse=True)
        documents = admin.admin_accounts(ids)
        return json_answer([documents[i] for i in ids if i in documents], headers=call.link(ids[0], ids[-1]) if ids else [])

    endpoint.__doc__ = f"GET /api/v{version}/admin/accounts : the accounts, newest first, as moderators may know them"
    return endpoint


accounts_v1, accounts_v2 = _accounts(1), _accounts(2)


def _one(account_id: int) -> Answer:
    found = admin.admin_accounts((account_id,)).get(account_id)
    if found is None:
        raise NotFound
    return json_answer(found)


def account(call: Call, account_id: int) -> Answer:
    """GET /api/v1/admin/accounts/:id : an account, with what moderators may know"""
    call.moderator(READ_ACCOUNTS)
    return _one(account_id)


def act_on_account(call: Call, account_id: int) -> Answer:
    """POST /api/v1/admin/accounts/:id/action : a decision is made about it, written down and told to it"""
    who = call.moderator(WRITE_ACCOUNTS)
    kind = call.text("type") or "none"
    actions.decide(
        moderator_id=who.account_id,
        target_id=account_id,
        action=kind,
        text=call.text("text"),
        report_id=call.id("report_id"),
        post_ids=call.ids("status_ids"),
        notify=call.flag("send_email_notification", True),
    )
    changes.sync()
    return json_answer({})


def _lifting(action: Decision.Action, said: str) -> Callable[[Call, int], Answer]:
    """Return an endpoint that lifts a restriction. said: its path's end, and what is true afterwards."""

    def endpoint(call: Call, account_id: int) -> Answer:
        who = call.moderator(WRITE_ACCOUNTS)
        actions.lift(who.account_id, account_id, action)
        changes.sync()
        return _one(account_id)

    endpoint.__doc__ = f"POST /api/v1/admin/accounts/:id/{said}"
    return endpoint


enable = _lifting(Decision.Action.DISABLE, "enable : the account can be used again")
unsilence = _lifting(Decision.Action.SILENCE, "unsilence : the account is no longer limited")
unsuspend = _lifting(Decision.Action.SUSPEND, "unsuspend : the account is no longer suspended")
unsensitive = _lifting(Decision.Action.SENSITIVE, "unsensitive : its media are no longer marked as sensitive")


def approve(call: Call, account_id: int) -> Answer:
    """POST /api/v1/admin/accounts/:id/approve : who waited is let in"""
    who = call.moderator(WRITE_ACCOUNTS)
    register.approve(account_id, by=f"account:{who.account_id}")
    changes.sync()
    return _one(account_id)


def reject(call: Call, account_id: int) -> Answer:
    """POST /api/v1/admin/accounts/:id/reject : who waited is refused and forgotten"""
    who = call.moderator(WRITE_ACCOUNTS)
    answer = _one(account_id)
    register.reject(account_id, by=f"account:{who.account_id}")
    changes.sync()
    return answer


# ---------------------------------------------------------------- reports


def reports(call: Call) -> Answer:
    """GET /api/v1/admin/reports : the reports, newest first"""
    who = call.moderator(READ_REPORTS)
    page = call.cursor(default=100, most=200)
    found = queries.reports(
        closed=call.flag("resolved"),
        reporter_id=call.id("account_id"),
        target_id=call.id("target_account_id"),
        max_id=page.max_id,
        limit=page.limit,
    )
    body = admin.admin_reports(viewer(who.account_id), found)
    return json_answer(body, headers=call.link(found[0].id, found[-1].id) if found else [])


def _report(moderator_id: int, report_id: int) -> Answer:
    return json_answer(admin.admin_reports(viewer(moderator_id), [queries.report(report_id)])[0])


def report(call: Call, report_id: int) -> Answer:
    """GET /api/v1/admin/reports/:id : one report"""
    return _report(call.moderator(READ_REPORTS).account_id, report_id)


def update_report(call: Call, report_id: int) -> Answer:
    """PUT /api/v1/admin/reports/:id : its category or rules are changed"""
    who = call.moderator(WRITE_REPORTS)
    category = call.text("category")
    wish: dict[str, Any] = {}
    if category:
        if category not in ("spam", "legal", "violation", "other"):
            raise Invalid("Validation failed: Category is not included in the list", code="report.category")
        wish["category"] = category
    if "rule_ids" in call.params:
        wish["rule_ids"] = call.texts("rule_ids")
    actions.change_report(who.account_id, report_id, **wish)
    return _report(who.account_id, report_id)


def _changing(change: Callable[[int, int], Any], said: str) -> Callable[[Call, int], Answer]:
    """Return an endpoint that changes a report. said: its path's end, and what is true afterwards."""

    def endpoint(call: Call, report_id: int) -> Answer:
        who = call.moderator(WRITE_REPORTS)
        change(who.account_id, report_id)
        return _report(who.account_id, report_id)

    endpoint.__doc__ = f"POST /api/v1/admin/reports/:id/{said}"
    return endpoint


assign = _changing(
    lambda me, report_id: actions.change_report(me, report_id, assigned_to_id=me), "assign_to_self : the caller takes care of it"
)
unassign = _changing(lambda me, report_id: actions.change_report(me, report_id, assigned_to_id=None), "unassign : nobody takes care of it")
resolve = _changing(actions.close_report, "resolve : the report is closed")
reopen = _changing(actions.reopen_report, "reopen : the report is open again")


# ---------------------------------------------------------------- blocked addresses


def email_domains(call: Call) -> Answer:
    """GET /api/v1/admin/email_domain_blocks : the domains whose addresses may not register"""
    call.moderator("admin:read:email_domain_blocks")
    page = call.cursor(default=100, most=200)
    found = list(EmailDomainBlock.objects.filter(id__lt=page.max_id, id__gt=page.floor).order_by("-id")[: page.limit])
    return json_answer([admin.email_domain_block(b) for b in found], headers=call.link(found[0].id, found[-1].id) if found else [])


def block_email_domain(call: Call) -> Answer:
    """POST /api/v1/admin/email_domain_blocks : addresses of this domain may not register"""
    who = call.moderator("admin:write:email_domain_blocks")
    return json_answer(admin.email_domain_block(actions.block_email_domain(who.account_id, call.text("domain"))))


def email_domain(call: Call, block_id: int) -> Answer:
    """GET /api/v1/admin/email_domain_blocks/:id : one blocked domain"""
    call.moderator("admin:read:email_domain_blocks")
    found = EmailDomainBlock.objects.filter(id=block_id).first()
    if found is None:
        raise NotFound
    return json_answer(admin.email_domain_block(found))


def unblock_email_domain(call: Call, block_id: int) -> Answer:
    """DELETE /api/v1/admin/email_domain_blocks/:id : addresses of this domain may register again"""
    who = call.moderator("admin:write:email_domain_blocks")
    actions.unblock_email_domain(who.account_id, block_id)
    return json_answer({})


def ip_blocks(call: Call) -> Answer:
    """GET /api/v1/admin/ip_blocks : the blocked network addresses, newest first"""
    call.moderator("admin:read:ip_blocks")
    page = call.cursor(default=100, most=200)
    found = list(IpBlock.objects.filter(id__lt=page.max_id, id__gt=page.floor).order_by("-id")[: page.limit])
    return json_answer([admin.ip_block(b) for b in found], headers=call.link(found[0].id, found[-1].id) if found else [])


def ip_block(call: Call, block_id: int) -> Answer:
    """GET /api/v1/admin/ip_blocks/:id : one blocked network address"""
    call.moderator("admin:read:ip_blocks")
    found = IpBlock.objects.filter(id=block_id).first()
    if found is None:
        raise NotFound
    return json_answer(admin.ip_block(found))


def save_ip_block(call: Call, block_id: int | None = None) -> Answer:
    """POST /api/v1/admin/ip_blocks and PUT /api/v1/admin/ip_blocks/:id : a network address or range is blocked"""
    who = call.moderator("admin:write:ip_blocks")
    known = IpBlock.objects.filter(id=block_id).first() if block_id else None
    if block_id and known is None:
        raise NotFound
    expires_in = call.number("expires_in", None, low=1, high=10 * 365 * 86400)
    block = actions.block_ip(
        who.account_id,
        call.text("ip") or (known.ip if known else ""),
        call.text("severity") or (known.severity if known else ""),
        comment=call.text("comment", known.comment if known else ""),
        expires_at=now() + timedelta(seconds=expires_in) if expires_in else (known.expires_at if known else None),
        block_id=block_id,
    )
    return json_answer(admin.ip_block(block))


def unblock_ip(call: Call, block_id: int) -> Answer:
    """DELETE /api/v1/admin/ip_blocks/:id : the network address is no longer blocked"""
    who = call.moderator("admin:write:ip_blocks")
    actions.unblock_ip(who.account_id, block_id)
    return json_answer({})


ROUTES = [
    ("POST", "/api/v1/reports", file_report),
    ("GET", "/api/v1/admin/accounts", accounts_v1),
    ("GET", "/api/v2/admin/accounts", accounts_v2),
    ("GET", "/api/v1/admin/accounts/:id", account),
    ("POST", "/api/v1/admin/accounts/:id/action", act_on_account),
    ("POST", "/api/v1/admin/accounts/:id/approve", approve),
    ("POST", "/api/v1/admin/accounts/:id/reject", reject),
    ("POST", "/api/v1/admin/accounts/:id/enable", enable),
    ("POST", "/api/v1/admin/accounts/:id/unsilence", unsilence),
    ("POST", "/api/v1/admin/accounts/:id/unsuspend", unsuspend),
    ("POST", "/api/v1/admin/accounts/:id/unsensitive", unsensitive),
    ("GET", "/api/v1/admin/reports", reports),
    ("GET", "/api/v1/admin/reports/:id", report),
    ("PUT", "/api/v1/admin/reports/:id", update_report),
    ("POST", "/api/v1/admin/reports/:id/assign_to_self", assign),
    ("POST", "/api/v1/admin/reports/:id/unassign", unassign),
    ("POST", "/api/v1/admin/reports/:id/resolve", resolve),
    ("POST", "/api/v1/admin/reports/:id/reopen", reopen),
    ("GET", "/api/v1/admin/email_domain_blocks", email_domains),
    ("POST", "/api/v1/admin/email_domain_blocks", block_email_domain),
    ("GET", "/api/v1/admin/email_domain_blocks/:id", email_domain),
    ("DELETE", "/api/v1/admin/email_domain_blocks/:id", unblock_email_domain),
    ("GET", "/api/v1/admin/ip_blocks", ip_blocks),
    ("POST", "/api/v1/admin/ip_blocks", save_ip_block),
    ("GET", "/api/v1/admin/ip_blocks/:id", ip_block),
    ("PUT", "/api/v1/admin/ip_blocks/:id", save_ip_block),
    ("DELETE", "/api/v1/admin/ip_blocks/:id", unblock_ip),
]
