"""Uploaded pictures, sounds and videos."""

from __future__ import annotations

from django.db import models

from parvis.kernel.clock import now
from parvis.kernel.fields import SnowflakeField
from parvis.network.models import Account, Post


class Asset(models.Model):
    """One uploaded file and its renditions. It belongs to its owner; `post` is set once published."""

    class Kind(models.TextChoices):
        IMAGE = "image"
        GIFV = "gifv"
        VIDEO = "video"
        AUDIO = "audio"
        UNKNOWN = "unknown"

    class State(models.TextChoices):
        WAITING = "waiting"
        WORKING = "working"
        READY = "ready"
        FAILED = "failed"

    id = SnowflakeField()
    owner = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="assets")
    post = models.ForeignKey(Post, null=True, on_delete=models.SET_NULL, related_name="assets")
    position = models.SmallIntegerField(default=0)
    kind = models.CharField(max_length=8, choices=Kind)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    error = models.CharField(max_length=500, blank=True)
    content_type = models.CharField(max_length=100)
    size_bytes = models.BigIntegerField(default=0)
    original = models.CharField(max_length=255, help_text="Storage path of the upload: its owner's alone, metadata kept.")
    file = models.CharField(max_length=255, blank=True, help_text="Storage path of what is published, without metadata.")
    preview = models.CharField(max_length=255, blank=True)
    description = models.CharField(max_length=1500, blank=True)
    focus_x = models.FloatField(default=0.0)
    focus_y = models.FloatField(default=0.0)
    blurhash = models.CharField(max_length=64, blank=True)
    meta = models.JSONField(default=dict, help_text="Mastodon's `meta`: original and small sizes, duration_s, fps.")
    sha256 = models.CharField(max_length=64, blank=True)
    private = models.BooleanField(default=True, help_text="Served after a check, by short-lived signed addresses.")
    url = models.CharField(max_length=2048, blank=True, help_text="Address elsewhere, for posts of feeds.")
    created_at = models.DateTimeField(default=now)
    unused_since = models.DateTimeField(null=True, default=now, help_text="Since when it belongs to no post; deleted after a day.")

    class Meta:
        indexes = [models.Index(fields=["unused_since"], name="media_asset_unused", condition=models.Q(unused_since__isnull=False))]
