"""People who log in, their apps and tokens, invitations. The public face is network.Account."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from oauth2_provider.models import (
    AbstractAccessToken,
    AbstractApplication,
    AbstractGrant,
    AbstractIDToken,
    AbstractRefreshToken,
)

from parvis.kernel.clock import now
from parvis.kernel.fields import SnowflakeField
from parvis.network.models import Account


class Role(models.TextChoices):
    MEMBER = "member"
    MODERATOR = "moderator"
    OWNER = "owner"


class Users(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """Who logs in: e-mail, password, role, preferences."""

    id = SnowflakeField()
    username = models.CharField(max_length=30)
    email = models.EmailField()
    account = models.OneToOneField(Account, null=True, on_delete=models.CASCADE, related_name="user")
    role = models.CharField(max_length=16, choices=Role, default=Role.MEMBER)
    is_active = models.BooleanField(default=True)
    confirmed_at = models.DateTimeField(null=True, help_text="When the e-mail address was confirmed.")
    approved_at = models.DateTimeField(null=True, help_text="When registration was approved; at once when it is open.")
    reason = models.CharField(max_length=2000, blank=True, help_text="Why they want to join, for approval.")
    language = models.CharField(max_length=8, default="en")
    preferences = models.JSONField(default=dict)
    invited_by = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")
    created_by_app = models.ForeignKey("Application", null=True, on_delete=models.SET_NULL, related_name="+", help_text="Registered in it.")
    age_checked_at = models.DateTimeField(null=True, help_text="When they said that they are old enough; the date of birth is not kept.")
    created_at = models.DateTimeField(default=now)

    objects = Users()
    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["email"]

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("username"), name="identity_user_username"),
            models.UniqueConstraint(Lower("email"), name="identity_user_email"),
        ]

    @property
    def is_staff(self) -> bool:
        return False

    @property
    def is_moderator(self) -> bool:
        return self.role in (Role.MODERATOR, Role.OWNER)


class Application(AbstractApplication):
    """A client app. Redirect addresses and scopes are those it registered."""

    website = models.CharField(max_length=2048, blank=True)
    scopes = models.CharField(max_length=2000, default="read")

    class Meta(AbstractApplication.Meta):
        swappable = "OAUTH2_PROVIDER_APPLICATION_MODEL"

    @property
    def redirects(self) -> list[str]:
        """The redirect addresses, in the order in which the app gave them."""
        return list(self.redirect_uris.split())

    def get_allowed_schemes(self) -> list[str]:
        """Return the schemes of the app's own redirect addresses (django-oauth-toolkit asks)."""
        return sorted({uri.partition(":")[0].lower() for uri in self.redirects})


class AccessToken(AbstractAccessToken):
    """A bearer token; only its SHA-256 is kept."""

    last_used_on = models.DateField(null=True)

    class Meta(AbstractAccessToken.Meta):
        swappable = "OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL"


class RefreshToken(AbstractRefreshToken):
    class Meta(AbstractRefreshToken.Meta):
        swappable = "OAUTH2_PROVIDER_REFRESH_TOKEN_MODEL"


class Grant(AbstractGrant):
    class Meta(AbstractGrant.Meta):
        swappable = "OAUTH2_PROVIDER_GRANT_MODEL"


class IDToken(AbstractIDToken):
    class Meta(AbstractIDToken.Meta):
        swappable = "OAUTH2_PROVIDER_ID_TOKEN_MODEL"


class Invitation(models.Model):
    """A link that lets people register while registration is by invitation."""

    id = SnowflakeField()
    code = models.CharField(max_length=32, unique=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="invitations")
    role = models.CharField(max_length=16, choices=Role, default=Role.MEMBER, help_text="owner: the first-start link.")
    max_uses = models.IntegerField(null=True)
    uses = models.IntegerField(default=0)
    expires_at = models.DateTimeField(null=True)
    autofollow = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=now)


class OneTimeLink(models.Model):
    """A link that logs someone in once (created by the console; only its SHA-256 is kept)."""

    token_sha256 = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    expires_at = models.DateTimeField()


class SquareSettings(models.Model):
    """The square's own settings that its owner edits on the web (one row)."""

    class Registration(models.TextChoices):
        OPEN = "open"
        APPROVAL = "approval"
        INVITATION = "invitation"
        CLOSED = "closed"

    id = models.SmallIntegerField(primary_key=True, default=1)
    title = models.CharField(max_length=100, default="Parvis")
    description = models.CharField(max_length=500, blank=True)
    extended_description = models.TextField(blank=True)
    registration = models.CharField(max_length=16, choices=Registration, default=Registration.OPEN)
    minimum_age = models.SmallIntegerField(null=True, help_text="In years; asked at registration when set.")
    contact_email = models.EmailField(blank=True)
    contact_account = models.ForeignKey(Account, null=True, on_delete=models.SET_NULL, related_name="+")
    rules = models.JSONField(default=list, help_text='[{"id", "text", "hint"}] per language: {"en": [...], "fr": [...]}')
    privacy_policy = models.TextField(blank=True)
    terms = models.TextField(blank=True)
    languages = models.JSONField(default=list)
    changed_at = models.DateTimeField(default=now)

    @classmethod
    def get(cls) -> Any:
        return cls.objects.get_or_create(id=1)[0]
