"""Which event causes which reactions: the one place that says so. Order is the order of running."""

from __future__ import annotations

from parvis.feeds import events as feed_events
from parvis.feeds import live
from parvis.feeds import reactions as feeds
from parvis.feeds import search_reactions as search
from parvis.feeds.actions import entries, people, trends
from parvis.flows import close_account, detect_language, preview_links, publish_scheduled, push_notifications, send_digests
from parvis.identity import actions as identity_actions
from parvis.identity import events as identity_events
from parvis.identity import reactions as identity
from parvis.kernel.outbox import wire
from parvis.media import actions as media_actions
from parvis.media import reactions as media
from parvis.moderation import events as moderation_events
from parvis.moderation import reactions as moderation
from parvis.network import conversation_reactions as conversations
from parvis.network import events, languages
from parvis.network import profile_reactions as profiles
from parvis.network import reactions as network
from parvis.network.actions import blocks, notifications, posts
from parvis.portability import actions as portability
from parvis.syndication import actions as syndication

# Jobs of the worker: every so many seconds.
PERIODIC = [
    (60, people.index_new_people),
    (300, trends.refresh),
    (5, publish_scheduled.publish_due),
    (3600, posts.forget_keys),
    (30, blocks.expire_mutes),
    (5, notifications.close_polls),
    (5, push_notifications.wake_if_due),
    (3600, push_notifications.forget_old),
    (60, send_digests.send_due_digests),
    (600, entries.trim),
    (3600, close_account.purge_due),
    (3600, identity_actions.forget_stale),
    (3600, media_actions.delete_unused),
    (86_400, portability.delete_old_archives),
    (60, syndication.ask_due),
    (3, languages.prepare),
]


def connect() -> None:
    """Wire every event to its reactions; called once per process that runs them."""
    wire(events.PostPublished, feeds.fan_out_posts, network.notify_published)
    wire(events.PostEdited, network.notify_edited)
    wire(events.PostEdited, conversations.note_direct_posts)
    wire(events.PostFavourited, network.notify_favourited)
    wire(events.FavouriteWithdrawn, network.forget_favourites)
    wire(events.QuoteDecided, network.notify_quoted)
    wire(events.PollEnded, network.notify_poll_ended)
    wire(events.PostDeleted, feeds.take_posts)
    wire(events.BoostWithdrawn, feeds.take_boosts, network.forget_boosts)
    wire(events.Followed, feeds.fill_homes, network.notify_followed)
    wire(events.FollowRequested, network.notify_requested)
    wire(events.Unfollowed, feeds.empty_homes, network.forget_follows)
    wire(events.AccountHidden, feeds.forget_hidden, media.withdraw_hidden)
    wire(events.AccountBlocked, feeds.part_homes)
    wire(events.ListJoined, feeds.fill_lists)
    wire(events.ListLeft, feeds.empty_lists)
    wire(events.ListChanged, feeds.turn_lists)
    wire(events.ListDeleted, feeds.forget_lists)
    wire(events.TagUnfollowed, feeds.take_tags)
    wire(events.ProfileEdited, profiles.verify_profile_links, profiles.admit_waiting)
    wire(moderation_events.ReportFiled, moderation.tell_moderators)
    wire(moderation_events.DecisionTaken, moderation.tell_decisions)
    wire(events.PostPublished, conversations.note_direct_posts)
    wire(events.PostDeleted, conversations.forget_direct_posts)
    wire(identity_events.AccountConfirmed, identity.tell_moderators)
    wire(identity_events.AccountApproved, identity.tell_approved)
    wire(events.PostPublished, search.index_posts)
    wire(events.PostEdited, search.index_posts)
    wire(events.PostDeleted, search.forget_posts)
    wire(events.ProfileEdited, search.index_accounts)
    wire(identity_events.AccountRegistered, search.index_accounts)
    # Streaming is told last: it reads what the reactions before it wrote.
    wire(events.PostPublished, live.tell_published)
    wire(events.PostEdited, live.tell_edited)
    wire(events.PostDeleted, live.tell_deleted)
    wire(events.BoostWithdrawn, live.tell_unboosted)
    wire(events.Notified, live.tell_notified, push_notifications.queue_pushes)
    wire(feed_events.FiltersChanged, live.tell_filters_changed)
    wire(feed_events.AnnouncementPublished, live.tell_announced)
    wire(feed_events.AnnouncementWithdrawn, live.tell_announcement_withdrawn)
    wire(feed_events.AnnouncementReacted, live.tell_announcement_reacted)
    wire(events.PostPublished, preview_links.ask_for_cards)
    wire(events.PostEdited, preview_links.ask_for_cards)
    wire(events.PostPublished, detect_language.name_languages)
