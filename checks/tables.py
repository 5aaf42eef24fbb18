#!/usr/bin/env python3
"""Write the generated tables: events with their reactions (ARCHITECTURE.md), routes of the API (docs/api.md).

  .venv/bin/python checks/tables.py            writes them
  .venv/bin/python checks/tables.py --check    exits 1 when one is stale
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

API_HEAD = """# The client API

What a client of Mastodon's API may call here. Whatever is not in this table is a
true 404 with a JSON `error`. Entities have Mastodon's shape; ours stand under `parvis`.

| method | path | what it does |
|---|---|---|
"""


def events_table() -> str:
    """Return the table of events: fields, reactions in order."""
    from dataclasses import fields

    from parvis.config import wiring
    from parvis.kernel.outbox import Event
    from parvis.kernel.outbox import wiring as wired

    wiring.connect()
    found = wired()
    lines = ["| event | carries | reactions, in order |", "|---|---|---|"]
    for name, cls in sorted(Event.kinds.items()):
        if cls.__module__.startswith("parvis.") and ".tests" not in cls.__module__:
            reactions = ", ".join(f"`{r.removeprefix('parvis.')}`" for r in found.get(name, [])) or "none yet"
            lines.append(f"| {name} | {', '.join(f.name for f in fields(cls))} | {reactions} |")
    return "\n".join(lines)


def routes_table() -> str:
    """Return the table of routes with the first line of each endpoint's docstring."""
    from parvis.api import routes  # noqa: F401  (declares every route)
    from parvis.api.router import ROUTER

    lines = []
    for method, path, endpoint in sorted(ROUTER.routes, key=lambda r: (r[1], r[0])):
        said = (endpoint.__doc__ or "").strip().split("\n")[0]
        if said.startswith(("GET ", "POST ", "PUT ", "PATCH ", "DELETE ")):
            said = said.partition(" : ")[2]
        lines.append(f"| {method} | `{path}` | {said.strip().rstrip('.')} |")
    return "\n".join(lines)


def between(text: str, mark: str, table: str) -> str:
    """Return the text with what stands between `<!-- mark...-->` and `<!-- /mark -->` replaced."""
    head, _, rest = text.partition(f"<!-- {mark}")
    comment, _, tail = rest.partition("-->")
    _, _, after = tail.partition(f"<!-- /{mark} -->")
    return f"{head}<!-- {mark}{comment}-->\n{table}\n<!-- /{mark} -->{after}"


def wanted() -> dict[Path, str]:
    """Return each generated document's path and right content."""
    architecture = ROOT / "ARCHITECTURE.md"
    return {
        architecture: between(architecture.read_text(encoding="utf-8"), "events", events_table()),
        ROOT / "docs" / "api.md": API_HEAD + routes_table() + "\n",
    }


def main() -> int:
    os.environ.setdefault("PARVIS_DATA", tempfile.mkdtemp(prefix="parvis-tables-"))
    os.environ["DJANGO_SETTINGS_MODULE"] = "parvis.config.settings"
    import django

    django.setup()
    stale = {p: text for p, text in wanted().items() if not p.exists() or p.read_text(encoding="utf-8") != text}
    if "--check" in sys.argv:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is stale: run .venv/bin/python checks/tables.py", file=sys.stderr)
        return 1 if stale else 0
    for path, text in stale.items():
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
