"""What only ffmpeg can do, where it is installed: a video's first picture, and a GIF as a silent video."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any, BinaryIO

from parvis.media import formats
from parvis.media.isolated import pictures
from parvis.media.isolated.broken import Broken

# The demuxer is named, so that a playlist inside a file cannot make ffmpeg open something else.
_DEMUXERS = {"mp4": "mov", "webm": "matroska", "ogg": "ogg", "GIF": "gif"}
MAX_S = 120


def _run(program: str, path: str, reader: str, *arguments: str) -> None:
    command = [program, "-nostdin", "-v", "error", "-threads", "1", "-protocol_whitelist", "file", "-f", _DEMUXERS[reader], "-i", path]
    done = subprocess.run([*command, "-map_metadata", "-1", "-sn", "-dn", *arguments], capture_output=True, check=False)
    if done.returncode:
        raise Broken("unreadable")


def poster(_file: BinaryIO, path: str, out: str, reader: str, program: str) -> dict[str, Any]:
    """Write a preview of the video's first picture, with its BlurHash and size."""
    frame = Path(out) / "frame.png"
    _run(program, path, reader, "-an", "-frames:v", "1", "-c:v", "png", "-f", "image2", str(frame))
    with frame.open("rb") as file:
        return pictures.thumbnail(file, out, "PNG", formats.PREVIEW_PIXELS)


def silent_video(_file: BinaryIO, path: str, out: str, reader: str, program: str) -> dict[str, Any]:
    """Write an animated GIF as H.264 without sound, which is many times smaller; return its facts."""
    with Path(path).open("rb") as file:
        image = pictures.opened(file, reader)
        count = int(getattr(image, "n_frames", 1))
        if count > formats.FRAMES or count * image.width * image.height > formats.FRAMES_PIXELS:
            raise Broken("too_many_frames", frames=count)
        image.seek(0)
        first = pictures.upright(image)
    target = Path(out) / "file.mp4"
    even = "scale=trunc(iw/2)*2:trunc(ih/2)*2"
    _run(
        program, path, reader, "-an", "-t", str(MAX_S), "-vf", even, "-c:v", "libx264", "-preset", "veryfast", "-crf", "23",
        "-pix_fmt", "yuv420p", "-threads", "1", "-movflags", "+faststart", "-f", "mp4", str(target),
    )  # fmt: skip
    return {"file": str(target)} | pictures.previewed(first, out, ".jpg", always=True)
