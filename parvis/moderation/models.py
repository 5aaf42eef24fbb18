"""Reports, decisions with their reasons, and blocked addresses."""

from __future__ import annotations

from django.db import models

from parvis.kernel.clock import now
from parvis.kernel.fields import SnowflakeField
from parvis.network.models import Account


class Report(models.Model):
    """What someone told the moderators about an account and some of its posts."""

    class Category(models.TextChoices):
        SPAM = "spam"
        LEGAL = "legal"
        VIOLATION = "violation"
        OTHER = "other"

    id = SnowflakeField()
    reporter = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    target = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    category = models.CharField(max_length=16, choices=Category, default=Category.OTHER)
    comment = models.CharField(max_length=1000, blank=True)
    post_ids = models.JSONField(default=list)
    rule_ids = models.JSONField(default=list)
    forwarded = models.BooleanField(default=False)
    assigned_to = models.ForeignKey(Account, null=True, on_delete=models.SET_NULL, related_name="+")
    closed_by = models.ForeignKey(Account, null=True, on_delete=models.SET_NULL, related_name="+")
    closed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(default=now)

    class Meta:
        indexes = [models.Index(fields=["closed_at", "-id"], name="moderation_report_queue")]


class Decision(models.Model):
    """A moderator's decision about an account, with the reasons that reach it. Never changed, only lifted."""

    class Action(models.TextChoices):
        NONE = "none"  # a warning
        DELETE_POSTS = "delete_statuses"
        MARK_SENSITIVE = "mark_statuses_as_sensitive"
        SENSITIVE = "sensitive"
        DISABLE = "disable"
        SILENCE = "silence"
        SUSPEND = "suspend"

    id = SnowflakeField()
    target = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    moderator = models.ForeignKey(Account, null=True, on_delete=models.SET_NULL, related_name="+")
    action = models.CharField(max_length=32, choices=Action)
    text = models.TextField(blank=True, help_text="The reasons, as the account reads them.")
    report = models.ForeignKey(Report, null=True, on_delete=models.SET_NULL, related_name="decisions")
    post_ids = models.JSONField(default=list)
    created_at = models.DateTimeField(default=now)
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(Account, null=True, on_delete=models.SET_NULL, related_name="+")


class Remark(models.Model):
    """What moderators write to each other about an account."""

    id = SnowflakeField()
    target = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    author = models.ForeignKey(Account, null=True, on_delete=models.SET_NULL, related_name="+")
    text = models.TextField()
    created_at = models.DateTimeField(default=now)


class EmailDomainBlock(models.Model):
    """Nobody may register with an address of this domain."""

    id = SnowflakeField()
    domain = models.CharField(max_length=255, unique=True)
    created_at = models.DateTimeField(default=now)


class IpBlock(models.Model):
    """What an address range may not do."""

    class Severity(models.TextChoices):
        SIGN_UP_REQUIRES_APPROVAL = "sign_up_requires_approval"
        SIGN_UP_BLOCK = "sign_up_block"
        NO_ACCESS = "no_access"

    id = SnowflakeField()
    ip = models.CharField(max_length=64, unique=True, help_text="An address or a range, 192.0.2.0/24.")
    severity = models.CharField(max_length=32, choices=Severity)
    comment = models.CharField(max_length=500, blank=True)
    expires_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=now)
