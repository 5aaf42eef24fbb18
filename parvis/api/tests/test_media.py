"""Sending files through the API, as clients do: multipart, 202 while it is prepared, refusals in the API's shape."""

from __future__ import annotations

import io
from typing import Any

import pytest

from parvis.media import actions, preparing
from parvis.media.models import Asset
from parvis.media.tests import samples

EDGE = "edge-of-the-parts"


def send(square: Any, path: str, who: str, *, method: str = "POST", files: dict[str, bytes] | None = None, **fields: str) -> Any:
    """Send a multipart form."""
    parts = b"".join(f'--{EDGE}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in fields.items())
    for name, content in (files or {}).items():
        head = f'--{EDGE}\r\nContent-Disposition: form-data; name="{name}"; filename="../../x.exe"\r\nContent-Type: text/html\r\n\r\n'
        parts += head.encode() + content + b"\r\n"
    parts += f"--{EDGE}--\r\n".encode()
    inner = square.application

    def as_form(environ: dict[str, Any], start: Any) -> Any:
        return inner(environ | {"CONTENT_TYPE": f"multipart/form-data; boundary={EDGE}"}, start)

    square.application = as_form
    try:
        return square.ask(method, path, who, parts)
    finally:
        square.application = inner


def test_a_picture_is_ready_at_once_and_says_everything(square: Any) -> None:
    sent = send(square, "/api/v2/media", "ada", files={"file": samples.picture("PNG", (80, 60))}, description="Un mur", focus="-0.5,0.25")
    assert sent.status == 200
    said = sent.json
    assert said["type"] == "image"
    assert said["description"] == "Un mur"
    assert said["meta"]["focus"] == {"x": -0.5, "y": 0.25}
    assert said["meta"]["original"] == {"width": 80, "height": 60, "size": "80x60", "aspect": 80 / 60}
    assert set(said) >= {"id", "type", "url", "preview_url", "remote_url", "meta", "description", "blurhash"}
    assert "/media-signed/" in said["url"], "not public before its post is"
    assert square.ask("GET", said["url"].split("8000", 1)[1]).raw[:4] == b"\x89PNG"


def test_a_sound_is_202_then_206_then_200(square: Any) -> None:
    sent = send(square, "/api/v2/media", "ada", files={"file": samples.wav()})
    assert (sent.status, sent.json["url"], sent.json["type"]) == (202, None, "audio")
    path = f"/api/v1/media/{sent.json['id']}"
    assert square.ask("GET", path, "ada").status == 206
    refused = square.ask("POST", "/api/v1/statuses", "ada", {"status": "x", "media_ids": [sent.json["id"]]})
    assert refused.status == 422
    actions.prepare_now(int(sent.json["id"]))
    ready = square.ask("GET", path, "ada")
    assert ready.status == 200
    assert ready.json["url"].endswith("/file.wav")
    assert ready.json["meta"]["duration"] == 1.5


def test_the_first_version_waits_until_it_is_ready(square: Any) -> None:
    sent = send(square, "/api/v1/media", "ada", files={"file": samples.mp4()})
    assert (sent.status, sent.json["type"]) == (200, "video")
    assert sent.json["url"]


def test_a_file_that_cannot_be_read_is_refused_in_the_apis_shape(square: Any) -> None:
    for files in ({}, {"file": b""}, {"file": b"<html>"}, {"file": samples.png_bomb()}, {"file": samples.picture()[:60]}):
        for path in ("/api/v1/media", "/api/v2/media"):
            refused = send(square, path, "ada", files=files)
            assert refused.status == 422
            assert refused.json["error"]
    assert send(square, "/api/v2/media", "ada", files={"file": samples.picture()}, description="x" * 1501).status == 422
    assert square.ask("POST", "/api/v2/media", "ada", {"file": "text"}).status == 422
    assert not Asset.objects.exists()


def test_a_failed_file_says_why(square: Any) -> None:
    sent = send(square, "/api/v2/media", "ada", files={"file": samples.mp4()[:700]})
    assert sent.status == 202
    actions.prepare_now(int(sent.json["id"]))
    failed = square.ask("GET", f"/api/v1/media/{sent.json['id']}", "ada")
    assert failed.status == 422
    assert "incomplete" in failed.json["error"]
    assert square.ask("POST", "/api/v1/statuses", "ada", {"status": "x", "media_ids": [sent.json["id"]]}).status == 422


@pytest.mark.parametrize("focus", ["", "nonsense", "nan,inf", "9,-9", "0.1", "1,2,3"])
def test_any_focus_is_taken_within_its_bounds(square: Any, focus: str) -> None:
    sent = send(square, "/api/v2/media", "ada", files={"file": samples.picture()}, focus=focus)
    assert sent.status == 200
    assert -1 <= sent.json["meta"]["focus"]["x"] <= 1
    assert -1 <= sent.json["meta"]["focus"]["y"] <= 1


def test_others_media_are_not_there(square: Any) -> None:
    mine = send(square, "/api/v2/media", "ada", files={"file": samples.picture()}).json["id"]
    for method in ("GET", "PUT", "DELETE"):
        assert square.ask(method, f"/api/v1/media/{mine}", "bob", {} if method == "PUT" else None).status == 404
        assert square.ask(method, f"/api/v1/media/{mine}").status == 401
    assert square.ask("POST", "/api/v1/statuses", "bob", {"status": "x", "media_ids": [mine]}).status == 422
    assert square.ask("GET", "/api/v1/media/12345", "ada").status == 404
    assert Asset.objects.get(id=mine).post_id is None


def test_it_is_described_anew_until_it_stands_in_a_post(square: Any) -> None:
    mine = send(square, "/api/v2/media", "ada", files={"file": samples.picture()}).json["id"]
    changed = send(square, f"/api/v1/media/{mine}", "ada", method="PUT", description="Autre", focus="1,1")
    assert (changed.status, changed.json["description"], changed.json["meta"]["focus"]) == (200, "Autre", {"x": 1.0, "y": 1.0})
    assert square.ask("PUT", f"/api/v1/media/{mine}", "ada", {"focus": "0,0"}).json["description"] == "Autre"
    post = square.post("ada", "avec", media_ids=[mine])
    shown = post["media_attachments"][0]
    assert (shown["id"], shown["description"]) == (mine, "Autre")
    assert "/media/m/" in shown["url"]
    assert square.ask("GET", shown["url"].split("8000", 1)[1]).status == 200
    assert square.ask("PUT", f"/api/v1/media/{mine}", "ada", {"description": "x"}).status == 404
    assert square.ask("DELETE", f"/api/v1/media/{mine}", "ada").status == 422
    again = square.ask("POST", "/api/v1/statuses", "ada", {"status": "again", "media_ids": [mine]})
    assert again.status == 422


def test_media_of_a_private_post_have_no_lasting_address(square: Any) -> None:
    mine = send(square, "/api/v2/media", "ada", files={"file": samples.picture()}).json["id"]
    post = square.post("ada", "privé", media_ids=[mine], visibility="private")
    url = post["media_attachments"][0]["url"]
    assert "/media-signed/" in url
    assert Asset.objects.get(id=mine).file not in url
    assert square.ask("GET", url.split("8000", 1)[1]).status == 200
    assert square.ask("GET", f"/api/v1/statuses/{post['id']}", "bob").status == 404


def test_it_is_taken_back(square: Any) -> None:
    mine = send(square, "/api/v2/media", "ada", files={"file": samples.picture()}).json["id"]
    assert square.ask("DELETE", f"/api/v1/media/{mine}", "ada").json == {}
    assert square.ask("GET", f"/api/v1/media/{mine}", "ada").status == 404


def test_sending_needs_the_scope_and_has_a_budget_of_its_own(square: Any, settings: Any) -> None:
    square.person("reader", scope="read")
    assert send(square, "/api/v2/media", "reader", files={"file": samples.picture()}).status == 403
    assert send(square, "/api/v2/media", "", files={"file": samples.picture()}).status == 401
    settings.RATE_LIMITS = True
    sent = send(square, "/api/v2/media", "bob", files={"file": b"no"})
    assert sent.headers["X-RateLimit-Limit"] == "30"
    for _ in range(29):
        send(square, "/api/v2/media", "bob", files={"file": b"no"})
    assert send(square, "/api/v2/media", "bob", files={"file": b"no"}).status == 429


def test_what_is_far_too_large_is_not_even_read(square: Any) -> None:
    inner = square.application
    for length, who, status in (("900000000", "ada", 413), ("50000000", "", 401)):
        square.application = lambda e, s, n=length: inner(
            e | {"CONTENT_LENGTH": n, "CONTENT_TYPE": f"multipart/form-data; boundary={EDGE}", "wsgi.input": io.BytesIO(b"")}, s
        )
        assert square.ask("POST", "/api/v2/media", who, b"x").status == status


@pytest.mark.skipif(not preparing.ffmpeg(), reason="needs ffmpeg")
def test_a_gif_is_a_gifv_where_ffmpeg_is(square: Any) -> None:
    sent = send(square, "/api/v1/media", "ada", files={"file": samples.gif()})
    assert (sent.status, sent.json["type"]) == (200, "gifv")
    assert sent.json["url"].endswith(".mp4")
    assert sent.json["preview_url"].endswith(".jpg")
