"""The generated tables say what the program does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_events_and_routes_are_documented() -> None:
    done = subprocess.run([sys.executable, "checks/tables.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_endpoint_says_what_it_does() -> None:
    rows = [line.split("|") for line in (ROOT / "docs" / "api.md").read_text(encoding="utf-8").splitlines() if "| `/" in line]
    assert len(rows) > 200
    assert [row[1:3] for row in rows if not row[3].strip()] == []


def test_every_adr_is_complete() -> None:
    pages = sorted((ROOT / "docs" / "adr").glob("*.md"))
    assert pages
    for page in pages:
        text = page.read_text(encoding="utf-8")
        for part in ("Context", "Options", "Decision", "Consequences", "change our mind"):
            assert part in text, f"{page.name} lacks {part}"
