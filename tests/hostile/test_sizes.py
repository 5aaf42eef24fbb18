"""What is too large is refused at the entrance, in the API's shape, and loses nothing."""

from __future__ import annotations

import io
import uuid
import zipfile
from typing import Any

import pytest

from parvis.api.tests.conftest import Square
from parvis.media.tests import samples
from parvis.network.models import Account, Post

MB = 1_000_000


def refused(answered: Any, *statuses: int) -> None:
    assert answered.status in (statuses or (413, 422)), (answered.status, answered.raw[:300])
    assert isinstance(answered.json["error"], str)


def multipart(**parts: Any) -> tuple[bytes, dict[str, str]]:
    """Return a multipart body and its headers; a pair (name, bytes, type) is a file."""
    boundary = uuid.uuid4().hex
    out = io.BytesIO()
    for name, value in parts.items():
        if isinstance(value, tuple):
            filename, content, kind = value
            out.write(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'.encode())
            out.write(f"Content-Type: {kind}\r\n\r\n".encode())
            out.write(content + b"\r\n")
        else:
            out.write(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode())
    out.write(f"--{boundary}--\r\n".encode())
    return out.getvalue(), {"Content-Type": f"multipart/form-data; boundary={boundary}"}


def upload(
    square: Square, content: bytes, name: str = "a.png", kind: str = "image/png", who: str = "ada", path: str = "/api/v2/media"
) -> Any:
    body, headers = multipart(file=(name, content, kind))
    return square.ask("POST", path, who, body, headers=headers)


@pytest.mark.parametrize(
    "path", ["/api/v1/statuses", "/api/v2/filters", "/api/v1/lists", "/api/v1/reports", "/oauth/token", "/api/v1/apps"]
)
@pytest.mark.parametrize("size", [2_200_000, 10 * MB])
def test_bodies_beyond_two_megabytes_are_refused(square: Square, path: str, size: int) -> None:
    text = "x" * size
    refused(square.ask("POST", path, "ada", {"status": text, "title": text, "client_name": text}), 413)
    refused(square.ask("POST", path, "ada", form=f"status={text}"), 413)
    body, headers = multipart(status=text)
    refused(square.ask("POST", path, "ada", body, headers=headers), 413)
    assert not Post.objects.exists()


def test_ten_thousand_fields_are_refused(square: Square) -> None:
    form = "&".join(f"f{i}=x" for i in range(10_000))
    refused(square.ask("POST", "/api/v1/statuses", "ada", form=f"status=hello&{form}"), 400, 413, 422)
    nested = "&".join(f"a[{i}][b][c][d]=x" for i in range(9_999))
    refused(square.ask("POST", "/api/v1/statuses", "ada", form=f"status=hello&{nested}"), 400, 413, 422)
    body, headers = multipart(status="hello", **{f"f{i}": "x" for i in range(10_000)})
    refused(square.ask("POST", "/api/v1/statuses", "ada", body, headers=headers), 400, 413, 422)
    assert not Post.objects.exists()
    assert square.ask("GET", "/api/v1/timelines/home?" + form, "ada").status == 200


def test_body_that_is_longer_than_it_says_is_read_as_long_as_it_says(square: Square) -> None:
    for length in ("5", "-1", "x", "", "99999999999999999999"):
        answered = square.ask("POST", "/api/v1/statuses", "ada", {"status": "hello"}, headers={"Content-Length": length})
        assert answered.status in (400, 413, 422), (length, answered.raw)
    assert not Post.objects.exists()


def test_headers_of_any_length_are_survived(square: Square) -> None:
    for name in (
        "Authorization",
        "Idempotency-Key",
        "Accept-Language",
        "X-Forwarded-For",
        "Origin",
        "Accept",
        "Cookie",
        "Range",
        "If-None-Match",
        "Host",
    ):
        for value in ("x" * 60_000, "é\x7f", ",".join(["1.1.1.1"] * 5000), "\x00", ";=,;q=é"):
            for method, path in (
                ("GET", "/api/v1/timelines/public"),
                ("POST", "/api/v1/statuses"),
                ("GET", "/about"),
                ("GET", "/api/v2/instance"),
            ):
                who = "" if name == "Authorization" else "ada"
                answered = square.ask(method, path, who, {"status": "hello"} if method == "POST" else None, headers={name: value})
                assert answered.status < 500, (name, value[:20], method, path, answered.raw[:200])


@pytest.mark.parametrize(("length", "status"), [(255, 200), (256, 422)])
def test_idempotency_keys_of_any_length_keep_their_meaning(square: Square, length: int, status: int) -> None:
    first, again = (
        square.ask("POST", "/api/v1/statuses", "ada", {"status": "once", "language": "en"}, headers={"Idempotency-Key": "k" * length})
        for _ in range(2)
    )
    assert first.status in (200, status)
    assert (first.status, first.raw) == (again.status, again.raw)
    assert Post.objects.count() == (1 if first.status == 200 else 0)


def _polyglot() -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("x.html", "<script>alert(1)</script>")
    return archive.getvalue()


def _zip_bomb() -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("x", b"\0" * 20 * MB)
    return archive.getvalue()


HOSTILE = {
    "a picture of 900 million pixels": (samples.png_bomb, "a.png", "image/png"),
    "a zip bomb": (_zip_bomb, "a.png", "image/png"),
    "a page": (lambda: b"<html><script>alert(1)</script>", "a.png", "image/png"),
    "a drawing with a script": (
        lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        "a.svg",
        "image/svg+xml",
    ),
    "half a video": (
        lambda: b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + b"\x00\x00\xff\xffmoov" + b"\x00" * 40,
        "a.mp4",
        "video/mp4",
    ),
    "nothing": (lambda: b"", "a.png", "image/png"),
    "half a picture": (lambda: samples.picture()[:60], "a.png", "image/png"),
    "a program": (lambda: b"\x7fELF" + b"\x00" * 4000, "a.mp4", "video/mp4"),
    "a matroska file that is not": (lambda: b"\x1a\x45\xdf\xa3" + b"\xff" * 64, "a.webm", "video/webm"),
}


@pytest.mark.parametrize("what", HOSTILE)
@pytest.mark.parametrize("path", ["/api/v2/media", "/api/v1/media"])
def test_hostile_files_are_refused_or_never_become_ready(square: Square, what: str, path: str) -> None:
    make, name, kind = HOSTILE[what]
    answered = upload(square, make(), name, kind, path=path)
    if answered.status == 202:
        shown = square.ask("GET", f"/api/v1/media/{answered.json['id']}", "ada")
        assert shown.status in (206, 422), shown.raw
        assert square.ask("POST", "/api/v1/statuses", "ada", {"status": "x", "media_ids": [answered.json["id"]]}).status == 422
    else:
        refused(answered)
    assert not Post.objects.exists()


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_avatars_are_refused_and_the_old_one_stays(square: Square, what: str) -> None:
    make, name, kind = HOSTILE[what]
    for field in ("avatar", "header"):
        body, headers = multipart(**{field: (name, make(), kind), "display_name": "changed"})
        refused(square.ask("PATCH", "/api/v1/accounts/update_credentials", "ada", body, headers=headers), 422)
    ada = Account.objects.get(username="ada")
    assert (ada.avatar, ada.header, ada.display_name) == ("", "", "")


def test_picture_with_something_behind_it_is_published_without_it(square: Square) -> None:
    answered = upload(square, samples.picture() + _polyglot())
    assert answered.status in (200, 202, 422), answered.raw
    if answered.status == 200:
        from django.core.files.storage import default_storage

        from parvis.media.models import Asset

        asset = Asset.objects.get(id=int(answered.json["id"]))
        with default_storage.open(asset.file) as kept:
            assert b"PK\x03\x04" not in kept.read()


@pytest.mark.parametrize("name", ["../../etc/passwd", "a" * 5000, "a\x00b.png", "..", "con.png", "é😀.png", "a.php", '"; x="', "<b>.png"])
def test_names_of_files_lead_nowhere(square: Square, name: str) -> None:
    answered = upload(square, samples.picture(), name.replace('"', "%22"))
    assert answered.status in (200, 202, 400, 422), answered.raw
    assert "passwd" not in answered.raw.decode()


def test_broken_forms_are_refused(square: Square) -> None:
    for body in (b"--x\r\n", b"", b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc', b"\r\n" * 1000, b"--x--"):
        refused(square.ask("POST", "/api/v2/media", "ada", body, headers={"Content-Type": "multipart/form-data; boundary=x"}), 400, 422)
    refused(square.ask("POST", "/api/v2/media", "ada", {"file": "text"}), 422)
    refused(square.ask("POST", "/api/v2/media", "ada", form="file=x"), 422)
    assert square.ask("POST", "/api/v2/media", "", {}).status == 401
