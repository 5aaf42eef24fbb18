"""A copy of a file in which some stretches are overwritten, its length kept so that nothing inside moves."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from parvis.media.isolated.broken import Broken

_CHUNK = 1 << 20
MAX_STEPS = 2_000_000


@dataclass
class Source:
    """The file that somebody sent, and what is to be overwritten in its copy."""

    file: BinaryIO
    end: int
    start: int = 0
    wiped: list[tuple[int, bytes | int]] = field(default_factory=list)
    steps: int = 0

    def read(self, at: int, count: int) -> bytes:
        """Return exactly `count` bytes. Raises Broken when the file ends before."""
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise Broken("too_complex")
        if at < 0 or count < 0 or at + count > self.end:
            raise Broken("truncated")
        self.file.seek(at)
        found = self.file.read(count)
        if len(found) < count:
            raise Broken("truncated")
        return found

    def number(self, at: int, count: int) -> int:
        """Return a big-endian number."""
        return int.from_bytes(self.read(at, count), "big")

    def zero(self, at: int, count: int) -> None:
        """These bytes will be zero in the copy."""
        if count > 0:
            self.wiped.append((at, count))

    def overwrite(self, at: int, content: bytes) -> None:
        """These bytes will be others in the copy."""
        self.wiped.append((at, content))

    def copy(self, path: str) -> None:
        """Write the file from `start` to `end`, with what is to be overwritten overwritten."""
        with open(path, "wb") as out:
            self.file.seek(self.start)
            left = self.end - self.start
            while left and (chunk := self.file.read(min(_CHUNK, left))):
                out.write(chunk)
                left -= len(chunk)
            for at, content in self.wiped:
                out.seek(at - self.start)
                if isinstance(content, bytes):
                    out.write(content)
                    continue
                left = content
                while left > 0:
                    out.write(bytes(min(_CHUNK, left)))
                    left -= min(_CHUNK, left)


def source(file: Any) -> Source:
    """Return a source that covers the whole file."""
    return Source(file, os.fstat(file.fileno()).st_size)
