"""The owner's forms. They only read what was typed; rules live in the actions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from parvis.identity.models import Role, SquareSettings
from parvis.identity.queries import Square
from parvis.kernel.ids import new_id
from parvis.mastodon.rule import rules as rule_documents

SPARE = 3
PARTS = ("id", "fr", "hint_fr", "en", "hint_en")


class SquareForm(forms.Form):
    """What the square says of itself, and who may come."""

    title = forms.CharField(label=_("Name of the square"), max_length=100)
    description = forms.CharField(label=_("In a sentence"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
    extended_description = forms.CharField(
        label=_("At more length"), required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 5})
    )
    registration = forms.ChoiceField(
        label=_("Who may register?"), widget=forms.RadioSelect, choices=[(mode.value, mode.value) for mode in SquareSettings.Registration]
    )
    minimum_age = forms.IntegerField(
        label=_("Minimum age"), help_text=_("In years. The date of birth is asked for, checked, and not kept."),
        required=False, min_value=1, max_value=99,
    )  # fmt: skip
    contact_name = forms.CharField(
        label=_("Who answers for it"), help_text=_("The name of an account of this square."), required=False, max_length=64
    )
    contact_email = forms.EmailField(label=_("E-mail address for everybody"), required=False)
    privacy_policy = forms.CharField(
        label=_("Privacy"), help_text=_("Left empty, the page says what the software does by itself."),
        required=False, max_length=100_000, widget=forms.Textarea(attrs={"rows": 6}),
    )  # fmt: skip
    terms = forms.CharField(label=_("Terms of use"), required=False, max_length=100_000, widget=forms.Textarea(attrs={"rows": 6}))

    MODES = [
        (SquareSettings.Registration.OPEN.value, _("Anybody"), _("An address is confirmed, and that is all.")),
        (SquareSettings.Registration.APPROVAL.value, _("With approval"), _("They say why, and a moderator lets them in.")),
        (SquareSettings.Registration.INVITATION.value, _("By invitation"), _("Members invite whom they know.")),
        (SquareSettings.Registration.CLOSED.value, _("Nobody"), _("Members stay; nobody new comes.")),
    ]

    def __init__(self, *args: Any, known: Square, contact: str = "", **kwargs: Any) -> None:
        names = ("title", "description", "extended_description", "registration", "minimum_age", "contact_email", "privacy_policy", "terms")
        initial = {**{name: getattr(known, name) for name in names}, "contact_name": contact}
        super().__init__(*args, initial=initial, **kwargs)
        self.kept = known.rules
        found = rule_documents(known)
        self.count = len(found) + SPARE
        if self.is_bound:
            self.count = max(self.count, sum(1 for key in self.data if key.startswith("rule_id_")))
        for i in range(min(self.count, 60)):
            rule = found[i] if i < len(found) else {"id": "", "translations": {}, "text": "", "hint": ""}
            self._add_rule(i, rule)

    def _add_rule(self, i: int, rule: dict[str, Any]) -> None:
        said = rule["translations"]
        plain = {"text": rule["text"], "hint": rule["hint"]} if not said else {"text": "", "hint": ""}
        french, english = said.get("fr", plain), said.get("en", plain)
        values = (rule["id"], french["text"], french["hint"], english["text"], english["hint"])
        for part, value in zip(PARTS, values, strict=True):
            hidden = forms.HiddenInput() if part == "id" else None
            field = forms.CharField(label=RULE_LABELS[part], required=False, max_length=40 if part == "id" else 1000, initial=value)
            if hidden:
                field.widget = hidden
            self.fields[f"rule_{part}_{i}"] = field

    def modes(self) -> list[tuple[str, Any, Any, bool]]:
        """Return (value, label, what it means, whether it is chosen) of every way to register."""
        chosen = self["registration"].value()
        return [(value, label, does, value == chosen) for value, label, does in self.MODES]

    def rule_rows(self) -> list[list[Any]]:
        """Return the bound fields of every rule: id, French, its explanation, English, its explanation."""
        return [[self[f"rule_{part}_{i}"] for part in PARTS] for i in range(min(self.count, 60))]

    def rules(self) -> dict[str, list[dict[str, str]]]:
        """Return the rules by language as they were typed; the other language stands in where one is missing."""
        french: list[dict[str, str]] = []
        english: list[dict[str, str]] = []
        for i in range(min(self.count, 60)):
            kept_id, fr, hint_fr, en, hint_en = (str(self.cleaned_data[f"rule_{part}_{i}"]).strip() for part in PARTS)
            if not fr and not en:
                continue
            rule_id = kept_id if kept_id in self._known_ids() else str(new_id())
            french.append({"id": rule_id, "text": fr or en, "hint": hint_fr if fr else hint_fr or hint_en})
            english.append({"id": rule_id, "text": en or fr, "hint": hint_en if en else hint_en or hint_fr})
        others = {code: list(rows) for code, rows in self.kept.items() if code not in ("fr", "en")} if isinstance(self.kept, dict) else {}
        return {**others, "fr": french, "en": english}

    def _known_ids(self) -> set[str]:
        return {str(rule["id"]) for rule in rule_documents(Square(rules=self.kept))}


RULE_LABELS: dict[str, Any] = {
    "id": "",
    "fr": _("In French"),
    "hint_fr": _("Explained in French"),
    "en": _("In English"),
    "hint_en": _("Explained in English"),
}


class Invite(forms.Form):
    """An invitation to be made."""

    max_uses = forms.IntegerField(
        label=_("For how many people"), help_text=_("Left empty, without a limit."), required=False, min_value=1, max_value=100, initial=1
    )
    days = forms.ChoiceField(
        label=_("For how long"),
        choices=[("1", _("A day")), ("7", _("A week")), ("30", _("A month")), ("365", _("A year")), ("0", _("Until it is revoked"))],
        initial="7",
    )
    role = forms.ChoiceField(
        label=_("They become"),
        choices=[(Role.MEMBER.value, _("Member")), (Role.MODERATOR.value, _("Moderator"))],
        initial=Role.MEMBER.value,
    )
    autofollow = forms.BooleanField(label=_("They follow you from the start"), required=False)
