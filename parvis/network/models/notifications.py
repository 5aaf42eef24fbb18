"""Notifications, what a person wants of them, and how far they have read."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from parvis.kernel.clock import now
from parvis.kernel.fields import SnowflakeField

from .accounts import Account
from .posts import Post


class Notification(models.Model):
    """`kind` is Mastodon's type: mention, status, reblog, follow, follow_request, favourite, poll, update,
    quote, quoted_update, admin.sign_up, admin.report, moderation_warning, severed_relationships."""

    id = SnowflakeField()
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=32)
    from_account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    post = models.ForeignKey(Post, null=True, on_delete=models.CASCADE, related_name="+")
    group_key = models.CharField(max_length=128, help_text='"favourite-POST-HOURS", or "ungrouped-ID".')
    filtered = models.BooleanField(default=False, help_text="Held back as a request by the person's policy.")
    subject_id = models.BigIntegerField(default=0, help_text="Report or warning that it is about; 0 for none.")
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "kind", "from_account", "post", "subject_id"],
                name="network_notification_once",
                condition=Q(post__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["account", "kind", "from_account", "subject_id"],
                name="network_notification_once_bare",
                condition=Q(post__isnull=True),
            ),
        ]
        indexes = [
            models.Index(fields=["account", "id"], name="network_notification_recent", condition=Q(filtered=False)),
            models.Index(fields=["account", "from_account", "id"], name="network_notification_held", condition=Q(filtered=True)),
            models.Index(fields=["account", "group_key", "id"], name="network_notification_group"),
        ]


class NotificationPolicy(models.Model):
    """accept | filter | drop, by who it comes from."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="notification_policy", primary_key=True)
    for_not_following = models.CharField(max_length=8, default="accept")
    for_not_followers = models.CharField(max_length=8, default="accept")
    for_new_accounts = models.CharField(max_length=8, default="accept")
    for_private_mentions = models.CharField(max_length=8, default="filter")
    for_limited_accounts = models.CharField(max_length=8, default="filter")
    for_bots = models.CharField(max_length=8, default="accept")


class NotificationPermission(models.Model):
    """Notifications from this account are always let through."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    from_account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "from_account"], name="network_permission_once")]


class NotificationRequest(models.Model):
    """Held notifications of one sender, waiting for accept or dismiss."""

    id = SnowflakeField()
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    from_account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    last_post = models.ForeignKey(Post, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    notifications_count = models.IntegerField(default=0)
    dismissed = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "from_account"], name="network_notifrequest_once")]


class Marker(models.Model):
    """How far a person has read a timeline ("home", "notifications")."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    timeline = models.CharField(max_length=16)
    last_read_id = models.BigIntegerField()
    version = models.IntegerField(default=1)
    updated_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "timeline"], name="network_marker_once")]
