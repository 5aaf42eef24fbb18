"""The pages' forms. They only read what was typed; rules live in the actions."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from parvis.flows.publish_post import MAX_MEDIA
from parvis.network.actions.posts import MAX_LENGTH
from parvis.network.actions.profile import MAX_FIELD, MAX_FIELDS, MAX_NAME, MAX_NOTE
from parvis.network.models import Visibility

LANGUAGES = [
    ("", _("Recognise the language")), ("fr", "Français"), ("en", "English"), ("de", "Deutsch"), ("es", "Español"), ("it", "Italiano"),
    ("nl", "Nederlands"), ("pt", "Português"), ("pl", "Polski"), ("uk", "Українська"), ("ar", "العربية"), ("ja", "日本語"), ("zh", "中文"),
]  # fmt: skip
AUDIENCES = [
    ("public", _("Public")),
    ("unlisted", _("Public, quietly")),
    ("private", _("Followers only")),
    ("direct", _("Only the people named")),
]


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several uploads in one field; cleaned to a list, empty when there is none."""

    def clean(self, value: Any, initial: Any = None) -> list[Any]:
        files = [f for f in (value if isinstance(value, list | tuple) else [value]) if f]
        return [super(FilesField, self).clean(f, initial) for f in files]


class Compose(forms.Form):
    """A post being written: what the composer component shows."""

    text = forms.CharField(
        label=_("Your post"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": _("What would you like to say?"), "autocomplete": "off"}),
    )
    spoiler_text = forms.CharField(label=_("Content warning"), required=False, max_length=500)
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES, required=False)
    visibility = forms.ChoiceField(label=_("Who may read it"), choices=AUDIENCES, required=False)
    uploads = FilesField(
        label=_("Pictures"), required=False, widget=ManyFiles(attrs={"multiple": True, "accept": "image/*,video/*,audio/*"})
    )
    in_reply_to = forms.IntegerField(required=False, widget=forms.HiddenInput)
    quote_of = forms.IntegerField(required=False, widget=forms.HiddenInput)
    key = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    limit = MAX_LENGTH
    max_media = MAX_MEDIA

    def __init__(self, *args: Any, next_path: str = "/home", attached: Sequence[Any] = (), **kwargs: Any) -> None:
        initial = {"key": secrets.token_hex(8), "visibility": "public", **(kwargs.pop("initial", None) or {})}
        prefix = kwargs.pop("id_prefix", "write")
        super().__init__(*args, initial=initial, auto_id=f"{prefix}_%s", **kwargs)
        self.next_path, self.attached = next_path, attached

    def audience(self) -> int | None:
        """Return the chosen visibility, or None for the author's default."""
        chosen = self.cleaned_data.get("visibility")
        return {v.label: v.value for v in Visibility}.get(chosen or "")


class Profile(forms.Form):
    """One's own page."""

    display_name = forms.CharField(label=_("Name"), required=False, max_length=MAX_NAME)
    note = forms.CharField(label=_("About you"), required=False, max_length=MAX_NOTE, widget=forms.Textarea(attrs={"rows": 4}))
    locked = forms.BooleanField(label=_("Approve followers one by one"), required=False)
    discoverable = forms.BooleanField(label=_("Suggest my page to others"), required=False)
    indexable = forms.BooleanField(label=_("Let my public posts be found by search"), required=False)
    hide_collections = forms.BooleanField(label=_("Hide whom I follow and who follows me"), required=False)
    bot = forms.BooleanField(label=_("This account is automated"), required=False)

    FIELDS = MAX_FIELDS

    def __init__(self, *args: Any, rows: Sequence[Any] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [*rows, *[{}] * self.FIELDS][: self.FIELDS]
        for i, row in enumerate(known):
            self.fields[f"field_name_{i}"] = forms.CharField(
                label=_("Label"), required=False, max_length=MAX_FIELD, initial=row.get("name", "")
            )
            self.fields[f"field_value_{i}"] = forms.CharField(
                label=_("Content"), required=False, max_length=MAX_FIELD, initial=row.get("value", "")
            )

    def pairs(self) -> list[Any]:
        """Return the bound fields of the profile's table, two by two."""
        return [(self[f"field_name_{i}"], self[f"field_value_{i}"]) for i in range(self.FIELDS)]

    def rows(self) -> list[dict[str, str]]:
        """Return the table as it was typed, without its empty rows."""
        found = [{"name": self.cleaned_data[f"field_name_{i}"], "value": self.cleaned_data[f"field_value_{i}"]} for i in range(self.FIELDS)]
        return [row for row in found if row["name"] or row["value"]]


class Report(forms.Form):
    """What is wrong, in the reader's words."""

    category = forms.ChoiceField(
        label=_("What is wrong?"),
        choices=[
            ("spam", _("It is advertising or spam")),
            ("legal", _("It is against the law")),
            ("violation", _("It breaks the rules of this square")),
            ("other", _("Something else")),
        ],
        widget=forms.RadioSelect,
        initial="other",
    )
    comment = forms.CharField(label=_("In your words"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 4}))

    def __init__(self, *args: Any, rules: Sequence[dict[str, Any]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["rules"] = forms.MultipleChoiceField(
            label=_("Which rules?"),
            required=False,
            widget=forms.CheckboxSelectMultiple,
            choices=[(str(rule.get("id", n)), rule.get("text", "")) for n, rule in enumerate(rules, 1)],
        )
        if not rules:
            del self.fields["rules"]
        self.order_fields(["category", "rules", "comment"])
