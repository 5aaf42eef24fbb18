"""What every page's template may use."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from parvis.identity.queries import square as square_settings
from parvis.web.cards import face
from parvis.web.standing import moderates, owns
from parvis.web.visitor import member_of

THEMES = ("light", "dark")


def square(request: Any) -> dict[str, Any]:
    """Return the square's name and domain, the member who looks (as a face), and the chosen theme."""
    member = member_of(request)
    theme = request.COOKIES.get("parvis_theme", "")
    return {
        "square_title": square_settings().title,
        "domain": settings.DOMAIN,
        "base_url": settings.BASE_URL,
        "streaming_url": settings.STREAMING_URL,
        "is_demo": settings.IS_DEMO,
        "me": face(member) if member else None,
        "moderates": moderates(member),
        "owns": owns(member),
        "theme": theme if theme in THEMES else "",
    }
