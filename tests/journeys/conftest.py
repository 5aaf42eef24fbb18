"""A running square with two people, and Chromium to log in with."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from parvis.console.tests.squares import Square

SWITCHES = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update"]
PASSWORD = "stone and open air 7"
NAMES = ("ines", "leo")


@pytest.fixture(scope="package")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Square]:
    square = Square(tmp_path_factory.mktemp("journeys") / "data")
    square.up()
    for name in NAMES:
        made = square.run("account", "create", name, "--email", f"{name}@example.org", "--password", PASSWORD)
        assert made.returncode == 0, made.stderr
    yield square
    square.close()


@pytest.fixture(scope="package")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ["PARVIS_TEST_CHROMIUM"], args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture
def address(place: Square) -> str:
    return f"http://localhost:{place.port}"


def authorize(chromium: Any, url: str, name: str) -> str:
    """Log in as a person would, allow the app, and return the code that the page shows or the redirect carries."""
    context = chromium.new_context(locale="en-GB")
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.goto(url)
    assert page.locator("input[name=login]").count(), page.url + page.inner_text("body")
    page.fill("input[name=login]", name)
    page.fill("input[name=password]", PASSWORD)
    page.click("form:has(input[name=password]) button:not([name=next])")
    page.wait_for_selector("button[name=allow]")
    page.click("button[name=allow]")
    code = page.inner_text("#code")
    context.close()
    return str(code).strip()
