"""The console's words about people and tokens, through its own entrance."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

from parvis.console.main import main
from parvis.identity import queries
from parvis.identity.models import User
from parvis.identity.tests.people import api, browser, person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _open_already(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parvis.console.square.open_database", lambda: None)


def says(capsys: Any, *words: str) -> tuple[int, str, str]:
    """Type a command; return its status, its output and its errors."""
    status = main(list(words))
    found = capsys.readouterr()
    return status, found.out.strip(), found.err


def test_an_account_and_a_token_are_made(capsys: Any) -> None:
    status, out, _err = says(capsys, "account", "create", "root", "--email", "root@example.org", "--password", "x", "--role", "owner")
    assert (status, out) == (0, str(User.objects.get(username="root").account_id)), "the operator may take a reserved name"
    assert says(capsys, "account", "create", "Root", "--email", "other@example.org", "--password", "x")[0] != 0
    status, token, _err = says(capsys, "token", "create", "root", "--scopes", "read admin:read")
    assert api("GET", "/api/v1/accounts/verify_credentials", token=token)[1]["username"] == "root"
    status, _out, err = says(capsys, "token", "create", "root", "--scopes", "read everything")
    assert status != 0
    assert "everything" in err


def test_a_link_lets_somebody_in_again(capsys: Any) -> None:
    user = person()
    status, out, _err = says(capsys, "account", "link", "ana")
    assert status == 0
    client = browser()
    client.post(urlsplit(out).path)
    assert client.session["_auth_user_id"] == str(user.pk)
    assert says(capsys, "account", "link", "nobody")[0] != 0


def test_a_role_is_changed(capsys: Any) -> None:
    user = person()
    assert says(capsys, "account", "role", "ana", "owner")[0] == 0
    assert queries.role_of(user.account_id) == "owner"
    assert says(capsys, "account", "role", "ana", "member")[0] != 0, "she is the last owner"
