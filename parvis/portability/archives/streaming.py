"""Reads the items of a long JSON list one by one, so that a file of any length costs the memory of one item."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from typing import Any, Protocol

from parvis.portability.archives.opening import Unreadable

CHUNK = 64 * 1024
MAX_ITEM = 4 << 20
MAX_HEAD = 1 << 20

_decoder = json.JSONDecoder(parse_constant=lambda _name: None)


class Readable(Protocol):
    name: str

    def read(self, size: int = -1, /) -> bytes: ...


def items(file: Readable, *, after: str = "") -> Iterator[Any]:
    """Yield the items of the first list of a file, or of the first one after a text such as '"orderedItems"'.

    Raises Unreadable for what is not such a list, is cut off, or has an item beyond MAX_ITEM.
    """
    decode = codecs.getincrementaldecoder("utf-8-sig")(errors="replace")
    buffer = ""
    at = -1
    while at < 0:
        chunk = file.read(CHUNK)
        buffer += decode.decode(chunk, final=not chunk)
        start = buffer.find(after) if after else 0
        at = buffer.find("[", start + len(after)) if start >= 0 else -1
        if at < 0 and (not chunk or len(buffer) > MAX_HEAD):
            raise Unreadable("no_list", name=file.name)
    buffer = buffer[at + 1 :]
    want = CHUNK
    while True:
        buffer = buffer.lstrip(" \t\r\n,")
        if buffer.startswith("]"):
            return
        try:
            if not buffer:
                raise ValueError
            found, end = _decoder.raw_decode(buffer)
            if end == len(buffer):  # a number may go on
                raise ValueError
        except (ValueError, RecursionError):
            if len(buffer) > MAX_ITEM:
                raise Unreadable("damaged", name=file.name) from None
            chunk = file.read(want)
            want = min(want * 2, 1 << 20)
            if not chunk:
                raise Unreadable("cut_off", name=file.name) from None
            buffer += decode.decode(chunk)
            continue
        want = CHUNK
        yield found
        buffer = buffer[end:]
