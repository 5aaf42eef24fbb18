"""Who may quote a post, and taking a quote back."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.kernel import changes
from parvis.kernel.errors import Forbidden, NotFound
from parvis.kernel.outbox import emit
from parvis.network.actions.posts import count_quote
from parvis.network.events import QuoteDecided
from parvis.network.models import Post, QuotePolicy, QuoteState, Visibility
from parvis.network.queries.posts import PostData


def revoke(account_id: int, quoted: PostData, quoting: PostData) -> None:
    """The quoting post no longer shows the quoted one; emits QuoteDecided. Repeating it changes nothing.

    Raises NotFound when the one does not quote the other, Forbidden unless the account wrote the quoted post.
    """
    if quoting.quote_of_id != quoted.id:
        raise NotFound
    if quoted.author_id != account_id:
        raise Forbidden(_("This action is not allowed"), code="quote.not_yours")
    with transaction.atomic():
        standing = Post.objects.filter(id=quoting.id, quote_of_id=quoted.id, quote_state__in=(QuoteState.ACCEPTED, QuoteState.PENDING))
        was = standing.values_list("quote_state", flat=True).first()
        if was is None or not standing.update(quote_state=QuoteState.REVOKED):
            return
        if was == QuoteState.ACCEPTED:
            count_quote(quoted.id, -1)
        changes.touch(f"p:{quoting.id}")
        emit(QuoteDecided(quoting.id, quoted.id, QuoteState.REVOKED))


def set_policy(post: PostData, policy: int) -> None:
    """From now on, these people may quote the post; quotes that stand stay. Private posts stay closed to quotes.

    The caller has checked that the actor wrote the post.
    """
    if post.visibility > Visibility.UNLISTED:
        policy = QuotePolicy.NOBODY
    with transaction.atomic():
        if Post.objects.filter(id=post.id).exclude(quote_policy=policy).update(quote_policy=policy):
            changes.touch(f"p:{post.id}")
