"""Runs the real program on a temporary data directory, on SQLite or on a PostgreSQL database of its own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[3]
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def free_ports() -> int:
    """Return a port that is free, as is the next one."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            with contextlib.suppress(OSError, OverflowError):
                second.bind(("127.0.0.1", port + 1))
                return port


def get(url: str, token: str = "") -> tuple[int, Any]:
    """Return the status and the JSON (or text) that an address answers; status 0 when nothing listens."""
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})
    try:
        with _OPENER.open(request, timeout=5) as response:
            status, body = response.status, response.read()
    except urllib.error.HTTPError as error:
        status, body = error.code, error.read()
    except OSError:
        return 0, None
    try:
        return status, json.loads(body)
    except ValueError:
        return status, body


def until(true: Any, limit_s: float = 10.0) -> bool:
    """Return whether something became true in time."""
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.03)
    return False


class Square:
    """A square that tests start, ask, hurt and stop."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.port = free_ports()
        self.base = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[str] | None = None
        self.ready: dict[str, Any] = {}
        kept = {k: v for k, v in os.environ.items() if not k.startswith("PARVIS_")}
        self.env = {**kept, "PYTHONPATH": str(ROOT), "PARVIS_RATE_LIMITS": "off"}
        if os.environ.get("PARVIS_TEST_DATABASE_URL"):
            self.env["PARVIS_DATABASE_URL"] = fresh_postgresql(f"square_{self.port}")

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "parvis", *arguments, "--data", str(self.data)]

    def run(self, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        return subprocess.run(
            self.command(*arguments),
            env=self.env,
            cwd=self.data.parent,
            input=given,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def up(self, *arguments: str) -> dict[str, Any]:
        """Open it and return its ready line."""
        command = self.command("up", "--port", str(self.port), "--json", *arguments)
        log = open(self.data.parent / "up.log", "a")  # noqa: SIM115
        self.process = subprocess.Popen(command, env=self.env, cwd=self.data.parent, stdout=subprocess.PIPE, stderr=log, text=True)
        log.close()
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, (self.data.parent / "up.log").read_text()
        self.ready = json.loads(line)
        return self.ready

    def status(self) -> dict[str, Any]:
        return dict(json.loads(self.run("status", "--json").stdout))

    def pids(self) -> dict[str, int]:
        """Return the processes as the state file names them."""
        with contextlib.suppress(OSError, ValueError):
            return dict(json.loads((self.data / "run" / "square.json").read_text())["pids"])
        return {}

    def healthy(self) -> bool:
        return get(f"{self.base}/health")[0] == 200

    def close(self) -> None:
        """End it, whatever its state."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()
        self.process = None


def alive(pid: int) -> bool:
    """Return whether a process exists and is not a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return True


def fresh_postgresql(name: str) -> str:
    """Return the address of an empty database on the tests' server."""
    import psycopg

    url = os.environ["PARVIS_TEST_DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')  # type: ignore[arg-type]
        connection.execute(f'CREATE DATABASE "{name}"')  # type: ignore[arg-type]
    return urlsplit(url)._replace(path=f"/{name}").geturl()
