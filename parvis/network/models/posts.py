"""Posts and everything attached to one: edits, mentions, hashtags, reactions, polls, cards, drafts."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from parvis.kernel.clock import now
from parvis.kernel.fields import SnowflakeField

from .accounts import Account


class Visibility(models.IntegerChoices):
    PUBLIC = 0, "public"
    UNLISTED = 1, "unlisted"
    PRIVATE = 2, "private"
    DIRECT = 3, "direct"


class QuotePolicy(models.IntegerChoices):
    PUBLIC = 0, "public"
    FOLLOWERS = 1, "followers"
    NOBODY = 2, "nobody"


class QuoteState(models.IntegerChoices):
    NONE = 0, "none"
    PENDING = 1, "pending"
    ACCEPTED = 2, "accepted"
    REJECTED = 3, "rejected"
    REVOKED = 4, "revoked"
    DELETED = 5, "deleted"


class Card(models.Model):
    """A link preview: a title and at most 160 characters (the press publishers' right, L218-4 CPI)."""

    id = SnowflakeField()
    url = models.CharField(max_length=2048, unique=True)
    title = models.CharField(max_length=300, blank=True)
    description = models.CharField(max_length=160, blank=True)
    kind = models.CharField(max_length=16, default="link")
    provider_name = models.CharField(max_length=120, blank=True)
    author_name = models.CharField(max_length=120, blank=True)
    author_url = models.CharField(max_length=2048, blank=True)
    language = models.CharField(max_length=16, blank=True)
    image = models.CharField(max_length=255, blank=True)
    image_description = models.CharField(max_length=1500, blank=True)
    width = models.IntegerField(default=0)
    height = models.IntegerField(default=0)
    blurhash = models.CharField(max_length=64, blank=True)
    fetched_at = models.DateTimeField(null=True)
    failed = models.BooleanField(default=False)


class Post(models.Model):
    """A post, or a boost (`boost_of` set, no text). Its id sorts by time."""

    id = SnowflakeField()
    author = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="posts", db_index=False)
    created_at = models.DateTimeField(default=now)
    edited_at = models.DateTimeField(null=True)
    text = models.TextField(blank=True, help_text="As its author wrote it.")
    html = models.TextField(blank=True)
    spoiler_text = models.CharField(max_length=5000, blank=True)
    sensitive = models.BooleanField(default=False)
    visibility = models.SmallIntegerField(choices=Visibility, default=Visibility.PUBLIC)
    local_only = models.BooleanField(default=False)
    language = models.CharField(max_length=16, blank=True)
    uri = models.CharField(max_length=2048, blank=True, help_text="ActivityPub id of a remote post, or a feed entry's id.")
    url = models.CharField(max_length=2048, blank=True)
    app_name = models.CharField(max_length=255, blank=True)
    app_website = models.CharField(max_length=2048, blank=True)

    in_reply_to = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="replies")
    in_reply_to_account_id = models.BigIntegerField(null=True)
    conversation_id = models.BigIntegerField(help_text="Id of the post that began the thread.")
    boost_of = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="boosts")
    quote_of = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="quotes")
    quote_state = models.SmallIntegerField(choices=QuoteState, default=QuoteState.NONE)
    quote_policy = models.SmallIntegerField(choices=QuotePolicy, default=QuotePolicy.PUBLIC)
    card = models.ForeignKey(Card, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)

    media_count = models.SmallIntegerField(default=0)
    replies_count = models.IntegerField(default=0)
    boosts_count = models.IntegerField(default=0)
    favourites_count = models.IntegerField(default=0)
    quotes_count = models.IntegerField(default=0)

    is_local = models.BooleanField(default=True)
    listed = models.BooleanField(default=False, help_text="Belongs on public timelines: public, not a boost nor a reply to others.")

    class Meta:
        indexes = [
            models.Index(fields=["author", "id"], name="network_post_author"),
            models.Index(fields=["conversation_id", "id"], name="network_post_thread"),
            models.Index(fields=["id"], name="network_post_listed", condition=Q(listed=True)),
            models.Index(fields=["id"], name="network_post_listed_local", condition=Q(listed=True, is_local=True)),
            models.Index(fields=["uri"], name="network_post_uri", condition=~Q(uri="")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["author", "boost_of"], name="network_boost_once", condition=Q(boost_of__isnull=False))
        ]


class PostEdit(models.Model):
    """What a post said until `created_at` of the next edit; the first row is the original."""

    id = SnowflakeField()
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="edits")
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    spoiler_text = models.CharField(max_length=5000, blank=True)
    sensitive = models.BooleanField(default=False)
    media = models.JSONField(default=list, help_text="Media ids and descriptions, in order.")
    poll_options = models.JSONField(null=True)
    quote_of_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(default=now)


class Mention(models.Model):
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="mentions", db_index=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    silent = models.BooleanField(default=False, help_text="May see the post but was not named in it.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "account"], name="network_mention_once")]
        indexes = [models.Index(fields=["account", "post"], name="network_mention_account")]


class Hashtag(models.Model):
    name = models.CharField(max_length=255, unique=True, help_text="Lower case, accents kept.")
    display_name = models.CharField(max_length=255)
    listable = models.BooleanField(default=True)
    trendable = models.BooleanField(default=True)
    usable = models.BooleanField(default=True)
    reviewed_at = models.DateTimeField(null=True)
    last_used_on = models.DateField(null=True)


class PostTag(models.Model):
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="tag_edges", db_index=False)
    tag = models.ForeignKey(Hashtag, on_delete=models.CASCADE, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "tag"], name="network_posttag_once")]
        indexes = [models.Index(fields=["tag", "post"], name="network_posttag_tag")]


class TagFollow(models.Model):
    id = SnowflakeField()
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    tag = models.ForeignKey(Hashtag, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "tag"], name="network_tagfollow_once")]


class FeaturedTag(models.Model):
    id = SnowflakeField()
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    tag = models.ForeignKey(Hashtag, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=255, help_text="As the person wrote it.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "tag"], name="network_featuredtag_once")]


class PostMark(models.Model):
    """One person's mark on one post."""

    id = SnowflakeField()
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+")

    class Meta:
        abstract = True


class Favourite(PostMark):
    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "post"], name="network_favourite_once")]
        indexes = [models.Index(fields=["account", "-id"], name="network_favourite_recent")]


class Bookmark(PostMark):
    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "post"], name="network_bookmark_once")]
        indexes = [models.Index(fields=["account", "-id"], name="network_bookmark_recent")]


class Pin(PostMark):
    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "post"], name="network_pin_once")]


class ThreadMute(models.Model):
    """No notifications from this conversation."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    conversation_id = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "conversation_id"], name="network_threadmute_once")]


class Poll(models.Model):
    id = SnowflakeField()
    post = models.OneToOneField(Post, on_delete=models.CASCADE, related_name="poll")
    options = models.JSONField(help_text="Titles, in order.")
    counts = models.JSONField(help_text="Votes per option, same order.")
    multiple = models.BooleanField(default=False)
    hide_totals = models.BooleanField(default=False, help_text="Counts are shown only after the end.")
    votes_count = models.IntegerField(default=0)
    voters_count = models.IntegerField(default=0)
    expires_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True, help_text="When voters were told of the end.")

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="network_poll_open", condition=Q(closed_at__isnull=True))]


class PollVote(models.Model):
    poll = models.ForeignKey(Poll, on_delete=models.CASCADE, related_name="votes", db_index=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    choice = models.SmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["poll", "account", "choice"], name="network_pollvote_once")]
        indexes = [models.Index(fields=["account", "poll"], name="network_pollvote_account")]


class IdempotencyKey(models.Model):
    """The post that a client's Idempotency-Key made; kept a day."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=255)
    post_id = models.BigIntegerField()
    created_at = models.DateTimeField(default=now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "key"], name="network_idempotency_once")]


class ScheduledPost(models.Model):
    id = SnowflakeField()
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    scheduled_at = models.DateTimeField(db_index=True)
    params = models.JSONField(help_text="The request, as the API got it.")
    failed = models.CharField(max_length=500, blank=True)


class Draft(models.Model):
    """An unfinished post kept for its author."""

    id = SnowflakeField()
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    params = models.JSONField()
    updated_at = models.DateTimeField(default=now)


class ConversationMember(models.Model):
    """One person's view of a direct conversation."""

    id = SnowflakeField()
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    conversation_id = models.BigIntegerField()
    participant_ids = models.JSONField(default=list, help_text="The other accounts.")
    last_post_id = models.BigIntegerField()
    unread = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "conversation_id"], name="network_conversation_once")]
        indexes = [models.Index(fields=["account", "-last_post_id"], name="network_conversation_recent")]
