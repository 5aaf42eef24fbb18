"""Imports with their items, what was imported already, and the archives that people asked for."""

from __future__ import annotations

from django.db import models

from parvis.kernel.clock import now
from parvis.kernel.fields import SnowflakeField
from parvis.network.models import Account, Post, Visibility


class Import(models.Model):
    """One file that somebody brought, and how far it was read."""

    class Kind(models.TextChoices):
        FOLLOWING = "following"
        BLOCKS = "blocks"
        MUTES = "mutes"
        DOMAIN_BLOCKS = "domain_blocks"
        LISTS = "lists"
        BOOKMARKS = "bookmarks"
        POSTS = "posts"

    class State(models.TextChoices):
        WAITING = "waiting"
        WORKING = "working"
        DONE = "done"
        FAILED = "failed"

    id = SnowflakeField()
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=16, choices=Kind)
    overwrite = models.BooleanField(default=False, help_text="What is not in the file is removed.")
    source = models.CharField(max_length=16, blank=True, help_text="mastodon, x, facebook or instagram, once recognised.")
    visibility = models.SmallIntegerField(choices=Visibility, default=Visibility.PRIVATE, help_text="Of imported posts.")
    filename = models.CharField(max_length=255, blank=True, help_text="As its owner called it; shown, never used as a path.")
    file = models.CharField(max_length=255, blank=True, help_text="Storage path; empty once it was read.")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    total = models.IntegerField(default=0)
    done_count = models.IntegerField(default=0)
    passed_count = models.IntegerField(default=0)
    failed_count = models.IntegerField(default=0)
    problem = models.CharField(max_length=500, blank=True, help_text="Why the whole file could not be read.")
    created_at = models.DateTimeField(default=now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["account", "-id"], name="portability_import_recent")]


class ImportItem(models.Model):
    """One line or post of an import. Its effect and its state are written together."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DONE = "done"
        PASSED = "passed"
        FAILED = "failed"

    of = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="items", db_index=False)
    position = models.IntegerField()
    label = models.CharField(max_length=255, blank=True, help_text="How its owner recognises it: an address, a date, a file.")
    values = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    problem = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["of", "position"], name="portability_item_once")]
        indexes = [models.Index(fields=["of", "state", "position"], name="portability_item_next")]


class ImportedPost(models.Model):
    """A post that was brought from elsewhere, so that bringing it again does not double it."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    source = models.CharField(max_length=16)
    key = models.CharField(max_length=64, help_text="SHA-256 of the post's id there, or of what it says.")
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+")
    of = models.ForeignKey(Import, null=True, on_delete=models.SET_NULL, related_name="posts")
    narrowest = models.SmallIntegerField(
        choices=Visibility, default=Visibility.PUBLIC, help_text="Its audience there: never a wider one here."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "source", "key"], name="portability_post_once")]


class Archive(models.Model):
    """Everything a person wrote here, in one file, made when they asked."""

    class State(models.TextChoices):
        WAITING = "waiting"
        WORKING = "working"
        READY = "ready"
        FAILED = "failed"

    id = SnowflakeField()
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    file = models.CharField(max_length=255, blank=True)
    size_bytes = models.BigIntegerField(default=0)
    posts_total = models.IntegerField(default=0)
    posts_done = models.IntegerField(default=0)
    created_at = models.DateTimeField(default=now)
    finished_at = models.DateTimeField(null=True)
