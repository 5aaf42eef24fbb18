"""What is uploaded: nothing hidden comes out, nothing hostile gets in, nobody takes another's file."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Q
from PIL import Image

from parvis.kernel import storage
from parvis.kernel.errors import Invalid, NotFound
from parvis.media import actions, preparing
from parvis.media.models import Asset
from parvis.media.queries import original_of
from parvis.media.tests import samples
from parvis.media.tests.samples import PLACE
from parvis.network.models import Account, Post

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> int:
    return int(Account.objects.create(username="ada").id)


@pytest.fixture
def no_ffmpeg(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparing, "ffmpeg", lambda: "")


def served(asset: Asset) -> list[bytes]:
    """Return the bytes of everything that is published of an asset."""
    return [storage.get(path).read() for path in (asset.file, asset.preview) if path]


def taken(owner: int, content: bytes, **more: Any) -> Asset:
    return Asset.objects.get(id=actions.upload(owner, content, at_once=True, **more))


def test_gps_is_in_the_original_and_in_nothing_that_is_served(ada: int) -> None:
    photograph = samples.located_jpeg((900, 700))
    asset = taken(ada, photograph)
    path, _ = original_of(ada, asset.id)
    original = storage.get(path).read()
    assert original == photograph
    assert Image.open(io.BytesIO(original)).getexif().get_ifd(0x8825)[2] == (48.0, 51.0, 27.7)
    assert len(served(asset)) == 2
    for content in served(asset):
        assert PLACE not in content
        assert b"Exif" not in content
        found = Image.open(io.BytesIO(content))
        assert not found.getexif()
        assert not {"exif", "xmp", "comment", "icc_profile"} & set(found.info)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "AVIF", "GIF", "JPEG"])
def test_every_kind_of_picture_loses_its_metadata(ada: int, kind: str) -> None:
    exif = Image.Exif()
    exif[0x010F] = PLACE.decode()
    options: dict[str, Any] = {"comment": PLACE} if kind == "GIF" else {"exif": exif}
    content = samples.picture(kind, **options)
    assert PLACE in content
    asset = taken(ada, content)
    assert asset.state == "ready"
    assert all(PLACE not in one for one in served(asset))
    assert len(asset.blurhash) == 36


def test_orientation_is_applied_before_it_is_forgotten(ada: int) -> None:
    asset = taken(ada, samples.located_jpeg((80, 40), orientation=6))
    assert asset.meta["original"] == {"width": 40, "height": 80, "size": "40x80", "aspect": 0.5}
    assert Image.open(storage.get(asset.file)).size == (40, 80)


def test_large_pictures_are_made_smaller_with_a_preview(ada: int) -> None:
    asset = taken(ada, samples.picture("JPEG", (5000, 4000)))
    width, height = Image.open(storage.get(asset.file)).size
    assert 3840 * 2160 * 0.99 < width * height <= 3840 * 2160
    small = asset.meta["small"]
    assert small["width"] * small["height"] <= 640 * 360
    assert Image.open(storage.get(asset.preview)).size == (small["width"], small["height"])
    assert abs(small["aspect"] - 1.25) < 0.01


def test_a_decompression_bomb_is_refused(ada: int) -> None:
    with pytest.raises(Invalid) as caught:
        actions.upload(ada, samples.png_bomb())
    assert caught.value.code == "media.too_many_pixels"
    assert not Asset.objects.exists()
    assert list((Path(storage.storages["default"].path("x")).parent).rglob("*.part*")) == []


def test_a_bomb_of_frames_is_refused(ada: int, no_ffmpeg: None) -> None:
    frame = Image.new("P", (2000, 2000), 1)
    out = io.BytesIO()
    frame.save(out, "GIF", save_all=True, append_images=[Image.new("P", (2000, 2000), i % 200) for i in range(2, 90)], duration=20)
    assert len(out.getvalue()) < 1_000_000
    with pytest.raises(Invalid) as caught:
        actions.upload(ada, out.getvalue())
    assert caught.value.code == "media.too_many_frames"


def test_a_child_that_dies_or_hangs_refuses_the_file_and_nothing_else(ada: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from parvis.media import isolation

    for start in ("import os; os.kill(os.getpid(), 11)", "import time; time.sleep(60)", "print('{')"):
        monkeypatch.setattr(isolation, "_START", start)
        monkeypatch.setattr(isolation.run, "__kwdefaults__", {"cpu_s": 1, "wall_s": 1})
        with pytest.raises(Invalid) as caught:
            actions.upload(ada, samples.picture())
        assert caught.value.code == "media.too_complex"


def test_the_child_cannot_take_more_memory_than_its_share(tmp_path: Path) -> None:
    import subprocess
    import sys

    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); from parvis.media.isolated.__main__ import limit; limit(5)\n"
        "try:\n    bytearray(2_000_000_000); print('taken')\nexcept MemoryError:\n    print('refused')"
    )
    root = str(Path(actions.__file__).resolve().parents[2])
    done = subprocess.run([sys.executable, "-c", program, root], capture_output=True, text=True, check=False)
    if sys.platform == "linux":
        assert done.stdout.strip() == "refused"


def test_at_most_two_files_are_read_at_once_and_the_next_is_told_to_wait(ada: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from parvis.media import isolation

    monkeypatch.setattr(isolation, "WAIT_S", 0.1)
    sound = actions.upload(ada, samples.wav())
    with isolation._turn():
        assert actions.upload(ada, samples.picture())
        with isolation._turn():
            with pytest.raises(Invalid) as caught:
                actions.upload(ada, samples.picture())
            assert caught.value.code == "media.busy"
            actions.prepare.call(sound)
    assert Asset.objects.get(id=sound).state == "working", "put off, not failed"
    actions.prepare.call(sound)
    assert Asset.objects.get(id=sound).state == "ready"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_a_polyglot_is_written_anew_without_its_second_face(ada: int, kind: str) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as z:
        z.writestr("evil.html", "<script>alert(1)</script>")
    asset = taken(ada, samples.picture(kind) + archive.getvalue())
    for content in served(asset):
        assert b"script" not in content
        assert not zipfile.is_zipfile(io.BytesIO(content))


@pytest.mark.parametrize(
    "content",
    [b"<html><script>alert(1)</script>", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7", b"PK\x03\x04", b"MZ", b"#!/bin/sh",
     b'{"@context":"https://www.w3.org/ns/activitystreams"}', b"\0" * 100, b"x"],
)  # fmt: skip
def test_what_is_not_media_is_refused_whatever_its_name(ada: int, content: bytes) -> None:
    file = io.BytesIO(content)
    file.name = "picture.jpg"
    with pytest.raises(Invalid) as caught:
        actions.upload(ada, file)
    assert caught.value.code == "media.type"


def test_nothing_is_refused_as_blank_and_heic_by_its_name(ada: int) -> None:
    for content, code in ((b"", "media.blank"), (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(50), "media.heic")):
        with pytest.raises(Invalid) as caught:
            actions.upload(ada, content)
        assert caught.value.code == code


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_truncated_pictures_are_refused(ada: int, kind: str) -> None:
    content = samples.located_jpeg((300, 300)) if kind == "JPEG" else samples.picture(kind, (300, 300))
    with pytest.raises(Invalid) as caught:
        actions.upload(ada, content[: len(content) * 2 // 3])
    assert caught.value.code in ("media.truncated", "media.unreadable")


def test_too_many_bytes_are_refused_while_they_arrive(ada: int) -> None:
    class Endless(io.RawIOBase):
        given = 0

        def read(self, count: int = -1) -> bytes:
            self.given += count
            return (b"\xff\xd8\xff" if self.given == count else b"") + b"x" * count

    file = Endless()
    with pytest.raises(Invalid) as caught:
        actions.upload(ada, file)
    assert caught.value.code == "media.too_large"
    assert file.given < 18 * 1024 * 1024


def test_an_animation_stays_one_where_there_is_no_ffmpeg(ada: int, no_ffmpeg: None) -> None:
    asset = taken(ada, samples.gif(4))
    assert (asset.kind, asset.state, asset.content_type) == ("image", "ready", "image/gif")
    found = Image.open(storage.get(asset.file))
    assert found.n_frames == 4
    assert PLACE not in served(asset)[0]


@pytest.mark.skipif(not preparing.ffmpeg(), reason="needs ffmpeg")
def test_an_animation_becomes_a_silent_video_where_ffmpeg_is(ada: int) -> None:
    asset_id = actions.upload(ada, samples.gif(8, (40, 30)))
    waiting = Asset.objects.get(id=asset_id)
    assert (waiting.kind, waiting.state) == ("gifv", "waiting")
    actions.prepare_now(asset_id)
    asset = Asset.objects.get(id=asset_id)
    assert (asset.kind, asset.state, asset.content_type) == ("gifv", "ready", "video/mp4")
    assert asset.meta["original"]["width"] == 40
    assert asset.meta["duration"] > 0
    assert len(asset.blurhash) == 36
    assert PLACE not in served(asset)[0]


def test_a_video_says_nowhere_where_it_was_filmed(ada: int, no_ffmpeg: None) -> None:
    film = samples.mp4()
    asset = taken(ada, film)
    assert (asset.kind, asset.content_type) == ("video", "video/mp4")
    assert asset.meta["original"]["duration"] == 2.5
    assert asset.meta["size"] == "320x240"
    content = served(asset)[0]
    assert PLACE not in content
    assert b"PICTURE" * 40 in content
    assert len(content) == len(film), "nothing moved"
    assert PLACE in storage.get(asset.original).read()


def test_a_sound_loses_its_notes_and_keeps_its_sound(ada: int) -> None:
    asset = taken(ada, samples.wav(1.5), thumbnail=samples.picture("JPEG", (300, 300)))
    assert (asset.kind, asset.meta["duration"], asset.meta["audio_channels"]) == ("audio", 1.5, "mono")
    assert all(PLACE not in one for one in served(asset))
    assert asset.meta["small"]["size"] == "300x300"
    assert set(asset.meta["colors"]) == {"background", "foreground", "accent"}


@pytest.mark.parametrize("part", [0.2, 0.5, 0.8, 0.97])
@pytest.mark.parametrize("make", [samples.mp4, samples.wav])
def test_a_truncated_recording_fails_with_a_reason(ada: int, make: Any, part: float) -> None:
    content = make()
    asset_id = actions.upload(ada, content[: int(len(content) * part)])
    actions.prepare_now(asset_id)
    asset = Asset.objects.get(id=asset_id)
    assert asset.state == "failed"
    assert asset.error
    with pytest.raises(Invalid):
        actions.upload(ada, content[: int(len(content) * part)], at_once=True)


def test_preparing_again_after_a_crash_changes_nothing(ada: int) -> None:
    asset_id = actions.upload(ada, samples.wav())
    Asset.objects.filter(id=asset_id).update(state="working")
    actions.prepare_now(asset_id)
    before = Asset.objects.get(id=asset_id)
    actions.prepare_now(asset_id)
    assert Asset.objects.get(id=asset_id).file == before.file
    assert before.state == "ready"


def _post(author: int) -> int:
    return int(Post.objects.create(author_id=author, conversation_id=1).id)


def test_two_posts_cannot_take_the_same_asset(ada: int) -> None:
    asset_id = actions.upload(ada, samples.picture())
    first, second = _post(ada), _post(ada)
    actions.attach(ada, first, [asset_id], private=False)
    with pytest.raises(Invalid):
        actions.attach(ada, second, [asset_id], private=False)
    actions.attach(ada, first, [asset_id], private=True)
    assert Asset.objects.get(id=asset_id).private


def test_an_asset_taken_between_look_and_update_is_not_taken_twice(ada: int, monkeypatch: pytest.MonkeyPatch) -> None:
    asset_id = actions.upload(ada, samples.picture())
    first, second = _post(ada), _post(ada)

    def other_post_wins(**wanted: Any) -> Q:
        Asset.objects.filter(id=asset_id, post=None).update(post_id=first)
        return Q(**wanted)

    monkeypatch.setattr(actions, "Q", other_post_wins)  # asked for after the look, before the update
    with pytest.raises(Invalid):
        actions.attach(ada, second, [asset_id], private=False)
    assert Asset.objects.get(id=asset_id).post_id == first


def test_others_assets_are_as_if_they_did_not_exist(ada: int) -> None:
    bob = int(Account.objects.create(username="bob").id)
    asset_id = actions.upload(ada, samples.picture())
    with pytest.raises(Invalid):
        actions.attach(bob, _post(bob), [asset_id], private=False)
    for act in (actions.delete, lambda o, i: actions.update(o, i, description="x"), original_of):
        with pytest.raises(NotFound):
            act(bob, asset_id)
    assert Asset.objects.get(id=asset_id).description == ""


def test_unused_assets_go_after_a_day_with_their_files_unless_promised(ada: int) -> None:
    from datetime import timedelta

    from parvis.kernel.clock import now
    from parvis.network.models import ScheduledPost

    old, promised, young, used = (actions.upload(ada, samples.picture()) for _ in range(4))
    actions.attach(ada, _post(ada), [used], private=False)
    Asset.objects.filter(id__in=[old, promised]).update(unused_since=now() - timedelta(hours=25))
    ScheduledPost.objects.create(account_id=ada, scheduled_at=now(), params={"media_ids": [str(promised)]})
    path = Asset.objects.get(id=old)
    assert actions.delete_unused() == 1
    assert set(Asset.objects.values_list("id", flat=True)) == {promised, young, used}
    assert not storage.exists(path.original)
    assert not storage.exists(path.file)
    Post.objects.all().delete()
    assert actions.delete_unused() == 0, "a deleted post's media wait a day"
    Asset.objects.filter(id=used).update(unused_since=now() - timedelta(hours=25))
    assert actions.delete_unused() == 1


def test_faces_and_banners_are_cut_to_shape_without_metadata(ada: int) -> None:
    face = Image.open(storage.get(actions.store_profile_image(ada, samples.located_jpeg((900, 700), 1), "avatar")))
    assert face.size == (400, 400)
    assert not face.getexif()
    banner = Image.open(storage.get(actions.store_profile_image(ada, samples.located_jpeg((1600, 1600), 1), "header")))
    assert banner.size == (1500, 500)
    with pytest.raises(Invalid):
        actions.store_profile_image(ada, samples.wav(), "avatar")


def test_blurhash_is_the_specifications_own() -> None:
    """The value is that of the reference implementation for the same pixels."""
    from parvis.media.blurhash import encode

    pixels = [((i * 7) % 256, (i * 5) % 256, i % 200) for i in range(32 * 20)]
    assert encode(pixels, 32, 20) == "U6HLhf^k]mtk?OjDM.oeI9=q}7S$?Nn#M#oF"
    assert encode([(255, 0, 0)], 1, 1, across=1, down=1) == "00TI:j"
