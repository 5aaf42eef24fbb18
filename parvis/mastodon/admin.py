"""Mastodon's Report entity and the Admin:: entities, for moderators' apps."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from parvis.identity.models import User
from parvis.identity.queries import role_document, square
from parvis.kernel.clock import iso
from parvis.mastodon import account as account_entity
from parvis.mastodon import rule, status
from parvis.moderation.models import Decision, EmailDomainBlock, IpBlock, Report
from parvis.moderation.queries import people
from parvis.network.queries import AccountData, Viewer, accounts, posts


def report_document(report: Report) -> dict[str, Any]:
    """Return Report, as its reporter reads it."""
    target = accounts((report.target_id,)).get(report.target_id)
    return {
        "id": str(report.id),
        "action_taken": report.closed_at is not None,
        "action_taken_at": iso(report.closed_at),
        "category": report.category,
        "comment": report.comment,
        "forwarded": report.forwarded,
        "created_at": iso(report.created_at),
        "status_ids": [str(i) for i in report.post_ids] or None,
        "rule_ids": [str(i) for i in report.rule_ids] or None,
        "collection_ids": None,
        "target_account": account_entity.document(target) if target else None,
    }


def admin_account(data: AccountData, user: User | None) -> dict[str, Any]:
    """Return Admin::Account: an account with what only moderators may know."""
    return {
        "id": str(data.id),
        "username": data.username,
        "domain": data.domain or None,
        "created_at": iso(data.created_at),
        "email": user.email if user else "",
        "ip": None,
        "ips": [],
        "locale": user.language if user else None,
        "invite_request": (user.reason or None) if user else None,
        "role": role_document(user.role) if user else None,
        "confirmed": bool(user and user.confirmed_at),
        "approved": bool(user and user.approved_at),
        "disabled": data.disabled,
        "silenced": data.limited,
        "suspended": data.suspended,
        "sensitized": data.sensitized,
        "account": account_entity.document(data),
        **({"invited_by_account_id": str(user.invited_by.account_id)} if user and user.invited_by_id and user.invited_by else {}),
    }


def admin_accounts(ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Return Admin::Account for each id that exists; two queries."""
    found = accounts(ids)
    users = people(found)
    return {i: admin_account(data, users.get(i)) for i, data in found.items()}


def admin_reports(viewer: Viewer, reports: list[Report]) -> list[dict[str, Any]]:
    """Return Admin::Report for each report, with its people, posts and rules; batched."""
    named = {i for r in reports for i in (r.reporter_id, r.target_id, r.assigned_to_id, r.closed_by_id) if i}
    people_of = admin_accounts(named)
    named_posts = posts({int(i) for r in reports for i in r.post_ids})
    shown = {d["id"]: d for d in status.documents(viewer, list(named_posts))}
    rules = {r["id"]: r for r in rule.rules(square())}
    return [
        {
            "id": str(r.id),
            "action_taken": r.closed_at is not None,
            "action_taken_at": iso(r.closed_at),
            "category": r.category,
            "comment": r.comment,
            "forwarded": r.forwarded,
            "created_at": iso(r.created_at),
            "updated_at": iso(r.updated_at),
            "account": people_of.get(r.reporter_id),
            "target_account": people_of.get(r.target_id),
            "assigned_account": people_of.get(r.assigned_to_id) if r.assigned_to_id else None,
            "action_taken_by_account": people_of.get(r.closed_by_id) if r.closed_by_id else None,
            "statuses": [shown[str(i)] for i in r.post_ids if str(i) in shown],
            "rules": [rules[i] for i in r.rule_ids if i in rules],
        }
        for r in reports
    ]


def warning_document(decision: Decision) -> dict[str, Any]:
    """Return AccountWarning: a decision as the account it is about reads it."""
    target = accounts((decision.target_id,)).get(decision.target_id)
    return {
        "id": str(decision.id),
        "action": decision.action,
        "text": decision.text,
        "status_ids": [str(i) for i in decision.post_ids] or None,
        "target_account": account_entity.document(target) if target else None,
        "appeal": None,
        "created_at": iso(decision.created_at),
    }


def email_domain_block(block: EmailDomainBlock) -> dict[str, Any]:
    """Return Admin::EmailDomainBlock (its history is empty: attempts are not counted per day here)."""
    return {"id": str(block.id), "domain": block.domain, "created_at": iso(block.created_at), "history": []}


def ip_block(block: IpBlock) -> dict[str, Any]:
    """Return Admin::IpBlock."""
    return {
        "id": str(block.id),
        "ip": block.ip,
        "severity": block.severity,
        "comment": block.comment,
        "created_at": iso(block.created_at),
        "expires_at": iso(block.expires_at),
    }
