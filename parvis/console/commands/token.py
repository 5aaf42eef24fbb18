"""Creates bearer tokens for the API. Works while the square runs and while it does not."""

from __future__ import annotations

import argparse

from parvis.console import square
from parvis.console.main import Refused

HELP = "create a bearer token"


def arguments(parser: argparse.ArgumentParser, data: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    create = verbs.add_parser("create", parents=[data], help="print a new bearer token, and nothing else")
    create.add_argument("name", metavar="NAME", help="whose token")
    create.add_argument("--scopes", default="read write follow push")


def run(options: argparse.Namespace) -> int:
    """Create the token and print it."""
    square.open_database()
    from parvis.identity.actions import create_token, local_account
    from parvis.identity.models import User
    from parvis.kernel.errors import Invalid, NotFound

    try:
        account = local_account(options.name)
    except NotFound as error:
        raise Refused(error.text, f"Type: parvis account create {options.name} --email ADDRESS --password-stdin") from None
    user = User.objects.filter(account=account).first()
    if user is None:
        raise Refused(f"nobody logs in to {options.name}, so it cannot have a token.", "Name the account of a person.")
    try:
        print(create_token(user, scopes=" ".join(options.scopes.replace(",", " ").split())))
    except Invalid as error:
        raise Refused(error.text, 'For example: --scopes "read write follow push"') from None
    return 0
