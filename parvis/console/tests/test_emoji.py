"""Custom emoji are added and removed by the console, and stand in posts at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from parvis.console.tests.squares import Square, get

pytestmark = pytest.mark.slow


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Square]:
    square = Square(tmp_path / "data")
    square.up()
    yield square
    square.close()


def test_emoji_is_added_shown_replaced_and_removed(place: Square, tmp_path: Path) -> None:
    picture = tmp_path / "arch.png"
    Image.new("RGBA", (200, 200), (40, 80, 160, 120)).save(picture)
    added = place.run("emoji", "add", "arch", str(picture), "--category", "stone")
    assert added.returncode == 0, added.stderr
    assert get(added.stdout.strip().replace("localhost", "127.0.0.1"))[0] == 200
    made = place.run("account", "create", "ana", "--email", "ana@example.org", "--password", "stone and air 7")
    assert made.returncode == 0, made.stderr
    token = place.run("token", "create", "ana").stdout.strip()
    listed = get(f"{place.base}/api/v1/custom_emojis")[1]
    assert [(e["shortcode"], e["category"]) for e in listed] == [("arch", "stone")]
    assert place.run("emoji", "add", "arch", str(picture)).returncode == 0
    assert len(get(f"{place.base}/api/v1/custom_emojis", token)[1]) == 1
    assert place.run("emoji", "remove", ":arch:").returncode == 0
    assert json.dumps(get(f"{place.base}/api/v1/custom_emojis")[1]) == "[]"
    assert place.run("emoji", "remove", "arch").returncode != 0


def test_what_is_not_a_picture_or_a_short_code_is_refused(place: Square, tmp_path: Path) -> None:
    text = tmp_path / "not.png"
    text.write_text("no picture")
    refused = place.run("emoji", "add", "arch", str(text))
    assert refused.returncode != 0
    assert "parvis emoji add" in refused.stderr
    assert place.run("emoji", "add", "a b", str(text)).returncode != 0
    assert place.run("emoji", "add", "arch", str(tmp_path / "absent.png")).returncode != 0
