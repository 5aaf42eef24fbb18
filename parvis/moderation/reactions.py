"""Telling people what was decided about them, and moderators what was reported."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from parvis.identity import mail
from parvis.identity.models import Role, User
from parvis.moderation.events import DecisionTaken, ReportFiled
from parvis.moderation.models import Decision, Report
from parvis.network.actions.notifying import tell

WHAT = {
    Decision.Action.NONE: _("The moderators warn you about your account or your posts."),
    Decision.Action.DELETE_POSTS: _("The moderators removed posts of yours."),
    Decision.Action.MARK_SENSITIVE: _("The moderators marked posts of yours as sensitive."),
    Decision.Action.SENSITIVE: _("From now on, all your media are marked as sensitive."),
    Decision.Action.DISABLE: _("Your account is frozen: you cannot use it, but your profile and posts stay."),
    Decision.Action.SILENCE: _("Your account is limited: only the people who follow you see your posts in public places."),
    Decision.Action.SUSPEND: _("Your account is suspended: nobody sees your profile and posts, and you cannot log in."),
}


def tell_decisions(events: Sequence[DecisionTaken]) -> None:
    """Each account has a notice of the decision about it, and a letter with the reasons."""
    decisions = {d.id: d for d in Decision.objects.filter(id__in=[e.decision_id for e in events])}
    users = {u.account_id: u for u in User.objects.filter(account_id__in=[e.target_id for e in events])}
    for event in events:
        decision, user = decisions.get(event.decision_id), users.get(event.target_id)
        if decision is None or user is None:
            continue
        with transaction.atomic():
            new = tell("moderation_warning", event.target_id, event.target_id, subject_id=decision.id)
        if new is not None:
            _write(decision, user)


def _write(decision: Decision, user: User) -> None:
    with translation.override(user.language):
        what = str(WHAT[Decision.Action(decision.action)])
    context = {"username": user.username, "what": what, "reasons": decision.text}
    mail.send("moderation/email/decision", user.email, context, language=user.language)


def tell_moderators(events: Sequence[ReportFiled]) -> None:
    """Each moderator has a notice of a new report."""
    reports = Report.objects.filter(id__in=[e.report_id for e in events])
    people = User.objects.filter(role__in=(Role.MODERATOR, Role.OWNER), account__isnull=False)
    moderators = list(people.values_list("account_id", flat=True))
    with transaction.atomic():
        for report in reports:
            for moderator_id in moderators:
                tell("admin.report", moderator_id, report.reporter_id, subject_id=report.id)
