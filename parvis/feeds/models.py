"""What is waiting to be read: entries of home and list timelines, and the viewer's filters."""

from __future__ import annotations

from django.db import models

from parvis.kernel.clock import now
from parvis.kernel.fields import SnowflakeField
from parvis.network.models import Account, Post


class FeedEntry(models.Model):
    """One post or boost in one feed. `feed_id` is an account's id (home) or a list's id: ids never collide.

    Clustered by (feed_id, entry_id) on SQLite (migration 0001), so that a page is one range of one tree.
    """

    pk = models.CompositePrimaryKey("feed_id", "entry_id")
    feed_id = models.BigIntegerField()
    entry_id = models.BigIntegerField(help_text="Id of the post or boost that stands in the feed.")
    author_id = models.BigIntegerField(help_text="Who wrote or boosted it.")
    post_id = models.BigIntegerField(help_text="The post itself: entry_id, or what was boosted.")

    class Meta:
        managed = False
        db_table = "feeds_entry"


class Filter(models.Model):
    """A viewer's filter (Mastodon's v2): keywords and posts, where it applies, and what it does."""

    class Action(models.TextChoices):
        WARN = "warn"
        HIDE = "hide"
        BLUR = "blur"

    id = SnowflakeField()
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    title = models.CharField(max_length=255)
    context = models.JSONField(default=list, help_text="home, notifications, public, thread, account")
    action = models.CharField(max_length=8, choices=Action, default=Action.WARN)
    expires_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=now)


class FilterKeyword(models.Model):
    id = SnowflakeField()
    filter = models.ForeignKey(Filter, on_delete=models.CASCADE, related_name="keywords")
    keyword = models.CharField(max_length=255)
    whole_word = models.BooleanField(default=True)


class FilterStatus(models.Model):
    id = SnowflakeField()
    filter = models.ForeignKey(Filter, on_delete=models.CASCADE, related_name="statuses")
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["filter", "post"], name="feeds_filterstatus_once")]
