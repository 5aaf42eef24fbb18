"""The API's square, for tests that go from a request to a device or a letter."""

from __future__ import annotations

from parvis.api.tests.conftest import _kept_connection

__all__ = ["_kept_connection"]
