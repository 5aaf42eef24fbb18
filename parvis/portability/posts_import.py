"""Imports one's own posts from an archive: first listed, then published one by one, each exactly once."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

from django.db import transaction
from django.db.models import F

from parvis.kernel import changes, clock, storage
from parvis.kernel.errors import ParvisError
from parvis.media import actions as media
from parvis.media.actions import attach
from parvis.network.actions import posts as network
from parvis.network.actions.posts import Answered
from parvis.network.models import Visibility
from parvis.network.queries import PostData, posts
from parvis.portability.archives import opening, recognising
from parvis.portability.archives.found import FoundPost, digest, moment
from parvis.portability.archives.opening import Archive, Unreadable
from parvis.portability.models import Import, ImportedPost, ImportItem
from parvis.portability.texts import reason, text_of

log = logging.getLogger("parvis.import")

MAX_MEDIA = 8
MAX_MEDIA_BYTES = 100 << 20
BATCH = 200
EARLIEST = datetime(1990, 1, 1, tzinfo=timezone.utc)
STATE = ImportItem.State


def work(one: Import, *, until_s: float) -> bool:
    """The import is listed and its posts published, as far as time allows; return whether it is finished.

    until_s: a moment of time.monotonic(). Killed at any point, the next call goes on where this one stopped.
    """
    with storage.on_disk(one.file) as path:
        archive = opening.open_archive(path)
        try:
            if not one.total:
                _list(one, archive)
            return _publish_all(one, archive, until_s)
        finally:
            with contextlib.suppress(Exception):
                archive.close()


def _list(one: Import, archive: Archive) -> None:
    """Every post of the archive is an item. Done again after a crash, it makes the same items."""
    source = recognising.source_of(archive)
    batch: list[ImportItem] = []
    position, problem = 0, ""
    try:
        for found in recognising.posts(archive, source):
            batch.append(_item(one, position, found))
            position += 1
            if len(batch) == BATCH:
                ImportItem.objects.bulk_create(batch, ignore_conflicts=True)
                batch = []
    except Unreadable as broken:  # what was read before is kept
        if not position:
            raise
        problem = reason(broken)
    with transaction.atomic():
        ImportItem.objects.bulk_create(batch, ignore_conflicts=True)
        passed = ImportItem.objects.filter(of=one, state=STATE.PASSED).count()
        failed = ImportItem.objects.filter(of=one, state=STATE.FAILED).count()
        columns: dict[str, Any] = {
            "source": source,
            "total": position,
            "passed_count": passed,
            "failed_count": failed,
            "problem": problem[:500],
        }
        Import.objects.filter(id=one.id).update(**columns)
    for name, value in columns.items():
        setattr(one, name, value)
    if not position:
        raise Unreadable("not_recognised")


def _item(one: Import, position: int, found: FoundPost) -> ImportItem:
    item = ImportItem(of=one, position=position, label=found.label[:255])
    problem = found.problem
    if not problem and not found.passed and (found.at_s is None or not EARLIEST <= moment(found.at_s) <= clock.now()):
        problem = "date"
    if problem:
        item.state, item.problem = STATE.FAILED, text_of(problem)
    elif found.passed:
        item.state, item.problem = STATE.PASSED, text_of(found.passed)
    else:
        item.values = found.values()
    return item


def _publish_all(one: Import, archive: Archive, until_s: float) -> bool:
    order = "-position" if one.source in recognising.NEWEST_FIRST else "position"
    for item_id in _waiting(one, order):
        if time.monotonic() >= until_s:
            return False
        _publish(one, archive, item_id)
    return True


def _waiting(one: Import, order: str) -> Iterator[int]:
    """Yield the items that still wait, oldest post first."""
    while ids := list(ImportItem.objects.filter(of=one, state=STATE.WAITING).order_by(order).values_list("id", flat=True)[:BATCH]):
        yield from ids
        if ids[0] == ImportItem.objects.filter(of=one, state=STATE.WAITING).order_by(order).values_list("id", flat=True).first():
            return  # nothing moved: never turn in a circle


def _publish(one: Import, archive: Archive, item_id: int) -> None:
    """One item becomes a post, or says why not. Files first; then post, media and the item's state in one transaction."""
    item = ImportItem.objects.filter(id=item_id).first()
    if item is None:  # its owner gave the import up
        return
    found = FoundPost.of(item.values)
    if ImportedPost.objects.filter(account_id=one.account_id, source=one.source, key=_key(found)).exists():
        return _finish(item, STATE.PASSED, text_of("already"))
    assets, problems = _upload(one.account_id, archive, found)
    if not found.text and not found.spoiler_text and not assets:
        return _finish(item, STATE.FAILED, " ".join(problems) or text_of("nothing"))
    try:
        with transaction.atomic():
            held = ImportItem.objects.select_for_update().filter(id=item_id, state=STATE.WAITING).first()
            if held is None:
                return
            _store(one, found, assets)
            _finish(held, STATE.DONE, " ".join(problems))
    except ParvisError as refused:
        _finish(item, STATE.FAILED, str(refused.text))
    except Exception:
        log.exception("item %s of import %s could not be published", item_id, one.id)
        _finish(item, STATE.FAILED, text_of("internal"))


def _finish(item: ImportItem, state: str, problem: str) -> None:
    """The item is in this state, counted once."""
    count = {STATE.DONE: "done_count", STATE.PASSED: "passed_count", STATE.FAILED: "failed_count"}[ImportItem.State(state)]
    with transaction.atomic():
        if ImportItem.objects.filter(id=item.id, state=STATE.WAITING).update(state=state, problem=problem[:500], values={}):
            Import.objects.filter(id=item.of_id).update(**{count: F(count) + 1})


def _key(found: FoundPost) -> str:
    return digest(found.key)


def _upload(owner_id: int, archive: Archive, found: FoundPost) -> tuple[list[int], list[str]]:
    """Return the assets of a post's files, and what is said of those that could not be taken."""
    assets, problems = [], []
    for one in found.media:
        try:
            if not one.path:
                raise Unreadable("missing", name=one.name)
            with archive.open(one.path, MAX_MEDIA_BYTES) as file:
                assets.append(media.upload(owner_id, file, description=one.description[:1500], focus=one.focus, at_once=True))
        except Unreadable as broken:
            problems.append(reason(broken))
        except ParvisError as refused:
            problems.append(text_of("media", {"name": one.name, "reason": refused.text}))
    return assets, problems


def _store(one: Import, found: FoundPost, assets: list[int]) -> None:
    """The post stands, dated as it was written; more media than one post takes follow as answers to it."""
    assert found.at_s is not None
    visibility = max(one.visibility, found.narrowest)
    answered = _answered(one, found)
    conversation_id, part = answered.conversation_id if answered else 0, 0
    while not part or assets:
        here, assets = assets[:MAX_MEDIA], assets[MAX_MEDIA:]
        post_id = network.publish(
            author_id=one.account_id,
            text="" if part else found.text,
            spoiler_text=found.spoiler_text[:5000],
            sensitive=found.sensitive,
            visibility=visibility,
            language=found.language,
            in_reply_to=answered,
            media_count=len(here),
            published_at=moment(found.at_s) + timedelta(milliseconds=part),
            announce=False,
            names=False,
        )
        if here:
            attach(one.account_id, post_id, here, private=visibility >= Visibility.PRIVATE)
        key = digest(found.key, part) if part else _key(found)
        ImportedPost.objects.create(
            account_id=one.account_id, source=one.source, key=key, post_id=post_id, of_id=one.id, narrowest=found.narrowest
        )
        conversation_id = conversation_id or post_id
        answered, part = Answered(post_id, one.account_id, conversation_id), part + 1


def _answered(one: Import, found: FoundPost) -> PostData | Answered | None:
    """Return the imported post that this one answers: threads of one's own stay threads."""
    if not found.answers:
        return None
    same = ImportedPost.objects.filter(account_id=one.account_id, source=one.source, key=digest(found.answers))
    post_id = same.values_list("post_id", flat=True).first()
    if post_id is None:
        return None
    changes.sync()
    return posts((post_id,)).get(post_id)
