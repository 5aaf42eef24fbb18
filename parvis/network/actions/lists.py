"""A person's lists of accounts they follow. What stands in a list's timeline follows by reaction (feeds)."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.kernel import changes
from parvis.kernel.errors import Invalid, NotFound
from parvis.kernel.outbox import emit
from parvis.network.actions.follows import hold
from parvis.network.events import ListChanged, ListDeleted, ListJoined, ListLeft
from parvis.network.models import Account, AccountList, Follow, ListMember

MAX_LISTS = 50
MAX_TITLE = 255
MAX_ADDED = 200


def _title(text: str) -> str:
    title = text.strip()
    if not title:
        raise Invalid(_("Validation failed: Title can't be blank"), code="list.title")
    if len(title) > MAX_TITLE:
        raise Invalid(_("Validation failed: Title is too long (maximum is %(n)d characters)") % {"n": MAX_TITLE}, code="list.title")
    return title


def _policy(text: str) -> str:
    if text not in AccountList.Replies.values:
        raise Invalid(_("Validation failed: Replies policy is not included in the list"), code="list.replies_policy")
    return text


def own_list(account_id: int, list_id: int) -> AccountList:
    """Return one of the account's lists. Raises NotFound, alike for others' and for none."""
    found = AccountList.objects.filter(id=list_id, account_id=account_id).first()
    if found is None:
        raise NotFound
    return found


def create_list(account_id: int, title: str, *, replies_policy: str = AccountList.Replies.LIST, exclusive: bool = False) -> AccountList:
    """The account has one more list, still empty. Raises Invalid (title, policy, more than 50)."""
    title, replies_policy = _title(title), _policy(replies_policy)
    with transaction.atomic():
        hold(account_id)
        if AccountList.objects.filter(account_id=account_id).count() >= MAX_LISTS:
            raise Invalid(_("Validation failed: You have reached the maximum number of lists"), code="list.too_many")
        return AccountList.objects.create(account_id=account_id, title=title, replies_policy=replies_policy, exclusive=exclusive)


def edit_list(
    account_id: int, list_id: int, *, title: str | None = None, replies_policy: str | None = None, exclusive: bool | None = None
) -> AccountList:
    """The list is called and behaves so; None leaves a choice as it is. Raises NotFound, Invalid."""
    with transaction.atomic():
        hold(account_id)
        found = own_list(account_id, list_id)
        turned = exclusive is not None and exclusive != found.exclusive
        if title is not None:
            found.title = _title(title)
        if replies_policy is not None:
            found.replies_policy = _policy(replies_policy)
        if exclusive is not None:
            found.exclusive = exclusive
        found.save()
        if turned:
            emit(ListChanged(list_id))
        return found


def delete_list(account_id: int, list_id: int) -> None:
    """The list and its timeline are gone. Raises NotFound."""
    with transaction.atomic():
        hold(account_id)
        found = own_list(account_id, list_id)
        members = list(ListMember.objects.filter(list_id=list_id).values_list("account_id", flat=True))
        exclusive = found.exclusive
        found.delete()
        emit(ListDeleted(list_id, account_id))
        if exclusive:
            for member_id in members:
                emit(ListLeft(list_id, account_id, member_id))


def add_members(account_id: int, list_id: int, member_ids: Sequence[int]) -> None:
    """These accounts stand in the list; all, or none when one cannot.

    Raises NotFound (no such list or account, or one that is not followed; oneself may be added), Invalid (already there).
    """
    wanted = list(dict.fromkeys(member_ids))
    if len(wanted) > MAX_ADDED:
        raise Invalid(_("At most %(n)d accounts can be added at once.") % {"n": MAX_ADDED}, code="list.too_many_accounts")
    with transaction.atomic():
        hold(account_id, *wanted)
        own_list(account_id, list_id)
        followed = set(Follow.objects.filter(follower_id=account_id, followee_id__in=wanted).values_list("followee_id", flat=True))
        there = set(Account.objects.filter(id__in=wanted, deleted_at=None).values_list("id", flat=True))
        if any(i not in there or (i not in followed and i != account_id) for i in wanted):
            raise NotFound
        if ListMember.objects.filter(list_id=list_id, account_id__in=wanted).exists():
            raise Invalid(_("Validation failed: Account has already been taken"), code="list.already_in")
        for member_id in wanted:
            ListMember.objects.create(list_id=list_id, account_id=member_id)
            emit(ListJoined(list_id, account_id, member_id))
        changes.touch(f"v:{account_id}")


def remove_members(account_id: int, list_id: int, member_ids: Sequence[int]) -> None:
    """These accounts do not stand in the list. Raises NotFound for a list that is not theirs."""
    with transaction.atomic():
        hold(account_id)
        own_list(account_id, list_id)
        for member_id in list(dict.fromkeys(member_ids)):
            if ListMember.objects.filter(list_id=list_id, account_id=member_id).delete()[0]:
                emit(ListLeft(list_id, account_id, member_id))
        changes.touch(f"v:{account_id}")
