"""What is waiting to be read: home and list timelines, filters, trends, what search finds, announcements."""

from __future__ import annotations

from django.db import models

from parvis.kernel.clock import now
from parvis.kernel.fields import SnowflakeField
from parvis.network.models import Account, Hashtag, Post


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


class TagUsage(models.Model):
    """How often, and by how many accounts, a hashtag was used in public posts on one past day (UTC)."""

    tag = models.ForeignKey(Hashtag, on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    uses = models.IntegerField()
    accounts = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tag", "day"], name="feeds_tagusage_once")]
        indexes = [models.Index(fields=["day"], name="feeds_tagusage_day")]


class Trend(models.Model):
    """One tag, post or link that trends now, as the last refresh computed it (docs/trends.md)."""

    class Kind(models.TextChoices):
        TAG = "tag"
        POST = "post"
        LINK = "link"

    kind = models.CharField(max_length=8, choices=Kind)
    subject_id = models.BigIntegerField(help_text="Id of the hashtag, post or card.")
    author_id = models.BigIntegerField(default=0, help_text="A post's author; 0 otherwise.")
    language = models.CharField(max_length=16, blank=True)
    score = models.FloatField()
    uses = models.IntegerField(default=0, help_text="Distinct accounts that the score counts.")
    allowed = models.BooleanField(default=True, help_text="False: a moderator refused it; shown to moderators only.")
    history = models.JSONField(default=list, help_text="Links: [[day, uses, accounts]] of a week, newest first.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "subject_id"], name="feeds_trend_once")]
        indexes = [models.Index(fields=["kind", "-score"], name="feeds_trend_rank")]


class TrendDecision(models.Model):
    """A moderator allowed or refused that something trends: a post, a link, a link's provider or an account."""

    class Kind(models.TextChoices):
        POST = "post"
        LINK = "link"
        PROVIDER = "provider"
        ACCOUNT = "account"

    kind = models.CharField(max_length=8, choices=Kind)
    subject = models.CharField(max_length=255, help_text="An id, or a provider's host name.")
    allowed = models.BooleanField()
    decided_by = models.ForeignKey(Account, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "subject"], name="feeds_trenddecision_once")]


class PersonWord(models.Model):
    """A word of an account's name, display name or domain, folded (feeds/words.py), by which people are found."""

    word = models.CharField(max_length=64, db_index=True)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "word"], name="feeds_personword_once")]


class Announcement(models.Model):
    """What the square tells everyone for a while."""

    id = SnowflakeField()
    text = models.TextField(help_text="As it was written.")
    html = models.TextField(blank=True)
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    all_day = models.BooleanField(default=False)
    published_at = models.DateTimeField(null=True, help_text="Null while it is not shown.")
    updated_at = models.DateTimeField(default=now)
    created_by = models.ForeignKey(Account, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["published_at"], name="feeds_announcement_shown")]


class AnnouncementDismissal(models.Model):
    announcement = models.ForeignKey(Announcement, on_delete=models.CASCADE, related_name="dismissals", db_index=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "announcement"], name="feeds_dismissal_once")]


class AnnouncementReaction(models.Model):
    id = SnowflakeField()
    announcement = models.ForeignKey(Announcement, on_delete=models.CASCADE, related_name="reactions", db_index=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=64, help_text="An emoji character or a custom emoji's shortcode.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["announcement", "account", "name"], name="feeds_reaction_once")]
        indexes = [models.Index(fields=["announcement", "id"], name="feeds_reaction_order")]
