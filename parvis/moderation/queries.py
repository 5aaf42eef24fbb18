"""What moderators read: the queue, the people behind accounts, decisions with their reasons."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet

from parvis.identity.models import User
from parvis.kernel import changes
from parvis.kernel.clock import now
from parvis.kernel.errors import NotFound
from parvis.moderation.models import Decision, EmailDomainBlock, IpBlock, Remark, Report
from parvis.network.models import Account


def reports(
    *, closed: bool | None = False, reporter_id: int | None = None, target_id: int | None = None, max_id: int | None = None, limit: int = 50
) -> list[Report]:
    """Return reports, newest first: open ones, closed ones, or both (closed=None)."""
    found = Report.objects.order_by("-id")
    if closed is not None:
        found = found.filter(closed_at__isnull=not closed)
    if reporter_id:
        found = found.filter(reporter_id=reporter_id)
    if target_id:
        found = found.filter(target_id=target_id)
    if max_id:
        found = found.filter(id__lt=max_id)
    return list(found[:limit])


def report(report_id: int) -> Report:
    """Return one report. Raises NotFound."""
    found = Report.objects.filter(id=report_id).first()
    if found is None:
        raise NotFound
    return found


def open_reports_count() -> int:
    """Return how many reports wait."""
    return Report.objects.filter(closed_at=None).count()


def people(account_ids: Iterable[int]) -> dict[int, User]:
    """Return the users behind local accounts; one query."""
    return {u.account_id: u for u in User.objects.filter(account_id__in=list(account_ids)) if u.account_id}


STATUSES = ("active", "pending", "disabled", "silenced", "suspended", "sensitized")


def accounts_for_moderators(filters: dict[str, Any]) -> QuerySet[Account]:
    """Return accounts by origin, status, role, name, e-mail; newest first. Unknown filters are ignored."""
    found = Account.objects.exclude(kind="feed").order_by("-id")
    origin, status = filters.get("origin"), filters.get("status")
    if origin == "local":
        found = found.filter(domain="")
    elif origin == "remote":
        found = found.exclude(domain="")
    if status == "active":
        found = found.filter(suspended_at=None, disabled_at=None, deleted_at=None)
    elif status == "pending":
        found = found.filter(user__approved_at=None, user__isnull=False)
    elif status in ("disabled", "suspended", "sensitized", "silenced"):
        column = {"silenced": "limited_at"}.get(status, f"{status}_at")
        found = found.filter(**{f"{column}__isnull": False})
    if filters.get("permissions") == "staff":
        found = found.filter(user__role__in=("moderator", "owner"))
    for name, lookup in (
        ("username", "username__icontains"),
        ("display_name", "display_name__icontains"),
        ("email", "user__email__iexact"),
        ("by_domain", "domain__iexact"),
    ):
        if filters.get(name):
            found = found.filter(**{lookup: filters[name]})
    return found


def decisions_about(account_id: int) -> list[Decision]:
    """Return every decision about an account, newest first."""
    return list(Decision.objects.filter(target_id=account_id).order_by("-id"))


def decision(decision_id: int) -> Decision | None:
    """Return one decision, or None."""
    return Decision.objects.filter(id=decision_id).first()


def remarks_about(account_id: int) -> list[Remark]:
    """Return moderators' remarks about an account, newest first."""
    return list(Remark.objects.filter(target_id=account_id).order_by("-id"))


def email_domain_is_blocked(email: str) -> bool:
    """Return whether an address belongs to a blocked domain, or to a subdomain of one."""
    domain = email.rpartition("@")[2].lower()
    parts = domain.split(".")
    names = [".".join(parts[i:]) for i in range(len(parts) - 1)]
    return EmailDomainBlock.objects.filter(domain__in=names).exists()


_ranges: changes.Cache[tuple[tuple[Any, str, Any], ...]] = changes.Cache("ip", size=2)


def ip_severity(address: str) -> str:
    """Return the strictest block of an address ("" for none); no query when cached (change key ip:1)."""
    kept = _ranges.entries.get(1)
    if kept is None:
        mark = _ranges.mark()
        rows = IpBlock.objects.filter(Q(expires_at=None) | Q(expires_at__gt=now()))
        kept = tuple((ipaddress.ip_network(b.ip), b.severity, b.expires_at) for b in rows)
        _ranges.put(1, kept, mark)
    if not kept:
        return ""
    try:
        here = ipaddress.ip_address(address)
    except ValueError:
        return ""
    moment = now()
    found = [sev for net, sev, ends in kept if here.version == net.version and here in net and (ends is None or ends > moment)]
    order = ["no_access", "sign_up_block", "sign_up_requires_approval"]
    return min(found, key=order.index, default="")


def reports_by_id(ids: Iterable[int]) -> dict[int, Report]:
    """Return those of these reports that exist; one query."""
    return Report.objects.in_bulk(list(ids))


def decisions_by_id(ids: Iterable[int]) -> dict[int, Decision]:
    """Return those of these decisions that exist; one query."""
    return Decision.objects.in_bulk(list(ids))


def blocked_email_domains() -> list[EmailDomainBlock]:
    """Return the domains whose addresses may not register, by name."""
    return list(EmailDomainBlock.objects.order_by("domain"))


def blocked_addresses() -> list[IpBlock]:
    """Return the blocked network addresses and ranges, newest first."""
    return list(IpBlock.objects.order_by("-id"))
