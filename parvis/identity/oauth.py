"""OAuth 2 as Mastodon's apps speak it, on oauthlib and django-oauth-toolkit.

What differs from the toolkit: redirect addresses match exactly (a loopback address by any port), custom schemes
and out-of-band codes are answered, client credentials work for every app, tokens do not expire, there are no refresh
tokens, PKCE is S256 or none, and nothing that opens an account is stored in the clear: codes, tokens and client
secrets are kept as SHA-256.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import orjson
from django.db import transaction
from django.utils.crypto import constant_time_compare
from oauth2_provider.models import redirect_to_uri_allowed
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauthlib.oauth2 import AuthorizationCodeGrant as OAuthLibCodeGrant
from oauthlib.oauth2 import (
    AuthorizationEndpoint,
    BearerToken,
    ClientCredentialsGrant,
    RevocationEndpoint,
    TokenEndpoint,
)
from oauthlib.oauth2.rfc6749 import errors
from oauthlib.oauth2.rfc6749.grant_types.authorization_code import code_challenge_method_s256

from parvis.identity.actions.apps import OUT_OF_BAND, hidden, is_hidden, redirect_problem, revoke_tokens
from parvis.identity.models import AccessToken, Application, Grant
from parvis.identity.scopes import DEFAULT, SCOPES, covers
from parvis.kernel import changes
from parvis.kernel.clock import now

FOREVER_S = 60 * 60 * 24 * 365 * 100

# Mastodon's texts (Doorkeeper's), which some clients show as they are.
TEXTS = {
    "invalid_request": "The request is missing a required parameter, includes an unsupported parameter value, or is otherwise malformed.",
    "invalid_client": "Client authentication failed due to unknown client, no client authentication included,"
    " or unsupported authentication method.",
    "invalid_grant": "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the"
    " authorization request, or was issued to another client.",
    "invalid_scope": "The requested scope is invalid, unknown, or malformed.",
    "unauthorized_client": "The client is not authorized to perform this request using this method.",
    "unsupported_grant_type": "The authorization grant type is not supported by the authorization server.",
    "unsupported_response_type": "The authorization server does not support this response type.",
    "access_denied": "The resource owner or authorization server denied the request.",
}
NOT_YOURS = "You are not authorized to revoke this token"


def with_parameters(uri: str, pairs: list[tuple[str, str]]) -> str:
    """Return a redirect address with parameters added; `icecubesapp://` keeps its slashes, as urlunparse would not."""
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode(pairs)}"


class Validator(OAuth2Validator):  # type: ignore[misc]
    """Who may do what, from our tables."""

    def _check_secret(self, provided_secret: str, stored_secret: str) -> bool:
        if not provided_secret:
            return False
        if is_hidden(stored_secret):
            return bool(constant_time_compare(hidden(provided_secret), stored_secret))
        return stored_secret.partition("$")[2] != "" and bool(super()._check_secret(provided_secret, stored_secret))

    def _load_application(self, client_id: str, request: Any) -> Application | None:
        return None if not client_id or "\x00" in client_id else super()._load_application(client_id, request)

    def validate_redirect_uri(self, client_id: str, redirect_uri: str, request: Any, *args: Any, **kwargs: Any) -> bool:
        return may_redirect(request.client, redirect_uri)

    def validate_grant_type(self, client_id: str, grant_type: str, client: Any, request: Any, *args: Any, **kwargs: Any) -> bool:
        return grant_type in ("authorization_code", "client_credentials")

    def validate_response_type(self, client_id: str, response_type: str, client: Any, request: Any, *args: Any, **kwargs: Any) -> bool:
        return response_type == "code"

    def validate_scopes(self, client_id: str, scopes: list[str], client: Any, request: Any, *args: Any, **kwargs: Any) -> bool:
        registered = frozenset(client.scopes.split())
        return bool(scopes) and all(s in SCOPES and covers(registered, s) for s in scopes)

    def get_default_scopes(self, client_id: str, request: Any, *args: Any, **kwargs: Any) -> list[str]:
        return [DEFAULT]

    def is_pkce_required(self, client_id: str, request: Any) -> bool:
        return False

    def save_authorization_code(self, client_id: str, code: dict[str, str], request: Any, *args: Any, **kwargs: Any) -> None:
        super().save_authorization_code(client_id, {**code, "code": digest(code["code"])}, request)

    def _save_bearer_token(self, token: dict[str, Any], request: Any, *args: Any, **kwargs: Any) -> None:
        super()._save_bearer_token({k: v for k, v in token.items() if k != "refresh_token"}, request)


class CodeGrant(OAuthLibCodeGrant):  # type: ignore[misc]
    """The authorization code, by PKCE S256 or without PKCE, and never by its plain method."""

    refresh_token = False
    _code_challenge_methods = {"S256": code_challenge_method_s256}

    def validate_authorization_request(self, request: Any) -> Any:
        if request.code_challenge == "":
            request.code_challenge = None
        return super().validate_authorization_request(request)

    def validate_token_request(self, request: Any) -> None:
        super().validate_token_request(request)
        if request.code_verifier and self.request_validator.get_code_challenge(request.code, request) is None:
            raise errors.InvalidGrantError(request=request)  # a challenge was stripped on the way (RFC 9700, 2.1.1)

    def prepare_authorization_response(self, request: Any, token: dict[str, str], headers: Any, body: Any, status: int) -> Any:
        headers["Location"] = with_parameters(request.redirect_uri, list(token.items()))
        return headers, body, status


class Server(AuthorizationEndpoint, TokenEndpoint, RevocationEndpoint):  # type: ignore[misc]
    """Codes, client credentials and revocation; nothing else."""

    def __init__(self, validator: Validator) -> None:
        codes, bearer = CodeGrant(validator), BearerToken(validator, expires_in=FOREVER_S)
        AuthorizationEndpoint.__init__(self, default_response_type="code", default_token_type=bearer, response_types={"code": codes})
        TokenEndpoint.__init__(
            self,
            default_grant_type="authorization_code",
            default_token_type=bearer,
            grant_types={"authorization_code": codes, "client_credentials": ClientCredentialsGrant(validator)},
        )
        RevocationEndpoint.__init__(self, validator)


SERVER = Server(Validator())


def digest(secret: str) -> str:
    """Return what is kept of a code or token."""
    return hashlib.sha256(secret.encode()).hexdigest()


def may_redirect(app: Application, uri: str) -> bool:
    """Return whether the app registered this very address (on a loopback address the port is free: RFC 8252, 7.3)."""
    if redirect_problem(uri):
        return False
    if uri in app.redirects:
        return True
    try:
        parts = urlsplit(uri)
        loopback = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1")
        return loopback and redirect_to_uri_allowed(uri, app.redirects)
    except ValueError:
        return False


# ---------------------------------------------------------------- authorise


@dataclass(frozen=True, slots=True)
class Wish:
    """What an app asks a person for: valid, and its answer may be sent to `redirect_uri`."""

    application: Application
    parameters: dict[str, str]
    redirect_uri: str
    scopes: list[str]
    state: str

    @property
    def is_out_of_band(self) -> bool:
        """Whether the person carries the code to the app by hand."""
        return self.redirect_uri == OUT_OF_BAND


class Refused(Exception):
    """The request is wrong. Only the person is told: an app registers any address, so to answer there by itself would be
    an open redirect (RFC 9700, 4.11.2)."""

    def __init__(self, error: str, text: str) -> None:
        super().__init__(error)
        self.error, self.text = error, text


WISHES = ("client_id", "redirect_uri", "response_type", "scope", "state", "code_challenge", "code_challenge_method")


def read_wish(given: Mapping[str, str]) -> Wish:
    """Return what the app asks for. Raises Refused."""
    parameters = {name: given[name] for name in WISHES if given.get(name)}
    if any("\x00" in value for value in parameters.values()):
        raise Refused("invalid_request", TEXTS["invalid_request"])
    try:
        scopes, found = SERVER.validate_authorization_request(_uri(parameters), "GET", None, {})
    except errors.FatalClientError as error:
        raise Refused(error.error, error.description or TEXTS["invalid_request"]) from None
    except errors.OAuth2Error as error:
        raise Refused(error.error, TEXTS.get(error.error) or error.description) from None
    request = found["request"]
    return Wish(request.client, parameters, request.redirect_uri, list(scopes), request.state or "")


def grant(wish: Wish, user: Any) -> str:
    """A code exists with which the app gets a token for this person; return where to send them."""
    credentials = {**wish.parameters, "redirect_uri": wish.redirect_uri, "user": user}
    credentials.pop("scope", None)
    headers, _body, _status = SERVER.create_authorization_response(
        _uri(wish.parameters), "GET", None, {}, scopes=wish.scopes, credentials=credentials
    )
    return str(headers["Location"])


def deny(wish: Wish) -> str:
    """Return where to tell the app that the person refused."""
    pairs = [("error", "access_denied"), ("error_description", TEXTS["access_denied"])]
    return with_parameters(wish.redirect_uri, [*pairs, *([("state", wish.state)] if wish.state else [])])


def waits(code: str, user_id: int) -> bool:
    """Return whether this code of this person can still be exchanged."""
    return Grant.objects.filter(code=digest(code), user_id=user_id, expires__gt=now()).exists()


def _uri(parameters: dict[str, str]) -> str:
    return f"https://parvis.invalid/oauth/authorize?{urlencode(parameters)}"


# ---------------------------------------------------------------- tokens


def issue_token(given: Mapping[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
    """Answer a token request: (status, body). A code serves once, even for two requests at the same time."""
    if not given.get("grant_type"):
        return 400, failure("invalid_request", "Missing required parameter: grant_type.")
    parameters = {k: v for k, v in given.items() if v}
    if "code" in parameters:
        parameters["code"] = digest(parameters["code"])
    try:
        with transaction.atomic():
            if "code" in parameters:  # held until the commit: the second of two requests finds no code
                list(Grant.objects.select_for_update().filter(code=parameters["code"]).values_list("id"))
            status, body = _token(parameters, authorization)
            if status != 200:
                transaction.set_rollback(True)
    except errors.OAuth2Error as error:
        status, body = error.status_code, {"error": error.error}
    if status != 200:
        return _refusal(status, body)
    made = AccessToken.objects.filter(token_checksum=digest(body["access_token"])).values_list("created", flat=True)[0]
    return 200, {
        "access_token": body["access_token"],
        "token_type": "Bearer",
        "scope": body["scope"],
        "created_at": int(made.timestamp()),
    }


def _token(parameters: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
    _headers, body, status = SERVER.create_token_response(
        "https://parvis.invalid/oauth/token", "POST", urlencode(parameters), _headers_of(authorization)
    )
    return status, orjson.loads(body)


def _refusal(status: int, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """Return an error as Mastodon words it. oauthlib tells a wrong address or verifier apart; Mastodon does not."""
    error = str(body.get("error"))
    if error in ("invalid_request",) and "redirect" in str(body.get("error_description", "")).lower():
        error = "invalid_grant"
    if error == "server_error":
        error, status = "invalid_client", 401
    known = TEXTS.get(error)
    text = known if error != "invalid_request" else str(body.get("error_description") or known)
    return status, failure(error, text or "")


def failure(error: str, text: str) -> dict[str, str]:
    """Return an OAuth error."""
    return {"error": error, "error_description": text}


def revoke(given: Mapping[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
    """Answer a revocation: an unknown token is as good as revoked; another app's token is refused, as Mastodon does."""
    held = AccessToken.objects.filter(token_checksum=digest(given.get("token", ""))).values_list("id", "application_id").first()
    if held is None:
        return 200, {}
    app = authenticate_app(given, authorization)
    if app is None or app.id != held[1]:
        return 403, failure("unauthorized_client", NOT_YOURS)
    revoke_tokens(token_id=held[0])
    changes.sync()
    return 200, {}


def authenticate_app(given: Mapping[str, str], authorization: str) -> Application | None:
    """Return the app that these credentials prove (HTTP Basic or parameters), or None."""
    from oauthlib.common import Request

    request = Request("https://parvis.invalid/oauth/revoke", "POST", urlencode(dict(given)), _headers_of(authorization))
    return request.client if SERVER.request_validator.authenticate_client(request) else None


def _headers_of(authorization: str) -> dict[str, str]:
    """Return the headers that oauthlib and the toolkit look at. Malformed Basic credentials count as none."""
    if not authorization.lower().startswith("basic "):
        return {"Content-Type": "application/x-www-form-urlencoded"}
    encoded = authorization[6:].strip()
    try:
        base64.b64decode(encoded, validate=True).decode()
    except ValueError:
        encoded = ""
    basic = f"Basic {encoded}"
    return {"Content-Type": "application/x-www-form-urlencoded", "Authorization": basic, "HTTP_AUTHORIZATION": basic}

