"""What becomes of a notification: kinds, groups, and the person's policy. Pure functions.

What is dropped whatever the policy (blocks, mutes, muted threads, oneself) is decided in the one query that
looks up a batch's candidates (actions/notifying.py).
"""

from __future__ import annotations

from dataclasses import dataclass

KINDS = (
    "mention", "status", "reblog", "follow", "follow_request", "favourite", "poll", "update", "quote", "quoted_update",
    "admin.sign_up", "admin.report", "moderation_warning", "severed_relationships",
)  # fmt: skip
GROUPED = ("favourite", "reblog", "follow", "admin.sign_up")
FILTERABLE = frozenset(("mention", "reblog", "follow", "follow_request", "favourite", "quote"))
POLICY_FIELDS = (
    "for_not_following", "for_not_followers", "for_new_accounts", "for_private_mentions", "for_limited_accounts", "for_bots",
)  # fmt: skip
POLICY_DEFAULTS = ("accept", "accept", "accept", "filter", "filter", "accept")
POLICY_VALUES = ("accept", "filter", "drop")
NEW_ACCOUNT_DAYS = 30
NEW_FOLLOWER_DAYS = 3
GROUP_HOURS = 12


@dataclass(frozen=True, slots=True)
class Sender:
    """What the recipient's policy asks about who did it.

    follows_recipient: for more than NEW_FOLLOWER_DAYS. answers: a private mention in a conversation in which
    the recipient had named the sender.
    """

    followed: bool
    follows_recipient: bool
    new: bool
    limited: bool
    bot: bool
    permitted: bool
    private: bool
    answers: bool


def treatment(kind: str, sender: Sender, policy: tuple[str, ...] = POLICY_DEFAULTS) -> str:
    """Return accept, filter or drop: the strictest of the policy's answers that apply (Mastodon's NotifyService).

    policy: values in the order of POLICY_FIELDS.
    """
    if kind not in FILTERABLE or sender.permitted:
        return "accept"
    stranger = not sender.followed
    applies = (
        stranger,
        not sender.follows_recipient,
        stranger and sender.new,
        stranger and kind == "mention" and sender.private and not sender.answers,
        stranger and sender.limited,
        stranger and sender.bot,
    )
    found = {answer for answer, asked in zip(policy, applies, strict=True) if asked}
    return "drop" if "drop" in found else "filter" if "filter" in found else "accept"


def group_key(kind: str, notification_id: int, post_id: int | None) -> str:
    """Return the group of a notification: by post and half day for marks, by half day for follows, else alone.

    The bucket is the hour (since 1970) at which its half day began, so that a reaction that runs twice,
    or on two machines, finds the same group without asking.
    """
    if kind not in GROUPED:
        return f"ungrouped-{notification_id}"
    hour = (notification_id >> 16) // 3_600_000
    bucket = hour - hour % GROUP_HOURS
    return f"{kind}-{post_id}-{bucket}" if post_id else f"{kind}-{bucket}"
