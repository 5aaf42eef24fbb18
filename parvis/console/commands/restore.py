"""Puts a backup in place of the square, which must not run. What was there before is kept beside it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from parvis.config import environment
from parvis.console import archive, square
from parvis.console.main import Refused

HELP = "put a backup in place of the square"


def arguments(parser: argparse.ArgumentParser, data: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path)


def run(options: argparse.Namespace) -> int:
    """Restore, unless the square runs."""
    lock = square.Lock()
    if not lock.take():
        raise Refused("the square is running.", f"Type: parvis stop --data {environment.data_dir()}", status=4)
    try:
        manifest, former = archive.read(options.file.absolute())
    finally:
        lock.release()
    print(f"Restored {manifest['domain']} as it was at {manifest['made_at']}.", file=sys.stderr)
    if former:
        print(f"The square that was here is kept in {former}.", file=sys.stderr)
    return 0
