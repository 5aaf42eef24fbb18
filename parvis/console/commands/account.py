"""Creates accounts, confirmed at once. Works while the square runs and while it does not."""

from __future__ import annotations

import argparse
import sys

from parvis.console import square
from parvis.console.main import Refused

HELP = "create an account"


def arguments(parser: argparse.ArgumentParser, data: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    create = verbs.add_parser("create", parents=[data], help="create an account and print its id")
    create.add_argument("name", metavar="NAME")
    create.add_argument("--email", required=True)
    password = create.add_mutually_exclusive_group(required=True)
    password.add_argument("--password", help="visible to other users of this machine while the command runs")
    password.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    create.add_argument("--role", choices=("member", "moderator", "owner"), default="member")
    create.add_argument("--language", choices=("en", "fr"), default="en")


def run(options: argparse.Namespace) -> int:
    """Create the account and print its id."""
    password = sys.stdin.readline().rstrip("\r\n") if options.password_stdin else options.password
    square.open_database()
    from parvis.identity.actions import Registration, register_account
    from parvis.kernel.errors import ParvisError

    asked = Registration(
        username=options.name,
        email=options.email,
        password=password,
        role=options.role,
        language=options.language,
        confirmed=True,
        by="console",
    )
    try:
        user = register_account(asked, any_password=True)
    except ParvisError as error:
        raise Refused(f"{error.text} ({error.code})", "Choose another and type the command again.") from None
    print(user.account_id)
    return 0
