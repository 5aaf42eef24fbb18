"""The PARVIS_* environment variables: declared here once, documented in docs/settings.md, read nowhere else."""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True)
class Variable:
    """One environment variable: its default as text ("" when unset) and what it does."""

    name: str
    default: str
    purpose: str


VARIABLES = {
    v.name: v
    for v in (
        Variable("PARVIS_DATA", ".parvis", "Directory of the square: database, media, secrets, mailbox, sockets."),
        Variable("PARVIS_DOMAIN", "", "Public domain, for example place.example. Fixed at the first start."),
        Variable("PARVIS_HOST", "127.0.0.1", "Address that the web processes listen on."),
        Variable("PARVIS_PORT", "8000", "Port that the web processes listen on."),
        Variable("PARVIS_STREAMING_PORT", "", "Port of the streaming process; the web port plus one by default."),
        Variable("PARVIS_STREAMING_URL", "", "Public address of streaming, when a proxy serves it (wss://...)."),
        Variable("PARVIS_WEB_PROCESSES", "2", "Number of web processes."),
        Variable("PARVIS_WEB_THREADS", "4", "Threads that answer requests in each web process."),
        Variable("PARVIS_DATABASE_URL", "", "postgresql://user:password@host:port/name; embedded SQLite without it."),
        Variable("PARVIS_REDIS_URL", "", "redis://... wakes processes across machines; local sockets without it."),
        Variable("PARVIS_SMTP_URL", "", "smtp[s]://user:password@host:port; mail goes to DATA/mail without it."),
        Variable("PARVIS_MAIL_FROM", "", "Sender of the square's mail; parvis@DOMAIN by default."),
        Variable("PARVIS_HTTPS", "auto", "on, off or auto: whether public addresses are https (auto: not on localhost)."),
        Variable("PARVIS_TRUSTED_PROXIES", "127.0.0.1,::1", "Addresses whose X-Forwarded-* headers are believed."),
        Variable("PARVIS_RATE_LIMITS", "on", "off switches rate limits off, for measuring only (doctor warns)."),
        Variable("PARVIS_MEDIA_URL", "", "Public address of media when another host serves it."),
        Variable("PARVIS_DEMO", "off", "on offers one-click log-in for the demo square's roles. Never on a real square."),
        Variable("PARVIS_SECRET_KEY", "", "Overrides the secret kept in DATA/secrets.json."),
        Variable("PARVIS_FANOUT_LIMIT", "5000", "Local followers from which an author's posts are merged on read."),
        Variable("PARVIS_ALLOW_PRIVATE_FETCH", "", "host:port pairs that outgoing requests may reach although private (tests)."),
        Variable("PARVIS_TESTING", "", "on while the test suite runs; never on a real square."),
        Variable("PARVIS_LOG_LEVEL", "INFO", "Level of the logs on stderr: DEBUG, INFO, WARNING, ERROR."),
    )
}


def text(name: str) -> str:
    """Return the variable's value, or its declared default. Raises KeyError for an undeclared name."""
    return os.environ.get(name) or VARIABLES[name].default


def number(name: str) -> int:
    """Return the variable as an integer. Raises SystemExit with a remedy when it is not one."""
    value = text(name)
    try:
        return int(value)
    except ValueError:
        raise SystemExit(f"{name} must be a whole number, not {value!r}.") from None


def flag(name: str) -> bool:
    """Return whether the variable says on, yes, true or 1."""
    return text(name).lower() in ("on", "yes", "true", "1")


def data_dir() -> Path:
    """Return the absolute data directory (not created here)."""
    return Path(text("PARVIS_DATA")).expanduser().resolve()


def write_private(path: Path, content: str) -> None:
    """Replace a file atomically, readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fd, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(fd, "w", encoding="utf-8") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    os.chmod(name, 0o600)
    os.replace(name, path)


def square() -> dict[str, Any]:
    """Return what was fixed at the first start (DATA/square.json): domain, demo; {} before it."""
    try:
        return dict(json.loads((data_dir() / "square.json").read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}


def domain() -> str:
    """Return the square's domain: fixed at the first start, else PARVIS_DOMAIN, else localhost:PORT."""
    return square().get("domain") or text("PARVIS_DOMAIN") or f"localhost:{text('PARVIS_PORT')}"


def is_demo() -> bool:
    """Return whether this square is a demo: its roles log in with one click."""
    return flag("PARVIS_DEMO") or bool(square().get("demo"))


def scheme() -> str:
    """Return https, or http on localhost or when PARVIS_HTTPS says off."""
    mode = text("PARVIS_HTTPS").lower()
    if mode == "auto":
        host = domain().split(":")[0]
        return "http" if host in ("localhost", "127.0.0.1") or host.endswith(".localhost") else "https"
    return "https" if mode in ("on", "yes", "true", "1") else "http"


def base_url() -> str:
    """Return the public origin, without a trailing slash."""
    return f"{scheme()}://{domain()}"


def streaming_port() -> int:
    """Return the port of the streaming process."""
    return int(text("PARVIS_STREAMING_PORT") or number("PARVIS_PORT") + 1)


def streaming_url() -> str:
    """Return the ws(s):// origin that the instance document advertises."""
    if text("PARVIS_STREAMING_URL"):
        return text("PARVIS_STREAMING_URL").rstrip("/")
    if scheme() == "https":
        return f"wss://{domain()}"
    return f"ws://{domain().split(':')[0]}:{streaming_port()}"


def secret(name: str, make: Any = None) -> str:
    """Return a secret kept in DATA/secrets.json, made at first use (64 hex digits unless `make` says)."""
    path = data_dir() / "secrets.json"
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        known = {}
    if name not in known:
        known[name] = make() if make else secrets.token_hex(32)
        write_private(path, json.dumps(known, indent=1))
    return str(known[name])


def secret_key() -> str:
    """Return Django's secret key."""
    return text("PARVIS_SECRET_KEY") or secret("secret_key")


def database() -> dict[str, Any]:
    """Return Django's DATABASES["default"]: PostgreSQL by URL, else SQLite in the data directory."""
    url = text("PARVIS_DATABASE_URL")
    if not url:
        return {
            "ENGINE": "parvis.kernel.sqlite",
            "NAME": str(data_dir() / "parvis.sqlite3"),
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-4000;"
                " PRAGMA temp_store=MEMORY; PRAGMA mmap_size=268435456; PRAGMA journal_size_limit=67108864;",
            },
        }
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres"):
        raise SystemExit(f"PARVIS_DATABASE_URL must start with postgresql://, not {parts.scheme}://.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {},
    }


def mail() -> dict[str, Any]:
    """Return Django's e-mail settings: SMTP by URL, else one file per message in DATA/mail."""
    url = text("PARVIS_SMTP_URL")
    sender = text("PARVIS_MAIL_FROM") or f"parvis@{domain().split(':')[0]}"
    if not url:
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "EMAIL_FILE_PATH": str(data_dir() / "mail"),
            "DEFAULT_FROM_EMAIL": sender,
        }
    parts = urlsplit(url)
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname or "localhost",
        "EMAIL_PORT": parts.port or (465 if parts.scheme == "smtps" else 587),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": parts.scheme == "smtp" and bool(parts.username),
        "EMAIL_TIMEOUT": 20,
        "DEFAULT_FROM_EMAIL": sender,
    }
