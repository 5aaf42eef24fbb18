"""Makes the table of languages.py from py3langid's model: run as a program of its own, once per square.

The model costs 125 MB and NumPy while it loads, 70 MB after. Its automaton (a row of 256 moves for each state) is
written here as what it was built from, a tree of byte sequences with a way back from each: 9 MB on disk, 2 in memory.
"""

from __future__ import annotations

import json
import os
import sys
from array import array
from typing import Any

LANGUAGES = (
    "fr", "en", "de", "es", "it", "pt", "nl", "ca", "eu", "br", "oc", "pl", "cs", "hu", "ro", "sv", "da", "no", "fi", "el",
    "tr", "ru", "uk", "ar", "fa", "he", "hi", "ja", "zh", "ko", "eo",
)  # fmt: skip


def write(path: str) -> None:
    """The file holds a line of JSON, then the tables it describes. Appears whole or not at all."""
    import numpy
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    model = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    model.set_languages([code for code in LANGUAGES if code in set(model.labels)])
    moves = numpy.asarray(model.tk_nextmove).reshape(-1, 256)
    tables: dict[str, Any] = dict(zip(("steps", "targets", "back"), _tree(moves, list(model.tk_row)), strict=True))
    tables["outputs"] = array("i", model.tk_output)
    weights = numpy.ascontiguousarray(model.nb_ptc, dtype=numpy.float16).reshape(-1)
    head = {
        "languages": list(model.nb_classes),
        "priors": [float(p) for p in model.nb_pc],
        "sizes": {name: len(found) for name, found in tables.items()},
    }
    scratch = f"{path}.{os.getpid()}"
    with open(scratch, "wb") as out:
        out.write(json.dumps(head).encode() + b"\n")
        for found in tables.values():
            out.write(found.tobytes())
        out.write(weights.tobytes())
    os.replace(scratch, path)


def _tree(moves: Any, row_of: list[int]) -> tuple[Any, Any, Any]:
    """Return the automaton's tree: sorted steps (state << 8 | byte), their targets, and each state's way back.

    A move goes down the tree exactly when no shorter path from the root reaches its target. Where the tree has no
    step, the automaton moves as from the state's longest proper suffix: its way back (Aho and Corasick, 1975).
    """
    back, depth = [0] * len(row_of), [-1] * len(row_of)
    depth[0] = 0
    steps: list[tuple[int, int]] = []
    level = [0]
    while level:
        below = []
        for state in level:
            row = moves[row_of[state]]
            fallback = moves[row_of[back[state]]]
            for byte, target in enumerate(row.tolist()):
                if target and depth[target] < 0:
                    depth[target] = depth[state] + 1
                    back[target] = int(fallback[byte]) if state else 0
                    steps.append((state << 8 | byte, target))
                    below.append(target)
        level = below
    steps.sort()
    return array("I", [step for step, _ in steps]), array("I", [target for _, target in steps]), array("I", back)


if __name__ == "__main__":
    write(sys.argv[1])
