"""One's own page, edited."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from parvis.flows import edit_profile
from parvis.kernel.errors import Invalid
from parvis.network.actions.profile import ProfileEdit
from parvis.web.cards import face
from parvis.web.forms import Profile
from parvis.web.visitor import go, member_of, members_only

SWITCHES = ("locked", "discoverable", "indexable", "hide_collections")


@members_only
def profile(request: Any) -> HttpResponse:
    """The member's page says what they typed."""
    member = member_of(request)
    assert member is not None
    initial = {name: getattr(member, name) for name in ("display_name", "note", *SWITCHES)}
    initial["bot"] = member.kind == "bot"
    rows = [{"name": f.get("name", ""), "value": f.get("value", "")} for f in member.fields]
    form = Profile(request.POST if request.method == "POST" else None, initial=initial, rows=rows)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        edit = ProfileEdit(
            display_name=typed["display_name"],
            note=typed["note"],
            fields=[(row["name"], row["value"]) for row in form.rows()],
            bot=typed["bot"],
            avatar="" if request.POST.get("no_avatar") else None,
            header="" if request.POST.get("no_header") else None,
            **{name: typed[name] for name in SWITCHES},
        )
        try:
            edit_profile.edit(member.id, edit, {k: f for k in ("avatar", "header") if (f := request.FILES.get(k))})
        except Invalid as error:
            form.add_error(None, error.text)
        else:
            messages.success(request, _("Your page is changed."))
            return go(request, "/settings/profile")
    return render(
        request,
        "parvis/settings/profile.html",
        {"form": form, "who": face(member), "has_header": bool(member.header)},
        status=422 if form.errors else 200,
    )
