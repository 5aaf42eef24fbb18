"""Stored files are served by part, run nothing, and only to those who hold a genuine address."""

from __future__ import annotations

import time
from typing import Any

import pytest

from parvis.kernel import storage
from parvis.media import actions, addresses
from parvis.media.addresses import private_name, public_url, signed_url
from parvis.media.models import Asset
from parvis.media.serving import MediaLane
from parvis.media.tests import samples
from parvis.network.models import Account, Post


def ask(path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    seen: list[Any] = []
    environ = {"PATH_INFO": path, "REQUEST_METHOD": method, **{f"HTTP_{k.upper()}": v for k, v in headers.items()}}
    result = MediaLane(lambda _e, start: [start("418 Inner", [])] and [b"inner"])(
        environ, lambda status, found: seen.extend((status, found))
    )
    body = b"".join(result)
    if hasattr(result, "close"):
        result.close()
    return int(seen[0][:3]), dict(seen[1]), body


@pytest.fixture
def video() -> str:
    return storage.put(storage.new_path("m", ".mp4"), bytes(range(256)) * 1000)


def test_a_public_file_is_served_whole_and_for_ever(video: str) -> None:
    status, headers, body = ask(f"/media/{video}")
    assert (status, body) == (200, bytes(range(256)) * 1000)
    assert headers["Content-Type"] == "video/mp4"
    assert headers["Content-Length"] == "256000"
    assert headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "sandbox" in headers["Content-Security-Policy"]
    assert headers["Accept-Ranges"] == "bytes"
    assert ask(f"/media/{video}", "HEAD")[0::2] == (200, b"")
    assert ask(f"/media/{video}", If_None_Match=headers["ETag"])[0] == 304


@pytest.mark.parametrize(
    ("asked", "status", "said", "length"),
    [
        ("bytes=0-9", 206, "bytes 0-9/256000", 10),
        ("bytes=255990-", 206, "bytes 255990-255999/256000", 10),
        ("bytes=-10", 206, "bytes 255990-255999/256000", 10),
        ("bytes=0-", 206, "bytes 0-255999/256000", 256_000),
        ("bytes=5-999999999", 206, "bytes 5-255999/256000", 255_995),
        ("bytes=-999999999", 206, "bytes 0-255999/256000", 256_000),
        ("bytes=256000-", 416, "bytes */256000", 25),
        ("bytes=10-5", 416, "bytes */256000", 25),
        ("bytes=-0", 416, "bytes */256000", 25),
        ("bytes=0-1,5-6", 200, None, 256_000),
        ("lines=0-1", 200, None, 256_000),
        ("bytes=-", 200, None, 256_000),
    ],
)
def test_ranges(video: str, asked: str, status: int, said: str | None, length: int) -> None:
    answered, headers, body = ask(f"/media/{video}", Range=asked)
    assert (answered, headers.get("Content-Range"), len(body), int(headers["Content-Length"])) == (status, said, length, length)
    if answered == 206:
        first = int(headers["Content-Range"].split(" ")[1].split("-")[0])
        assert body[:1] == bytes([first % 256])


def test_a_range_of_another_version_is_the_whole(video: str) -> None:
    assert ask(f"/media/{video}", Range="bytes=0-9", If_Range='"older"')[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        "../parvis.sqlite3", "m/../../secrets.json", "/etc/passwd", "m//x.png", "./x.png", "m/%2e%2e/x", ".part-abc", "m/.part-abc",
        "", "m", "m/",
        "m/x\x00.png", "m\\..\\x.png", "é.png", "a/" * 200 + "x.png", "originals/ab/cd/x.jpg",
    ],
)  # fmt: skip
def test_no_path_leads_out(path: str) -> None:
    assert ask(f"/media/{path}")[0] == 404


def test_originals_are_not_served_at_any_address() -> None:
    path = storage.put(storage.new_path("originals", ".jpg"), b"private")
    assert storage.get(path).read() == b"private"
    assert ask(f"/media/{path}")[0] == 404
    assert ask(f"/media/{path.removeprefix('originals/')}")[0] == 404


def test_what_has_no_suffix_of_ours_is_downloaded_and_not_shown() -> None:
    path = storage.put(storage.new_path("m", ".html"), b"<script>")
    _, headers, _ = ask(f"/media/{path}")
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["Content-Disposition"] == "attachment"


def test_writing_is_not_served_and_other_addresses_pass_through(video: str) -> None:
    assert ask(f"/media/{video}", "POST")[0] == 405
    assert ask("/home")[0] == 418


@pytest.mark.django_db
class TestSigned:
    @pytest.fixture
    def asset(self) -> Asset:
        ada = Account.objects.create(username="ada")
        return Asset.objects.get(id=actions.upload(ada.id, samples.picture("JPEG", (900, 900))))

    def address(self, asset: Asset, part: str = "file") -> str:
        from django.conf import settings

        return signed_url(private_name(asset.id, part, getattr(asset, part))).removeprefix(settings.BASE_URL)

    def test_a_signed_address_works_and_is_kept_privately(self, asset: Asset) -> None:
        for part in ("file", "preview"):
            status, headers, body = ask(self.address(asset, part))
            assert (status, headers["Content-Type"]) == (200, "image/jpeg")
            assert body == storage.get(getattr(asset, part)).read()
            assert headers["Cache-Control"].startswith("private, max-age=")

    def test_it_expires(self, asset: Asset, monkeypatch: pytest.MonkeyPatch) -> None:
        address = self.address(asset)
        moment = time.time()
        monkeypatch.setattr(addresses.time, "time", lambda: moment + 6 * 3600 - 5)
        assert ask(address)[0] == 200
        monkeypatch.setattr(addresses.time, "time", lambda: moment + 7 * 3600 + 5)
        assert ask(address)[0] == 404

    def test_it_cannot_be_changed(self, asset: Asset) -> None:
        _, _, until, mark, number, name = self.address(asset).split("/")
        for forged in (
            f"/media-signed/{int(until) + 3600}/{mark}/{number}/{name}",
            f"/media-signed/{until}/{mark[:-1]}{'A' if mark[-1] != 'A' else 'B'}/{number}/{name}",
            f"/media-signed/{until}/{mark}/{int(number) + 1}/{name}",
            f"/media-signed/{until}/{mark}/{number}/preview.jpg",
            f"/media-signed/{until}/{mark}/{number}/../{name}",
            f"/media-signed/{until}//{number}/{name}",
        ):
            assert ask(forged)[0] == 404

    def test_it_does_not_tell_the_lasting_address(self, asset: Asset) -> None:
        assert asset.file not in self.address(asset)

    def test_a_deleted_asset_answers_no_more(self, asset: Asset) -> None:
        address = self.address(asset)
        actions.delete(asset.owner_id, asset.id)
        assert ask(address)[0] == 404

    def test_public_addresses_end_when_the_post_or_the_account_goes(self, asset: Asset, django_capture_on_commit_callbacks: Any) -> None:
        from django.conf import settings
        from django.db import transaction

        from parvis.kernel.clock import now
        from parvis.media import arranging, reactions
        from parvis.network.events import AccountHidden

        post = Post.objects.create(author_id=asset.owner_id, conversation_id=1)
        actions.attach(asset.owner_id, post.id, [asset.id], private=False)
        address = public_url(asset.file).removeprefix(settings.BASE_URL)
        assert ask(address)[0] == 200
        Account.objects.filter(id=asset.owner_id).update(suspended_at=now())
        reactions.withdraw_hidden([AccountHidden(asset.owner_id)])
        assert ask(address)[0] == 404
        again = public_url(Asset.objects.get(id=asset.id).file).removeprefix(settings.BASE_URL)
        assert ask(again)[0] == 200
        with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
            assert arranging.release(post.id) == [asset.id]
        assert ask(again)[0] == 404
        kept = Asset.objects.get(id=asset.id)
        assert kept.private
        assert ask(self.address(kept))[0] == 200
