"""Accounts: the public face of a person, an organisation, a bot or a followed feed."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower

from parvis.kernel.clock import now
from parvis.kernel.fields import SnowflakeField


class Kind(models.TextChoices):
    PERSON = "person"
    ORGANIZATION = "organization"
    BOT = "bot"
    GROUP = "group"
    FEED = "feed"


class Account(models.Model):
    """A profile. `domain` is "" for accounts of this square; feeds and remote accounts carry theirs."""

    id = SnowflakeField()
    username = models.CharField(max_length=64)
    domain = models.CharField(max_length=255, default="", blank=True)
    kind = models.CharField(max_length=16, choices=Kind, default=Kind.PERSON)
    display_name = models.CharField(max_length=120, blank=True)
    note = models.TextField(blank=True, help_text="The bio as its author wrote it.")
    note_html = models.TextField(blank=True)
    fields = models.JSONField(default=list, help_text='[{"name", "value", "html", "verified_at"}]')
    avatar = models.CharField(max_length=255, blank=True, help_text="Storage path; empty for the drawn default.")
    header = models.CharField(max_length=255, blank=True)
    avatar_description = models.CharField(max_length=420, blank=True)
    header_description = models.CharField(max_length=420, blank=True)
    uri = models.CharField(max_length=2048, blank=True, help_text="ActivityPub id or feed address; empty if local.")
    url = models.CharField(max_length=2048, blank=True)
    created_at = models.DateTimeField(default=now)

    locked = models.BooleanField(default=False, help_text="Followers are approved one by one.")
    discoverable = models.BooleanField(default=False)
    indexable = models.BooleanField(default=False, help_text="Public posts may be found by search.")
    hide_collections = models.BooleanField(default=False)
    posting_defaults = models.JSONField(default=dict, help_text="visibility, sensitive, language, quote_policy")

    followers_count = models.IntegerField(default=0)
    following_count = models.IntegerField(default=0)
    posts_count = models.IntegerField(default=0)
    last_post_on = models.DateField(null=True)
    merged_on_read = models.BooleanField(default=False, help_text="Too many followers to fan out on write.")

    suspended_at = models.DateTimeField(null=True, help_text="Hidden everywhere, by a moderator.")
    limited_at = models.DateTimeField(null=True, help_text="Shown to followers only, by a moderator.")
    sensitized_at = models.DateTimeField(null=True, help_text="Media covered, by a moderator.")
    disabled_at = models.DateTimeField(null=True, help_text="Cannot log in; its posts stay.")
    deletion_requested_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    moved_to = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(Lower("username"), Lower("domain"), name="network_account_acct")]
        indexes = [
            models.Index(fields=["domain"], name="network_account_domain"),
            models.Index(fields=["-followers_count", "-id"], name="network_account_popular", condition=models.Q(discoverable=True)),
        ]

    def __str__(self) -> str:
        return self.acct

    @property
    def is_local(self) -> bool:
        return not self.domain

    @property
    def acct(self) -> str:
        return f"{self.username}@{self.domain}" if self.domain else self.username


class CustomEmoji(models.Model):
    """A picture that :shortcode: stands for."""

    shortcode = models.CharField(max_length=64)
    domain = models.CharField(max_length=255, default="", blank=True)
    image = models.CharField(max_length=255)
    static_image = models.CharField(max_length=255, blank=True)
    category = models.CharField(max_length=64, blank=True)
    visible_in_picker = models.BooleanField(default=True)
    disabled = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shortcode", "domain"], name="network_emoji_once")]
