"""Runs the one program that looks inside files people send: a child with limits, one per file.

Starting it costs about 80 ms of CPU (Python and Pillow's plug-ins), a tenth of what a 12-megapixel photograph
takes to be made smaller; a pool kept ready would hold 20 MB for that. Two may run at once on a machine. A bomb,
a crash of a decoder or an endless loop ends the child alone.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings

from parvis.media.isolated.broken import Broken

JOBS = {
    "attachment": "parvis.media.isolated.pictures:attachment",
    "profile": "parvis.media.isolated.pictures:profile",
    "thumbnail": "parvis.media.isolated.pictures:thumbnail",
    "clean": "parvis.media.isolated.containers:clean",
    "poster": "parvis.media.isolated.ffmpeg:poster",
    "silent_video": "parvis.media.isolated.ffmpeg:silent_video",
}
AT_ONCE = 2
WAIT_S = 30.0
CPU_S = 30
WALL_S = 60
_ROOT = str(Path(__file__).resolve().parent.parent.parent)
_START = (
    "import sys; sys.path.insert(0, sys.argv[1]); text = sys.argv[2]; del sys.argv[1:];"
    " from parvis.media.isolated.__main__ import main; main(text)"
)


@contextmanager
def workplace() -> Iterator[Path]:
    """Yield a private folder for one piece of work; nothing of it remains."""
    parent = settings.DATA_DIR / "tmp"
    parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=parent, prefix="media-") as folder:
        yield Path(folder)


@contextmanager
def _turn() -> Iterator[None]:
    """Hold one of this machine's AT_ONCE turns: a 33-megapixel picture takes up to 700 MB. Raises Broken("busy")."""
    folder = settings.DATA_DIR / "run" / "decoders"
    folder.mkdir(parents=True, exist_ok=True)
    files = [os.open(folder / str(n), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600) for n in range(AT_ONCE)]
    try:
        until = time.monotonic() + WAIT_S
        while not any(_taken(fd) for fd in files):
            if time.monotonic() > until:
                raise Broken("busy")
            time.sleep(0.02)
        yield
    finally:
        for fd in files:
            os.close(fd)


def _taken(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def run(job: str, source: Path, out: Path, *, cpu_s: int = CPU_S, wall_s: int = WALL_S, **spec: Any) -> dict[str, Any]:
    """Return what the child says of the file; what it wrote is in `out`, under names that we chose.

    job: one of JOBS, or "module:function" of our own code, called as function(file, out=..., **spec).
    Raises Broken: with the child's reason, or "too_complex" when it took too much or died.
    """
    text = json.dumps({"job": JOBS.get(job, job), "cpu_s": cpu_s, "out": str(out), **spec})
    with source.open("rb") as file, _turn():
        try:
            done = subprocess.run(
                [sys.executable, "-I", "-c", _START, _ROOT, text],
                stdin=file,
                capture_output=True,
                cwd=out,
                env={"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8"},
                timeout=wall_s,
                check=False,
                close_fds=True,
            )
        except subprocess.TimeoutExpired:
            raise Broken("too_complex") from None
    try:
        found: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        raise Broken("too_complex") from None
    if "broken" in found:
        raise Broken(str(found["broken"]), **found["values"])
    return found
