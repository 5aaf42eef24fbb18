"""A small square to look at: a paper, a reader, a neighbour."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from parvis.config.wiring import connect
from parvis.flows.publish_post import PublishRequest, publish
from parvis.identity.actions import Registration, register_account
from parvis.kernel import outbox
from parvis.network.actions import follows


def person(name: str, display_name: str = "", **columns: Any) -> Any:
    """Return a confirmed member."""
    asked = Registration(
        username=name, email=f"{name}@example.org", password="a long-enough word 7", display_name=display_name, confirmed=True
    )
    user = register_account(asked)
    if columns:
        type(user.account).objects.filter(id=user.account_id).update(**columns)
    return user


def log_in(user: Any, language: str = "en") -> Client:
    """Return a browser in which this member is logged in; it checks CSRF tokens as real ones do not (forms carry them)."""
    client = Client(HTTP_ACCEPT_LANGUAGE=language)
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def square(db: Any) -> SimpleNamespace:
    paper = person("paper", "The <b>Paper</b>")
    reader = person("reader", "Reader")
    neighbour = person("neighbour", "Neighbour")
    follows.follow(reader.account_id, paper.account_id)
    first = publish(paper.account_id, PublishRequest(text="The quay will be closed to cars. #quay", language="en"))
    connect()
    outbox.drain()
    return SimpleNamespace(paper=paper, reader=reader, neighbour=neighbour, first=first, member=log_in(reader), anyone=Client())
