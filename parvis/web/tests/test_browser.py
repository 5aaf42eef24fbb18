"""A real browser on a running square: with JavaScript and without, on a phone and on a desk, in French and English."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from parvis.console.tests.squares import Square

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SWITCHES = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update"]
PASSWORD = "stone and open air 7"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Square]:
    square = Square(tmp_path_factory.mktemp("square") / "data")
    square.up()
    for name in ("ines", "leo"):
        made = square.run("account", "create", name, "--email", f"{name}@example.org", "--password", PASSWORD)
        assert made.returncode == 0, made.stderr
    yield square
    square.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ["PARVIS_TEST_CHROMIUM"], args=SWITCHES)
        yield browser
        browser.close()


def page_of(chromium: Any, place: Square, **options: Any) -> Any:
    """Return a fresh page whose console errors are kept in `page.complaints`."""
    context = chromium.new_context(base_url=f"http://localhost:{place.port}", **options)
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.complaints = []
    page.on("console", lambda m: page.complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda e: page.complaints.append(str(e)))
    return page


def log_in(page: Any, name: str) -> None:
    page.goto("/auth/login/")
    page.fill("input[name=login]", name)
    page.fill("input[name=password]", PASSWORD)
    page.click("main form[action='/auth/login/'] button")
    page.wait_for_url("**/home")


def write(page: Any, text: str) -> None:
    page.goto("/home")
    page.fill("textarea[name=text]", text)
    page.click("[data-composer] button[type=submit]")
    page.wait_for_url("**/home")


def test_newcomer_reads_posts_answers_and_follows_without_javascript(chromium: Any, place: Square) -> None:
    leo = page_of(chromium, place, java_script_enabled=False, locale="en-GB")
    log_in(leo, "leo")
    write(leo, "The market moves to Saturday.")
    assert leo.get_by_text("The market moves to Saturday.").is_visible()
    ines = page_of(chromium, place, java_script_enabled=False, locale="en-GB", viewport={"width": 390, "height": 844})
    log_in(ines, "ines")
    ines.goto("/public")
    ines.click("article:has-text('market') time")
    ines.fill("textarea[name=text]", "@leo Why Saturday?")
    ines.click("#reply button[type=submit]")
    assert ines.get_by_text("Why Saturday?").is_visible()
    ines.goto("/@leo")
    ines.click("form[action$='/follow'] button")
    assert ines.locator("form[action$='/unfollow'] button").first.is_visible()
    ines.goto("/public")
    ines.click("article:has-text('market') [id^=favourite-]")
    assert ines.locator("article:has-text('market') [id^=favourite-]").get_attribute("aria-pressed") == "true"


def test_buttons_change_in_place_with_javascript_and_nothing_breaks_the_policy(chromium: Any, place: Square) -> None:
    page = page_of(chromium, place, locale="fr-FR")
    log_in(page, "ines")
    write(page, "Un banc au soleil")
    button = page.locator("article:has-text('banc') [id^=bookmark-]")
    button.click()
    page.wait_for_selector("article:has-text('banc') [id^=bookmark-][aria-pressed=true]")
    assert page.evaluate("document.activeElement.id").startswith("bookmark-")
    page.click("[data-theme-switch] button")
    page.wait_for_selector("html[data-theme=dark]")
    assert page.complaints == []


def test_keyboard_reaches_the_content_first(chromium: Any, place: Square) -> None:
    page = page_of(chromium, place, locale="en-GB")
    page.goto("/public")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_context_is_a_sheet_on_a_phone(chromium: Any, place: Square) -> None:
    page = page_of(chromium, place, java_script_enabled=False, viewport={"width": 390, "height": 844})
    page.goto("/public")
    assert not page.locator("#margin").is_visible()
    page.click(".sheet-open")
    page.wait_for_timeout(400)
    assert page.locator("#margin h2").first.is_visible()


PAGES = ("/", "/public", "/about", "/auth/login/", "/auth/signup/", "/nothing-here")
MEMBERS = (
    "/home", "/@leo", "/@ines", "/compose", "/notifications", "/bookmarks", "/search?q=leo", "/settings", "/settings/profile",
    "/settings/people/following", "/settings/decisions", "/auth/2fa/", "/auth/sessions/", "/auth/apps/", "/auth/email/", "/auth/close/",
)  # fmt: skip


@pytest.mark.parametrize(("width", "scheme", "locale"), [(390, "light", "fr-FR"), (1280, "dark", "en-GB"), (320, "light", "en-GB")])
def test_no_page_has_a_serious_obstacle_or_scrolls_sideways(chromium: Any, place: Square, width: int, scheme: str, locale: str) -> None:
    import axe_playwright_python

    axe = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
    options = {"viewport": {"width": width, "height": 844}, "color_scheme": scheme, "locale": locale}
    page = page_of(chromium, place, bypass_csp=True, reduced_motion="reduce", **options)
    found = []
    for path in (*PAGES, None, *MEMBERS):
        if path is None:
            log_in(page, "ines")
            continue
        page.goto(path)
        page.evaluate(axe)
        result = page.evaluate("axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']})")
        found += [(path, v["id"], v["nodes"][0]["html"][:120]) for v in result["violations"] if v["impact"] in ("serious", "critical")]
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            found.append((path, "sideways", str(width)))
    assert found == []


def test_nothing_moves_when_pictures_arrive(chromium: Any, place: Square) -> None:
    page = page_of(chromium, place, locale="en-GB")
    log_in(page, "leo")
    from io import BytesIO

    from PIL import Image

    out = BytesIO()
    Image.new("RGB", (640, 400), "#7788aa").save(out, "PNG")
    page.goto("/compose")
    page.fill("textarea[name=text]", "A wall")
    page.set_input_files("input[type=file]", {"name": "wall.png", "mimeType": "image/png", "buffer": out.getvalue()})
    page.click("[data-composer] button[type=submit]")
    page.fill("textarea[name^=alt-]", "A blue wall")
    page.click("[data-composer] button[type=submit]")
    page.wait_for_url("**/home")
    page.goto("/@leo")
    page.evaluate(
        "window.shift = 0; new PerformanceObserver(l => l.getEntries().forEach(e => window.shift += e.value))"
        ".observe({type: 'layout-shift', buffered: true})"
    )
    page.wait_for_load_state("networkidle")
    assert page.locator("img[alt='A blue wall']").evaluate("i => i.complete && i.naturalWidth") == 640
    assert page.evaluate("window.shift") < 0.02
