"""NodeInfo: what software serves this square and how much it is used (nodeinfo.diaspora.software, schemas 2.0 and 2.1)."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from parvis.feeds.queries.figures import figures
from parvis.identity.queries import square
from parvis.kernel.version import version

SCHEMA = "http://nodeinfo.diaspora.software/ns/schema/"
VERSIONS = ("2.0", "2.1")


def document(schema: str) -> dict[str, Any]:
    """Return the NodeInfo document of a schema. `protocols` is empty while the square does not federate."""
    known, counted = square(), figures()
    software = {"name": "parvis", "version": version()}
    if schema == "2.1":
        software["homepage"] = settings.BASE_URL
    return {
        "version": schema,
        "software": software,
        "protocols": [],
        "services": {"inbound": ["atom1.0", "rss2.0"], "outbound": []},
        "openRegistrations": known.is_open,
        "usage": {
            "users": {"total": counted.users, "activeMonth": counted.active_month, "activeHalfyear": counted.active_half_year},
            "localPosts": counted.posts,
        },
        "metadata": {"nodeName": known.title, "nodeDescription": known.description},
    }


def links() -> dict[str, Any]:
    """Return the document at /.well-known/nodeinfo."""
    return {"links": [{"rel": f"{SCHEMA}{v}", "href": f"{settings.BASE_URL}/nodeinfo/{v}"} for v in VERSIONS]}
