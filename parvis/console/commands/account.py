"""Creates accounts, confirmed at once; lets people in again; changes roles. Works while the square runs and while it does not."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from parvis.console import square
from parvis.console.main import Refused

HELP = "create an account, log its person in once, change its role"


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
    link = verbs.add_parser("link", parents=[data], help="print an address that logs the person in once, within half an hour")
    link.add_argument("name", metavar="NAME")
    role = verbs.add_parser("role", parents=[data], help="change what the person may do")
    role.add_argument("name", metavar="NAME")
    role.add_argument("role", choices=("member", "moderator", "owner"))


def run(options: argparse.Namespace) -> int:
    """Do what the verb says; print the new account's id, or the address."""
    return {"create": _create, "link": _link, "role": _role}[options.verb](options)


def _create(options: argparse.Namespace) -> int:
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


def _link(options: argparse.Namespace) -> int:
    from parvis.console.supervisor import public_url

    user = _person(options.name)
    from parvis.identity.actions import create_login_link

    print(f"{public_url()}{create_login_link(user)}")
    return 0


def _role(options: argparse.Namespace) -> int:
    user = _person(options.name)
    from parvis.identity.actions import change_role
    from parvis.kernel.errors import ParvisError

    try:
        change_role(user.id, options.role, by="console")
    except ParvisError as error:
        raise Refused(f"{error.text} ({error.code})", "Make somebody else an owner first.") from None
    return 0


def _person(name: str) -> Any:
    """Return who logs in to the account with this name. Raises Refused."""
    square.open_database()
    from parvis.identity.actions import local_account
    from parvis.identity.queries import user_of
    from parvis.kernel.errors import NotFound

    try:
        return user_of(local_account(name).id)
    except NotFound as error:
        raise Refused(f"nobody here logs in as {name} ({error.code}).", "Check the name, or type: parvis account create") from None
