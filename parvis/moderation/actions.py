"""File and close reports; decide about accounts, with reasons; lift decisions. Each decision stands in the audit log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.identity.queries import role_of
from parvis.kernel import changes
from parvis.kernel.clock import now
from parvis.kernel.errors import Forbidden, Invalid, NotFound
from parvis.kernel.models import AuditEntry
from parvis.kernel.outbox import emit
from parvis.moderation import policies
from parvis.moderation.events import DecisionTaken, ReportFiled
from parvis.moderation.models import Decision, EmailDomainBlock, IpBlock, Remark, Report
from parvis.network.actions import posts as network_posts
from parvis.network.events import AccountHidden
from parvis.network.models import Account, Post
from parvis.network.queries import posts as load_posts
from parvis.network.queries import seen_posts, viewer

MAX_COMMENT = 1000
_COLUMN = {
    Decision.Action.SENSITIVE: "sensitized_at",
    Decision.Action.DISABLE: "disabled_at",
    Decision.Action.SILENCE: "limited_at",
    Decision.Action.SUSPEND: "suspended_at",
}


def file_report(
    *,
    reporter_id: int,
    target_id: int,
    comment: str = "",
    category: str = Report.Category.OTHER,
    post_ids: Sequence[int] = (),
    rule_ids: Sequence[str] = (),
    forward: bool = False,
) -> Report:
    """The moderators have a report. Only posts of the target that the reporter may see are kept. Raises Invalid, NotFound."""
    if reporter_id == target_id:
        raise Invalid(_("Validation failed: You cannot report yourself"), code="report.self")
    if len(comment) > MAX_COMMENT:
        refusal = _("Validation failed: Comment is too long (maximum is %(n)d characters)")
        raise Invalid(refusal % {"n": MAX_COMMENT}, code="report.too_long")
    if category not in Report.Category.values:
        raise Invalid(_("Validation failed: Category is not included in the list"), code="report.category")
    if not Account.objects.filter(id=target_id, deleted_at=None).exists():
        raise NotFound
    if rule_ids:
        category = Report.Category.VIOLATION
    seen = seen_posts(viewer(reporter_id), post_ids)
    kept = sorted(i for i, post in seen.items() if post.author_id == target_id)
    with transaction.atomic():
        report = Report.objects.create(
            reporter_id=reporter_id,
            target_id=target_id,
            comment=comment,
            category=category,
            post_ids=kept,
            rule_ids=[str(r) for r in rule_ids],
            forwarded=forward,
        )
        emit(ReportFiled(report.id, target_id))
    return report


def change_report(moderator_id: int, report_id: int, **wish: Any) -> Report:
    """A report is assigned, recategorised, closed or opened again; `wish` names the columns. Raises NotFound."""
    with transaction.atomic():
        report = Report.objects.select_for_update().filter(id=report_id).first()
        if report is None:
            raise NotFound
        for name, value in wish.items():
            setattr(report, name, value)
        report.updated_at = now()
        report.save()
        _audit(moderator_id, "report.changed", f"report:{report_id}", {k: str(v) for k, v in wish.items()})
    return report


def close_report(moderator_id: int, report_id: int) -> Report:
    """The report is dealt with."""
    return change_report(moderator_id, report_id, closed_by_id=moderator_id, closed_at=now())


def reopen_report(moderator_id: int, report_id: int) -> Report:
    """The report stands in the queue again."""
    return change_report(moderator_id, report_id, closed_by_id=None, closed_at=None)


def decide(
    *,
    moderator_id: int,
    target_id: int,
    action: str,
    text: str = "",
    report_id: int | None = None,
    post_ids: Sequence[int] = (),
    notify: bool = True,
) -> Decision:
    """The decision is in force, recorded with its reasons, and its report closed. Raises Forbidden, Invalid, NotFound.

    Suspending also ends every session and token; nothing is deleted, so that it can be lifted.
    """
    if action not in Decision.Action.values:
        raise Invalid(_("Validation failed: Type is not included in the list"), code="decision.action")
    if not policies.may_decide(role_of(moderator_id), role_of(target_id)):
        raise Forbidden(_("This action is not allowed"), code="decision.rank")
    restricts = action != Decision.Action.NONE
    if (restricts or notify) and len(text) > 10_000:
        raise Invalid(_("The reasons are too long."), code="decision.too_long")
    with transaction.atomic():
        target = Account.objects.select_for_update().filter(id=target_id).first()
        if target is None:
            raise NotFound
        if report_id is not None and not Report.objects.filter(id=report_id, target_id=target_id).exists():
            raise NotFound
        decision = Decision.objects.create(
            target_id=target_id, moderator_id=moderator_id, action=action, text=text, report_id=report_id, post_ids=list(post_ids)
        )
        _carry_out(target, decision)
        if report_id is not None:
            Report.objects.filter(id=report_id, closed_at=None).update(closed_by_id=moderator_id, closed_at=now(), updated_at=now())
        _audit(moderator_id, f"account.{action}", f"account:{target_id}", {"decision": decision.id, "report": report_id})
        if notify:
            emit(DecisionTaken(decision.id, target_id))
    return decision


def _carry_out(target: Account, decision: Decision) -> None:
    column = _COLUMN.get(Decision.Action(decision.action))
    if column is not None:
        if getattr(target, column) is None:
            Account.objects.filter(id=target.id).update(**{column: now()})
        changes.touch(f"a:{target.id}", f"v:{target.id}", "t:*")
    if decision.action == Decision.Action.SENSITIVE:
        changes.touch("p:*")
    if decision.action == Decision.Action.SUSPEND:
        emit(AccountHidden(target.id))
    if decision.action in (Decision.Action.DELETE_POSTS, Decision.Action.MARK_SENSITIVE):
        chosen = list(Post.objects.filter(id__in=decision.post_ids, author_id=target.id).values_list("id", flat=True))
        if decision.action == Decision.Action.DELETE_POSTS:
            for post in load_posts(chosen).values():
                network_posts.delete(post)
        else:
            Post.objects.filter(id__in=chosen).update(sensitive=True)
            changes.touch(*(f"p:{i}" for i in chosen))


def lift(moderator_id: int, target_id: int, action: str) -> None:
    """A restriction is lifted (sensitive, disable, silence, suspend); repeated without effect. Raises NotFound, Forbidden."""
    if not policies.may_decide(role_of(moderator_id), role_of(target_id)):
        raise Forbidden(_("This action is not allowed"), code="decision.rank")
    column = _COLUMN[Decision.Action(action)]
    with transaction.atomic():
        if not Account.objects.filter(id=target_id).exists():
            raise NotFound
        Account.objects.filter(id=target_id).update(**{column: None})
        Decision.objects.filter(target_id=target_id, action=action, lifted_at=None).update(lifted_at=now(), lifted_by_id=moderator_id)
        _audit(moderator_id, f"account.lift_{action}", f"account:{target_id}", {})
        keys = [f"a:{target_id}", f"v:{target_id}", "t:*"]
        changes.touch(*keys, *(["p:*"] if action == Decision.Action.SENSITIVE else []))


def remark(moderator_id: int, target_id: int, text: str) -> Remark:
    """Moderators may read this remark about the account."""
    if not text.strip():
        raise Invalid(_("Write something first."), code="remark.blank")
    with transaction.atomic():
        return Remark.objects.create(target_id=target_id, author_id=moderator_id, text=text.strip()[:5000])


def block_email_domain(moderator_id: int, domain: str) -> EmailDomainBlock:
    """Nobody registers with an address of this domain any more. Raises Invalid."""
    clean = domain.strip().lower().lstrip("@")
    if not clean or "." not in clean or len(clean) > 255 or any(c.isspace() for c in clean):
        raise Invalid(_("Validation failed: Domain is not a valid domain name"), code="email_domain.invalid")
    with transaction.atomic():
        block, made = EmailDomainBlock.objects.get_or_create(domain=clean)
        if not made:
            raise Invalid(_("Validation failed: Domain has already been taken"), code="email_domain.taken")
        _audit(moderator_id, "email_domain.block", clean, {})
    return block


def unblock_email_domain(moderator_id: int, block_id: int) -> None:
    """Addresses of the domain may register again. Raises NotFound."""
    with transaction.atomic():
        if not EmailDomainBlock.objects.filter(id=block_id).delete()[0]:
            raise NotFound
        _audit(moderator_id, "email_domain.unblock", f"email_domain:{block_id}", {})


def block_ip(
    moderator_id: int, ip: str, severity: str, *, comment: str = "", expires_at: datetime | None = None, block_id: int | None = None
) -> IpBlock:
    """An address range is blocked, or an existing block changed. Raises Invalid, NotFound."""
    import ipaddress

    try:
        clean = str(ipaddress.ip_network(ip.strip(), strict=False))
    except ValueError:
        raise Invalid(_("Validation failed: IP is not a valid IP address"), code="ip.invalid") from None
    if severity not in IpBlock.Severity.values:
        raise Invalid(_("Validation failed: Severity is not included in the list"), code="ip.severity")
    with transaction.atomic():
        values = {"ip": clean, "severity": severity, "comment": comment[:500], "expires_at": expires_at}
        if IpBlock.objects.filter(ip=clean).exclude(id=block_id or 0).exists():
            raise Invalid(_("Validation failed: IP has already been taken"), code="ip.taken")
        if block_id is None:
            block = IpBlock.objects.create(**values)
        else:
            if not IpBlock.objects.filter(id=block_id).update(**values):
                raise NotFound
            block = IpBlock.objects.get(id=block_id)
        changes.touch("ip:1")
        _audit(moderator_id, "ip.block", clean, {"severity": severity})
    return block


def unblock_ip(moderator_id: int, block_id: int) -> None:
    """The range is no longer blocked. Raises NotFound."""
    with transaction.atomic():
        if not IpBlock.objects.filter(id=block_id).delete()[0]:
            raise NotFound
        changes.touch("ip:1")
        _audit(moderator_id, "ip.unblock", f"ip:{block_id}", {})


def _audit(actor_id: int, action: str, subject: str, detail: dict[str, Any]) -> None:
    AuditEntry.objects.create(actor=f"account:{actor_id}", action=action, subject=subject, detail=detail)
