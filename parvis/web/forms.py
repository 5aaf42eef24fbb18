"""The pages' forms. They only read what was typed; rules live in the actions."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from parvis.flows.publish_post import MAX_MEDIA
from parvis.moderation.models import Decision, IpBlock
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


class Decide(forms.Form):
    """What a moderator decides about an account, with the reasons that it reads."""

    ACTIONS = [
        (Decision.Action.NONE.value, _("Warn"), _("The account reads your reasons; nothing else changes.")),
        (Decision.Action.DELETE_POSTS.value, _("Delete the chosen posts"), _("They are gone for everybody, for good.")),
        (Decision.Action.MARK_SENSITIVE.value, _("Mark the chosen posts as sensitive"), _("Their pictures are covered until opened.")),
        (Decision.Action.SENSITIVE.value, _("Mark all media as sensitive"), _("Every picture of the account is covered until opened.")),
        (Decision.Action.SILENCE.value, _("Limit the account"), _("In public places, only its followers see it.")),
        (Decision.Action.DISABLE.value, _("Freeze the account"), _("It cannot be used; profile and posts stay.")),
        (Decision.Action.SUSPEND.value, _("Suspend the account"), _("Nobody sees it and nobody logs in to it. Nothing is deleted.")),
    ]
    ABOUT_POSTS = (Decision.Action.DELETE_POSTS.value, Decision.Action.MARK_SENSITIVE.value)

    reasons = forms.CharField(
        label=_("Your reasons"),
        help_text=_("The account reads them as you write them, by mail too."),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, post_ids: Sequence[int] = (), **kwargs: Any) -> None:
        super().__init__(*args, auto_id="decide_%s", **kwargs)
        self.offered = [a for a in self.ACTIONS if post_ids or a[0] not in self.ABOUT_POSTS]
        self.post_ids = list(post_ids)
        self.fields["action"] = forms.ChoiceField(
            label=_("What do you decide?"), widget=forms.RadioSelect, choices=[(value, label) for value, label, _does in self.offered]
        )
        self.order_fields(["action", "reasons"])
        if post_ids:
            self.fields["posts"] = forms.MultipleChoiceField(required=False, choices=[(str(i), str(i)) for i in post_ids])

    def options(self) -> list[tuple[str, Any, Any, bool]]:
        """Return (value, label, what it does, whether it is chosen) of every action."""
        chosen = self["action"].value() or Decision.Action.NONE.value
        return [(value, label, help_text, value == chosen) for value, label, help_text in self.offered]

    def chosen_posts(self) -> list[int]:
        """Return the posts that are ticked: all of them before anybody chose."""
        if "posts" not in self.fields:
            return []
        if not self.is_bound:
            return self.post_ids
        return [int(i) for i in self["posts"].value() or [] if str(i).isdigit()]

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        if typed.get("action") in self.ABOUT_POSTS and not typed.get("posts"):
            self.add_error("action", _("Choose at least one post."))
        return typed


class FindAccounts(forms.Form):
    """Which accounts a moderator looks for."""

    q = forms.CharField(label=_("Name or e-mail address"), required=False, max_length=320)
    status = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[
            ("", _("Any")),
            ("active", _("Active")),
            ("pending", _("Waiting for approval")),
            ("silenced", _("Limited")),
            ("sensitized", _("Media marked as sensitive")),
            ("disabled", _("Frozen")),
            ("suspended", _("Suspended")),
        ],
    )
    origin = forms.ChoiceField(
        label=_("From"), required=False, choices=[("", _("Anywhere")), ("local", _("This square")), ("remote", _("Elsewhere"))]
    )


class BlockDomain(forms.Form):
    """A domain whose e-mail addresses may not register."""

    domain = forms.CharField(
        label=_("E-mail domain"), help_text=_("For example mail.example; its subdomains are blocked with it."), max_length=255
    )


class BlockAddress(forms.Form):
    """A network address or range that is held back."""

    ip = forms.CharField(label=_("Address or range"), help_text=_("For example 192.0.2.7 or 192.0.2.0/24."), max_length=64)
    severity = forms.ChoiceField(
        label=_("What it may not do"),
        choices=[
            (IpBlock.Severity.SIGN_UP_REQUIRES_APPROVAL.value, _("Register without approval")),
            (IpBlock.Severity.SIGN_UP_BLOCK.value, _("Register")),
            (IpBlock.Severity.NO_ACCESS.value, _("Come here at all")),
        ],
    )
    days = forms.ChoiceField(
        label=_("For how long"),
        choices=[("1", _("A day")), ("7", _("A week")), ("30", _("A month")), ("365", _("A year")), ("0", _("Until it is lifted"))],
        initial="30",
    )
    comment = forms.CharField(label=_("Why, for the moderators"), required=False, max_length=500)
