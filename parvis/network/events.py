"""What happens in the network, as facts. Ids only; readers load the rest."""

from __future__ import annotations

from dataclasses import dataclass

from parvis.kernel.outbox import Event


@dataclass(frozen=True)
class PostPublished(Event):
    """A post stands where its audience may read it (a boost too). language_open: its client named no language."""

    post_id: int
    author_id: int
    language_open: bool = False


@dataclass(frozen=True)
class PostEdited(Event):
    post_id: int
    author_id: int
    edit_id: int


@dataclass(frozen=True)
class PostDeleted(Event):
    """A post and its boosts are gone; `visibility` is what it was."""

    post_id: int
    author_id: int
    visibility: int


@dataclass(frozen=True)
class BoostWithdrawn(Event):
    boost_id: int
    author_id: int
    post_id: int


@dataclass(frozen=True)
class PostFavourited(Event):
    post_id: int
    account_id: int


@dataclass(frozen=True)
class FavouriteWithdrawn(Event):
    post_id: int
    account_id: int


@dataclass(frozen=True)
class QuoteDecided(Event):
    """The quoted author (or the policy) accepted, rejected or revoked a quote."""

    post_id: int
    quoted_id: int
    state: int


@dataclass(frozen=True)
class PollEnded(Event):
    post_id: int


@dataclass(frozen=True)
class Followed(Event):
    follower_id: int
    followee_id: int


@dataclass(frozen=True)
class Unfollowed(Event):
    follower_id: int
    followee_id: int


@dataclass(frozen=True)
class FollowRequested(Event):
    follower_id: int
    followee_id: int


@dataclass(frozen=True)
class AccountBlocked(Event):
    blocker_id: int
    blocked_id: int


@dataclass(frozen=True)
class AccountMuted(Event):
    muter_id: int
    muted_id: int


@dataclass(frozen=True)
class AccountHidden(Event):
    """An account was suspended or deleted: it leaves every surface."""

    account_id: int


@dataclass(frozen=True)
class ProfileEdited(Event):
    account_id: int


@dataclass(frozen=True)
class Notified(Event):
    """A notification exists and was not held back."""

    notification_id: int
    account_id: int


@dataclass(frozen=True)
class ListChanged(Event):
    list_id: int


@dataclass(frozen=True)
class ListDeleted(Event):
    list_id: int
    account_id: int


@dataclass(frozen=True)
class ListJoined(Event):
    """An account stands in a list; `account_id` is the list's owner."""

    list_id: int
    account_id: int
    member_id: int


@dataclass(frozen=True)
class ListLeft(Event):
    list_id: int
    account_id: int
    member_id: int


@dataclass(frozen=True)
class TagUnfollowed(Event):
    account_id: int
    tag_id: int


@dataclass(frozen=True)
class ConversationChanged(Event):
    """A direct conversation has a new last post, for this member."""

    account_id: int
    conversation_id: int
