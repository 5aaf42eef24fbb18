"""Imports relations from CSV files: read and checked whole before anything changes, then done line by line."""

from __future__ import annotations

import csv
import io
import logging
import re
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F

from parvis.kernel import changes
from parvis.kernel.errors import NotFound, ParvisError
from parvis.network.actions import blocks, follows, lists, marks
from parvis.network.actions.follows import FollowWish
from parvis.network.models import AccountList, Block, Bookmark, DomainBlock, Follow, ListMember, Mute, Post
from parvis.network.queries import account_by_acct, posts, viewer, visible_post
from parvis.portability.models import Import, ImportItem
from parvis.portability.texts import refusal, text_of

log = logging.getLogger("parvis.import")

MAX_LINES = 20_000
MAX_BYTES = 20 << 20
KINDS = Import.Kind
_ADDRESS = re.compile(r"@?[A-Za-z0-9_.-]{1,64}(@[\w.-]{1,255}(:\d{1,5})?)?")
_DOMAIN = re.compile(r"[\w-]+(\.[\w-]+)+\.?(:\d{1,5})?")
_HEADS = {"account address": 0, "#domain": 0, "#uri": 0, "list name": 0}
_TRUE = frozenset(("true", "1", "yes", "t", "on"))


def read(kind: str, content: bytes) -> list[dict[str, Any]]:
    """Return the lines of a file as values. Raises Invalid, before anything changes, for a file of another kind."""
    try:
        rows = [row for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")) if any(cell.strip() for cell in row)]
    except (UnicodeDecodeError, csv.Error):
        raise refusal("not_csv") from None
    head: list[str] = []
    if rows and rows[0][0].strip().lower() in _HEADS:
        head, rows = [cell.strip().lower() for cell in rows[0]], rows[1:]
    if not rows:
        raise refusal("empty_csv")
    if len(rows) > MAX_LINES:
        raise refusal("too_many_lines", limit=MAX_LINES)
    if "\x00" in content.decode("utf-8-sig") or not any(_fits(kind, row) for row in rows):
        raise refusal("wrong_csv")
    return [_values(kind, row, head) for row in rows]


def _fits(kind: str, row: list[str]) -> bool:
    """Return whether a line looks like one of this kind."""
    first = row[0].strip()
    if kind == KINDS.DOMAIN_BLOCKS:
        return bool(_DOMAIN.fullmatch(first)) and "@" not in first
    if kind == KINDS.BOOKMARKS:
        return first.startswith(("http://", "https://"))
    if kind == KINDS.LISTS:
        return len(row) > 1 and bool(_ADDRESS.fullmatch(row[1].strip()))
    return "." not in first.partition("@")[0] and bool(_ADDRESS.fullmatch(first)) and ("@" in first or "." not in first)


def _values(kind: str, row: list[str], head: list[str]) -> dict[str, Any]:
    """Return a line's values by name; columns are found by their heading, by their place without one."""

    def cell(name: str, place: int) -> str:
        at = head.index(name) if name in head else place if not head or place == 0 else -1
        return row[at].strip()[:512] if 0 <= at < len(row) else ""

    first = cell("account address", 0)
    if kind == KINDS.FOLLOWING:
        languages = [code for code in re.split(r"[,\s]+", cell("languages", 3)) if re.fullmatch(r"[a-z]{2,3}", code)]
        boosts = cell("show boosts", 1).lower()
        return {
            "address": first, "show_boosts": boosts in _TRUE if boosts else True,
            "notify": cell("notify on new posts", 2).lower() in _TRUE, "languages": languages,
        }  # fmt: skip
    if kind == KINDS.MUTES:
        hides = cell("hide notifications", 1).lower()
        return {"address": first, "hide_notifications": hides in _TRUE if hides else True}
    if kind == KINDS.LISTS:
        return {"title": row[0].strip()[:255], "address": row[1].strip()[:512] if len(row) > 1 else ""}
    return {"address": first}


def label(values: dict[str, Any]) -> str:
    """Return how its owner recognises a line."""
    return f"{values['title']}: {values['address']}"[:255] if "title" in values else str(values["address"])[:255]


def work(one: Import, *, until_s: float) -> bool:
    """The lines are done one by one, as far as time allows; return whether all are. What goes first, goes once."""
    waiting = ImportItem.objects.filter(of=one, state=ImportItem.State.WAITING)
    if one.overwrite and not one.done_count + one.failed_count:  # once: what its owner does meanwhile stays
        _remove_others(one)
    while batch := list(waiting.order_by("position")[:100]):
        for item in batch:
            if time.monotonic() >= until_s:
                return False
            _do(one, item)
    return True


def _do(one: Import, item: ImportItem) -> None:
    """The line's effect and its state are one transaction."""
    state, problem = ImportItem.State.DONE, ""
    changes.sync()
    try:
        with transaction.atomic():
            _ACTS[one.kind](one.account_id, item.values)
            _finish(item, state, "")
        return
    except NotFound:
        state, problem = ImportItem.State.FAILED, text_of("unknown_post" if one.kind == KINDS.BOOKMARKS else "unknown_account")
    except ParvisError as refused:
        state, problem = ImportItem.State.FAILED, str(refused.text)
    except Exception:
        log.exception("line %s of import %s could not be done", item.position, one.id)
        state, problem = ImportItem.State.FAILED, text_of("internal")
    with transaction.atomic():
        _finish(item, state, problem)


def _finish(item: ImportItem, state: str, problem: str) -> None:
    count = "done_count" if state == ImportItem.State.DONE else "failed_count"
    if ImportItem.objects.filter(id=item.id, state=ImportItem.State.WAITING).update(state=state, problem=problem[:500]):
        Import.objects.filter(id=item.of_id).update(**{count: F(count) + 1})


def _target(values: dict[str, Any]) -> int:
    """Return the id of the account of a line's address. Raises NotFound, Invalid."""
    address = str(values["address"])
    if not _ADDRESS.fullmatch(address):
        raise refusal("address")
    found = account_by_acct(address, settings.DOMAIN)
    if found.hidden:
        raise NotFound
    return found.id


def _other(account_id: int, values: dict[str, Any]) -> int:
    target = _target(values)
    if target == account_id:
        raise refusal("oneself")
    return target


def _follow(account_id: int, values: dict[str, Any]) -> None:
    follows.follow(account_id, _other(account_id, values), FollowWish(values["show_boosts"], values["notify"], values["languages"]))


def _block(account_id: int, values: dict[str, Any]) -> None:
    blocks.block(account_id, _other(account_id, values))


def _mute(account_id: int, values: dict[str, Any]) -> None:
    blocks.mute(account_id, _other(account_id, values), hide_notifications=values["hide_notifications"])


def _block_domain(account_id: int, values: dict[str, Any]) -> None:
    blocks.block_domain(account_id, values["address"])


def _list(account_id: int, values: dict[str, Any]) -> None:
    """The account stands in the list of this title; lists hold people one follows, so they are followed, as in Mastodon."""
    target = _target(values)
    found = AccountList.objects.filter(account_id=account_id, title=values["title"]).order_by("id").first()
    found = found or lists.create_list(account_id, values["title"])
    if ListMember.objects.filter(list_id=found.id, account_id=target).exists():
        return
    if target != account_id and not Follow.objects.filter(follower_id=account_id, followee_id=target).exists():
        follows.follow(account_id, target)
    lists.add_members(account_id, found.id, [target])


_LOCAL = re.compile(r"/(?:users/[^/]+/statuses|@[^/]+)/(\d{1,19})/?")


def _bookmark(account_id: int, values: dict[str, Any]) -> None:
    address = values["address"]
    base = settings.BASE_URL
    match = _LOCAL.fullmatch(address[len(base) :]) if address.startswith(base + "/") else None
    post_id = int(match.group(1)) if match else Post.objects.filter(uri=address).exclude(uri="").values_list("id", flat=True).first()
    if post_id is None:
        raise NotFound
    marks.bookmark(account_id, visible_post(viewer(account_id), post_id))


_ACTS: dict[str, Callable[[int, dict[str, Any]], None]] = {
    KINDS.FOLLOWING: _follow,
    KINDS.BLOCKS: _block,
    KINDS.MUTES: _mute,
    KINDS.DOMAIN_BLOCKS: _block_domain,
    KINDS.LISTS: _list,
    KINDS.BOOKMARKS: _bookmark,
}


def _remove_others(one: Import) -> None:
    """What the file does not name is removed. What it names stays as it is, so nobody is unfollowed to be followed again."""
    values = list(ImportItem.objects.filter(of=one).order_by("position").values_list("values", flat=True))
    me = one.account_id
    if one.kind == KINDS.DOMAIN_BLOCKS:
        kept = set()
        for line in values:
            try:
                kept.add(blocks.normal_domain(line["address"]))
            except ParvisError:
                continue
        for domain in DomainBlock.objects.filter(account_id=me).exclude(domain__in=kept).values_list("domain", flat=True):
            blocks.unblock_domain(me, domain)
        return
    if one.kind == KINDS.BOOKMARKS:
        _remove_bookmarks(me, {line["address"] for line in values})
        return
    if one.kind == KINDS.LISTS:
        titles = {line["title"] for line in values}
        for list_id in AccountList.objects.filter(account_id=me).exclude(title__in=titles).values_list("id", flat=True):
            lists.delete_list(me, list_id)
        named = {(line["title"], _known(line)) for line in values}
        for title, list_id, member_id in ListMember.objects.filter(list__account_id=me).values_list("list__title", "list_id", "account_id"):
            if (title, member_id) not in named:
                lists.remove_members(me, list_id, [member_id])
        return
    targets = {found for line in values if (found := _known(line)) is not None}
    model, mine, other, undo = _UNDO[one.kind]
    for target in model.objects.filter(**{mine: me}).exclude(**{f"{other}__in": targets}).values_list(other, flat=True):
        undo(me, target)


_UNDO: dict[str, tuple[Any, str, str, Callable[[int, int], None]]] = {
    KINDS.FOLLOWING: (Follow, "follower_id", "followee_id", follows.unfollow),
    KINDS.BLOCKS: (Block, "blocker_id", "blocked_id", blocks.unblock),
    KINDS.MUTES: (Mute, "muter_id", "muted_id", blocks.unmute),
}


def _known(values: dict[str, Any]) -> int | None:
    try:
        return _target(values)
    except ParvisError:
        return None


def _remove_bookmarks(account_id: int, addresses: set[str]) -> None:
    local = {int(m.group(1)) for a in addresses if a.startswith(settings.BASE_URL) and (m := _LOCAL.fullmatch(a[len(settings.BASE_URL) :]))}
    kept = local | set(Post.objects.filter(uri__in=addresses).exclude(uri="").values_list("id", flat=True))
    for post_id in Bookmark.objects.filter(account_id=account_id).exclude(post_id__in=kept).values_list("post_id", flat=True):
        if post := posts((post_id,)).get(post_id):
            marks.unbookmark(account_id, post)
