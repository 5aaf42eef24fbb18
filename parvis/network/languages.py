"""Which language a text is in, when it is long and plain enough to say so.

Bayes over the byte sequences that py3langid's model knows, from a small table
(language_table.py makes it). Only the worker asks; nothing here loads NumPy.
"""

from __future__ import annotations

import logging
import math
import operator
import os
import re
import struct
import subprocess
import sys
import threading
import unicodedata
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings

from parvis.network import formatting

log = logging.getLogger("parvis.languages")

MIN_LETTERS = 12
MIN_LETTERS_DENSE = 4
SURE, LIKELY = 0.9, 0.6
FAMILIAR = frozenset(("fr", "en"))
MAX_BYTES = 600
KEPT_MOVES = 20_000
_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_KEPT_OUT = re.compile(f"{formatting.URL.pattern}|{formatting.MENTION.pattern}|{formatting.HASHTAG.pattern}|:[a-zA-Z0-9_]+:")


class NotReady(Exception):
    """The table is being made; asking again in some seconds will work."""


@dataclass(slots=True)
class Table:
    """A tree of byte sequences (language_table.py), the feature that ends in each state, and where weights begin."""

    languages: list[str]
    priors: list[float]
    steps: Sequence[int]
    targets: Sequence[int]
    back: Sequence[int]
    outputs: Sequence[int]
    file: int
    weights_at: int
    moves: dict[int, int] = field(default_factory=dict)


_lock = threading.Lock()
_table: Table | None = None
_maker: subprocess.Popen[bytes] | None = None
_failed = False


def table_path() -> Path:
    """Return where this square keeps the table."""
    return Path(settings.DATA_DIR) / "cache" / "languages-2.bin"


def prepare() -> None:
    """The table is being made, in a process of its own, unless it exists. Returns at once."""
    global _maker, _failed
    with _lock:
        path = table_path()
        if _maker is not None:
            ended = _maker.poll()
            if ended is None:
                return
            _maker = None
            if ended:
                _failed = True
                log.error("the table of languages could not be made: posts keep their authors' languages")
        if path.exists() or _failed:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
        command = [sys.executable, "-m", "parvis.network.language_table", str(path)]
        _maker = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, start_new_session=True)


def table() -> Table | None:
    """Return the table, None when it cannot be had here. Raises NotReady while it is being made."""
    global _table
    if _table is None:
        if not table_path().exists():
            prepare()
            if _failed:
                return None
            raise NotReady
        _table = _open(table_path())
    return _table


def _open(path: Path) -> Table:
    """Return the table; its weights stay in the file, which remains open."""
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    with open(path, "rb") as whole:
        head = orjson.loads(whole.readline())
        parts: dict[str, Any] = {}
        for name, kind in (("steps", "I"), ("targets", "I"), ("back", "I"), ("outputs", "i")):
            parts[name] = array(kind)
            parts[name].fromfile(whole, head["sizes"][name])
        return Table(head["languages"], head["priors"], **parts, file=file, weights_at=whole.tell())


def plain(text: str) -> str:
    """Return what a text says in words: no addresses, mentions, hashtags or emoji codes."""
    return " ".join(_KEPT_OUT.sub(" ", text).split())


def says_enough(text: str) -> bool:
    """Return whether a text, once plain, has letters enough to tell its language by."""
    words = plain(text)
    return sum(map(str.isalpha, words)) >= (MIN_LETTERS_DENSE if _DENSE.search(words) else MIN_LETTERS)


def detect(text: str, default: str = "") -> str:
    """Return the language (ISO 639-1) of a text, "" when it is too short or uncertain. Raises NotReady.

    default: the author's own; it and the square's languages need less certainty than the others.
    """
    if not says_enough(text):
        return ""
    found = ranked(plain(text))
    if not found:
        return ""
    code, certainty = found[0]
    enough = LIKELY if code in FAMILIAR or code == default.partition("-")[0] else SURE
    return code if certainty >= enough else ""


def ranked(words: str) -> list[tuple[str, float]]:
    """Return (language, probability) by probability; [] without a table. Raises NotReady."""
    model = table()
    if model is None:
        return []
    written = unicodedata.normalize("NFC", words.lower() if words.isupper() else words).encode("utf-8", "replace")[:MAX_BYTES]
    counts = _features(model, written)
    width = len(model.languages)
    size = width * 2
    shape = struct.Struct(f"={width}e")
    scores = list(model.priors)
    for feature, count in counts.items():
        weights = shape.unpack(os.pread(model.file, size, model.weights_at + feature * size))
        factor = math.log1p(count)
        scores = list(map(operator.add, scores, (factor * w for w in weights)))
    if not counts:
        return []
    calm = 1.0 / math.sqrt(len(written))  # keeps probabilities comparable across lengths, as the model was calibrated
    top = max(scores)
    shares = [math.exp((score - top) * calm) for score in scores]
    total = sum(shares)
    return sorted(((code, share / total) for code, share in zip(model.languages, shares, strict=True)), key=lambda pair: -pair[1])


def _features(model: Table, written: bytes) -> dict[int, int]:
    """Return how often each feature's bytes occur. Moves that were found once are remembered, up to KEPT_MOVES."""
    moves, outputs = model.moves, model.outputs
    state, counts = 0, dict[int, int]()
    for byte in written:
        step = state << 8 | byte
        found = moves.get(step)
        if found is None:
            if len(moves) >= KEPT_MOVES:
                moves.clear()
            found = moves[step] = _move(model, state, byte)
        state = found
        feature = outputs[state]
        if feature >= 0:
            counts[feature] = counts.get(feature, 0) + 1
    return counts


def _move(model: Table, state: int, byte: int) -> int:
    """Return the state after a byte: down the tree, or as from the longest suffix that has such a step."""
    steps, back = model.steps, model.back
    while True:
        step = state << 8 | byte
        place = bisect_left(steps, step)
        if place < len(steps) and steps[place] == step:
            return model.targets[place]
        if not state:
            return 0
        state = back[state]
