"""toot, the command-line client, unmodified: log in with a browser, post, read, search."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.conftest import authorize

pytestmark = [pytest.mark.browser, pytest.mark.slow]


class Toot:
    """The command with a configuration of its own."""

    def __init__(self, home: Path) -> None:
        self.env = {**os.environ, "XDG_CONFIG_HOME": str(home), "HOME": str(home), "BROWSER": "true", "NO_COLOR": "1"}

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-c", "from toot.cli import cli; cli()", *words]

    def run(self, *words: str) -> str:
        done = subprocess.run(self.command(*words), env=self.env, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def log_in(self, chromium: Any, address: str, name: str) -> None:
        asking = subprocess.Popen(
            self.command("login", "-i", address),
            env=self.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert asking.stdout is not None
        lines = []
        for line in asking.stdout:
            lines.append(line)
            if line.startswith("http"):
                break
        assert lines[-1].startswith("http"), "".join(lines)
        code = authorize(chromium, lines[-1].strip(), name)
        out, _ = asking.communicate(f"n\n{code}\n", timeout=60)
        assert "Successfully logged in" in out, out


@pytest.fixture(scope="module")
def toots(place: Any, chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Toot]:
    found = {}
    for name in ("ines", "leo"):
        found[name] = Toot(tmp_path_factory.mktemp(name))
        found[name].log_in(chromium, f"http://localhost:{place.port}", name)
    return found


def test_whoami(toots: dict[str, Toot]) -> None:
    assert "@ines" in toots["ines"].run("whoami")


def test_post_with_a_picture_is_read_by_a_follower(toots: dict[str, Toot], tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (64, 48), (20, 80, 140)).save(tmp_path / "blue.png")
    assert "now following" in toots["ines"].run("follow", "leo").lower()
    toots["leo"].run("post", "A blue square from the terminal", "--media", str(tmp_path / "blue.png"), "--description", "blue")
    assert "A blue square from the terminal" in toots["ines"].run("timelines", "home", "--no-pager", "--no-clear")


def test_poll_thread_and_notifications(toots: dict[str, Toot]) -> None:
    import json

    made = json.loads(toots["leo"].run("post", "Left or right?", "--poll-option", "left", "--poll-option", "right", "--json"))
    toots["ines"].run("post", "left, always", "--reply-to", made["id"])
    assert "left, always" in toots["leo"].run("thread", made["id"])
    toots["ines"].run("favourite", made["id"])
    assert "ines" in toots["leo"].run("notifications")


def test_search_and_tags(toots: dict[str, Toot]) -> None:
    assert "@leo" in toots["ines"].run("search", "leo")
    toots["leo"].run("post", "tagged #terminal")
    assert "terminal" in toots["ines"].run("timelines", "tag", "terminal", "--no-pager", "--no-clear")
