"""Opens the square: web, streaming and worker, in the foreground, until Ctrl-C."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from typing import Any

from parvis.config import environment
from parvis.console import ports, square
from parvis.console.main import Refused

HELP = "open the square"
_DOMAIN = re.compile(r"(?=.{1,253}(:|$))([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*(:\d{1,5})?")


def arguments(parser: argparse.ArgumentParser, data: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", help="address to listen on (PARVIS_HOST; 127.0.0.1 by default)")
    parser.add_argument("--port", type=int, help="port to listen on (PARVIS_PORT; 8000 by default); streaming takes the next one")
    parser.add_argument("--domain", help="public domain, fixed at the first start; localhost:PORT without it")
    parser.add_argument("--demo", action="store_true", help="a lively square to try: its people log in with one click")
    parser.add_argument("--json", action="store_true", help="print one JSON line when ready")


def run(options: argparse.Namespace) -> int:
    """Open the square and stay until it is stopped."""
    for name in ("host", "port"):
        if getattr(options, name) is not None:
            os.environ[f"PARVIS_{name.upper()}"] = str(getattr(options, name))
    port = environment.number("PARVIS_PORT")
    if not 0 < port < 65535:
        raise Refused(f"{port} is not a port.", "Type: parvis up --port 8000", status=2)
    lock = square.Lock()
    if not lock.take(patience_s=0.5):
        known = square.state()
        where = f" as process {known['pid']} at {known['url']}" if known.get("pid") else ""
        raise Refused(f"a square runs on {environment.data_dir()}{where}.", "Type: parvis stop, or choose another --data DIR", status=4)
    try:
        host = environment.text("PARVIS_HOST")
        ports.require_free(host, port, remedy=f"Stop it, or type: parvis up --port {port + 10}")
        remedy = f"Stop it, choose another --port, or set PARVIS_STREAMING_PORT={port + 11}"
        ports.require_free(host, environment.streaming_port(), remedy=remedy)
        _fix_domain(options)
        square.setup_django()
        from parvis.console.supervisor import Supervisor

        return Supervisor(_announce_json if options.json else _announce).run(_prepare)
    finally:
        square.forget_state()
        lock.release()


def _fix_domain(options: argparse.Namespace) -> None:
    """The domain and the kind of square are those of the first start, in DATA/square.json."""
    asked = (options.domain or environment.text("PARVIS_DOMAIN")).lower().rstrip(".")
    if asked and not _DOMAIN.fullmatch(asked):
        raise Refused(f"{asked!r} is not a domain.", "For example: parvis up --domain place.example", status=2)
    known = environment.square()
    if not known:
        domain = asked or f"localhost:{environment.number('PARVIS_PORT')}"
        known = {"domain": domain, "demo": bool(options.demo or environment.flag("PARVIS_DEMO"))}
        environment.write_private(environment.data_dir() / "square.json", json.dumps(known, indent=1))
        return
    if asked and asked != known["domain"]:
        raise Refused(
            f"this square is {known['domain']}: its addresses are in every post and cannot change.",
            f"Leave --domain out, or open another square: parvis up --domain {asked} --data DIR",
        )
    if options.demo and not known.get("demo"):
        raise Refused("this is a real square, not a demo.", "Open the demo elsewhere: parvis up --demo --data .parvis/demo")
    name, _, port = known["domain"].partition(":")
    if name == "localhost" and port and int(port) != environment.number("PARVIS_PORT"):
        print(f"parvis: this square's addresses say {known['domain']}; links only work on that port.", file=sys.stderr)


def _prepare() -> dict[str, Any]:
    """The database is ready, and a demo is lively; return the owner's link while there is no owner."""
    from parvis.console import demo
    from parvis.console.supervisor import public_url

    square.prepare_database()
    if environment.is_demo():
        demo.fill()
    from parvis.identity.actions import owner_invitation

    invitation = owner_invitation()
    return {"owner_link": f"{public_url()}/welcome/{invitation.code}"} if invitation else {}


def _announce_json(state: dict[str, Any]) -> None:
    print(json.dumps(state), flush=True)


def _announce(state: dict[str, Any]) -> None:
    lines = [f"Parvis is open: {state['url']}"]
    if not state["url"].endswith(state["listen"].split("//")[1]) and "localhost" not in state["url"]:
        lines.append(f"  listening on {state['listen']} (your proxy passes the public address to it)")
    if state["streaming"]:
        lines.append(f"  streaming:  {state['streaming']}")
    lines.append(f"  data:       {state['data']}")
    if state["owner_link"]:
        lines.append(f"  Create the owner's account with this link, which works once:\n    {state['owner_link']}")
    lines.append("  Ctrl-C stops it.")
    print("\n".join(lines), flush=True)
