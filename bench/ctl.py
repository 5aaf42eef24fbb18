#!/usr/bin/env python3
"""The control script of Parvis for suite.py: reset | launch | pids | stop.

Reads BENCH_SEED (a data directory to start from), BENCH_DATA (the one that is measured) and BENCH_PORT.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SEED, DATA = Path(os.environ["BENCH_SEED"]), Path(os.environ["BENCH_DATA"])
PORT = os.environ.get("BENCH_PORT", "8600")


def parvis(*arguments: str) -> list[str]:
    """Return the command line of a console command on the measured square."""
    return [sys.executable, "-m", "parvis", *arguments, "--data", str(DATA)]


def stop() -> None:
    """Nothing runs on the measured directory."""
    if DATA.exists():
        subprocess.run(parvis("stop"), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


def reset() -> None:
    """The measured directory is the seed again."""
    stop()
    shutil.rmtree(DATA, ignore_errors=True)
    shutil.copytree(SEED, DATA, ignore=shutil.ignore_patterns("run"))


def launch() -> None:
    """The square starts; do not wait for it."""
    log = open(DATA.parent / "square.log", "a")  # noqa: SIM115
    command = parvis("up", "--port", PORT, "--json")
    subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)


def pids() -> None:
    """Print the root of the square's process tree."""
    print(f"parvis={json.loads((DATA / 'run' / 'square.json').read_text())['pid']}")


if __name__ == "__main__":
    {"reset": reset, "launch": launch, "pids": pids, "stop": stop}[sys.argv[1]]()
