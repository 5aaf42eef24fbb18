"""What this software calls itself."""

from __future__ import annotations

from functools import cache
from importlib import metadata

# The version of Mastodon's client API that the documents and endpoints here follow; clients parse it.
MASTODON = "4.5.0"


@cache
def version() -> str:
    """Return the installed version of Parvis ("0.1.0" in a source tree that is not installed)."""
    try:
        return metadata.version("parvis")
    except metadata.PackageNotFoundError:
        return "0.1.0"
