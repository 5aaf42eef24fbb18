"""A square of its own for a test: a database, people with tokens, and web processes that can be killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parents[2]

_PREPARE = """
import os, sys, django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from datetime import datetime, timezone
from parvis.identity.models import AccessToken, Application, User
from parvis.network.models import Account
app = Application.objects.create(name="test", client_type="confidential", authorization_grant_type="authorization-code", redirect_uris="x:")
now = datetime.now(timezone.utc)
for name in sys.argv[1:]:
    account = Account.objects.create(username=name)
    user = User.objects.create(username=name, email=name + "@example.org", account=account, confirmed_at=now, approved_at=now)
    AccessToken.objects.create(
        user=user, token="token-" + name, application=app, scope="read write follow", expires=datetime(9999, 1, 1, tzinfo=timezone.utc)
    )
    print(account.id)
"""


class Child:
    """One web process, spoken to by lines."""

    def __init__(self, env: dict[str, str]) -> None:
        self.env = env
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.exactness.web_child"],
            cwd=ROOT,
            env=self.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"

    def send(self, request: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()

    def receive(self) -> dict[str, Any] | None:
        """Return the answer, or None when the process died before it gave one."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        return dict(json.loads(line)) if line else None

    def ask(self, method: str, path: str, token: str = "", body: dict[str, Any] | None = None) -> dict[str, Any]:
        self.send({"method": method, "path": path, "token": token, "body": body})
        answer = self.receive()
        assert answer is not None, "the web process died"
        return answer

    def kill(self) -> None:
        """Kill it as the kernel would (SIGKILL) and start another in its place."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.close()
        self.start()

    def close(self) -> None:
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    pass

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        self.close()


class Square:
    """A database with people, and `processes` web processes on it."""

    def __init__(self, names: list[str], processes: int, database_url: str = "") -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="parvis-exact-")
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("PARVIS_")}
        self.env |= {
            "PARVIS_DATA": self.folder.name,
            "PARVIS_RATE_LIMITS": "off",
            "DJANGO_SETTINGS_MODULE": "parvis.config.settings",
            "PYTHONPATH": str(ROOT),
        }
        self.admin_url, self.database = database_url, ""
        if database_url:
            self.database = f"exact_{uuid.uuid4().hex[:12]}"
            self._admin(f'CREATE DATABASE "{self.database}"')
            parts = urlsplit(database_url)
            self.env["PARVIS_DATABASE_URL"] = urlunsplit((parts.scheme, parts.netloc, "/" + self.database, "", ""))
        made = subprocess.run(
            [sys.executable, "-c", _PREPARE, *names], cwd=ROOT, env=self.env, capture_output=True, text=True, check=False
        )
        assert made.returncode == 0, made.stderr
        self.ids = dict(zip(names, map(int, made.stdout.split()), strict=True))
        self.children = [Child(self.env) for _ in range(processes)]

    def _admin(self, statement: str) -> None:
        import psycopg

        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            connection.execute(statement)

    def close(self) -> None:
        for child in self.children:
            child.stop()
        if self.database:
            self._admin(f'DROP DATABASE IF EXISTS "{self.database}" WITH (FORCE)')
        self.folder.cleanup()
