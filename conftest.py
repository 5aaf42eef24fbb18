"""Every test run has a data directory of its own, and PostgreSQL when PARVIS_TEST_DATABASE_URL names one."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator

import pytest


def _prepare_environment() -> None:
    """Set what Django reads, before anything imports its settings."""
    for name in [n for n in os.environ if n.startswith("PARVIS_") and not n.startswith("PARVIS_TEST_")]:
        del os.environ[name]
    folder = tempfile.mkdtemp(prefix="parvis-tests-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["PARVIS_DATA"] = folder
    if url := os.environ.get("PARVIS_TEST_DATABASE_URL"):
        os.environ["PARVIS_DATABASE_URL"] = url
    os.environ["DJANGO_SETTINGS_MODULE"] = "parvis.config.settings"

    import django

    django.setup()


_prepare_environment()


@pytest.fixture(autouse=True)
def _fresh_caches() -> Iterator[None]:
    """Each test starts with empty caches: the database behind them is another one."""
    from parvis.kernel import changes

    changes.forget()
    yield
