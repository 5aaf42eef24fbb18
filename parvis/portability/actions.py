"""Bring a file, choose who sees what came of it, ask for one's archive. The long part runs in the worker."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from typing import IO, Any

from django.db import transaction
from django.utils.translation import gettext as _
from django_tasks import task

from parvis.kernel import clock, storage
from parvis.kernel.errors import Invalid, NotFound, TooMany
from parvis.media.actions import attach
from parvis.media.queries import assets_of
from parvis.network.actions import edits
from parvis.network.actions.follows import hold
from parvis.network.models import Visibility
from parvis.portability import csv_import, own_archive, posts_import
from parvis.portability.archives import opening, recognising
from parvis.portability.archives.opening import Unreadable
from parvis.portability.models import Archive, Import, ImportedPost, ImportItem
from parvis.portability.texts import reason, refusal, text_of

log = logging.getLogger("parvis.import")

MAX_ARCHIVE_BYTES = 8 << 30
MAX_UNFINISHED = 3
KEPT_IMPORTS = 50
SLICE_S = 60.0
ARCHIVE_EVERY = timedelta(days=7)
ARCHIVE_KEPT = timedelta(days=14)
_UNFINISHED = (Import.State.WAITING, Import.State.WORKING)


def bring(
    account_id: int, kind: str, file: IO[bytes], *, filename: str = "", overwrite: bool = False, visibility: int = Visibility.PRIVATE
) -> int:
    """The file is taken and will be read in the background; return the import's id.

    overwrite: what the file does not name is removed (CSV only). visibility: of imported posts, until chosen.
    Raises Invalid, and changes nothing, for a file that is not what it should be.
    """
    if kind not in Import.Kind.values:
        raise Invalid(_("This kind of import does not exist."), code="import.kind")
    if Import.objects.filter(account_id=account_id, state__in=_UNFINISHED).count() >= MAX_UNFINISHED:
        raise TooMany(_("Wait until your other imports are finished."), code="import.unfinished")
    one = Import(account_id=account_id, kind=kind, filename=filename.replace("\x00", "")[:255])
    if kind == Import.Kind.POSTS:
        one.visibility = visibility
        one.source = _check_archive(file)
        one.file = storage.put(storage.new_path("originals", ".archive"), file)
        lines: list[dict[str, Any]] = []
    else:
        content = file.read(csv_import.MAX_BYTES + 1)
        if len(content) > csv_import.MAX_BYTES:
            raise refusal("too_large", name=one.filename)
        lines = csv_import.read(kind, content)
        one.overwrite, one.total = overwrite, len(lines)
    try:
        with transaction.atomic():
            one.save(force_insert=True)
            made = [ImportItem(of=one, position=n, label=csv_import.label(line), values=line) for n, line in enumerate(lines)]
            ImportItem.objects.bulk_create(made, batch_size=500)
            run_import.enqueue(one.id)
    except BaseException:
        storage.delete(one.file)
        raise
    _forget_old(account_id)
    return one.id


def _check_archive(file: IO[bytes]) -> str:
    """Return the service whose archive this is. Raises Invalid for what cannot be one."""
    file.seek(0, 2)
    if file.tell() > MAX_ARCHIVE_BYTES:
        raise refusal("too_large", name="")
    file.seek(0)
    try:
        archive = opening.open_file(file)
    except Unreadable as broken:
        raise refusal(broken.code, **broken.values) from None
    try:
        return recognising.source_of(archive)
    except Unreadable as broken:
        raise refusal(broken.code, **broken.values) from None
    finally:
        archive.close()


def _forget_old(account_id: int) -> None:
    """Only the newest imports are kept to be read over."""
    old = Import.objects.filter(account_id=account_id).exclude(state__in=_UNFINISHED).order_by("-id").values_list("id", flat=True)
    Import.objects.filter(id__in=list(old[KEPT_IMPORTS:])).delete()


@task()
def run_import(import_id: int) -> None:
    """The import goes on for a minute, then makes room for other tasks. Killed, it goes on where it stopped."""
    one = Import.objects.filter(id=import_id, state__in=_UNFINISHED).first()
    if one is None:
        return
    Import.objects.filter(id=import_id).update(state=Import.State.WORKING)
    work: Callable[..., bool] = posts_import.work if one.kind == Import.Kind.POSTS else csv_import.work
    try:
        if not work(one, until_s=time.monotonic() + SLICE_S):
            run_import.enqueue(import_id)
            return
        _finish(one, Import.State.DONE, "")
    except Unreadable as broken:
        _finish(one, Import.State.FAILED, reason(broken))
    except Exception:
        log.exception("import %s failed", import_id)
        _finish(one, Import.State.FAILED, text_of("internal"))


def _finish(one: Import, state: str, problem: str) -> None:
    columns: dict[str, Any] = {"state": state, "file": "", "finished_at": clock.now()}
    if problem:
        columns["problem"] = problem[:500]
    Import.objects.filter(id=one.id).update(**columns)
    storage.delete(one.file)


def give_up(account_id: int, import_id: int) -> None:
    """The import stops and is forgotten; what it did stays. Raises NotFound."""
    one = Import.objects.filter(id=import_id, account_id=account_id).first()
    if one is None:
        raise NotFound
    one.delete()
    storage.delete(one.file)


def choose_audience(account_id: int, import_id: int, visibility: int) -> int:
    """The import's posts have this audience, none a wider one than where they come from; return how many changed.

    Nobody is told of them: they stand at their dates. Raises NotFound.
    """
    if not Import.objects.filter(id=import_id, account_id=account_id, kind=Import.Kind.POSTS).exists():
        raise NotFound
    Import.objects.filter(id=import_id).update(visibility=visibility)
    count = 0
    for narrowest in Visibility.values:
        wanted = max(visibility, narrowest)
        ids = list(ImportedPost.objects.filter(of_id=import_id, narrowest=narrowest).order_by("id").values_list("post_id", flat=True))
        for start in range(0, len(ids), 200):
            batch = ids[start : start + 200]
            with transaction.atomic():
                count += edits.set_audience(account_id, batch, wanted)
                for post_id, files in assets_of(batch).items():
                    if files:
                        attach(account_id, post_id, [a.id for a in files], private=wanted >= Visibility.PRIVATE)
    return count


def ask_for_archive(account_id: int) -> int:
    """The account's archive is being made; return its id. Raises TooMany within seven days of the last one."""
    with transaction.atomic():
        hold(account_id)
        latest = Archive.objects.filter(account_id=account_id, created_at__gt=clock.now() - ARCHIVE_EVERY)
        if latest.exclude(state=Archive.State.FAILED).exists():
            raise TooMany(_("You can ask for your archive once in seven days."), code="archive.too_soon")
        one = Archive.objects.create(account_id=account_id)
        make_archive.enqueue(one.id)
        return int(one.id)


@task()
def make_archive(archive_id: int) -> None:
    """The archive is ready, the account's older ones are gone. Killed, it is made anew."""
    one = Archive.objects.filter(id=archive_id, state__in=(Archive.State.WAITING, Archive.State.WORKING)).first()
    if one is None:
        return
    Archive.objects.filter(id=archive_id).update(state=Archive.State.WORKING)
    try:
        path, size = own_archive.build(one)
    except Exception:
        log.exception("archive %s could not be made", archive_id)
        Archive.objects.filter(id=archive_id).update(state=Archive.State.FAILED, finished_at=clock.now())
        return
    ready = {"state": Archive.State.READY, "file": path, "size_bytes": size, "finished_at": clock.now()}
    if not Archive.objects.filter(id=archive_id).update(**ready):
        storage.delete(path)  # the account was deleted meanwhile
    _delete_archives(Archive.objects.filter(account_id=one.account_id, id__lt=archive_id))


def delete_old_archives() -> int:
    """Archives older than two weeks are gone with their files; return how many. Periodic."""
    return _delete_archives(Archive.objects.filter(created_at__lt=clock.now() - ARCHIVE_KEPT))


def delete_all(account_id: int) -> None:
    """Nothing that this account brought or asked for is left on disk."""
    _delete_archives(Archive.objects.filter(account_id=account_id))
    for one in Import.objects.filter(account_id=account_id):
        one.delete()
        storage.delete(one.file)


def _delete_archives(which: Any) -> int:
    found = list(which)
    for one in found:
        Archive.objects.filter(id=one.id).delete()
        storage.delete(one.file)
    return len(found)
