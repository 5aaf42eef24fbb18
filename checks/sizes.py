"""Fails when a file passes 600 lines or a function 80, unless checks/sizes.json allows it; allowances only shrink."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ALLOWED = ROOT / "checks" / "sizes.json"
FILE_LINES, FUNCTION_LINES = 600, 80


def tracked() -> list[Path]:
    """Return the Python files of the project that are written by hand."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=False)
    names = listed.stdout.splitlines() if listed.returncode == 0 else [str(p.relative_to(ROOT)) for p in ROOT.glob("[!.]*/**/*.py")]
    files = [ROOT / name for name in {*names, "run"} if name.endswith(".py") or name == "run"]
    return [path for path in files if path.is_file() and "/migrations/" not in str(path)]


def measured(path: Path) -> dict[str, int]:
    """Return what is too long in a file, with its length."""
    text = path.read_text(encoding="utf-8")
    name = str(path.relative_to(ROOT))
    found = {name: text.count("\n")} if text.count("\n") > FILE_LINES else {}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            length = (node.end_lineno or 0) - node.lineno + 1
            if length > FUNCTION_LINES:
                found[f"{name}:{node.name}"] = length
    return found


def main() -> int:
    allowed: dict[str, int] = json.loads(ALLOWED.read_text(encoding="utf-8"))
    found: dict[str, int] = {}
    for path in tracked():
        found |= measured(path)
    problems = [f"{name}: {length} lines (at most {allowed.get(name, 600 if '.py:' not in name else 80)})"
                for name, length in found.items() if length > allowed.get(name, 0)]  # fmt: skip
    problems += [f"{name}: checks/sizes.json allows {limit} lines, {found.get(name, 0) or 'none'} are needed: lower it"
                 for name, limit in allowed.items() if found.get(name, 0) < limit]  # fmt: skip
    print("\n".join(problems))
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
