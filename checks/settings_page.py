"""Writes docs/settings.md from the declarations in parvis/config/environment.py; `--check` fails when it is stale."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
PAGE = ROOT / "docs" / "settings.md"

HEAD = """# Settings

What an operator may change, as environment variables. Everything has a default that works on one machine.
What the owner changes while the square runs (title, rules, registration) is on the web, under Administration.

This page is generated: `python checks/settings_page.py` writes it from `parvis/config/environment.py`.

| variable | default | what it does |
|---|---|---|
"""


def page() -> str:
    """Return what the page should say."""
    from parvis.config.environment import VARIABLES

    return HEAD + "".join(f"| `{v.name}` | {f'`{v.default}`' if v.default else ''} | {v.purpose} |\n" for v in VARIABLES.values())


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(PAGE.read_text(encoding="utf-8") != page() and "docs/settings.md is stale. Type: python checks/settings_page.py")
    PAGE.write_text(page(), encoding="utf-8")
