"""Compiles .po files to .mo and finds texts without a French translation, without gettext's programs.

`python -m parvis.console.translations` writes the .mo files that are not up to date; `--check` fails instead, and
names every text of the code and the templates that French lacks. Source: the GNU gettext manual, "MO Files".
"""

from __future__ import annotations

import ast
import re
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
MAGIC = 0x950412DE
GETTEXT = {"_", "gettext", "gettext_lazy", "gettext_noop", "pgettext", "pgettext_lazy", "ngettext", "ngettext_lazy", "npgettext"}
_CALL = re.compile(r"""\b(n?p?gettext|_)\(\s*u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")(?:\s*,\s*u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"))?""")


def read_po(path: Path) -> tuple[dict[str, str], set[str]]:
    """Return {key: translation} as .mo files have them, and the keys that are marked fuzzy.

    A key is `context EOT text NUL plural`; a translation's plural forms are separated by NUL.
    """
    messages: dict[str, str] = {}
    fuzzy_keys: set[str] = set()
    for entry in re.split(r"\n\s*\n", path.read_text(encoding="utf-8")):
        parts: dict[str, str] = {}
        field = ""
        for line in entry.splitlines():
            if line.startswith(("#~", "#")):
                continue
            head = re.match(r'(msgctxt|msgid_plural|msgid|msgstr(?:\[\d+\])?)\s+(".*")\s*$', line)
            if head:
                field = head[1]
                parts[field] = ast.literal_eval(head[2])
            elif line.startswith('"') and field:
                parts[field] += ast.literal_eval(line.strip())
        if "msgid" not in parts:
            continue
        key = key_of(parts["msgid"], parts.get("msgid_plural"), parts.get("msgctxt"))
        plurals = [parts[name] for name in sorted(parts) if name.startswith("msgstr[")]
        messages[key] = "\0".join(plurals) if plurals and all(plurals) else parts.get("msgstr", "")
        if re.search(r"^#,.*\bfuzzy\b", entry, re.M) and parts["msgid"]:
            fuzzy_keys.add(key)
    return messages, fuzzy_keys


def key_of(text: str, plural: str | None = None, context: str | None = None) -> str:
    """Return a message's key in a .mo file."""
    return (f"{context}\x04" if context else "") + text + (f"\0{plural}" if plural else "")


def mo_bytes(messages: dict[str, str]) -> bytes:
    """Return the .mo file of these messages; what is not translated is left out."""
    kept = sorted((k.encode(), v.encode()) for k, v in messages.items() if v)
    count = len(kept)
    offset = 28 + 16 * count
    tables: tuple[list[int], list[int]] = ([], [])
    body = b""
    for column in (0, 1):
        for pair in kept:
            tables[column].extend((len(pair[column]), offset + len(body)))
            body += pair[column] + b"\0"
    numbers = [*tables[0], *tables[1]]
    return struct.pack("<7I", MAGIC, 0, count, 28, 28 + 8 * count, 0, 0) + struct.pack(f"<{len(numbers)}I", *numbers) + body


def stale() -> Iterator[tuple[Path, bytes]]:
    """Yield every .mo file that is not what its .po says, with what it should hold."""
    for po in sorted(PACKAGE.glob("locale/*/LC_MESSAGES/*.po")):
        messages, fuzzy = read_po(po)
        wanted = mo_bytes({k: v for k, v in messages.items() if k not in fuzzy})
        mo = po.with_suffix(".mo")
        if not mo.exists() or mo.read_bytes() != wanted:
            yield mo, wanted


def compile_stale() -> int:
    """Every .mo file says what its .po says; return how many were written."""
    count = 0
    for mo, content in list(stale()):
        mo.write_bytes(content)
        count += 1
    return count


def texts_of_code(path: Path) -> Iterator[str]:
    """Yield the keys of the texts that a Python file passes to gettext."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if name in GETTEXT:
            given = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
            if given:
                yield _key(name, given)


def _key(name: str, given: list[str]) -> str:
    context = given.pop(0) if "pgettext" in name and len(given) > 1 else None
    plural = given[1] if name.startswith("n") and "gettext_noop" not in name and len(given) > 1 else None
    return key_of(given[0], plural, context)


def texts_of_template(path: Path) -> Iterator[str]:
    """Yield the keys of the texts in a template's translate and blocktranslate tags."""
    from django.utils.translation.template import templatize

    for name, *given in _CALL.findall(templatize(path.read_text(encoding="utf-8"), origin=str(path))):
        yield _key(name, [ast.literal_eval(text) for text in given if text])


def used_texts() -> dict[str, str]:
    """Return every text that is shown, by its key, with the file that first uses it."""
    found: dict[str, str] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        if "tests" not in path.parts and "migrations" not in path.parts:
            for key in texts_of_code(path):
                found.setdefault(key, str(path.relative_to(PACKAGE)))
    for pattern in ("*.html", "*.txt"):
        for path in sorted(PACKAGE.rglob(f"templates/**/{pattern}")):
            for key in texts_of_template(path):
                found.setdefault(key, str(path.relative_to(PACKAGE)))
    return found


def problems() -> list[str]:
    """Return what is wrong: stale .mo files, texts that French lacks, fuzzy translations, lost placeholders."""
    found = [f"{mo.relative_to(PACKAGE)} is stale: type python -m parvis.console.translations" for mo, _ in stale()]
    messages, fuzzy = read_po(PACKAGE / "locale/fr/LC_MESSAGES/django.po")
    for key, where in used_texts().items():
        plain = key.replace("\0", " | ").replace("\x04", " | ")
        if not messages.get(key):
            found.append(f"{where}: no French for {plain!r}")
        elif key in fuzzy:
            found.append(f"{where}: the French of {plain!r} is marked fuzzy")
    for key, text in messages.items():
        names = set(re.findall(r"%\((\w+)\)[sd]", key))
        if key and text and names - set(re.findall(r"%\((\w+)\)[sd]", text)) and "\0" not in key:
            found.append(f"the French of {key!r} loses {', '.join(sorted(names))}")
    return found


def main() -> int:
    """Compile, or check; return the exit status."""
    if "--check" not in sys.argv:
        compile_stale()
        return 0
    from django.conf import settings

    if not settings.configured:
        settings.configure(USE_I18N=True)
    found = problems()
    print("\n".join(found))
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
