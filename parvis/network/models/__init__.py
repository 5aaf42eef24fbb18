"""The network's tables: people, who follows whom, posts, notifications."""

from .accounts import Account, CustomEmoji, Kind
from .graph import (
    AccountList,
    Block,
    DismissedSuggestion,
    DomainBlock,
    Endorsement,
    Follow,
    FollowRequest,
    ListMember,
    Mute,
    PrivateNote,
)
from .notifications import Marker, Notification, NotificationPermission, NotificationPolicy, NotificationRequest
from .posts import (
    Bookmark,
    Card,
    ConversationMember,
    Draft,
    Favourite,
    FeaturedTag,
    Hashtag,
    IdempotencyKey,
    Mention,
    Pin,
    Poll,
    PollVote,
    Post,
    PostEdit,
    PostTag,
    QuotePolicy,
    QuoteState,
    ScheduledPost,
    TagFollow,
    ThreadMute,
    Visibility,
)

__all__ = [
    "Account", "AccountList", "Block", "Bookmark", "Card", "ConversationMember", "CustomEmoji", "DismissedSuggestion",
    "DomainBlock", "Draft", "Endorsement", "Favourite", "FeaturedTag", "Follow", "FollowRequest", "Hashtag",
    "IdempotencyKey", "Kind", "ListMember", "Marker", "Mention", "Mute", "Notification", "NotificationPermission",
    "NotificationPolicy", "NotificationRequest", "Pin", "Poll", "PollVote", "Post", "PostEdit", "PostTag",
    "PrivateNote", "QuotePolicy", "QuoteState", "ScheduledPost", "TagFollow", "ThreadMute", "Visibility",
]  # fmt: skip
