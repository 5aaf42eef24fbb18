"""Every test run has a data directory of its own, and PostgreSQL when PARVIS_TEST_DATABASE_URL names one."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

import pytest


def _prepare_environment() -> None:
    """Set what Django reads, before anything imports its settings."""
    for name in [n for n in os.environ if n.startswith("PARVIS_") and not n.startswith("PARVIS_TEST_")]:
        del os.environ[name]
    folder = tempfile.mkdtemp(prefix="parvis-tests-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["PARVIS_DATA"] = folder
    os.environ["PARVIS_TESTING"] = "on"
    if url := os.environ.get("PARVIS_TEST_DATABASE_URL"):
        os.environ["PARVIS_DATABASE_URL"] = url
    os.environ["DJANGO_SETTINGS_MODULE"] = "parvis.config.settings"

    import django

    from parvis.console.translations import compile_stale

    compile_stale()

    django.setup()
    if not url:  # a file, as a square has, rather than memory: threads and processes then meet the real locks
        from django.db import connections

        connections["default"].settings_dict["TEST"]["NAME"] = os.path.join(folder, "test.sqlite3")


_prepare_environment()


NEEDS = {
    "postgresql": ("PARVIS_TEST_DATABASE_URL", "needs PostgreSQL (./run test starts it when it is installed)"),
    "redis": ("PARVIS_TEST_REDIS_URL", "needs Redis (./run test starts it when it is installed)"),
    "browser": ("PARVIS_TEST_CHROMIUM", "needs Chromium (./run test finds it when it is installed)"),
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, with a reason, the tests that need what this run does not have."""
    for item in items:
        for marker, (variable, reason) in NEEDS.items():
            if item.get_closest_marker(marker) and not os.environ.get(variable):
                item.add_marker(pytest.mark.skip(reason=reason))
        if item.get_closest_marker("sqlite") and os.environ.get("PARVIS_TEST_DATABASE_URL"):
            item.add_marker(pytest.mark.skip(reason="about the embedded database only"))


@pytest.fixture(autouse=True)
def _fresh_caches() -> None:
    """Each test starts with empty caches: the database behind them is another one."""
    from parvis.kernel import changes

    changes.forget()
