"""Adds and removes custom emoji. Works while the square runs and while it does not."""

from __future__ import annotations

import argparse
from pathlib import Path

from parvis.console import square
from parvis.console.main import Refused

HELP = "add or remove a custom emoji"


def arguments(parser: argparse.ArgumentParser, data: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    add = verbs.add_parser("add", parents=[data], help="let :SHORTCODE: stand for a picture")
    add.add_argument("shortcode", metavar="SHORTCODE")
    add.add_argument("file", metavar="FILE", type=Path)
    add.add_argument("--category", default="", help="the heading under which apps show it")
    remove = verbs.add_parser("remove", parents=[data], help="let :SHORTCODE: be text again")
    remove.add_argument("shortcode", metavar="SHORTCODE")


def run(options: argparse.Namespace) -> int:
    """Do what the verb says; print the picture's address when one was added."""
    square.open_database()
    from parvis.kernel import storage
    from parvis.kernel.errors import ParvisError
    from parvis.media import actions as media
    from parvis.media.addresses import public_url
    from parvis.network.actions import emoji

    shortcode = options.shortcode.strip(":")
    try:
        if options.verb == "remove":
            storage.delete(emoji.remove_emoji(shortcode))
            return 0
        emoji.check_shortcode(shortcode)
        path = media.store_profile_image(0, options.file.read_bytes(), kind="emoji")
        before = emoji.put_emoji(shortcode, path, category=options.category)
        if before:
            storage.delete(before)
        print(public_url(path))
    except OSError as error:
        raise Refused(f"{options.file} cannot be read: {error.strerror}.", "Name a PNG, GIF, JPEG or WebP file.") from None
    except ParvisError as error:
        raise Refused(f"{error.text} ({error.code})", "Type: parvis emoji add SHORTCODE FILE") from None
    return 0
