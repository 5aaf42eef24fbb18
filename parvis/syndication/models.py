"""Feeds elsewhere that people here follow, and which of their entries are already here."""

from __future__ import annotations

from django.db import models

from parvis.kernel.clock import now
from parvis.network.models import Account


class Feed(models.Model):
    """A feed's address and what its last answer said."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="feed", primary_key=True)
    url = models.CharField(max_length=2048, unique=True)
    etag = models.CharField(max_length=500, blank=True)
    modified = models.CharField(max_length=100, blank=True, help_text="Last-Modified, as it was given.")
    checked_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(default=now, db_index=True)
    pause_s = models.IntegerField(default=1800)
    failures = models.IntegerField(default=0)
    error = models.CharField(max_length=200, blank=True)


class Entry(models.Model):
    """An entry that was seen: it never becomes a post again, also when its post was deleted."""

    feed = models.ForeignKey(Feed, on_delete=models.CASCADE, related_name="entries", db_index=False)
    key = models.CharField(max_length=64, help_text="SHA-256 of its id.")
    post_id = models.BigIntegerField(default=0)
    seen_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["feed", "key"], name="syndication_entry_once")]
