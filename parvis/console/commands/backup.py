"""Writes the whole square into one file, consistent while it runs. Keep the file private: it holds the secrets."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from parvis.config import environment
from parvis.console import archive
from parvis.console.main import Refused

HELP = "write the whole square into one file"


def arguments(parser: argparse.ArgumentParser, data: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help="for example square.tar.gz")
    parser.add_argument("--force", action="store_true", help="replace FILE when it exists")


def run(options: argparse.Namespace) -> int:
    """Write the file and say its size."""
    folder = environment.data_dir()
    if not environment.text("PARVIS_DATABASE_URL") and not (folder / archive.SQLITE_NAME).exists():
        raise Refused(f"there is no square in {folder}.", "Name its directory with --data DIR.")
    if options.file.exists() and not options.force:
        raise Refused(f"{options.file} exists.", "Choose another name, or add --force.")
    if not options.file.absolute().parent.is_dir():
        raise Refused(f"the folder {options.file.absolute().parent} does not exist.", "Make it first.")
    archive.write(options.file.absolute())
    print(f"{options.file} ({options.file.stat().st_size / 1e6:.1f} MB): keep it private, it holds the square's secrets.", file=sys.stderr)
    return 0
