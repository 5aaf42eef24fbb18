"""Opens a ZIP or TAR that a stranger may have made: bounded reads by member, nothing unpacked to disk by name."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

MAX_MEMBERS = 300_000
MAX_NAME = 1_000
MAX_JSON_BYTES = 4 << 30
MAX_RATIO = 200
RATIO_FROM_BYTES = 8 << 20


class Unreadable(Exception):
    """The file, or one member, is not what it should be. `code` and `values` make the text that its owner reads."""

    def __init__(self, code: str, **values: object) -> None:
        self.code, self.values = code, values
        super().__init__(code)


class Archive:
    """Members by their path. Directories, links, devices and paths that lead out are not members at all."""

    def __init__(self, sizes: dict[str, int], opener: Callable[[str], IO[bytes]], close: Callable[[], Any], outside: int) -> None:
        self.sizes, self._opener, self.close, self.outside = sizes, opener, close, outside
        self._lower = {name.lower(): name for name in sizes}

    @property
    def names(self) -> list[str]:
        """Return every member's path."""
        return list(self.sizes)

    def find(self, name: str) -> str | None:
        """Return a member's path, whatever its case and whichever folder the whole archive lies in; None when absent."""
        wanted = normal(name)
        if wanted is None:
            return None
        found = self._lower.get(wanted.lower())
        if found is None and self.root:
            found = self._lower.get(f"{self.root}{wanted}".lower())
        return found

    @property
    def root(self) -> str:
        """Return the one folder that everything lies in, with its slash; "" when there are several."""
        tops = {name.partition("/")[0] for name in self.sizes}
        only = next(iter(tops), "")
        return f"{only}/" if len(tops) == 1 and all("/" in name for name in self.sizes) else ""

    def read(self, name: str, most_bytes: int) -> bytes:
        """Return a member whole. Raises Unreadable when it is larger, damaged or absent."""
        with self.open(name, most_bytes) as member:
            return member.read()

    def open(self, name: str, most_bytes: int) -> Bounded:
        """Return a member to read from. Reading more than `most_bytes` raises Unreadable, whatever its header says."""
        if name not in self.sizes:
            raise Unreadable("missing", name=name[:200])
        if self.sizes[name] > most_bytes:
            raise Unreadable("too_large", name=name[:200], limit_mb=most_bytes >> 20)
        try:
            return Bounded(self._opener(name), name, most_bytes)
        except (zipfile.BadZipFile, tarfile.TarError, NotImplementedError, RuntimeError, OSError, EOFError, KeyError):
            raise Unreadable("damaged", name=name[:200]) from None


class Bounded(io.RawIOBase):
    """Reads a member, counts, and turns every way in which it may be broken into Unreadable."""

    def __init__(self, inner: IO[bytes], name: str, most_bytes: int) -> None:
        self.inner, self.name, self.left = inner, name, most_bytes

    def read(self, size: int = -1) -> bytes:
        wanted = self.left + 1 if size is None or size < 0 else min(size, self.left + 1)
        try:
            found = self.inner.read(wanted)
        except Exception:  # zlib, lzma, struct, OSError: a damaged member has many voices
            raise Unreadable("damaged", name=self.name[:200]) from None
        self.left -= len(found)
        if self.left < 0:
            raise Unreadable("too_large", name=self.name[:200], limit_mb=0)
        return found

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self.inner.close()
        super().close()


def normal(name: str) -> str | None:
    """Return a member's path with single slashes, None for one that leads out of the archive."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
    if name.startswith(("/", "\\")) or ".." in parts or not parts or len(name) > MAX_NAME or "\x00" in name or ":" in parts[0]:
        return None
    return "/".join(parts)


def open_archive(path: Path) -> Archive:
    """Return the archive at this path. Raises Unreadable for what is neither ZIP nor TAR, or holds too much."""
    file = path.open("rb")
    try:
        found = open_file(file)
    except BaseException:
        file.close()
        raise
    inner = found.close

    def close() -> None:
        inner()
        file.close()

    found.close = close
    return found


def open_file(file: IO[bytes]) -> Archive:
    """Return the archive that an open file is; the caller closes the file. Raises Unreadable."""
    file.seek(0)
    head = file.read(512)
    try:
        if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
            return _zip(file)
        if head[:2] == b"\x1f\x8b":
            return _tar(_inflated(file))
        if head[257:262] == b"ustar":
            return _tar(file)
    except (
        zipfile.BadZipFile,
        tarfile.TarError,
        OSError,
        EOFError,
        ValueError,
        NotImplementedError,
        MemoryError,
        struct.error,
        RecursionError,
    ):
        raise Unreadable("damaged_file") from None
    raise Unreadable("not_an_archive")


def _zip(file: IO[bytes]) -> Archive:
    whole = zipfile.ZipFile(file)
    infos = whole.infolist()
    if len(infos) > MAX_MEMBERS:
        raise Unreadable("too_many", limit=MAX_MEMBERS)
    found: dict[str, zipfile.ZipInfo] = {}
    outside = 0
    for info in infos:
        name = normal(info.filename)
        kind = (info.external_attr >> 16) & 0o170000
        if name is None or kind not in (0, 0o100000, 0o040000):
            outside += 1
        elif not info.is_dir():
            found.setdefault(name, info)

    def opener(name: str) -> IO[bytes]:
        info = found[name]
        if info.flag_bits & 1:
            raise Unreadable("encrypted", name=name[:200])
        if info.file_size > RATIO_FROM_BYTES and info.file_size > MAX_RATIO * max(info.compress_size, 1):
            raise Unreadable("bomb", name=name[:200])
        return whole.open(info)

    return Archive({name: info.file_size for name, info in found.items()}, opener, whole.close, outside)


def _tar(plain: IO[bytes]) -> Archive:
    """A compressed TAR was first unpacked, whole and bounded, into one nameless file: members can be read in any order."""
    plain.seek(0)
    whole = tarfile.open(fileobj=plain, mode="r:")  # noqa: SIM115 - closed with the archive
    found: dict[str, tarfile.TarInfo] = {}
    outside = 0
    for member in whole:
        if len(found) + outside > MAX_MEMBERS:
            raise Unreadable("too_many", limit=MAX_MEMBERS)
        name = normal(member.name)
        if name is None or not (member.isreg() or member.isdir()):
            outside += 1
        elif member.isreg():
            found.setdefault(name, member)

    def opener(name: str) -> IO[bytes]:
        opened = whole.extractfile(found[name])
        if opened is None:
            raise Unreadable("damaged", name=name[:200])
        return opened

    return Archive({name: member.size for name, member in found.items()}, opener, whole.close, outside)


def _inflated(file: IO[bytes]) -> IO[bytes]:
    budget = max(file.seek(0, 2) * MAX_RATIO, 64 << 20)
    file.seek(0)
    out: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - returned open
    try:
        with gzip.open(file, "rb") as compressed:
            while chunk := compressed.read(1 << 20):
                budget -= len(chunk)
                if budget < 0:
                    raise Unreadable("bomb", name="TAR")
                out.write(chunk)
    except (OSError, EOFError, zlib.error):
        out.close()
        raise Unreadable("damaged_file") from None
    except BaseException:
        out.close()
        raise
    return out
