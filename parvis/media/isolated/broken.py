"""Why a file is not taken."""

from __future__ import annotations

from typing import Any


class Broken(Exception):
    """The file cannot be used; `code` completes "media." and has a text in actions.py."""

    def __init__(self, code: str, **values: Any) -> None:
        self.code, self.values = code, values
        super().__init__(code)
