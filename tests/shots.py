"""Takes pictures of a demo square's pages for the README: `./run shots` writes docs/screenshots/*.png.

By hand: PARVIS_TEST_CHROMIUM=/usr/bin/chromium python tests/shots.py [FOLDER]
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from parvis.console.tests.squares import Square  # noqa: E402

SWITCHES = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update"]
DESK, PHONE = (1280, 860), (390, 844)
# name, address ("thread": the liveliest conversation on the square; "profile": its author), size, theme, language, member
SHOTS: list[tuple[str, str, tuple[int, int], str, str, bool]] = [
    ("welcome-fr", "/", DESK, "light", "fr", False),
    ("welcome-dark-en", "/", DESK, "dark", "en", False),
    ("welcome-phone-en", "/", PHONE, "light", "en", False),
    ("home-fr", "/home", DESK, "light", "fr", True),
    ("home-dark-en", "/home", DESK, "dark", "en", True),
    ("home-phone-fr", "/home", PHONE, "light", "fr", True),
    ("home-phone-dark-en", "/home", PHONE, "dark", "en", True),
    ("thread-fr", "thread", DESK, "light", "fr", True),
    ("thread-phone-dark-fr", "thread", PHONE, "dark", "fr", True),
    ("profile-fr", "profile", DESK, "light", "fr", True),
    ("profile-phone-en", "profile", PHONE, "light", "en", True),
    ("notifications-en", "/notifications", DESK, "light", "en", True),
    ("search-fr", "/search", DESK, "light", "fr", True),
]


def come_in(page: Any) -> None:
    """Log in as the demo's first person."""
    page.goto("/auth/login/")
    page.click(".demo button >> nth=0")
    page.wait_for_url("**/home")


def liveliest(page: Any) -> str:
    """Return the address of the public post with the longest page of answers, among the latest."""
    page.goto("/public")
    paths = page.eval_on_selector_all("article .when a", "links => links.map(a => a.getAttribute('href'))")
    sizes = {}
    for path in dict.fromkeys(paths):
        page.goto(path)
        sizes[path] = page.locator("article").count()
    return max(sizes, key=lambda path: sizes[path]) if sizes else "/public"


def take(folder: Path) -> None:
    """The folder holds one picture per line of SHOTS."""
    from playwright.sync_api import sync_playwright

    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="parvis-shots-") as scratch:
        square = Square(Path(scratch) / "data")
        square.up("--demo")
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=os.environ["PARVIS_TEST_CHROMIUM"], args=SWITCHES)
                _take(browser, f"http://localhost:{square.port}", folder)
                browser.close()
        finally:
            square.close()


def _take(browser: Any, base: str, folder: Path) -> None:
    scout = browser.new_context(base_url=base).new_page()
    thread = liveliest(scout)
    places = {"thread": thread, "profile": thread.rpartition("/")[0] or "/public"}
    for name, address, (width, height), theme, language, member in SHOTS:
        context = browser.new_context(
            base_url=base,
            viewport={"width": width, "height": height},
            device_scale_factor=2 if width < 500 else 1.5,
            color_scheme=theme,
            locale={"fr": "fr-FR", "en": "en-GB"}[language],
            reduced_motion="reduce",
            is_mobile=width < 500,
            has_touch=width < 500,
        )
        page = context.new_page()
        if member:
            come_in(page)
        page.goto(places.get(address, address))
        page.wait_for_load_state("networkidle")
        page.screenshot(path=folder / f"{name}.png")
        context.close()
        print(f"{folder / name}.png", file=sys.stderr)


if __name__ == "__main__":
    take(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "screenshots")
