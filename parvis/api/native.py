"""Parvis's own typed API, at /api/parvis/v1/: what Mastodon's has no word for. Its description is OpenAPI.

Loaded at its first request (native_entry.py): who only uses Mastodon's API does not pay for it.
"""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django_tasks_db.models import DBTaskResult
from ninja import NinjaAPI, Schema
from ninja.errors import HttpError, ValidationError
from ninja.security import HttpBearer
from pydantic import Field

from parvis.api.native_digest import router as digest
from parvis.api.native_own import router as own
from parvis.api.native_page import page
from parvis.flows.publish_post import MAX_MEDIA
from parvis.identity.models import Role
from parvis.identity.queries import Principal, principal
from parvis.kernel import outbox
from parvis.kernel.errors import ParvisError
from parvis.kernel.version import MASTODON, version
from parvis.media import formats
from parvis.network import formatting
from parvis.network.actions import marks, posts, profile, tags

PREFIX = "/api/parvis/v1/"

api = NinjaAPI(
    title="Parvis",
    version="1",
    description="What this square offers beyond Mastodon's client API. Tokens are the same.",
    openapi_url=None,
    docs_url=None,
    urls_namespace="parvis-native",
)


class MaybeBearer(HttpBearer):
    """A bearer token, or none: what is public stays readable. A token that is given must hold."""

    def __call__(self, request: HttpRequest) -> Any:
        given = request.headers.get("Authorization", "")
        if not given:
            return Visitor
        scheme, _, secret = given.partition(" ")
        found = principal(secret.strip()) if scheme.lower() == "bearer" else None
        if found is None or found.blocked:
            raise HttpError(401, "The access token is invalid")
        return found

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        raise NotImplementedError  # __call__ decides


Visitor = object()


class Queue(Schema):
    """What waits for the worker."""

    waiting: int = Field(description="Events whose reactions have not run.")
    retrying: int = Field(description="Reactions that failed and are tried again.")
    dead: int = Field(description="Reactions given up; kept for the operator.")
    tasks: int = Field(description="Long tasks that are ready to run.")


class Machine(Schema):
    """What only the owner is told."""

    roles: dict[str, int] = Field(description="Processes of this machine, by role, with their process ids.")
    restarts: int = Field(description="How often the supervisor started one again.")
    queue: Queue


class Status(Schema):
    """The square answers."""

    version: str
    mastodon: str = Field(description="The version of Mastodon's client API that is followed.")
    domain: str
    machine: Machine | None = Field(None, description="For the owner's token; null for everybody else.")


class PostLimits(Schema):
    characters: int
    characters_per_link: int
    media: int
    pins: int


class PollLimits(Schema):
    options: int
    option_characters: int
    least_s: int
    most_s: int


class MediaLimits(Schema):
    types: list[str]
    image_bytes: int
    image_pixels: int
    video_bytes: int
    description_characters: int


class ProfileLimits(Schema):
    name_characters: int
    bio_characters: int
    fields: int
    field_characters: int
    featured_tags: int


class Limits(Schema):
    """What the square accepts, as it is enforced."""

    post: PostLimits
    poll: PollLimits
    media: MediaLimits
    profile: ProfileLimits


@api.get("status", response=Status, auth=MaybeBearer(), summary="Whether the square answers, and how it does", tags=["square"])
def status(request: HttpRequest) -> dict[str, Any]:
    """Version and domain for everybody; for the owner's token also the processes and what waits for the worker."""
    who = request.auth  # type: ignore[attr-defined]
    owner = isinstance(who, Principal) and who.role == Role.OWNER and who.allows("admin:read")
    return {"version": version(), "mastodon": MASTODON, "domain": settings.DOMAIN, "machine": _machine() if owner else None}


def _machine() -> dict[str, Any]:
    try:
        known = json.loads((settings.DATA_DIR / "run" / "square.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        known = {}
    queue = {**outbox.pending(), "tasks": DBTaskResult.objects.ready().count()}
    return {"roles": known.get("pids", {}), "restarts": known.get("restarts", 0), "queue": queue}


@api.get("settings/limits", response=Limits, summary="What the square accepts", tags=["square"])
def limits(request: HttpRequest) -> dict[str, Any]:
    """Lengths in characters, sizes in bytes and pixels, durations in seconds."""
    return {
        "post": {
            "characters": posts.MAX_LENGTH,
            "characters_per_link": formatting.URL_LENGTH,
            "media": MAX_MEDIA,
            "pins": marks.MAX_PINS,
        },
        "poll": {
            "options": posts.MAX_OPTIONS,
            "option_characters": posts.MAX_OPTION_LENGTH,
            "least_s": posts.MIN_POLL_S,
            "most_s": posts.MAX_POLL_S,
        },
        "media": {
            "types": list(formats.MEDIA_TYPES),
            "image_bytes": formats.IMAGE_BYTES,
            "image_pixels": formats.IMAGE_PIXELS,
            "video_bytes": formats.VIDEO_BYTES,
            "description_characters": formats.DESCRIPTION_LENGTH,
        },
        "profile": {
            "name_characters": profile.MAX_NAME,
            "bio_characters": profile.MAX_NOTE,
            "fields": profile.MAX_FIELDS,
            "field_characters": profile.MAX_FIELD,
            "featured_tags": tags.MAX_FEATURED,
        },
    }


api.add_router("", own)
api.add_router("", digest)


@api.exception_handler(ParvisError)
def refused(request: HttpRequest, problem: ParvisError) -> HttpResponse:
    return api.create_response(request, {"error": str(problem.text), "code": problem.code}, status=problem.status)


@api.exception_handler(HttpError)
def failed(request: HttpRequest, problem: HttpError) -> HttpResponse:
    return api.create_response(request, {"error": str(problem)}, status=problem.status_code)


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, problem: ValidationError) -> HttpResponse:
    return api.create_response(request, {"error": "Validation failed", "details": problem.errors}, status=422)


def schema() -> dict[str, Any]:
    """Return the API's OpenAPI document."""
    found = dict(api.get_openapi_schema(path_prefix=PREFIX))
    found["servers"] = [{"url": settings.BASE_URL}]
    return found


def openapi(request: HttpRequest) -> HttpResponse:
    """GET /api/parvis/v1/openapi.json"""
    return HttpResponse(json.dumps(schema()), content_type="application/json; charset=utf-8")


def docs(request: HttpRequest) -> HttpResponse:
    """GET /api/parvis/v1/docs : the same, for people; no script, nothing from elsewhere"""
    return page(schema())


urlpatterns = [
    path("api/parvis/v1/openapi.json", openapi),
    path("api/parvis/v1/docs", docs),
    path("api/parvis/v1/", api.urls),
]
