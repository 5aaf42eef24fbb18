"""Taking one's things along and bringing them: CSV files, one's archive, imports with their progress and reports."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_POST

from parvis.kernel import storage
from parvis.kernel.errors import Invalid, NotFound, ParvisError
from parvis.portability import actions, csv_export, csv_import, queries
from parvis.web.luggage import AUDIENCES, ITEM_STATES, KINDS, VISIBILITIES, files, lines_of, parcel, trip
from parvis.web.views.reading import number
from parvis.web.visitor import enhanced, go, member_of, members_only

PAGE = "/settings/data"
LINES = 100
FORM_BYTES = 64_000  # what stands around a file in a form


def _me(request: Any) -> int:
    member = member_of(request)
    assert member is not None
    return member.id


@members_only
def data(request: Any) -> HttpResponse:
    """What the member may take along, and what they brought; htmx asks for what moves alone."""
    if enhanced(request) and request.method == "GET":
        return render(request, "parvis/fragments/trips.html", _moving(_me(request)))
    return _page(request)


def _moving(me: int) -> dict[str, Any]:
    trips = [trip(one) for one in queries.imports(me)]
    parcels = [parcel(one) for one in queries.archives(me)]
    return {
        "trips": trips,
        "parcel": parcels[0] if parcels else None,
        "moving": any(one.running for one in trips) or any(one.running for one in parcels[:1]),
    }


def _page(request: Any, refused: ParvisError | None = None) -> HttpResponse:
    posted = request.POST if refused is not None else {}
    context = {
        **_moving(_me(request)),
        "files": files(_me(request)),
        "kinds": list(KINDS.items()),
        "audiences": AUDIENCES,
        "refused": refused,
        "kind": posted.get("kind") or "following",
        "audience": posted.get("audience") or "private",
        "overwrite": posted.get("mode") == "overwrite",
        "csv_mb": csv_import.MAX_BYTES >> 20,
        "archive_gb": actions.MAX_ARCHIVE_BYTES >> 30,
    }
    return render(request, "parvis/settings/data.html", context, status=refused.status if refused else 200)


@require_GET
@members_only
def export(request: Any, kind: str) -> HttpResponse:
    """One of the member's CSV files."""
    name, content = csv_export.export(_me(request), kind)
    head = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=head)


@require_POST
@members_only
def ask(request: Any) -> HttpResponse:
    """The member's archive is being made, unless they had one lately."""
    try:
        actions.ask_for_archive(_me(request))
    except ParvisError as refused:
        messages.error(request, refused.text)
    else:
        messages.success(request, _("Your archive is being made. You may leave this page meanwhile."))
    return go(request, PAGE + "#archive")


@require_GET
@members_only
def download(request: Any, archive_id: int) -> Any:
    """The member's archive, once it is ready."""
    found = queries.archive(_me(request), archive_id)
    if found.state != "ready":
        raise NotFound
    try:
        return FileResponse(storage.get(found.file), as_attachment=True, filename=f"archive-{found.created_at:%Y-%m-%d}.zip")
    except FileNotFoundError:
        raise NotFound from None


@csrf_exempt  # checked by _bring: strangers, and what is far too large, are turned away before it is read
@require_POST
def bring(request: Any) -> HttpResponse:
    """The file is taken and read in the background."""
    if member_of(request) is None:
        return go(request, f"{settings.LOGIN_URL}?{urlencode({'next': PAGE})}")
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isascii() or not length.isdigit() or int(length) > actions.MAX_ARCHIVE_BYTES + FORM_BYTES:
        raise Invalid(_("This file is larger than what can be read here."), code="import.too_large", status=413)
    return _bring(request)


@csrf_protect
@members_only
def _bring(request: Any) -> HttpResponse:
    brought = request.FILES.get("file")  # Django wrote it to disk as it came, unless it is small
    try:
        if brought is None or not brought.size:
            raise Invalid(_("Choose a file first, one that is not empty."), code="import.file")
        import_id = actions.bring(
            _me(request),
            request.POST.get("kind", ""),
            brought.file,
            filename=brought.name or "",
            overwrite=request.POST.get("mode") == "overwrite",
            visibility=_audience(request),
        )
    except ParvisError as refused:
        return _page(request, refused)
    messages.success(request, _("The file is here and is being read. You may leave this page meanwhile."))
    return go(request, f"{PAGE}/imports/{import_id}")


def _audience(request: Any) -> int:
    wanted = request.POST.get("audience") or "private"
    if wanted not in VISIBILITIES:
        raise Invalid(_("Choose who may read them."), code="post.visibility")
    return VISIBILITIES[wanted]


@require_GET
@members_only
def one(request: Any, import_id: int) -> HttpResponse:
    """One import: how far it is, and what became of each line."""
    me = _me(request)
    found = trip(queries.import_of(me, import_id))
    if enhanced(request):
        return render(request, "parvis/fragments/trip.html", {"trip": found})
    state = request.GET.get("state", "")
    state = state if state in ITEM_STATES else ""
    after = number(request.GET.get("after"), -1)
    items = queries.report(me, import_id, state=state, after=min(after, 1 << 30), limit=LINES + 1)
    base = f"{PAGE}/imports/{import_id}"
    counts = (("", found.total), ("done", found.done), ("passed", found.passed), ("failed", found.failed))
    context = {
        "trip": found,
        "lines": lines_of(items[:LINES]),
        "more": f"{base}?state={state}&after={items[LINES - 1].position}" if len(items) > LINES else "",
        "tabs": [
            {"path": base + (f"?state={s}" if s else ""), "label": f"{ITEM_STATES[s] if s else _('All')} ({n})", "current": s == state}
            for s, n in counts
        ],
        "audiences": AUDIENCES,
    }
    return render(request, "parvis/settings/import.html", context)


@require_POST
@members_only
def give_up(request: Any, import_id: int) -> HttpResponse:
    """The import stops and is forgotten; what it did stays."""
    actions.give_up(_me(request), import_id)
    messages.success(request, _("The import is over and forgotten. What it brought stays."))
    return go(request, PAGE + "#brought")


@require_POST
@members_only
def audience(request: Any, import_id: int) -> HttpResponse:
    """The import's posts are read by whom the member chose, none by more people than where they come from."""
    changed = actions.choose_audience(_me(request), import_id, _audience(request))
    text = ngettext("%(n)s post has another audience.", "%(n)s posts have another audience.", changed)
    messages.success(request, text % {"n": changed})
    return go(request, f"{PAGE}/imports/{import_id}")
