"""Write assets: take uploads, describe them, attach them to a post, delete what nobody used."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django_tasks import task

from parvis.kernel import changes, storage
from parvis.kernel.clock import now
from parvis.kernel.errors import Invalid, NotFound
from parvis.media import formats, isolation, preparing
from parvis.media.isolated.broken import Broken
from parvis.media.models import Asset
from parvis.media.refusals import refusal, text_of
from parvis.network.models import Draft, ScheduledPost

UNUSED_FOR = timedelta(hours=24)
PROFILE_SIZES = {"avatar": (400, 400), "header": (1500, 500), "emoji": (128, 128)}


def upload(
    owner_id: int,
    file: Any,
    *,
    description: str = "",
    focus: tuple[float, float] = (0.0, 0.0),
    thumbnail: Any = None,
    at_once: bool = False,
) -> int:
    """The file is its owner's asset; return its id. Pictures are ready at once, the rest soon, or at once when asked.

    file, thumbnail: bytes, or anything with `read`. Raises Invalid for what is not taken.
    """
    check_description(description)
    if file is None:
        raise refusal(Broken("blank"))
    try:
        with isolation.workplace() as place:
            received = preparing.receive(file, place)
            made: preparing.Prepared | None = None
            if received.format.kind == "image":
                converts = received.format is formats.GIF and bool(preparing.ffmpeg())
                made = preparing.picture(received.path, received.format, place, stills_only=converts)
            chosen = preparing.thumbnail(thumbnail, place) if thumbnail is not None and received.format.kind != "image" else None
            asset = Asset(
                owner_id=owner_id,
                kind=Asset.Kind.GIFV if received.format is formats.GIF else received.format.kind,
                content_type=received.format.content_type,
                size_bytes=received.size_bytes,
                sha256=received.sha256,
                description=description,
                focus_x=focus[0],
                focus_y=focus[1],
            )
            with received.path.open("rb") as content:
                asset.original = storage.put(storage.new_path("originals", received.format.suffix), content)
            _fill(asset, made, chosen)
            _insert(asset, [asset.original, *(made.stored if made else ()), *(chosen.stored if chosen else ())], at_once=at_once)
    except Broken as problem:
        raise refusal(problem) from None
    if made is None and at_once:
        try:
            prepare_now(asset.id)
        except Invalid:
            delete(owner_id, asset.id)
            raise
        asset.refresh_from_db()
        if asset.state == Asset.State.FAILED:
            delete(owner_id, asset.id)
            raise Invalid(asset.error, code="media.failed")
    return asset.id


def _fill(asset: Asset, made: preparing.Prepared | None, chosen: preparing.Prepared | None) -> None:
    if made is not None:
        asset.state = Asset.State.READY
        for name, value in made.columns.items():
            setattr(asset, name, value)
    if chosen is not None:
        asset.preview, asset.blurhash = chosen.columns["preview"], chosen.columns["blurhash"]
        asset.meta = {**asset.meta, "small": chosen.columns["small"], "colors": chosen.columns["colors"]}


def _insert(asset: Asset, stored: Sequence[str], *, at_once: bool) -> None:
    """Store the row, and the task that prepares it with it; files are taken away again when that fails."""
    try:
        with transaction.atomic():
            asset.save(force_insert=True)
            if asset.state == Asset.State.WAITING and not at_once:
                prepare.enqueue(asset.id)
    except BaseException:
        storage.delete(*stored)
        raise


@task(priority=10)
def prepare(asset_id: int) -> None:
    """The asset is ready, or failed with a reason. Runs in the worker; may run again after a crash."""
    try:
        prepare_now(asset_id)
    except Invalid:
        prepare.using(run_after=now() + timedelta(seconds=30)).enqueue(asset_id)


def prepare_now(asset_id: int) -> None:
    """The asset is ready, or failed with a reason. One that is neither waiting nor begun is left alone."""
    begun = Asset.objects.filter(id=asset_id, state__in=(Asset.State.WAITING, Asset.State.WORKING)).update(state=Asset.State.WORKING)
    asset = Asset.objects.filter(id=asset_id).first()
    if not begun or asset is None:
        return
    known = next(f for f in formats.ALL if asset.original.endswith(f.suffix))
    stored: list[str] = []
    columns: dict[str, Any] = {"state": Asset.State.READY}
    try:
        with isolation.workplace() as place, storage.on_disk(asset.original) as source:
            if known.kind == "image":
                made = preparing.animation(source, known, place)
            else:
                made = preparing.recording(source, known, place, has_thumbnail=bool(asset.preview))
        stored = made.stored
        kept = {k: v for k, v in asset.meta.items() if k in ("small", "colors")}
        columns |= {**made.columns, "meta": {**made.columns["meta"], **kept}}
    except Broken as problem:
        if problem.code == "busy":
            raise refusal(problem) from None  # the task is tried again, or the sender is told
        columns = {"state": Asset.State.FAILED, "error": refusal(problem).text[:500]}
    except FileNotFoundError:
        columns = {"state": Asset.State.FAILED, "error": text_of("unreadable")}
    if not Asset.objects.filter(id=asset_id, state=Asset.State.WORKING).update(**columns):
        storage.delete(*stored)  # deleted meanwhile, or prepared by another worker


def check_description(description: str) -> None:
    """Raise Invalid for a description that is too long."""
    if len(description) > formats.DESCRIPTION_LENGTH:
        text = text_of("description_too_long", limit=formats.DESCRIPTION_LENGTH)
        raise Invalid(text, code="media.description", fields={"description": [{"error": "ERR_TOO_LONG", "description": text}]})


def update(
    owner_id: int, asset_id: int, *, description: str | None = None, focus: tuple[float, float] | None = None, thumbnail: Any = None
) -> None:
    """An unused asset is described anew; None leaves a part as it is. Raises NotFound for others' and for used ones."""
    asset = Asset.objects.filter(id=asset_id, owner_id=owner_id, post=None).first()
    if asset is None:
        raise NotFound
    columns: dict[str, Any] = {}
    if description is not None:
        check_description(description)
        columns["description"] = description
    if focus is not None:
        columns |= {"focus_x": focus[0], "focus_y": focus[1]}
    replaced = ""
    if thumbnail is not None and asset.kind in (Asset.Kind.AUDIO, Asset.Kind.VIDEO):
        try:
            with isolation.workplace() as place:
                chosen = preparing.thumbnail(thumbnail, place).columns
        except Broken as problem:
            raise refusal(problem) from None
        replaced = asset.preview
        columns |= {"preview": chosen["preview"], "blurhash": chosen["blurhash"]}
        columns["meta"] = {**asset.meta, "small": chosen["small"], "colors": chosen["colors"]}
    if columns and not Asset.objects.filter(id=asset_id, owner_id=owner_id, post=None).update(**columns):
        storage.delete(columns.get("preview", ""))
        raise NotFound
    storage.delete(replaced)


def delete(owner_id: int, asset_id: int) -> None:
    """An unused asset and its files are gone. Raises NotFound for others', Invalid for one that stands in a post."""
    asset = Asset.objects.filter(id=asset_id, owner_id=owner_id).first()
    if asset is None:
        raise NotFound
    if not Asset.objects.filter(id=asset_id, owner_id=owner_id, post=None).delete()[0]:
        raise Invalid(text_of("in_use"), code="media.in_use")
    storage.delete(*_files(asset))


def _files(asset: Asset) -> list[str]:
    return [path for path in (asset.original, asset.file, asset.preview) if path]


def attach(owner_id: int, post_id: int, asset_ids: Sequence[int], *, private: bool) -> None:
    """These assets belong to the post, in this order. Raises Invalid for others' assets and for those still in the making.

    The caller holds the transaction that stores the post. Of two posts that want the same asset, one gets it:
    the update asks again whether it is free.
    """
    wanted = list(dict.fromkeys(asset_ids))
    found = {a.id: a for a in Asset.objects.filter(id__in=wanted, owner_id=owner_id)}
    for asset_id in wanted:
        asset = found.get(asset_id)
        if asset is None or (asset.post_id not in (None, post_id)):
            raise _not_found()
        if asset.state in (Asset.State.WAITING, Asset.State.WORKING):
            raise Invalid(_("Cannot attach files that have not finished processing. Try again in a moment!"), code="media.not_ready")
        if asset.state == Asset.State.FAILED:
            raise Invalid(_("Cannot attach a file that could not be read."), code="media.failed")
    free = Q(post=None) | Q(post_id=post_id)
    for position, asset_id in enumerate(wanted):
        mine = Asset.objects.filter(free, id=asset_id, owner_id=owner_id, state=Asset.State.READY)
        if not mine.update(post_id=post_id, position=position, private=private, unused_since=None):
            raise _not_found()
    changes.touch(f"p:{post_id}")


def _not_found() -> Invalid:
    return Invalid(_("Validation failed: Media could not be found or is already used"), code="media.not_found")


def withdraw(asset_ids: Sequence[int]) -> None:
    """The assets' public addresses answer no more: their files stand under other paths. Call it after the commit."""
    for asset in Asset.objects.filter(id__in=list(asset_ids)).exclude(file=""):
        moved = {}
        for name in ("file", "preview"):
            path = getattr(asset, name)
            if path:
                try:
                    moved[name] = storage.copy(path, storage.new_path("m", path[path.rfind(".") :]))
                except FileNotFoundError:
                    continue
        with transaction.atomic():
            done = Asset.objects.filter(id=asset.id, file=asset.file).update(**moved) if moved else 0
            if asset.post_id:
                changes.touch(f"p:{asset.post_id}")
        storage.delete(*((getattr(asset, n) for n in moved) if done else moved.values()))


def delete_unused() -> int:
    """Assets that stood in no post for a day are gone, with their files; return how many.

    What waits in a scheduled post or a draft is kept.
    """
    moment = now()
    Asset.objects.filter(post=None, unused_since=None).update(unused_since=moment)
    old = list(Asset.objects.filter(post=None, unused_since__lt=moment - UNUSED_FOR).order_by("unused_since")[:500])
    if not old:
        return 0
    kept = _promised({a.owner_id for a in old})
    count = 0
    for asset in old:
        if asset.id not in kept and Asset.objects.filter(id=asset.id, post=None).delete()[0]:
            storage.delete(*_files(asset))
            count += 1
    if kept:
        Asset.objects.filter(id__in=[a.id for a in old if a.id in kept]).update(unused_since=moment)
    return count


def _promised(owner_ids: set[int]) -> set[int]:
    """Return the assets that these accounts' scheduled posts and drafts name."""
    found: set[int] = set()
    for model in (ScheduledPost, Draft):
        for params in model.objects.filter(account_id__in=owner_ids).values_list("params", flat=True):
            ids = params.get("media_ids") if isinstance(params, dict) else None
            found.update(int(i) for i in ids or () if str(i).isdigit())
    return found


def store_profile_image(account_id: int, file: Any, kind: str) -> str:
    """Return the storage path of an account's new face ("avatar", 400 x 400), banner ("header", 1500 x 500) or of an "emoji".

    The picture is cut to shape and written anew; an animation gives its first frame. Raises Invalid. The caller
    writes the path to the account and passes the old one to `storage.delete` once that is committed.
    """
    width, height = PROFILE_SIZES[kind]
    try:
        with isolation.workplace() as place:
            received = preparing.receive(file, place, most_bytes=formats.PROFILE_BYTES)
            if received.format.kind != "image":
                raise Broken("not_a_picture")
            found = isolation.run("profile", received.path, place, reader=received.format.reader, width=width, height=height)
            with open(found["file"], "rb") as content:
                return storage.put(storage.new_path(f"{kind}s", found["file"][found["file"].rfind(".") :]), content)
    except Broken as problem:
        raise refusal(problem) from None
