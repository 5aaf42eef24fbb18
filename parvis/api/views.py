"""The API behind Django: parses bodies (JSON, form, multipart), then the same endpoints as the fast lane."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import orjson
from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, TooManyFieldsSent
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from parvis.api import routes  # noqa: F401  (declares every route)
from parvis.api.call import Answer, Call, nest
from parvis.api.router import answer, error
from parvis.kernel.errors import ParvisError, Unauthenticated
from parvis.kernel.proxies import client_address
from parvis.kernel.sql import is_lost_connection
from parvis.media import formats

CORS = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Methods", "POST, PUT, DELETE, GET, PATCH, OPTIONS"),
    ("Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key"),
    ("Access-Control-Expose-Headers", "Link, X-RateLimit-Reset, X-RateLimit-Limit, X-RateLimit-Remaining, X-Request-Id"),
)


# A file and its thumbnail at their largest; what is larger than a form is taken from those who have a token.
MAX_BODY_BYTES = formats.VIDEO_BYTES + formats.IMAGE_BYTES + 1_000_000
MAX_FORM_BYTES = 2_000_000


def client_ip(meta: dict[str, Any]) -> str:
    """Return the client's address; X-Forwarded-For is believed from trusted proxies only."""
    return client_address(meta.get("REMOTE_ADDR", ""), meta.get("HTTP_X_FORWARDED_FOR", ""))


@csrf_exempt
def api(request: HttpRequest, **_path: Any) -> HttpResponse:
    """Answer one API request."""
    call = Call(
        request.method or "GET",
        request.path_info,
        request.META.get("QUERY_STRING", ""),
        ip=client_ip(request.META),
        header=request.headers.get,
    )
    try:
        _read_body(request, call)
    except ParvisError as refusal:
        return respond(error(refusal))
    try:
        return respond(answer(call))
    except Exception as problem:
        if not is_lost_connection(problem):
            raise
        connections["default"].close()
        return respond(Answer(503, b'{"error":"The database is not available. Please try again in a moment."}', [("Retry-After", "5")]))


def _read_body(request: HttpRequest, call: Call) -> None:
    """Put the body's parameters and files into the call. Raises ParvisError for what cannot be read."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    kind = (request.content_type or "").lower()
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdigit() and int(length) > MAX_FORM_BYTES:
        if int(length) > MAX_BODY_BYTES:
            raise ParvisError("The request is too large", code="body.too_large", status=413)
        if kind == "multipart/form-data" and call.principal is None:
            raise Unauthenticated
    try:
        if kind == "application/json" or kind.endswith("+json"):
            call.raw_body = request.body
            if call.raw_body.strip():
                loaded = orjson.loads(call.raw_body)
                if not isinstance(loaded, dict):
                    raise ParvisError("The body must be a JSON object", code="body.json", status=422)
                call.body_params = loaded
        elif kind == "application/x-www-form-urlencoded":
            # In the order in which it was sent: `a[][x]=1&a[][y]=2&a[][x]=3` are two objects, as Rails reads them.
            call.raw_body = request.body
            most = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
            call.body_params = nest(parse_qsl(call.raw_body.decode(), keep_blank_values=True, max_num_fields=most))
        elif kind == "multipart/form-data":
            if request.method != "POST":
                _parse_as_post(request)
            call.body_params = nest((k, v) for k, values in request.POST.lists() for v in values)
            call.files = {k: request.FILES[k] for k in request.FILES}
    except orjson.JSONDecodeError:
        raise ParvisError("The body is not valid JSON", code="body.json", status=400) from None
    except RequestDataTooBig:
        raise ParvisError("The request is too large", code="body.too_large", status=413) from None
    except (TooManyFieldsSent, MultiPartParserError, SuspiciousOperation, UnreadablePostError, ValueError):
        raise ParvisError("The body could not be read", code="body.form", status=400) from None


def _parse_as_post(request: HttpRequest) -> None:
    """Let Django parse the form body of PUT, PATCH and DELETE, which it does for POST only."""
    method, request.method = request.method, "POST"
    try:
        request._load_post_and_files()  # type: ignore[attr-defined]
    finally:
        request.method = method


def respond(found: Answer) -> HttpResponse:
    """Return Django's form of an answer."""
    response = HttpResponse(found.body, status=found.status, content_type="application/json; charset=utf-8")
    for name, value in (*CORS, *found.headers):
        response[name] = value
    return response
