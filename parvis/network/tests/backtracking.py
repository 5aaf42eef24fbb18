"""Counts the steps that a backtracking regular expression takes, by walking its parse tree as `re` does.

A step is one look at one character, or one try of a repetition. It knows the constructs of our patterns only.
"""

from __future__ import annotations

import re
import re._constants as c  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

Then = Callable[[int], bool]


class Steps:
    """Searches a text for a pattern from every place, as finditer does, and counts."""

    def __init__(self, pattern: str, text: str) -> None:
        self.text, self.count = text, 0
        tree = list(parser.parse(pattern))
        at = 0
        while at <= len(text):
            self.end = -1
            self.run(tree, 0, at, self._note)
            at = max(self.end, at + 1)

    def _note(self, at: int) -> bool:
        self.end = at
        return True

    def run(self, nodes: Sequence[Any], place: int, at: int, then: Then) -> bool:
        if place == len(nodes):
            return then(at)
        op, value = nodes[place]

        def rest(where: int) -> bool:
            return self.run(nodes, place + 1, where, then)

        if op in (c.LITERAL, c.NOT_LITERAL, c.IN):
            self.count += 1
            return at < len(self.text) and _matches(op, value, self.text[at]) and rest(at + 1)
        if op is c.MAX_REPEAT:
            return self._repeat(value, at, rest)
        if op is c.SUBPATTERN:
            return self.run(list(value[3]), 0, at, rest)
        if op is c.BRANCH:
            return any(self.run(list(branch), 0, at, rest) for branch in value[1])
        if op in (c.ASSERT, c.ASSERT_NOT):
            direction, inside = value
            start = at if direction > 0 else at - 1
            found = start >= 0 and self.run(list(inside), 0, start, lambda _end: True)
            return found == (op is c.ASSERT) and rest(at)
        raise NotImplementedError(op)

    def _repeat(self, value: Any, at: int, rest: Then) -> bool:
        low, high, inside = value
        inside = list(inside)
        if len(inside) == 1 and inside[0][0] in (c.LITERAL, c.NOT_LITERAL, c.IN):
            op, what = inside[0]
            end = at
            while end < len(self.text) and end - at < high:
                self.count += 1
                if not _matches(op, what, self.text[end]):
                    break
                end += 1
            for stop in range(end, at + low - 1, -1):
                self.count += 1
                if rest(stop):
                    return True
            return False

        def again(where: int, done: int) -> bool:
            self.count += 1
            if done < high and self.run(inside, 0, where, lambda end: end > where and again(end, done + 1)):
                return True
            return done >= low and rest(where)

        return again(at, 0)


def _matches(op: Any, value: Any, character: str) -> bool:
    if op is c.LITERAL:
        return ord(character) == value
    if op is c.NOT_LITERAL:
        return ord(character) != value
    negated = value[0][0] is c.NEGATE
    return any(_in(kind, what, character) for kind, what in value if kind is not c.NEGATE) != negated


def _in(kind: Any, what: Any, character: str) -> bool:
    if kind is c.LITERAL:
        return ord(character) == what
    if kind is c.RANGE:
        return bool(what[0] <= ord(character) <= what[1])
    known = {
        c.CATEGORY_WORD: character.isalnum() or character == "_",
        c.CATEGORY_DIGIT: unicodedata.category(character) == "Nd",
        c.CATEGORY_SPACE: bool(re.match(r"\s", character)),
    }
    opposite = {c.CATEGORY_NOT_WORD: c.CATEGORY_WORD, c.CATEGORY_NOT_DIGIT: c.CATEGORY_DIGIT, c.CATEGORY_NOT_SPACE: c.CATEGORY_SPACE}
    return not known[opposite[what]] if what in opposite else known[what]
