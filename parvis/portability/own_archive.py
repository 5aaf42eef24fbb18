"""Everything a person wrote here, in one ZIP: profile, posts as ActivityStreams, media, marks as CSV."""

from __future__ import annotations

import csv
import io
import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from typing import IO, Any

from django.conf import settings

from parvis.kernel import changes, storage
from parvis.kernel.clock import iso
from parvis.media.queries import AssetData, assets_of
from parvis.network.models import Favourite, Post, Visibility
from parvis.network.queries import AccountData, PostData, account, accounts, posts
from parvis.portability import csv_export
from parvis.portability.models import Archive

BATCH = 200
EVERYONE = "https://www.w3.org/ns/activitystreams#Public"
CONTEXT = [
    "https://www.w3.org/ns/activitystreams",
    {"sensitive": "as:sensitive", "Hashtag": "as:Hashtag", "toot": "http://joinmastodon.org/ns#", "blurhash": "toot:blurhash",
     "focalPoint": {"@container": "@list", "@id": "toot:focalPoint"}, "votersCount": "toot:votersCount"},
]  # fmt: skip


def build(one: Archive) -> tuple[str, int]:
    """Return the storage path and the size of the file that holds all the account's posts."""
    changes.sync()
    owner = account(one.account_id)
    with tempfile.TemporaryFile() as out:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as whole:
            _write_json(whole, "actor.json", actor(owner))
            for which in ("avatar", "header"):
                path = getattr(owner, which)
                if path and not path.startswith("http"):
                    _copy(whole, path, f"{which}{path[path.rfind('.') :]}")
            for name, rows in csv_export.FILES.values():
                _write_csv(whole, name, rows(owner.id))
            _write_csv(whole, "likes.csv", _likes(owner.id))
            media = _write_outbox(whole, one, owner)
            for asset in media:
                _copy(whole, asset.file, member(asset))
        size = out.tell()
        path = storage.put(storage.new_path("originals", ".zip"), out)
    return path, size


def member(asset: AssetData) -> str:
    """Return where an asset's file lies in the archive."""
    return f"media_attachments/files/{asset.id}{asset.file[asset.file.rfind('.') :]}"


def _write_json(whole: zipfile.ZipFile, name: str, body: dict[str, Any]) -> None:
    whole.writestr(name, json.dumps(body, ensure_ascii=False, indent=1))


def _write_csv(whole: zipfile.ZipFile, name: str, rows: Iterator[csv_export.Row]) -> None:
    with whole.open(name, "w") as member_file, io.TextIOWrapper(member_file, "utf-8", newline="") as out:
        csv.writer(out, lineterminator="\n").writerows(rows)


def _copy(whole: zipfile.ZipFile, path: str, name: str) -> None:
    """A stored file lies in the archive; one that is lost does not stop the others."""
    try:
        source: IO[bytes] = storage.get(path)
    except (FileNotFoundError, ValueError):
        return
    with source, whole.open(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), "w", force_zip64=True) as target:
        shutil.copyfileobj(source, target, 256 * 1024)


def _likes(account_id: int) -> Iterator[csv_export.Row]:
    batch: list[int] = []
    for (post_id,) in Favourite.objects.filter(account_id=account_id).order_by("id").values_list("post_id").iterator():
        batch.append(post_id)
        if len(batch) == BATCH:
            yield from ((found,) for found in csv_export.post_addresses(batch))
            batch = []
    yield from ((found,) for found in csv_export.post_addresses(batch))


def _write_outbox(whole: zipfile.ZipFile, one: Archive, owner: AccountData) -> list[AssetData]:
    """outbox.json holds every post and boost, oldest first, written as it is read; return the media it names."""
    mine = Post.objects.filter(author_id=owner.id)
    total = mine.count()
    Archive.objects.filter(id=one.id).update(posts_total=total, posts_done=0)
    media: list[AssetData] = []
    head = {"@context": CONTEXT, "id": "outbox.json", "type": "OrderedCollection", "totalItems": total}
    last, done = 0, 0
    with whole.open("outbox.json", "w") as raw, io.TextIOWrapper(raw, "utf-8") as out:
        out.write(json.dumps(head, ensure_ascii=False)[:-1] + ', "orderedItems": [')
        while ids := list(mine.filter(id__gt=last).order_by("id").values_list("id", flat=True)[:BATCH]):
            found = posts(ids)
            attached = assets_of([i for i in ids if i in found and found[i].media_count])
            around = _around(found)
            for i in ids:
                if i in found:
                    files = [a for a in attached.get(i, ()) if a.file]
                    media += files
                    out.write((",\n" if done else "\n") + json.dumps(activity(found[i], owner, files, around), ensure_ascii=False))
                    done += 1
            last = ids[-1]
            Archive.objects.filter(id=one.id).update(posts_done=done)
        out.write("\n]}\n")
    return media


def _around(found: dict[int, PostData]) -> dict[int, Any]:
    """Return the accounts that posts name, by id, and the addresses of the posts they answer, boost or quote, by id."""
    people = accounts({i for post in found.values() for i in post.mention_ids})
    others = {i for p in found.values() for i in (p.in_reply_to_id, p.boost_of_id, p.quote_of_id) if i}
    addresses = {i: address for i in others for address in csv_export.post_addresses([i])}
    return {**people, **addresses}


def uri(owner: AccountData) -> str:
    """Return the account's ActivityPub id."""
    return f"{settings.BASE_URL}/users/{owner.username}"


def actor(owner: AccountData) -> dict[str, Any]:
    """Return the account as ActivityStreams."""
    kinds = {"bot": "Service", "organization": "Organization", "group": "Group"}
    body: dict[str, Any] = {
        "@context": CONTEXT,
        "id": uri(owner),
        "type": kinds.get(owner.kind, "Person"),
        "preferredUsername": owner.username,
        "name": owner.display_name,
        "summary": owner.note_html,
        "source": {"content": owner.note, "mediaType": "text/plain"},
        "url": f"{settings.BASE_URL}/@{owner.username}",
        "published": iso(owner.created_at),
        "manuallyApprovesFollowers": owner.locked,
        "outbox": "outbox.json",
        "attachment": [{"type": "PropertyValue", "name": f.get("name", ""), "value": f.get("value", "")} for f in owner.fields],
    }
    for which, name in (("avatar", "icon"), ("header", "image")):
        path = getattr(owner, which)
        if path and not path.startswith("http"):
            body[name] = {"type": "Image", "url": f"{which}{path[path.rfind('.') :]}"}
    return body


def audience(post: PostData, owner: AccountData, people: dict[int, Any]) -> tuple[list[str], list[str]]:
    """Return a post's `to` and `cc`."""
    followers = f"{uri(owner)}/followers"
    named = [people[i].uri or f"{settings.BASE_URL}/users/{people[i].username}" for i in post.mention_ids if i in people]
    if post.visibility == Visibility.PUBLIC:
        return [EVERYONE], [followers, *named]
    if post.visibility == Visibility.UNLISTED:
        return [followers], [EVERYONE, *named]
    return ([followers], named) if post.visibility == Visibility.PRIVATE else (named, [])


def activity(post: PostData, owner: AccountData, files: list[AssetData], around: dict[int, Any]) -> dict[str, Any]:
    """Return a post as a Create, a boost as an Announce."""
    me = uri(owner)
    post_uri = post.uri or f"{me}/statuses/{post.id}"
    to, cc = audience(post, owner, around)
    common = {"id": f"{post_uri}/activity", "actor": me, "published": iso(post.created_at), "to": to, "cc": cc}
    if post.boost_of_id:
        return {**common, "type": "Announce", "object": around.get(post.boost_of_id)}
    note: dict[str, Any] = {
        "id": post_uri,
        "type": "Note" if post.poll is None else "Question",
        "attributedTo": me,
        "published": iso(post.created_at),
        "updated": iso(post.edited_at),
        "url": f"{settings.BASE_URL}/@{owner.username}/{post.id}",
        "to": to,
        "cc": cc,
        "summary": post.spoiler_text or None,
        "sensitive": post.sensitive,
        "content": post.html,
        "source": {"content": post.text, "mediaType": "text/plain"},
        "inReplyTo": around.get(post.in_reply_to_id) if post.in_reply_to_id else None,
        "quote": around.get(post.quote_of_id) if post.quote_of_id else None,
        "attachment": [_document(asset) for asset in files],
        "tag": [{"type": "Hashtag", "name": f"#{name}", "href": f"{settings.BASE_URL}/tags/{name}"} for name in post.tags],
    }
    if post.language:
        note["contentMap"] = {post.language: post.html}
    if post.poll is not None:
        options = [
            {"type": "Note", "name": title, "replies": {"type": "Collection", "totalItems": count}}
            for title, count in zip(post.poll.options, post.poll.counts, strict=True)
        ]
        note |= {
            "anyOf" if post.poll.multiple else "oneOf": options,
            "endTime": iso(post.poll.expires_at),
            "votersCount": post.poll.voters_count,
        }
    return {**common, "type": "Create", "object": note}


def _document(asset: AssetData) -> dict[str, Any]:
    return {
        "type": "Document",
        "mediaType": asset.content_type,
        "url": f"/{member(asset)}",
        "name": asset.description or None,
        "blurhash": asset.blurhash or None,
        "focalPoint": [asset.focus_x, asset.focus_y],
    }
