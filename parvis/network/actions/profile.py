"""A person's own profile: what it says, how it looks, how they post by default."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.kernel import changes
from parvis.kernel.errors import Invalid, NotFound
from parvis.kernel.outbox import emit
from parvis.network import formatting
from parvis.network.actions.blocks import normal_domain
from parvis.network.actions.follows import hold
from parvis.network.actions.posts import LANGUAGE, read_text
from parvis.network.events import ProfileEdited
from parvis.network.models import Account, Kind

MAX_NAME = 30
MAX_NOTE = 500
MAX_FIELDS = 4
MAX_FIELD = 255
MAX_DESCRIPTION = 420
MAX_DOMAINS = 100
VISIBILITIES = ("public", "unlisted", "private")
QUOTE_POLICIES = ("public", "followers", "nobody")


@dataclass(frozen=True, kw_only=True)
class ProfileEdit:
    """What should be different; None leaves things as they are. Pictures are storage paths, "" for none.

    fields: (name, value) pairs, replacing all; a pair with both empty is left out.
    """

    display_name: str | None = None
    note: str | None = None
    fields: Sequence[tuple[str, str]] | None = None
    avatar: str | None = None
    header: str | None = None
    avatar_description: str | None = None
    header_description: str | None = None
    locked: bool | None = None
    bot: bool | None = None
    discoverable: bool | None = None
    indexable: bool | None = None
    hide_collections: bool | None = None
    visibility: str | None = None
    sensitive: bool | None = None
    language: str | None = None
    quote_policy: str | None = None
    attribution_domains: Sequence[str] | None = None


def check(edit: ProfileEdit) -> None:
    """Raise Invalid unless the profile could say this."""
    _texts(edit)
    _posting_defaults(edit)
    if edit.fields is not None:
        profile_fields(edit.fields, ())


def edit_profile(account_id: int, edit: ProfileEdit) -> list[str]:
    """The account's profile says this; return the storage paths of the pictures it no longer shows.

    Emits ProfileEdited. Raises Invalid (with `fields`), NotFound.
    """
    texts = _texts(edit)
    defaults = _posting_defaults(edit)
    with transaction.atomic():
        hold(account_id)
        account = Account.objects.filter(id=account_id, deleted_at=None).first()
        if account is None:
            raise NotFound
        columns: dict[str, Any] = dict(texts)
        if edit.fields is not None:
            columns["fields"] = profile_fields(edit.fields, account.fields)
        if defaults:
            columns["posting_defaults"] = {**account.posting_defaults, **defaults}
        if edit.bot is not None:
            if edit.bot:
                columns["kind"] = Kind.BOT
            elif account.kind == Kind.BOT:
                columns["kind"] = Kind.PERSON
        for name in ("avatar", "header", "locked", "discoverable", "indexable", "hide_collections"):
            value = getattr(edit, name)
            if value is not None:
                columns[name] = value
        changed = {name: value for name, value in columns.items() if getattr(account, name) != value}
        if not changed:
            return []
        Account.objects.filter(id=account_id).update(**changed)
        changes.touch(f"a:{account_id}")
        emit(ProfileEdited(account_id))
        return [path for path in (getattr(account, name) for name in ("avatar", "header") if name in changed) if path]


def _texts(edit: ProfileEdit) -> dict[str, str]:
    """Return the text columns that change, checked. Raises Invalid."""
    found: dict[str, str] = {}
    if edit.display_name is not None:
        found["display_name"] = _short(" ".join(edit.display_name.split()), "display_name", _("Display name"), MAX_NAME)
    if edit.note is not None:
        if formatting.length(edit.note) > MAX_NOTE:
            raise too_long("note", _("Note"), MAX_NOTE)
        found["note"] = edit.note.strip()
        found["note_html"] = read_text(edit.note).html
    for name, label in (("avatar_description", _("Avatar description")), ("header_description", _("Header description"))):
        value = getattr(edit, name)
        if value is not None:
            found[name] = _short(value.strip(), name, label, MAX_DESCRIPTION)
    return found


def _short(text: str, name: str, label: str, most: int) -> str:
    if len(text) > most:
        raise too_long(name, label, most)
    return text


def too_long(name: str, label: str, most: int) -> Invalid:
    """Return the refusal of a text that is too long."""
    description = _("is too long (maximum is %(n)d characters)") % {"n": most}
    text = _("Validation failed: %(label)s %(description)s") % {"label": label, "description": description}
    return Invalid(text, code=f"profile.{name}", fields={name: [{"error": "ERR_TOO_LONG", "description": description}]})


def profile_fields(pairs: Sequence[tuple[str, str]], before: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the stored form of (name, value) pairs; an unchanged value stays verified. Raises Invalid."""
    verified = {f.get("value"): f.get("verified_at") for f in before}
    found = []
    for name, value in pairs:
        name, value = " ".join(name.split())[:MAX_FIELD], " ".join(value.split())[:MAX_FIELD]
        if not name and not value:
            continue
        if not name:
            description = _("contains values with missing labels")
            text = _("Validation failed: Profile fields %(description)s") % {"description": description}
            raise Invalid(text, code="profile.fields", fields={"fields": [{"error": "ERR_BLANK", "description": description}]})
        found.append({"name": name, "value": value, "html": field_html(value), "verified_at": verified.get(value)})
    if len(found) > MAX_FIELDS:
        description = _("is too long (maximum is %(n)d fields)") % {"n": MAX_FIELDS}
        text = _("Validation failed: Profile fields %(description)s") % {"description": description}
        raise Invalid(text, code="profile.fields", fields={"fields": [{"error": "ERR_TOO_LONG", "description": description}]})
    return found


def field_html(value: str) -> str:
    """Return a field's value as HTML; its links say rel="me", so that the pages they lead to can confirm them."""
    html = read_text(value).html.removeprefix("<p>").removesuffix("</p>")
    return html.replace('rel="nofollow noopener noreferrer"', 'rel="nofollow noopener noreferrer me"')


def _posting_defaults(edit: ProfileEdit) -> dict[str, Any]:
    """Return the posting defaults that change, checked. Raises Invalid."""
    found: dict[str, Any] = {}
    if edit.visibility is not None:
        if edit.visibility not in VISIBILITIES:
            raise Invalid(_("Validation failed: Privacy is not included in the list"), code="profile.privacy")
        found["visibility"] = edit.visibility
    if edit.sensitive is not None:
        found["sensitive"] = edit.sensitive
    if edit.language is not None:
        if edit.language and not LANGUAGE.match(edit.language):
            raise Invalid(_("Validation failed: Language is not included in the list"), code="profile.language")
        found["language"] = edit.language or None
    if edit.quote_policy is not None:
        if edit.quote_policy not in QUOTE_POLICIES:
            raise Invalid(_("Validation failed: Quote policy is not included in the list"), code="profile.quote_policy")
        found["quote_policy"] = edit.quote_policy
    if edit.attribution_domains is not None:
        domains = [normal_domain(d.strip().removeprefix("*.")) for d in edit.attribution_domains if d.strip()]
        if len(domains) > MAX_DOMAINS:
            raise Invalid(_("Validation failed: Attribution domains has too many lines"), code="profile.attribution_domains")
        found["attribution_domains"] = list(dict.fromkeys(domains))
    return found


def mark_verified(account_id: int, values: Sequence[str], moment: str) -> int:
    """The fields with these values are verified since `moment` (ISO), if they still stand; return how many."""
    with transaction.atomic():
        hold(account_id)
        account = Account.objects.filter(id=account_id, deleted_at=None).first()
        if account is None:
            return 0
        count = 0
        for field in account.fields:
            if field.get("value") in values and not field.get("verified_at"):
                field["verified_at"] = moment
                count += 1
        if count:
            Account.objects.filter(id=account_id).update(fields=account.fields)
            changes.touch(f"a:{account_id}")
        return count
