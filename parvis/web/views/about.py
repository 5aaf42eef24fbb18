"""What the square says of itself, and its refusals."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from parvis.identity.queries import square as square_settings
from parvis.network.queries import accounts
from parvis.web.cards import face


def about(request: Any) -> HttpResponse:
    """Who runs the square and by which rules."""
    square = square_settings()
    contact = accounts((square.contact_account_id,)).get(square.contact_account_id) if square.contact_account_id else None
    return render(request, "parvis/about.html", {"square": square, "rules": rules(square), "contact": face(contact) if contact else None})


def rules(square: Any) -> list[dict[str, Any]]:
    """Return the rules in the page's language, or in one that has them."""
    kept = square.rules
    if isinstance(kept, dict):
        language = (get_language() or "en").split("-")[0]
        return list(kept.get(language) or next((v for v in kept.values() if v), []))
    return list(kept or [])


def privacy(request: Any) -> HttpResponse:
    """What the square keeps about people: the owner's text, or what the software does by itself."""
    return render(request, "parvis/privacy.html", {"square": square_settings()})


def bad_request(request: Any, exception: Any = None) -> HttpResponse:
    return render(request, "400.html", status=400)


def forbidden(request: Any, exception: Any = None) -> HttpResponse:
    return render(request, "403.html", status=403)


def csrf_failed(request: Any, reason: str = "") -> HttpResponse:
    """A form came from elsewhere, or was open for too long."""
    return render(request, "403.html", {"stale": True}, status=403)


def not_found(request: Any, exception: Any = None) -> HttpResponse:
    return render(request, "404.html", status=404)
