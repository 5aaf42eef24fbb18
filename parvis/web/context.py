"""What every page's template may use."""

from __future__ import annotations

from typing import Any

from django.conf import settings


def square(request: Any) -> dict[str, Any]:
    """Return the square's name, domain and streaming address."""
    return {"domain": settings.DOMAIN, "streaming_url": settings.STREAMING_URL, "is_demo": settings.IS_DEMO}
