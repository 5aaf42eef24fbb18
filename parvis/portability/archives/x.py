"""X's archive: data/tweets.js (JavaScript around a JSON list), pictures in data/tweets_media/."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from html import unescape
from typing import Any

from parvis.portability.archives.found import FoundMedia, FoundPost, digest, listing, mapping, text
from parvis.portability.archives.opening import MAX_JSON_BYTES, Archive
from parvis.portability.archives.streaming import items

_FILE = re.compile(r"(?:^|/)(tweets?(?:-part\d+)?)\.js$")
_MEDIA = re.compile(r"/tweets?_media/(\d+)-([^/]+)$")
LIKE = 100


def files(archive: Archive) -> list[str]:
    """Return the members that hold posts, in order."""
    found = [name for name in archive.names if _FILE.search(name) and "deleted" not in name]
    return sorted(found, key=lambda name: (len(name), name))


def recognises(archive: Archive) -> bool:
    """Return whether this is an archive of X's kind."""
    return bool(files(archive))


def posts(archive: Archive) -> Iterator[FoundPost]:
    """Yield its posts as they stand there, newest first; reposts are passed over."""
    media: dict[str, list[str]] = {}
    for name in archive.names:
        if found := _MEDIA.search(name):
            media.setdefault(found.group(1), []).append(name)
    long = long_texts(archive)
    for name in files(archive):
        with archive.open(name, MAX_JSON_BYTES) as file:
            for entry in items(file, after="="):
                entry = mapping(entry)
                yield post(mapping(entry.get("tweet", entry)), media, long)


def long_texts(archive: Archive) -> dict[str, str]:
    """Return the whole texts of posts that tweets.js cuts off, by how they begin (data/note-tweet.js)."""
    found: dict[str, str] = {}
    for name in archive.names:
        if name.endswith("/note-tweet.js"):
            with archive.open(name, MAX_JSON_BYTES) as file:
                for entry in items(file, after="="):
                    whole = unescape(text(mapping(mapping(mapping(entry).get("noteTweet")).get("core")).get("text")))
                    found[whole[:LIKE]] = whole
    return found


def post(tweet: dict[str, Any], media: dict[str, list[str]], long: dict[str, str]) -> FoundPost:
    """Return what one entry says. Shortened addresses are written out, those of its own pictures left out."""
    key = text(tweet.get("id_str")) or text(tweet.get("id")) or digest(tweet)
    said = text(tweet.get("full_text")) or text(tweet.get("text"))
    at_s = _moment(text(tweet.get("created_at")))
    if said.startswith("RT @") or tweet.get("retweeted") is True:
        return FoundPost(key, at_s, text=unescape(said), passed="boost")
    if at_s is None and not said:
        return FoundPost(key, None, problem="not_a_post")
    entities, extended = mapping(tweet.get("entities")), mapping(tweet.get("extended_entities"))
    pictures = [mapping(one) for one in listing(extended.get("media")) or listing(entities.get("media"))]
    for link in listing(entities.get("urls")):
        short, whole = text(mapping(link).get("url")), text(mapping(link).get("expanded_url"))
        if short and whole.startswith(("http://", "https://")):
            said = said.replace(short, whole)
    for short in {text(one.get("url")) for one in pictures} - {""}:
        said = said.replace(short, "")
    return FoundPost(
        key=key,
        at_s=at_s,
        text=_whole(unescape(said).strip(), long),
        sensitive=tweet.get("possibly_sensitive") is True,
        language=_language(text(tweet.get("lang"))),
        answers=text(tweet.get("in_reply_to_status_id_str")) or text(tweet.get("in_reply_to_status_id")),
        media=_attached(pictures, media.get(key, [])),
    )


def _whole(said: str, long: dict[str, str]) -> str:
    """Return the text, or the whole of which it is the beginning."""
    return long.get(said[:LIKE], said) if "…" in said[-40:] else said


def _attached(pictures: list[dict[str, Any]], members: list[str]) -> tuple[FoundMedia, ...]:
    """Return a post's files in its own order. A member is named after the post and the file's last part on X's servers."""
    found: list[FoundMedia] = []
    left = sorted(members)
    for one in pictures:
        addresses = [text(one.get("media_url_https"))]
        addresses += [text(mapping(v).get("url")) for v in listing(mapping(one.get("video_info")).get("variants"))]
        names = {address.rsplit("/", 1)[-1].split("?")[0] for address in addresses if address}
        match = next((m for m in reversed(left) if _name(m) in names and m.endswith((".mp4", ".mov"))), None)
        match = match or next((m for m in left if _name(m) in names), None)
        if match is not None:
            left.remove(match)
        shown = match.rsplit("/", 1)[-1] if match else next(iter(sorted(names)), "?")
        found.append(FoundMedia(match or "", shown[:200], text(one.get("ext_alt_text"))))
    if not pictures:
        found = [FoundMedia(m, m.rsplit("/", 1)[-1][:200]) for m in left]
    return tuple(found)


def _name(member: str) -> str:
    match = _MEDIA.search(member)
    return match.group(2) if match else ""


def _language(code: str) -> str:
    return code if re.fullmatch(r"[a-z]{2,3}", code) and code not in ("und", "qme", "qst", "qht", "qam", "zxx", "art") else ""


_MONTHS = {name: n for n, name in enumerate(["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"], 1)}


def _moment(written: str) -> float | None:
    """Return "Wed Oct 10 20:19:24 +0000 2018" as seconds since 1970, whatever this machine's language."""
    parts = written.split()
    try:
        _day, month, number, clock, zone, year = parts
        iso = f"{int(year):04d}-{_MONTHS[month]:02d}-{int(number):02d}T{clock}{zone[:3]}:{zone[3:]}"
        return datetime.fromisoformat(iso).timestamp()
    except (ValueError, KeyError, OverflowError):
        return None
