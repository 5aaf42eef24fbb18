"""Who follows, blocks, mutes whom; private notes; lists."""

from __future__ import annotations

from django.db import models

from parvis.kernel.clock import now
from parvis.kernel.fields import SnowflakeField

from .accounts import Account


class FollowOptions(models.Model):
    show_boosts = models.BooleanField(default=True)
    notify = models.BooleanField(default=False, help_text="Tell the follower of each new post.")
    languages = models.JSONField(default=list, help_text="Only these languages; empty for all.")
    created_at = models.DateTimeField(default=now)

    class Meta:
        abstract = True


class Follow(FollowOptions):
    id = SnowflakeField()
    follower = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="following_edges", db_index=False)
    followee = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="follower_edges", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["follower", "followee"], name="network_follow_once"),
            models.CheckConstraint(condition=~models.Q(follower=models.F("followee")), name="network_follow_other"),
        ]
        indexes = [
            models.Index(fields=["followee", "id"], name="network_follow_followers"),
            models.Index(fields=["follower", "id"], name="network_follow_following"),
            models.Index(fields=["followee"], name="network_follow_told", condition=models.Q(notify=True)),
        ]


class FollowRequest(FollowOptions):
    id = SnowflakeField()
    follower = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    followee = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["follower", "followee"], name="network_request_once")]
        indexes = [models.Index(fields=["followee", "id"], name="network_request_received")]


class Block(models.Model):
    id = SnowflakeField()
    blocker = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    blocked = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["blocker", "blocked"], name="network_block_once")]


class Mute(models.Model):
    id = SnowflakeField()
    muter = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    muted = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    hide_notifications = models.BooleanField(default=True)
    expires_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["muter", "muted"], name="network_mute_once")]


class DomainBlock(models.Model):
    """One person hides a whole other server."""

    id = SnowflakeField()
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    domain = models.CharField(max_length=255)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "domain"], name="network_domainblock_once")]


class PrivateNote(models.Model):
    """What one person wrote for themselves about another."""

    author = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    subject = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    text = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["author", "subject"], name="network_note_once")]


class Endorsement(models.Model):
    """A person features another on their profile."""

    id = SnowflakeField()
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    endorsed = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "endorsed"], name="network_endorse_once")]


class DismissedSuggestion(models.Model):
    """A suggested account that the person does not want to see again."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    suggested = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "suggested"], name="network_dismiss_once")]


class AccountList(models.Model):
    """A person's list of followed accounts, with a timeline of its own."""

    class Replies(models.TextChoices):
        FOLLOWED = "followed"
        LIST = "list"
        NONE = "none"

    id = SnowflakeField()
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="lists")
    title = models.CharField(max_length=255)
    replies_policy = models.CharField(max_length=16, choices=Replies, default=Replies.LIST)
    exclusive = models.BooleanField(default=False, help_text="Its members' posts are left out of home.")


class ListMember(models.Model):
    id = SnowflakeField()
    list = models.ForeignKey(AccountList, on_delete=models.CASCADE, related_name="members", db_index=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["list", "account"], name="network_listmember_once")]
