"""People who move: accounts, pictures, and archives made as services make them."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from parvis.network.models import Account


@pytest.fixture
def ada(db: None) -> int:
    return int(Account.objects.create(username="ada").id)


@pytest.fixture
def bob(db: None) -> int:
    return int(Account.objects.create(username="bob").id)


@pytest.fixture(autouse=True)
def _stored_apart(settings: Any, tmp_path: Path) -> None:
    """Files of a test lie in its own folder."""
    settings.MEDIA_ROOT = tmp_path / "media"
    storages = {**settings.STORAGES}
    for name in ("default", "originals"):
        known = storages.get(name, {"BACKEND": "django.core.files.storage.FileSystemStorage"})
        storages[name] = {**known, "OPTIONS": {**known.get("OPTIONS", {}), "location": str(tmp_path / name)}}
    settings.STORAGES = storages


@pytest.fixture
def picture() -> bytes:
    """A small PNG."""
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (40, 30), (200, 30, 90)).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def zipped() -> Callable[[dict[str, Any]], io.BytesIO]:
    """Return a maker of ZIP files: member names to bytes, text, or JSON."""

    def make(members: dict[str, Any]) -> io.BytesIO:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as whole:
            for name, content in members.items():
                whole.writestr(name, content if isinstance(content, (bytes, str)) else json.dumps(content))
        out.seek(0)
        return out

    return make


def note(n: int, **members: Any) -> dict[str, Any]:
    """Return an activity of Mastodon's outbox."""
    me = "https://old.example/users/ada"
    said = {
        "id": f"{me}/statuses/{n}",
        "type": "Note",
        "published": f"2019-03-0{n}T10:00:00Z",
        "to": ["https://www.w3.org/ns/activitystreams#Public"],
        "cc": [f"{me}/followers"],
        "content": f"<p>post {n}</p>",
        "attachment": [],
        **members,
    }
    return {"id": f"{me}/statuses/{n}/activity", "type": "Create", "published": said["published"], "object": said}


def outbox(*activities: Any) -> dict[str, Any]:
    return {"@context": [], "id": "outbox.json", "type": "OrderedCollection", "orderedItems": list(activities)}
