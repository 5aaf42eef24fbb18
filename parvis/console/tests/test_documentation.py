"""What the documentation says of settings and commands is what the program does."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from parvis.config.environment import VARIABLES
from parvis.console.main import COMMANDS, parser

ROOT = Path(__file__).resolve().parents[3]


def test_settings_page_is_fresh() -> None:
    done = subprocess.run([sys.executable, "checks/settings_page.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_variables_are_declared_before_they_are_read() -> None:
    read = set()
    for path in (ROOT / "parvis").rglob("*.py"):
        if "tests" not in path.parts:
            read |= set(re.findall(r"\bPARVIS_[A-Z_]*[A-Z]\b", path.read_text(encoding="utf-8")))
    assert {name for name in read if not name.startswith("PARVIS_TEST")} - VARIABLES.keys() == set()


def test_every_command_is_documented_and_every_documented_command_exists() -> None:
    text = (ROOT / "docs" / "console.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^### `parvis (\w+)", text, re.M)) == set(COMMANDS)


def test_every_option_is_documented() -> None:
    text = (ROOT / "docs" / "console.md").read_text(encoding="utf-8")
    subparsers = next(a for a in parser()._actions if hasattr(a, "choices") and a.choices)
    for name, sub in subparsers.choices.items():  # type: ignore[union-attr]
        section = text.partition(f"### `parvis {name}")[2].partition("\n### ")[0]
        verbs = [p for action in sub._actions if isinstance(action.choices, dict) for p in action.choices.values()]
        inner = [action for verb in verbs for action in verb._actions]
        for action in [*sub._actions, *inner]:
            for option in action.option_strings:
                if option not in ("-h", "--help", "--data"):
                    assert option in section, f"parvis {name} {option}"
