"""Texts as the words that search compares: the same on both databases, because both get them ready-made.

Folding: NFKC, lower case, no accents, and no final "s" of four letters or more, so that "Été" finds "ete" and
"posts" finds "post" in French and English alike. Scripts without spaces (Han, kana) are cut into single characters
and found as phrases.
"""

from __future__ import annotations

import re
import unicodedata

MAX_WORD = 64
_SINGLE = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0e7f"
_PLAIN = re.compile("[0-9a-z]+")
_WORD = re.compile(f"[{_SINGLE}]|(?:(?![{_SINGLE}])[^\\W_])+")


def fold(text: str) -> str:
    """Return a text in lower case and without accents."""
    apart = unicodedata.normalize("NFKD", text)
    if apart.isascii():
        return apart.lower()
    return unicodedata.normalize("NFKC", "".join(c for c in apart if not unicodedata.combining(c))).casefold()


def split(text: str) -> list[str]:
    """Return a text's words, folded but not shortened, in order."""
    plain = fold(text)
    found = _PLAIN.findall(plain) if plain.isascii() else [w for w in _WORD.findall(plain) if w.isalnum()]
    return [word[:MAX_WORD] for word in found]


def words(text: str) -> list[str]:
    """Return a text's words as the full-text index holds them, in order."""
    return [w[:-1] if len(w) > 3 and w[-1] == "s" and w.isalpha() else w for w in split(text)]
