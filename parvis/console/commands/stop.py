"""Stops the running square cleanly: requests under way are answered first."""

from __future__ import annotations

import argparse
import os
import signal
import time

from parvis.config import environment
from parvis.console import square
from parvis.console.main import Refused

HELP = "stop the running square"
PATIENCE_S = 20


def arguments(parser: argparse.ArgumentParser, data: argparse.ArgumentParser) -> None:
    """It takes none of its own."""


def run(options: argparse.Namespace) -> int:
    """Ask the supervisor to stop and wait until its last process has ended."""
    if not square.is_running():
        raise Refused(f"no square runs on {environment.data_dir()}.", "Type: parvis up", status=3)
    pid = square.state().get("pid")
    if not pid:
        raise Refused("the square is still starting.", "Try again in a few seconds: parvis stop")
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        pass  # its processes end by themselves when the supervisor is gone
    except PermissionError:
        raise Refused(f"process {pid} belongs to another user.", "Stop it as the user who started it.") from None
    deadline = time.monotonic() + PATIENCE_S
    while square.is_running():
        if time.monotonic() > deadline:
            raise Refused(f"process {pid} did not stop within {PATIENCE_S} s.", f"Type: kill -9 {pid}")
        time.sleep(0.05)
    print("Stopped.")
    return 0
