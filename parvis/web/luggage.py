"""What people bring and take along, as pages show it: files to download, archives, imports with their reports."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from parvis.network.models import Visibility
from parvis.portability import csv_export
from parvis.portability.queries import ArchiveData, ImportData, ItemData
from parvis.portability.texts import TEXTS

KINDS = {
    "following": gettext_lazy("People you follow"),
    "lists": gettext_lazy("Lists"),
    "bookmarks": gettext_lazy("Bookmarks"),
    "blocks": gettext_lazy("People you block"),
    "mutes": gettext_lazy("People you mute"),
    "domain_blocks": gettext_lazy("Servers you block"),
}
AUDIENCES = [
    ("private", gettext_lazy("Followers only")),
    ("unlisted", gettext_lazy("Public, quietly")),
    ("public", gettext_lazy("Public")),
    ("direct", gettext_lazy("Only you, and the people named")),
]
SOURCES = {"mastodon": "Mastodon", "x": "X", "facebook": "Facebook", "instagram": "Instagram"}
ITEM_STATES = {
    "done": gettext_lazy("Brought"),
    "passed": gettext_lazy("Passed over"),
    "failed": gettext_lazy("Not possible"),
    "waiting": gettext_lazy("Waiting"),
}
UNFINISHED = ("waiting", "working")
VISIBILITIES = {v.label: v.value for v in Visibility}


@dataclass(frozen=True, slots=True)
class FileRow:
    """One CSV file: what it holds, its name, how many lines it has."""

    kind: str
    label: str
    name: str
    lines: str


@dataclass(frozen=True, slots=True)
class Trip:
    """One import: what came, how far it is, in words and as a share."""

    id: int
    kind: str
    label: str
    filename: str
    state: str
    running: bool
    behind: int
    total: int
    done: int
    passed: int
    failed: int
    overwrite: bool
    audience: str
    problem: str
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Parcel:
    """One's archive: being made, ready, or failed."""

    id: int
    state: str
    running: bool
    size_bytes: int
    total: int
    done: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ReportLine:
    position: int
    label: str
    state: str
    state_label: str
    problem: str


def files(account_id: int) -> list[FileRow]:
    """Return the CSV files that the account can take along."""
    found = csv_export.counts(account_id)
    return [FileRow(k, str(label), csv_export.FILES[k][0], _lines(found[k])) for k, label in KINDS.items()]


def _lines(count: int) -> str:
    return ngettext("%(n)s line", "%(n)s lines", count) % {"n": count} if count else _("nothing yet")


def trip(one: ImportData) -> Trip:
    """Return an import as pages show it."""
    source = SOURCES.get(one.source, "")
    label = str(KINDS.get(one.kind) or (_("Posts from %(service)s") % {"service": source} if source else _("Posts")))
    behind = one.done_count + one.passed_count + one.failed_count
    return Trip(
        one.id, one.kind, label, one.filename, one.state, one.state in UNFINISHED, behind, one.total, one.done_count, one.passed_count,
        one.failed_count, one.overwrite, Visibility(one.visibility).label, told(one.problem), one.created_at, one.finished_at,
    )  # fmt: skip


def parcel(one: ArchiveData) -> Parcel:
    """Return an archive as pages show it."""
    return Parcel(one.id, one.state, one.state in UNFINISHED, one.size_bytes, one.posts_total, one.posts_done, one.created_at)


def lines_of(items: Sequence[ItemData]) -> list[ReportLine]:
    """Return a report's lines, their reasons in the reader's language."""
    return [ReportLine(i.position, i.label, i.state, str(ITEM_STATES[i.state]), told(i.problem)) for i in items]


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """Return how each reason with values is recognised. Those that are nothing but values are left out."""
    found = []
    for text in TEXTS.values():
        parts = re.split(r"%\((\w+)\)[sd]", text)
        if len(parts) > 1 and any(re.search(r"\w", words) for words in parts[::2]):
            shape = "".join(re.escape(part) if n % 2 == 0 else f"(?P<{part}>.+)" for n, part in enumerate(parts))
            found.append((re.compile(shape, re.S), text))
    return found


def told(problem: str) -> str:
    """Return a reason in the reader's language: the worker that met it wrote it in English."""
    if not problem or (get_language() or "en").startswith("en"):
        return problem
    said = _(problem)
    if said != problem:
        return said
    before, colon, after = problem.partition(": ")
    if colon and _(after) != after:
        return _("%(name)s: %(reason)s") % {"name": before, "reason": _(after)}
    for shape, text in _patterns():
        if match := shape.fullmatch(problem):
            return re.sub(r"%\((\w+)\)[sd]", lambda m: match[m[1]], _(text))
    return problem
