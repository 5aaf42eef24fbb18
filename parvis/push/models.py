"""Web push subscriptions, pushes that wait, and when people want digests."""

from __future__ import annotations

from django.db import models

from parvis.identity.models import AccessToken
from parvis.kernel.clock import now
from parvis.kernel.fields import SnowflakeField
from parvis.network.models import Account


class PushSubscription(models.Model):
    """Where one app of one person wants pushes, and of what."""

    id = SnowflakeField()
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    token = models.OneToOneField(AccessToken, on_delete=models.CASCADE, related_name="push_subscription")
    endpoint = models.CharField(max_length=2048)
    key_p256dh = models.CharField(max_length=128, help_text="The device's public key: an uncompressed P-256 point, base64url.")
    key_auth = models.CharField(max_length=64, help_text="The device's secret: 16 bytes, base64url.")
    standard = models.BooleanField(default=False, help_text="RFC 8291; else the older draft (aesgcm).")
    alerts = models.JSONField(default=dict, help_text="Kinds of notifications that are wanted: {kind: true}.")
    policy = models.CharField(max_length=16, default="all", help_text="all, followed, follower or none: from whom.")
    sealed_token = models.TextField(help_text="The bearer token that payloads carry, sealed with the square's secret key.")
    created_at = models.DateTimeField(default=now)


class PushDelivery(models.Model):
    """One push that waits to be sent; gone once the push service took it."""

    id = models.BigAutoField(primary_key=True)
    subscription = models.ForeignKey(PushSubscription, on_delete=models.CASCADE, related_name="+", db_index=False)
    notification_id = models.BigIntegerField()
    attempts = models.IntegerField(default=0)
    due_ms = models.BigIntegerField(db_index=True, help_text="When it is tried next; later while somebody is sending it.")
    created_ms = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subscription", "notification_id"], name="push_delivery_once")]


class DigestPreference(models.Model):
    """When a person wants a letter about what is unread. No row: never."""

    class Rhythm(models.TextChoices):
        OFF = "off"
        DAILY = "daily"
        WEEKLY = "weekly"

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="+", primary_key=True)
    rhythm = models.CharField(max_length=8, choices=Rhythm, default=Rhythm.OFF)
    hours = models.JSONField(default=list, help_text="Hours of the day (0 to 23) in the person's zone.")
    weekday = models.SmallIntegerField(default=0, help_text="0 is Monday; for weekly digests.")
    zone = models.CharField(max_length=64, default="UTC", help_text="IANA name, for example Europe/Paris.")
    told_id = models.BigIntegerField(default=0, help_text="Newest notification that a digest told.")
    next_at = models.DateTimeField(null=True, db_index=True, help_text="When the next digest is due; null when off.")
