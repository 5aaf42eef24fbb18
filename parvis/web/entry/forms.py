"""What people type to join or to leave."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import SignupForm as AllauthSignup
from allauth.account.internal.flows.signup import prevent_enumeration
from django import forms
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from parvis.flows import register
from parvis.identity.actions.registration import MAX_PASSWORD, MAX_REASON, address_taken
from parvis.identity.models import User
from parvis.identity.queries import square
from parvis.web.entry.adapter import INVITE_KEY

FIELDS = {"password": "password1"}  # what the flow calls it, and what the form does


class SignupForm(AllauthSignup):  # type: ignore[misc]
    """allauth's form, with the reason and the date of birth where the square asks for them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].help_text = _("1 to 30 letters (a to z), digits or _. It cannot be changed.")
        self.fields["password1"].max_length = MAX_PASSWORD
        if square().minimum_age:
            self.fields["date_of_birth"] = forms.DateField(
                label=_("Date of birth"), help_text=_("Only checked, never kept."), widget=forms.DateInput(attrs={"type": "date"})
            )
        if square().needs_approval:
            self.fields["reason"] = forms.CharField(
                label=_("Why would you like to join?"), max_length=MAX_REASON, required=False, widget=forms.Textarea(attrs={"rows": 3})
            )

    def validate_unique_email(self, value: str) -> str:
        """Return the address. That somebody has it is told to their mailbox alone."""
        self.account_already_exists = address_taken(value)
        return value

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """Return the new person; or, when the address is taken, the answer that a new person would get, after the same work."""
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])
            return None, prevent_enumeration(request, email=self.cleaned_data["email"])
        joined = register.register(
            register.SignUp(
                username=self.cleaned_data["username"],
                email=self.cleaned_data["email"],
                password=self.cleaned_data["password1"],
                agreement=True,  # the page says that joining accepts the rules
                reason=self.cleaned_data.get("reason", ""),
                language=(get_language() or "en")[:2],
                invite_code=request.session.get(INVITE_KEY, ""),
                born=self.cleaned_data.get("date_of_birth"),
                ip=get_adapter().get_client_ip(request),
            )
        )
        request.session.pop(INVITE_KEY, None)
        return joined.user, None


class AllowForm(forms.Form):
    """An app's wish, carried through the page that asks the person."""

    client_id = forms.CharField(widget=forms.HiddenInput)
    redirect_uri = forms.CharField(widget=forms.HiddenInput, required=False)
    response_type = forms.CharField(widget=forms.HiddenInput, required=False)
    scope = forms.CharField(widget=forms.HiddenInput, required=False)
    state = forms.CharField(widget=forms.HiddenInput, required=False)
    code_challenge = forms.CharField(widget=forms.HiddenInput, required=False)
    code_challenge_method = forms.CharField(widget=forms.HiddenInput, required=False)


class CloseForm(forms.Form):
    """The password, once more, before the account is closed."""

    password = forms.CharField(
        label=_("Your password"),
        max_length=MAX_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
