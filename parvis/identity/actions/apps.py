"""Client apps register and get tokens; tokens are revoked. Only checksums of secrets are kept."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from urllib.parse import urlsplit

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import transaction
from django.utils.translation import gettext as _

from parvis.identity.models import AccessToken, Application, Grant, OneTimeLink, User
from parvis.identity.scopes import DEFAULT, SCOPES
from parvis.kernel import changes
from parvis.kernel.clock import now
from parvis.kernel.errors import Invalid

NEVER = datetime(2999, 12, 31, tzinfo=timezone.utc)
OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
MAX_APP_NAME, MAX_REDIRECTS, MAX_WEBSITE = 60, 2000, 2000
UNUSED_DAYS = 2
# Schemes that make a browser run or show something of its own instead of leaving for the app.
_FORBIDDEN_SCHEMES = frozenset(
    ("javascript", "data", "vbscript", "about", "blob", "file", "filesystem", "view-source", "ws", "wss", "mailto")
)
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[!-~]*")
_SECRET_PREFIX = "sha256$"  # noqa: S105


@dataclass(frozen=True, kw_only=True)
class AppRequest:
    """What an app says of itself when it registers."""

    name: str
    redirects: tuple[str, ...]
    scopes: str = ""
    website: str = ""


@dataclass(frozen=True)
class NewApp:
    """A registered app, and the secret that is not shown again."""

    application: Application
    secret: str


def register_app(asked: AppRequest) -> NewApp:
    """The app exists and may ask people to let it in. Raises Invalid, in Mastodon's words."""
    problems = []
    name = asked.name.strip()
    if not name:
        problems.append("Name can't be blank")
    elif len(name) > MAX_APP_NAME:
        problems.append(f"Name is too long (maximum is {MAX_APP_NAME} characters)")
    if not asked.redirects:
        problems.append("Redirect URI can't be blank")
    elif sum(len(uri) + 1 for uri in asked.redirects) > MAX_REDIRECTS + 1:
        problems.append(f"Redirect URI is too long (maximum is {MAX_REDIRECTS} characters)")
    else:
        problems += [why for why in map(redirect_problem, asked.redirects) if why][:1]
    scopes = list(dict.fromkeys(asked.scopes.split())) or [DEFAULT]
    if any(s not in SCOPES for s in scopes):
        problems.append("Scopes doesn't match configured on the server.")
    website = asked.website.strip()
    if website and (len(website) > MAX_WEBSITE or urlsplit_safe(website) not in ("http", "https")):
        problems.append("Website is not a valid URL")
    if problems:
        raise Invalid("Validation failed: " + ", ".join(problems), code="app.refused")
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        made = Application.objects.create(
            client_id=secrets.token_urlsafe(32),
            client_secret=hidden(secret),
            hash_client_secret=False,  # it is a checksum already: the secret is random, so a slow hash adds nothing
            client_type=Application.CLIENT_CONFIDENTIAL,
            authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
            name=name,
            redirect_uris=" ".join(dict.fromkeys(asked.redirects)),
            scopes=" ".join(scopes),
            website=website,
        )
    return NewApp(made, secret)


def redirect_problem(uri: str) -> str:
    """Return why an app may not be answered at this address, "" when it may."""
    if uri == OUT_OF_BAND:
        return ""
    scheme = urlsplit_safe(uri)
    if not scheme or not _ADDRESS.fullmatch(uri):
        return "Redirect URI must be an absolute URI."
    if "#" in uri:
        return "Redirect URI cannot contain a fragment."
    if scheme in _FORBIDDEN_SCHEMES:
        return "Redirect URI is forbidden by the server."
    parts = urlsplit(uri)
    if scheme in ("http", "https") and (not parts.hostname or "@" in parts.netloc or "\\" in uri):
        return "Redirect URI must be an absolute URI."
    return ""


def urlsplit_safe(uri: str) -> str:
    """Return the scheme of an address in small letters, "" when it is not an address."""
    try:
        parts = urlsplit(uri)
        _port = parts.port
    except ValueError:
        return ""
    return parts.scheme.lower()


def hidden(secret: str) -> str:
    """Return what is kept of a random secret: its SHA-256."""
    return _SECRET_PREFIX + hashlib.sha256(secret.encode()).hexdigest()


def is_hidden(kept: str) -> bool:
    """Return whether a kept client secret is such a checksum."""
    return kept.startswith(_SECRET_PREFIX)


@transaction.atomic
def create_token(user: User | None, *, scopes: str, application: Application | None = None) -> str:
    """A bearer token exists; return it. Only its SHA-256 is stored, so it is not shown again.

    user: None for an app by itself. Raises Invalid for a scope that does not exist.
    """
    if unknown := [scope for scope in scopes.split() if scope not in SCOPES]:
        raise Invalid(_("There is no scope called %(name)s.") % {"name": unknown[0]}, code="token.scope")
    secret = secrets.token_urlsafe(32)
    token = AccessToken(user=user, application=application or console_application(), expires=NEVER, scope=scopes, token="")
    token._raw_token = secret  # the checksum is computed from it at save (oauth2_provider.models.set_token_value)
    token.save()
    changes.touch(f"t:{token.pk}")
    return secret


def console_application() -> Application:
    """Return the app that the console's tokens belong to."""
    return Application.objects.get_or_create(
        client_id="console",
        defaults={
            "name": "console",
            "client_type": Application.CLIENT_CONFIDENTIAL,
            "client_secret": UNUSABLE_PASSWORD_PREFIX,
            "hash_client_secret": False,
            "authorization_grant_type": Application.GRANT_AUTHORIZATION_CODE,
            "redirect_uris": "",
            "scopes": "read write follow push profile admin:read admin:write",
        },
    )[0]


@transaction.atomic
def revoke_tokens(*, token_id: int | None = None, user_id: int | None = None, app_id: int | None = None) -> int:
    """The tokens that match everything named are gone, in every process at once; codes not yet exchanged too. Return how many."""
    named = {"id": token_id, "user_id": user_id, "application_id": app_id}
    wanted = {column: value for column, value in named.items() if value is not None}
    if not wanted:
        raise ValueError("revoke_tokens would revoke every token")
    ids = list(AccessToken.objects.filter(**wanted).values_list("id", flat=True))
    if token_id is None:
        Grant.objects.filter(**wanted).delete()
    if ids:
        AccessToken.objects.filter(id__in=ids).delete()
        changes.touch(*(f"t:{i}" for i in ids))
    return len(ids)


def revoke_app(user_id: int, app_id: int) -> int:
    """The app can no longer act for this person."""
    return revoke_tokens(user_id=user_id, app_id=app_id)


def touch_tokens(user_id: int) -> None:
    """Processes read anew what the person's tokens may do (in the open transaction)."""
    changes.touch(*(f"t:{i}" for i in AccessToken.objects.filter(user_id=user_id).values_list("id", flat=True)))


def forget_stale() -> None:
    """Codes, links and apps that nobody can use, or ever used, are gone. For the worker, once an hour."""
    moment = now()
    Grant.objects.filter(expires__lt=moment).delete()
    OneTimeLink.objects.filter(expires_at__lt=moment).delete()
    unused = Application.objects.filter(created__lt=moment - timedelta(days=UNUSED_DAYS), accesstoken=None, grant=None)
    used_to_register = User.objects.filter(created_by_app__isnull=False).values("created_by_app_id")
    stale = unused.exclude(client_id="console").exclude(id__in=used_to_register)
    Application.objects.filter(id__in=list(stale.values_list("id", flat=True)[:1000])).delete()
