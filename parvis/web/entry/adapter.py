"""Our rules for allauth: who may register, what a log-in goes through, how letters look, what is kept secret."""

from __future__ import annotations

import base64
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.account.stages import LoginStage
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from parvis.config import environment
from parvis.flows import close_account, register
from parvis.identity import mail
from parvis.identity.actions import revoke_tokens
from parvis.identity.actions.registration import username_problems
from parvis.identity.models import User
from parvis.identity.queries import square
from parvis.kernel import changes
from parvis.kernel.errors import Forbidden
from parvis.kernel.proxies import client_address

INVITE_KEY = "invite_code"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """allauth asks; identity and the flows answer."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        try:
            register.way_in(invite_code=request.session.get(INVITE_KEY, ""), ip=self.get_client_ip(request))
        except Forbidden:
            return False
        return True

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """Return the name if it may be taken. Raises ValidationError."""
        if problems := username_problems(username):
            raise ValidationError([p["description"] for p in problems])
        return username

    def is_safe_url(self, url: str | None) -> bool:
        """Return whether a person may be sent there after logging in: pages of this square only."""
        return url_has_allowed_host_and_scheme(url, allowed_hosts={self.request.get_host()})

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the client's address, believing trusted proxies only."""
        return client_address(request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", "")) or "0.0.0.0"

    # ---------------------------------------------------------------- letters

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """A letter is sent, in the language of whoever it is for."""
        language = getattr(context.get("user"), "language", "")
        mail.send(template_prefix, email, {k: v for k, v in context.items() if k != "request"}, language=language)

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        return mail.confirmation_url(emailconfirmation.key)

    def get_reset_password_from_key_url(self, key: str) -> str:
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return settings.BASE_URL + path.replace("UID-KEY", key)

    # ---------------------------------------------------------------- addresses and passwords

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """The address is confirmed; for the first one, the person too. False when somebody else has it by now."""
        others = User.objects.filter(email__iexact=email_address.email).exclude(id=email_address.user_id)
        try:
            with transaction.atomic():
                confirmed = not others.exists() and bool(super().confirm_email(request, email_address))
        except IntegrityError:
            confirmed = False
        if confirmed:
            register.confirm(email_address.user_id)
        return confirmed

    def validate_unique_email(self, email: str) -> str:
        return email

    def set_password(self, user: User, password: str) -> None:
        """The password is new, every other browser is logged out; after a reset (nobody is logged in) every app too."""
        with transaction.atomic():
            super().set_password(user, password)
            if not getattr(self.request, "user", None) or not self.request.user.is_authenticated:
                revoke_tokens(user_id=user.id)
        changes.sync()

    # ---------------------------------------------------------------- log-in

    def get_login_stages(self) -> list[str]:
        """Return what a log-in goes through: a confirmed address, the second factor, approval."""
        return [*super().get_login_stages(), "parvis.web.entry.adapter.ApprovalStage"]

    def login(self, request: HttpRequest, user: User) -> None:
        """The browser is logged in; an account that was to be deleted is back."""
        if close_account.come_back(user):
            messages.success(request, _("Welcome back. Your account will not be deleted."))
        super().login(request, user)


class ApprovalStage(LoginStage):  # type: ignore[misc]
    """Nobody logs in whom a moderator has not let in yet."""

    key = "approval"
    urlname = "account_waiting"

    def handle(self) -> tuple[Any, bool]:
        """Return where to wait, or nothing."""
        user = self.login.user
        if user is None:
            return None, True
        if user.confirmed_at is None:  # allauth found the address confirmed, by a password reset for example
            register.confirm(user.id)
        if user.approved_at is None:
            return HttpResponseRedirect(reverse("account_waiting")), False
        return None, True


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Second factors: their secrets are encrypted in the database, with a key that is not in it."""

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _cipher().decrypt(encrypted_text.encode()).decode()

    def get_totp_issuer(self) -> str:
        return f"{square().title} ({settings.DOMAIN})"

    def get_totp_label(self, user: User) -> str:
        return user.username

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Return who passkeys are for: this domain."""
        return {"id": settings.DOMAIN.partition(":")[0], "name": square().title}


def _cipher() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(bytes.fromhex(environment.secret("second_factors"))))

