"""The square's letters to people: in their language, by SMTP or into DATA/mail."""

from __future__ import annotations

import logging
from typing import Any

from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from parvis.identity.models import User
from parvis.identity.queries import square

log = logging.getLogger("parvis.mail")


def send(template: str, to: str, context: dict[str, Any], *, language: str = "") -> bool:
    """A letter is on its way; return whether it is. What goes wrong is logged: nobody's log-in depends on it.

    template: `account/email/NAME`, whose parts are NAME_subject.txt and NAME_message.txt. language: the page's when empty.
    """
    site = {"name": square().title, "domain": settings.DOMAIN}
    with translation.override(language or translation.get_language() or "en"):
        known = {"square": square(), "domain": settings.DOMAIN, "base_url": settings.BASE_URL, "current_site": site, "email": to, **context}
        subject = " ".join(render_to_string(f"{template}_subject.txt", known).split())
        body = render_to_string(f"{template}_message.txt", known).strip() + "\n"
    message = EmailMessage(subject, body, settings.DEFAULT_FROM_EMAIL, [to])
    try:
        return bool(message.send())
    except OSError:
        log.exception("a letter could not be sent (%s)", template)
        return False


def confirmation_url(key: str) -> str:
    """Return where an address is confirmed."""
    return settings.BASE_URL + reverse("account_confirm_email", args=[key])


def send_confirmation(user: User) -> bool:
    """The person is asked, by mail, to confirm their address."""
    address, _made = EmailAddress.objects.get_or_create(user=user, email=user.email.lower(), defaults={"primary": True})
    key = EmailConfirmationHMAC.create(address).key
    context = {"user": user, "activate_url": confirmation_url(key)}
    return send("account/email/email_confirmation_signup", user.email, context, language=user.language)
