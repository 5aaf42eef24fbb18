"""What moderators' pages show of reports, decisions and people, as frozen data; batched."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from parvis.identity.models import User
from parvis.identity.queries import square as square_settings
from parvis.mastodon.rule import rules as rule_documents
from parvis.moderation.models import Decision, Remark, Report
from parvis.moderation.queries import people
from parvis.network.queries import AccountData, accounts
from parvis.web.cards import Face, face


@dataclass(frozen=True, slots=True)
class Case:
    """A report as moderators read it. `reporter` and `target` are None when the account is gone."""

    id: int
    category: str
    comment: str
    rules: tuple[str, ...]
    posts_count: int
    reporter: Face | None
    target: Face | None
    assigned_to: Face | None
    closed_by: Face | None
    closed_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Taken:
    """A decision in the words of those who take it."""

    id: int
    what: str
    reasons: str
    moderator: Face | None
    posts_count: int
    report_id: int | None
    created_at: datetime
    lifted_at: datetime | None
    lifted_by: Face | None


@dataclass(frozen=True, slots=True)
class Said:
    """A moderator's remark for the other moderators."""

    author: Face | None
    text: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """An account with what only moderators may know."""

    face: Face
    states: tuple[str, ...]
    created_at: datetime
    posts_count: int
    followers_count: int
    local: bool
    role: str
    email: str
    language: str
    confirmed: bool
    approved: bool
    reason: str


def category_words(category: str) -> str:
    """Return what a report says is wrong."""
    return {
        "spam": _("Advertising or spam"),
        "legal": _("Against the law"),
        "violation": _("Breaks the rules"),
    }.get(category, _("Something else"))


def action_words(action: str) -> str:
    """Return what a decision does, in a moderator's words."""
    words = {
        Decision.Action.NONE: _("Warning"),
        Decision.Action.DELETE_POSTS: _("Posts deleted"),
        Decision.Action.MARK_SENSITIVE: _("Posts marked as sensitive"),
        Decision.Action.SENSITIVE: _("All media marked as sensitive"),
        Decision.Action.DISABLE: _("Account frozen"),
        Decision.Action.SILENCE: _("Account limited"),
        Decision.Action.SUSPEND: _("Account suspended"),
    }
    return words[Decision.Action(action)]


def states_of(account: AccountData, user: User | None) -> tuple[str, ...]:
    """Return what restricts the account, in words; empty for most."""
    found = (
        (account.deleted, _("deleted")),
        (account.suspended, _("suspended")),
        (account.disabled, _("frozen")),
        (account.limited, _("limited")),
        (account.sensitized, _("media marked as sensitive")),
        (user is not None and user.confirmed_at is None, _("address not confirmed")),
        (user is not None and user.approved_at is None, _("waits for approval")),
    )
    return tuple(word for holds, word in found if holds)


def _faces(ids: Iterable[int | None]) -> dict[int | None, Face]:
    return {i: face(account) for i, account in accounts({i for i in ids if i}).items()}


def cases(reports: Sequence[Report]) -> list[Case]:
    """Return the reports with everybody they name; one query for any number of them."""
    found = _faces(i for r in reports for i in (r.reporter_id, r.target_id, r.assigned_to_id, r.closed_by_id))
    rules = {rule["id"]: _rule_text(rule) for rule in rule_documents(square_settings())}
    return [
        Case(
            id=r.id,
            category=category_words(r.category),
            comment=r.comment,
            rules=tuple(rules[i] for i in r.rule_ids if i in rules),
            posts_count=len(r.post_ids),
            reporter=found.get(r.reporter_id),
            target=found.get(r.target_id),
            assigned_to=found.get(r.assigned_to_id),
            closed_by=found.get(r.closed_by_id),
            closed_at=r.closed_at,
            created_at=r.created_at,
        )
        for r in reports
    ]


def _rule_text(rule: dict[str, Any]) -> str:
    from django.utils.translation import get_language

    said = rule["translations"].get((get_language() or "en")[:2], {})
    return str(said.get("text") or rule["text"])


def taken(decisions: Sequence[Decision]) -> list[Taken]:
    """Return decisions with who took and who lifted them; one query."""
    found = _faces(i for d in decisions for i in (d.moderator_id, d.lifted_by_id))
    return [
        Taken(
            id=d.id,
            what=action_words(d.action),
            reasons=d.text,
            moderator=found.get(d.moderator_id),
            posts_count=len(d.post_ids),
            report_id=d.report_id,
            created_at=d.created_at,
            lifted_at=d.lifted_at,
            lifted_by=found.get(d.lifted_by_id),
        )
        for d in decisions
    ]


def said(remarks: Sequence[Remark]) -> list[Said]:
    """Return remarks with their authors; one query."""
    found = _faces(r.author_id for r in remarks)
    return [Said(found.get(r.author_id), r.text, r.created_at) for r in remarks]


def known(ids: Sequence[int]) -> list[Known]:
    """Return these accounts in order, with the people behind them; two queries for any number of them."""
    found = accounts(ids)
    users = people(found)
    return [_known(found[i], users.get(i)) for i in ids if i in found]


def _known(account: AccountData, user: User | None) -> Known:
    roles = {"moderator": _("moderator"), "owner": _("owner")}
    return Known(
        face=face(account),
        states=states_of(account, user),
        created_at=account.created_at,
        posts_count=account.posts_count,
        followers_count=account.followers_count,
        local=account.is_local,
        role=roles.get(user.role, "") if user else "",
        email=user.email if user else "",
        language=user.language if user else "",
        confirmed=bool(user and user.confirmed_at),
        approved=bool(user and user.approved_at),
        reason=user.reason if user else "",
    )
