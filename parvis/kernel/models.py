"""Tables of the kernel: what changed (for caches), what happened (outbox), who did what (audit)."""

from __future__ import annotations

from django.db import models

from parvis.kernel.clock import now


class Change(models.Model):
    """One committed change that caches must notice (changes.py). Pruned after an hour."""

    seq = models.BigAutoField(primary_key=True)
    xid = models.BigIntegerField(default=0, help_text="PostgreSQL's transaction id; 0 on SQLite.")
    keys = models.TextField(help_text="Cache keys that are no longer true, separated by spaces.")
    at_ms = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["xid"], name="kernel_change_xid")]


class OutboxEvent(models.Model):
    """A fact that its reactions have not all seen yet (outbox.py)."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=64)
    body = models.TextField(help_text="The event's fields as JSON: ids only.")
    created_ms = models.BigIntegerField()
    claimed_until_ms = models.BigIntegerField(default=0)


class OutboxRetry(models.Model):
    """One reaction that failed on one event, and when it is tried again."""

    id = models.BigAutoField(primary_key=True)
    event_id = models.BigIntegerField()
    kind = models.CharField(max_length=64)
    body = models.TextField()
    reaction = models.CharField(max_length=128)
    attempts = models.IntegerField(default=1)
    run_at_ms = models.BigIntegerField()
    error = models.TextField(blank=True)
    dead = models.BooleanField(default=False, help_text="Given up after the last attempt; kept for the operator.")

    class Meta:
        indexes = [models.Index(fields=["dead", "run_at_ms"], name="kernel_retry_due")]
        constraints = [models.UniqueConstraint(fields=["event_id", "reaction"], name="kernel_retry_once")]


class AuditEntry(models.Model):
    """Who did what to whom: one entry per action that someone may have to account for."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(default=now)
    actor = models.CharField(max_length=64, help_text='For example "account:123", "console", "system".')
    action = models.CharField(max_length=64)
    subject = models.CharField(max_length=128, blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["subject", "-id"], name="kernel_audit_subject")]
