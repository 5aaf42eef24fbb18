"""Pictures: decoded, turned upright, brought to sRGB, made smaller, written anew without anything else."""

from __future__ import annotations

import contextlib
import io
from typing import Any, BinaryIO

from PIL import Image, ImageCms, ImageFile, ImageOps, ImageSequence

from parvis.media import blurhash, formats
from parvis.media.isolated.broken import Broken

ImageFile.LOAD_TRUNCATED_IMAGES = False
Image.MAX_IMAGE_PIXELS = None  # our own limit is checked before anything is decoded
_ANIMATED = {"GIF": ".gif", "WEBP": ".webp", "PNG": ".png"}
SRGB = ImageCms.createProfile("sRGB")


def opened(file: BinaryIO, reader: str, *, most_pixels: int = formats.IMAGE_PIXELS) -> Image.Image:
    """Return the picture, its header read and nothing decoded. Raises Broken."""
    if reader == "AVIF":
        from PIL import AvifImagePlugin

        AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    try:
        image = Image.open(file, formats=[reader])
    except Exception as problem:
        raise Broken("unreadable") from problem
    if image.width * image.height > most_pixels:
        raise Broken("too_many_pixels", width=image.width, height=image.height)
    return image


def upright(image: Image.Image, *, near: int = 0) -> Image.Image:
    """Return the first frame as RGB or RGBA in sRGB, turned as its EXIF says, with nothing else attached.

    near: a number of pixels that is enough; JPEG is then decoded smaller at once.
    """
    try:
        if near and image.format == "JPEG":
            factor = (near / (image.width * image.height)) ** 0.5
            if factor < 1:
                image.draft("RGB", (int(image.width * factor), int(image.height * factor)))
        image.load()
        turned = ImageOps.exif_transpose(image)
        profile = image.info.get("icc_profile")
    except MemoryError:
        raise
    except Exception as problem:
        raise Broken("truncated" if "truncated" in str(problem) else "unreadable") from problem
    flat = _coloured(turned, profile)
    flat.info = {}
    return flat


def _coloured(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the picture as RGB(A); a colour profile is applied and left behind."""
    if image.mode.startswith("I") or image.mode == "F":
        return image.convert("I").point(lambda v: v * (1 / 256)).convert("L").convert("RGB")
    alpha = image.has_transparency_data
    if profile and image.mode in ("RGB", "CMYK", "RGBA"):
        with contextlib.suppress(ImageCms.PyCMSError, OSError, ValueError, TypeError):
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            opaque = image.convert("RGB") if image.mode == "RGBA" else image
            converted = ImageCms.profileToProfile(opaque, source, SRGB, outputMode="RGB")
            if converted is not None:
                if alpha and image.mode == "RGBA":
                    converted.putalpha(image.getchannel("A"))
                return converted
    return image.convert("RGBA" if alpha else "RGB")


def within(image: Image.Image, pixels: int) -> Image.Image:
    """Return the picture with at most so many pixels, its shape kept."""
    factor = (pixels / (image.width * image.height)) ** 0.5
    if factor >= 1:
        return image
    size = (max(1, int(image.width * factor)), max(1, int(image.height * factor)))
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def write(image: Image.Image, path: str, suffix: str) -> str:
    """Write the picture as JPEG, PNG or WebP, and return the path with its suffix."""
    target = path + suffix
    if suffix == ".jpg":
        image.convert("RGB").save(target, "JPEG", quality=86, progressive=True, optimize=True)
    elif suffix == ".png":
        image.save(target, "PNG", compress_level=6)
    else:
        image.save(target, "WEBP", quality=86, method=3)
    return target


def shade(image: Image.Image) -> str:
    """Return the BlurHash of a picture; what is transparent counts as white."""
    if image.mode == "RGBA":
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    small = image.convert("RGB").resize((32, 32), Image.Resampling.BOX, reducing_gap=2.0)
    flat = small.tobytes()
    pixels = [(flat[i], flat[i + 1], flat[i + 2]) for i in range(0, len(flat), 3)]
    return blurhash.encode(pixels, 32, 32)


def sizes(width: int, height: int) -> dict[str, Any]:
    """Return a size as Mastodon's `meta` writes it."""
    return {"width": width, "height": height, "size": f"{width}x{height}", "aspect": width / height}


def _suffix(reader: str, image: Image.Image) -> str:
    if reader in ("JPEG", "AVIF"):
        return ".webp" if image.mode == "RGBA" else ".jpg"
    return ".webp" if reader == "WEBP" else ".png"


def attachment(file: BinaryIO, out: str, reader: str, *, stills_only: bool = False) -> dict[str, Any]:
    """Write what is published of a picture (`file`, `preview`) into the folder; return its facts.

    stills_only: of an animation, only say that it is one.
    """
    image = opened(file, reader)
    if reader in _ANIMATED and getattr(image, "is_animated", False):
        if stills_only:
            return {"animated": True, "meta": {"original": sizes(*image.size)}}
        return animation(image, out, reader)
    whole = upright(image, near=formats.PUBLISHED_PIXELS)
    full = within(whole, formats.PUBLISHED_PIXELS)
    suffix = _suffix(reader, full)
    found: dict[str, Any] = {"file": write(full, f"{out}/file", suffix)}
    return found | previewed(full, out, suffix)


def previewed(full: Image.Image, out: str, suffix: str, *, always: bool = False) -> dict[str, Any]:
    """Return a picture's BlurHash and sizes; write a preview where the picture itself is larger than one, or always."""
    small = within(full, formats.PREVIEW_PIXELS)
    found: dict[str, Any] = {"blurhash": shade(small), "meta": {"original": sizes(*full.size), "small": sizes(*small.size)}}
    if always or small is not full:
        found["preview"] = write(small, f"{out}/preview", ".jpg" if full.mode == "RGB" else suffix)
    return found


def animation(image: Image.Image, out: str, reader: str) -> dict[str, Any]:
    """Write an animation anew, frame by frame, in its own format. Raises Broken when it is too long."""
    from PIL import GifImagePlugin

    GifImagePlugin.LOADING_STRATEGY = GifImagePlugin.LoadingStrategy.RGB_AFTER_DIFFERENT_PALETTE_ONLY
    try:
        count = int(image.n_frames)  # type: ignore[attr-defined]
        if count > formats.FRAMES or count * image.width * image.height > formats.FRAMES_PIXELS:
            raise Broken("too_many_frames", frames=count)
        loop = image.info.get("loop", 1 if reader == "GIF" else 0)
        durations: list[int] = []

        def frames() -> Any:
            for frame in ImageSequence.Iterator(image):
                durations.append(max(20, min(60_000, int(frame.info.get("duration") or 100))))
                clean = frame.copy()
                clean.info = {k: v for k, v in frame.info.items() if k in ("transparency", "background")}
                yield clean

        pictures = list(frames()) if count * image.width * image.height < 60_000_000 else _lean(frames())
        first = pictures[0].convert("RGBA" if pictures[0].has_transparency_data else "RGB")
        target = f"{out}/file{_ANIMATED[reader]}"
        options: dict[str, Any] = {"loop": loop} if loop is not None else {}
        if reader == "GIF":
            options |= {"disposal": 2 if first.mode == "RGBA" else 1, "optimize": False}
            if image.info.get("loop") is None:
                options.pop("loop", None)
        elif reader == "WEBP":
            options |= {"quality": 80, "method": 2}
        pictures[0].save(target, reader, save_all=True, append_images=pictures[1:], duration=durations, **options)
    except Broken:
        raise
    except MemoryError:
        raise
    except Exception as problem:
        raise Broken("truncated" if "truncated" in str(problem) else "unreadable") from problem
    first.info = {}
    return {"file": target, "animated": True, "duration_s": sum(durations) / 1000, "frames": count} | previewed(first, out, ".png")


def _lean(frames: Any) -> list[Image.Image]:
    """Return large animations' frames with 256 colours each, so that they fit in memory."""
    return [f if f.mode in ("P", "L") else f.convert("RGB").quantize(256, Image.Quantize.FASTOCTREE) for f in frames]


def profile(file: BinaryIO, out: str, reader: str, width: int, height: int) -> dict[str, Any]:
    """Write a face or a banner: cut to shape around its middle, at most width x height."""
    whole = upright(opened(file, reader), near=width * height * 6)
    shape = width / height
    size = (width, height)
    if whole.width < width or whole.height < height:
        across = min(whole.width, int(whole.height * shape))
        size = (max(1, across), max(1, round(across / shape)))
    cut = ImageOps.fit(whole, size, Image.Resampling.LANCZOS)
    return {"file": write(cut, f"{out}/file", ".webp" if cut.mode == "RGBA" else ".jpg"), "width": cut.width, "height": cut.height}


def thumbnail(file: BinaryIO, out: str, reader: str, pixels: int, *, side: int = 0) -> dict[str, Any]:
    """Write a still preview of at most so many pixels (and at most `side` wide or high), with BlurHash, size, colours."""
    small = within(upright(opened(file, reader), near=pixels * 4), pixels)
    if side:
        small.thumbnail((side, side), Image.Resampling.LANCZOS)
    suffix = ".webp" if small.mode == "RGBA" else ".jpg"
    written = write(small, f"{out}/preview", suffix)
    return {"preview": written, "blurhash": shade(small), "size": sizes(*small.size), "colors": colors(small)}


def colors(image: Image.Image) -> dict[str, str]:
    """Return the picture's ground and the two colours that stand out most from it, as Mastodon's `colors`."""
    counted: Any = image.convert("RGB").resize((48, 48)).quantize(16).convert("RGB").getcolors() or []
    ranked: list[Any] = [colour for _, colour in sorted(counted, key=lambda one: -one[0])]
    ground = ranked[0] if ranked else (0, 0, 0)

    def away(colour: Any) -> int:
        return sum((a - b) ** 2 for a, b in zip(colour, ground, strict=True))

    others = sorted(ranked[1:], key=away, reverse=True)
    front = others[0] if others else ((0, 0, 0) if sum(ground) > 384 else (255, 255, 255))
    accent = others[1] if len(others) > 1 else front
    return {name: "#{:02x}{:02x}{:02x}".format(*c) for name, c in (("background", ground), ("foreground", front), ("accent", accent))}
