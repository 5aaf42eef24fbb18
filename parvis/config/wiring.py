"""Which event causes which reactions: the one place that says so. Order is the order of running."""

from __future__ import annotations

from parvis.feeds import reactions as feeds
from parvis.kernel.outbox import wire
from parvis.network import events


def connect() -> None:
    """Wire every event to its reactions; called once per process that runs them."""
    wire(events.PostPublished, feeds.fan_out_posts)
    wire(events.PostDeleted, feeds.take_posts)
    wire(events.BoostWithdrawn, feeds.take_boosts)
    wire(events.Followed, feeds.fill_homes)
    wire(events.Unfollowed, feeds.empty_homes)
    wire(events.AccountHidden, feeds.forget_hidden)
