"""What a person keeps and carries: drafts, exports, imports, archives. Part of our own API (native.py)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse
from ninja import File, Form, Router, Schema, UploadedFile
from ninja.errors import HttpError
from ninja.security import HttpBearer
from pydantic import Field

from parvis.identity.queries import Principal, principal
from parvis.kernel import storage
from parvis.kernel.errors import Forbidden, Invalid, NotFound
from parvis.network.actions import drafts
from parvis.network.models import Visibility
from parvis.network.queries import waiting
from parvis.portability import actions, csv_export, queries
from parvis.portability.queries import ImportData

router = Router(tags=["own"])
VISIBILITIES = {v.label: v.value for v in Visibility}


class Scoped(HttpBearer):
    """A person's token that covers a scope."""

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> Principal:
        found = principal(token.strip())
        if found is None or not found.account_id:
            raise HttpError(401, "The access token is invalid")
        if found.blocked or not found.allows(self.scope):
            raise Forbidden("This action is outside the authorized scopes", code="token.scope")
        return found


def _me(request: HttpRequest) -> int:
    who: Principal = request.auth  # type: ignore[attr-defined]
    return who.account_id


class DraftIn(Schema):
    """An unfinished post: members as in POST /api/v1/statuses, none of them needed."""

    text: str = ""
    spoiler_text: str = ""
    sensitive: bool | None = None
    visibility: str | None = None
    local_only: bool = False
    language: str = ""
    in_reply_to_id: str | None = None
    quoted_status_id: str | None = None
    quote_approval_policy: str | None = None
    media_ids: list[str] = Field(default_factory=list, description="Kept while the draft is.")
    poll: dict[str, Any] | None = None


class DraftOut(Schema):
    id: str
    updated_at: datetime
    params: dict[str, Any]


def _draft(found: waiting.DraftData) -> dict[str, Any]:
    return {"id": str(found.id), "updated_at": found.updated_at, "params": found.params}


@router.get("drafts", response=list[DraftOut], auth=Scoped("read:statuses"), summary="One's drafts, the latest first")
def list_drafts(request: HttpRequest) -> list[dict[str, Any]]:
    return [_draft(found) for found in waiting.drafts(_me(request))]


@router.post("drafts", response=DraftOut, auth=Scoped("write:statuses"), summary="Keep a draft")
def keep_draft(request: HttpRequest, body: DraftIn) -> dict[str, Any]:
    return _draft(waiting.draft(_me(request), drafts.save(_me(request), _params(body))))


@router.put("drafts/{int:draft_id}", response=DraftOut, auth=Scoped("write:statuses"), summary="Keep a newer version of a draft")
def replace_draft(request: HttpRequest, draft_id: int, body: DraftIn) -> dict[str, Any]:
    return _draft(waiting.draft(_me(request), drafts.save(_me(request), _params(body), draft_id)))


@router.delete("drafts/{int:draft_id}", auth=Scoped("write:statuses"), summary="Delete a draft")
def delete_draft(request: HttpRequest, draft_id: int) -> dict[str, Any]:
    drafts.delete(_me(request), draft_id)
    return {}


def _params(body: DraftIn) -> dict[str, Any]:
    found = body.dict(exclude_unset=True)
    if "\x00" in str(found) or "\\x00" in repr(found):
        raise Invalid("A draft may not contain null bytes", code="params.null_byte")
    if any(not i.isdigit() for i in body.media_ids):
        raise NotFound
    return found


@router.get("exports/{kind}", auth=Scoped("read:accounts"), summary="A CSV file in Mastodon's format")
def export(request: HttpRequest, kind: str) -> HttpResponse:
    """kind: following, blocks, mutes, domain_blocks, lists or bookmarks."""
    name, content = csv_export.export(_me(request), kind)
    answered = HttpResponse(content, content_type="text/csv; charset=utf-8")
    answered["Content-Disposition"] = f'attachment; filename="{name}"'
    return answered


class ImportOut(Schema):
    """One file that was brought, and how far it was read."""

    id: str
    kind: str
    state: str = Field(description="waiting, working, done or failed.")
    overwrite: bool
    source: str = Field(description="mastodon, x, facebook or instagram; empty for CSV files.")
    visibility: str = Field(description="Of imported posts.")
    filename: str
    total: int
    done: int
    passed: int = Field(description="Passed over: boosts, stories, what is here already.")
    failed: int
    progress: float = Field(description="From 0 to 1.")
    problem: str
    created_at: datetime
    finished_at: datetime | None


class ItemOut(Schema):
    position: int
    label: str
    state: str
    problem: str


def _import(found: ImportData) -> dict[str, Any]:
    body = {name: getattr(found, name) for name in ("kind", "state", "overwrite", "source", "filename", "total", "problem", "created_at")}
    counts = {"done": found.done_count, "passed": found.passed_count, "failed": found.failed_count}
    visibility = Visibility(found.visibility).label
    return {"id": str(found.id), **body, **counts, "visibility": visibility, "progress": found.progress, "finished_at": found.finished_at}


def _visibility(label: str) -> int:
    if label not in VISIBILITIES:
        raise Invalid("visibility must be public, unlisted, private or direct", code="post.visibility")
    return VISIBILITIES[label]


@router.get("imports", response=list[ImportOut], auth=Scoped("read:accounts"), summary="One's imports, the latest first")
def list_imports(request: HttpRequest) -> list[dict[str, Any]]:
    return [_import(found) for found in queries.imports(_me(request))]


@router.post("imports", response=ImportOut, auth=Scoped("write:accounts"), summary="Bring a CSV file, or an archive of posts")
def bring(
    request: HttpRequest,
    file: File[UploadedFile],
    kind: Form[str],
    mode: Form[str] = "merge",
    visibility: Form[str] = "private",
) -> dict[str, Any]:
    """kind: following, blocks, mutes, domain_blocks, lists, bookmarks (CSV) or posts (an archive of Mastodon, X, Facebook or Instagram).

    mode: merge, or overwrite (CSV only: what the file does not name is removed). visibility: of imported posts.
    """
    if mode not in ("merge", "overwrite"):
        raise Invalid("mode must be merge or overwrite", code="import.mode")
    chosen = _visibility(visibility)
    if file.file is None:
        raise Invalid("A file is needed", code="import.file")
    found = actions.bring(
        _me(request), kind, file.file, filename=file.name or "", overwrite=mode == "overwrite", visibility=chosen
    )  # fmt: skip
    return _import(queries.import_of(_me(request), found))


@router.get("imports/{int:import_id}", response=ImportOut, auth=Scoped("read:accounts"), summary="How far an import is")
def show_import(request: HttpRequest, import_id: int) -> dict[str, Any]:
    return _import(queries.import_of(_me(request), import_id))


@router.get(
    "imports/{int:import_id}/items", response=list[ItemOut], auth=Scoped("read:accounts"), summary="What became of each line or post"
)
def report(request: HttpRequest, import_id: int, state: str = "", after: int = -1, limit: int = 100) -> list[Any]:
    """state: waiting, done, passed, failed, or all. after: the last position that was read."""
    if "\x00" in state:
        return []
    return list(queries.report(_me(request), import_id, state=state, after=max(-1, min(after, 1 << 30)), limit=max(1, min(limit, 500))))


@router.post("imports/{int:import_id}/audience", auth=Scoped("write:statuses"), summary="Choose who sees imported posts")
def choose(request: HttpRequest, import_id: int, visibility: Form[str]) -> dict[str, Any]:
    """None gets a wider audience than it had where it comes from."""
    return {"changed": actions.choose_audience(_me(request), import_id, _visibility(visibility))}


@router.delete("imports/{int:import_id}", auth=Scoped("write:accounts"), summary="Stop and forget an import; what it did stays")
def give_up(request: HttpRequest, import_id: int) -> dict[str, Any]:
    actions.give_up(_me(request), import_id)
    return {}


class ArchiveOut(Schema):
    """Everything one wrote here, in one ZIP file."""

    id: str
    state: str = Field(description="waiting, working, ready or failed.")
    size_bytes: int
    posts_total: int
    posts_done: int
    created_at: datetime
    finished_at: datetime | None


def _archive(found: queries.ArchiveData) -> dict[str, Any]:
    names = ("state", "size_bytes", "posts_total", "posts_done", "created_at", "finished_at")
    return {"id": str(found.id), **{name: getattr(found, name) for name in names}}


@router.get("archives", response=list[ArchiveOut], auth=Scoped("read:accounts"), summary="One's archives")
def list_archives(request: HttpRequest) -> list[dict[str, Any]]:
    return [_archive(found) for found in queries.archives(_me(request))]


@router.post("archives", response=ArchiveOut, auth=Scoped("write:accounts"), summary="Ask for one's archive: once in seven days")
def ask(request: HttpRequest) -> dict[str, Any]:
    return _archive(queries.archive(_me(request), actions.ask_for_archive(_me(request))))


@router.get("archives/{int:archive_id}/file", auth=Scoped("read"), summary="Download one's archive")
def download(request: HttpRequest, archive_id: int) -> FileResponse:
    found = queries.archive(_me(request), archive_id)
    if found.state != "ready":
        raise NotFound
    try:
        return FileResponse(storage.get(found.file), as_attachment=True, filename=f"archive-{found.created_at:%Y-%m-%d}.zip")
    except FileNotFoundError:
        raise NotFound from None
