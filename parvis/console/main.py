"""`parvis`: opens, watches and keeps a square. Every command answers 0, or an error that says what to type next."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from importlib import metadata

COMMANDS = ("up", "status", "stop", "account", "token", "emoji", "doctor", "backup", "restore")


class Refused(Exception):
    """A command cannot do what was asked. `remedy` is what to type or do next; `status` is the exit status."""

    def __init__(self, text: str, remedy: str = "", status: int = 1) -> None:
        super().__init__(text)
        self.remedy = remedy
        self.status = status


def version() -> str:
    """Return the installed version, or the one of the source tree."""
    try:
        return metadata.version("parvis")
    except metadata.PackageNotFoundError:
        return "0.1.0"


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override]
        print(f"{self.prog}: {message}\nType: {self.prog} --help", file=sys.stderr)
        sys.exit(2)


def parser() -> argparse.ArgumentParser:
    """Return the parser of every command; each command's module adds its own arguments."""
    data = _Parser(add_help=False)
    data.add_argument("--data", metavar="DIR", default=argparse.SUPPRESS, help="the square's directory (PARVIS_DATA; .parvis by default)")
    top = _Parser(prog="parvis", description="A public square on your own domain.")
    top.add_argument("--version", action="version", version=f"parvis {version()}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)
    for name in COMMANDS:
        module = importlib.import_module(f"parvis.console.commands.{name}")
        sub = commands.add_parser(name, parents=[data], help=module.HELP, description=module.__doc__)
        module.arguments(sub, data)
        sub.set_defaults(run=module.run)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    options = parser().parse_args(arguments)
    if getattr(options, "data", None):
        os.environ["PARVIS_DATA"] = options.data
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "parvis.config.settings")
    try:
        return int(options.run(options) or 0)
    except Refused as refusal:
        print(f"parvis: {refusal}", file=sys.stderr)
        if refusal.remedy:
            print(refusal.remedy, file=sys.stderr)
        return refusal.status
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 141
