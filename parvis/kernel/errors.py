"""Errors that say what to do next. Each has a stable code, a safe text, and an HTTP status for the entrances."""

from __future__ import annotations

from typing import Any


class ParvisError(Exception):
    """A refusal that a person may read. `text` is translatable and safe; `detail` is for the logs only."""

    status = 422
    code = "refused"
    text = "This cannot be done."

    def __init__(self, text: str = "", *, code: str = "", status: int = 0, fields: dict[str, Any] | None = None, detail: str = ""):
        self.text = text or self.text
        self.code = code or self.code
        self.status = status or self.status
        self.fields = fields or {}
        self.detail = detail
        super().__init__(f"{self.text} ({self.code})")


class Invalid(ParvisError):
    """The input breaks a rule. `fields` maps a field to [{"error": "ERR_...", "description": "..."}]."""

    status, code, text = 422, "invalid", "Validation failed"


class NotFound(ParvisError):
    """It does not exist, or the viewer may not know that it does: the two answer alike."""

    status, code, text = 404, "not_found", "Record not found"


class Forbidden(ParvisError):
    """The viewer may see it but not do this."""

    status, code, text = 403, "forbidden", "This action is not allowed"


class Unauthenticated(ParvisError):
    """No token, or one that is no longer valid."""

    status, code, text = 401, "unauthenticated", "The access token is invalid"


class TooMany(ParvisError):
    """A rate limit is spent; the response says when to come back."""

    status, code, text = 429, "too_many", "Too many requests"


class Conflict(ParvisError):
    """Another request changed or holds the same thing."""

    status, code, text = 409, "conflict", "Somebody else changed this at the same time"
