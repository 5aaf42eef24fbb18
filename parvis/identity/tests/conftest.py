"""What every test of this room starts with."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _without_limits(settings: Any) -> None:
    """Limits have tests of their own."""
    settings.RATE_LIMITS = False
    settings.ACCOUNT_RATE_LIMITS = False


@pytest.fixture(autouse=True)
def _quick_hashes(settings: Any) -> None:
    """Passwords are hashed in no time, except where a test is about the time."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]
