"""Files keep their promises: hashed names, compression, sizes of the first page, faces and placeholders."""

from __future__ import annotations

import gzip
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from parvis.web import faces, placeholders, static_files

SHEETS = ("parvis/css/tokens.css", "parvis/css/parvis.css")
SCRIPTS = ("parvis/js/htmx.min.js", "parvis/js/parvis.js")


def _sent(name: str) -> int:
    status, headers, body = static_files.answer(static_files.address(name).removeprefix("/static/"), "gzip")
    assert status == 200
    assert dict(headers)["Content-Encoding"] == "gzip"
    return len(body)


def test_first_page_is_small() -> None:
    assert sum(_sent(name) for name in SHEETS) <= 30_000
    assert sum(_sent(name) for name in SCRIPTS) <= 60_000


def test_hashed_names_are_kept_for_ever_and_plain_ones_are_not() -> None:
    hashed = static_files.address(SHEETS[0]).removeprefix("/static/")
    assert "immutable" in dict(static_files.answer(hashed, "")[1])["Cache-Control"]
    assert "immutable" not in dict(static_files.answer(SHEETS[0], "")[1])["Cache-Control"]
    assert static_files.answer("parvis/../../config/settings.py", "")[0] == 404


def test_style_sheets_refer_to_hashed_fonts() -> None:
    _, _, body = static_files.answer(SHEETS[0], "gzip")
    text = gzip.decompress(body).decode()
    font = static_files.address("parvis/fonts/newsreader-36-latin-normal.woff2").rpartition("/")[2]
    assert f"../fonts/{font}" in text


def test_wsgi_wrapper_answers_static_files_itself() -> None:
    def beyond(environ: dict[str, Any], start: Any) -> list[bytes]:
        start("200 OK", [])
        return [b"application"]

    seen: list[Any] = []
    app = static_files.StaticFiles(beyond)
    body = app({"PATH_INFO": static_files.address(SHEETS[1]), "REQUEST_METHOD": "GET"}, lambda s, h: seen.append((s, dict(h))))
    assert seen[0][0] == "200 OK"
    assert int(seen[0][1]["Content-Length"]) == len(b"".join(body))
    assert b"".join(app({"PATH_INFO": "/home", "REQUEST_METHOD": "GET"}, lambda s, h: None)) == b"application"
    app({"PATH_INFO": "/static/x", "REQUEST_METHOD": "POST"}, lambda s, h: seen.append((s, dict(h))))
    assert seen[1][0].startswith("405")


def test_every_icon_that_templates_ask_for_is_in_the_sprite() -> None:
    import re
    from pathlib import Path

    web = Path(static_files.__file__).parent
    sprite = (web / "static/parvis/icons.svg").read_text()
    asked: set[str] = set()
    for path in [*web.rglob("*.html"), *(web / "templatetags").rglob("*.py"), *(web / "views").rglob("*.py")]:
        text = path.read_text()
        asked |= set(re.findall(r'{% icon "([a-z0-9-]+)"', text)) | set(re.findall(r'(?<!:)glyph="([a-z0-9-]+)"', text))
    assert asked
    assert {name for name in asked if f'id="{name}"' not in sprite} == set()


def test_faces_are_deterministic_and_apps_get_the_same_as_pages(db: Any) -> None:
    assert faces.svg(7 << 16) == faces.svg(7 << 16)
    assert len({faces.svg(n << 16) for n in range(faces.VARIANTS)}) == faces.VARIANTS
    answer = Client().get("/avatars/default/7.png")
    picture = Image.open(BytesIO(answer.content))
    assert picture.size == (240, 240)
    wall = faces.STONES[7 % len(faces.STONES)][0]
    assert "#{:02x}{:02x}{:02x}".format(*picture.getpixel((2, 2))) == wall
    assert Client().get("/avatars/default/24.png").status_code == 404


def test_blurhash_becomes_a_tiny_picture() -> None:
    import base64

    address = placeholders.data_address("LEHV6nWB2yk8pyo0adR*.7kCMdnj")
    picture = Image.open(BytesIO(base64.b64decode(address.partition(",")[2])))
    assert picture.size == (placeholders.WIDTH, placeholders.HEIGHT)
    assert picture.getpixel((0, 0)) == pytest.approx((144, 158, 168), abs=40)
    assert placeholders.data_address("not a blurhash") == ""
    assert placeholders.data_address("") == ""
