#!/usr/bin/env python3
"""Measures this tree as bench/README.md describes, and prints the figures beside their targets.

  ./run bench [--runs 3] [--quick] [--port 8600]

Prepares a seed of 20 accounts (u0 ... u19) with the console's own commands, rate limits off, then runs suite.py.
Results stay in bench/results/; `--table` prints them again without measuring. `--quick` is one short run.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

from report import fmt, load, med  # noqa: E402

RESULTS = HERE / "results"
WORK = RESULTS / "work"
PEOPLE = 20

# what, target, what GoToSocial 0.20 on SQLite needed for the same script on a 2-core machine, where it stands
READS = [
    ("home, CPU ms", 0.40, 3.20, "home"),
    ("public local, CPU ms", 0.35, 2.50, "public_local"),
    ("notifications, CPU ms", 0.40, 1.96, "notifications"),
    ("context, CPU ms", 0.20, 0.202, "context"),
    ("one status, CPU ms", 0.08, 0.101, "status"),
    ("verify_credentials, CPU ms", 0.06, 0.067, "verify_credentials"),
    ("webfinger, CPU ms", 0.045, 0.047, "webfinger"),
]
OTHERS = [
    ("post with its background work, CPU ms", 6, 29.1, ("bench", "write", "post_c16", "cpu_ms", "total")),
    ("boost, CPU ms", 6, 27.5, ("bench", "setup", "phases", "reblog", "cpu_ms_each", "total")),
    ("favourite, CPU ms", 2, 5.9, ("bench", "setup", "phases", "favourite", "cpu_ms_each", "total")),
    ("follow, CPU ms", 2, 3.8, ("bench", "setup", "phases", "follow", "cpu_ms_each", "total")),
    ("visible in a follower's home, p50 ms", 25, 26, ("bench", "write", "visible", "from_send", "p50_ms")),
    ("memory at idle, MB PSS", 180, 119, ("start", "with_data", "idle_mem", "total", "pss_mb")),
    ("memory after writes, MB PSS", 280, 287, ("bench", "write", "mem_after", "total", "pss_mb")),
    ("start to first answer with data, s", 3, 1.45, ("start", "with_data", "first_200_s")),
]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--port", type=int, default=8600)
    parser.add_argument("--label", default="parvis")
    parser.add_argument("--quick", action="store_true", help="one run, one second per endpoint")
    parser.add_argument("--seconds", type=int, default=5, help="how long each endpoint is read")
    parser.add_argument("--table", action="store_true", help="print the last results, measure nothing")
    options = parser.parse_args()
    if not options.table:
        for old in RESULTS.glob(f"{options.label}.*"):
            old.unlink()
        tokens = prepare_seed(options.port)
        measure(options, tokens)
    return print_table(load(str(RESULTS), options.label))


def prepare_seed(port: int) -> Path:
    """The seed directory holds 20 people; return the file with their tokens."""
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    seed = WORK / "seed"
    os.environ.update(PARVIS_DATA=str(seed), PARVIS_PORT=str(port), PARVIS_RATE_LIMITS="off")
    from parvis.console.main import main as console

    def answer(*arguments: str) -> str:
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            if console(arguments):
                raise SystemExit(f"parvis {' '.join(arguments)} failed")
        return out.getvalue().strip()

    tokens = []
    for number in range(PEOPLE):
        answer("account", "create", f"u{number}", "--email", f"u{number}@example.org", "--password", f"password of u{number}")
        tokens.append({"username": f"u{number}", "token": answer("token", "create", f"u{number}")})
    from django.db import connections

    connections.close_all()
    path = WORK / "tokens.json"
    path.write_text(json.dumps(tokens))
    print(f"{PEOPLE} people are ready.", file=sys.stderr)
    return path


def measure(options: argparse.Namespace, tokens: Path) -> None:
    """Run suite.py, which starts and stops the square."""
    env = {**os.environ, "BENCH_SEED": str(WORK / "seed"), "BENCH_DATA": str(WORK / "data"), "BENCH_PORT": str(options.port)}
    del env["PARVIS_DATA"]
    env["PATH"] = f"{Path(sys.executable).parent}:{env['PATH']}"
    command = [
        sys.executable, HERE / "suite.py", "--label", options.label, "--ctl", HERE / "ctl.py",
        "--base", f"http://127.0.0.1:{options.port}", "--tokens", tokens, "--results", RESULTS,
        "--runs", "1" if options.quick else str(options.runs),
        *([] if options.quick else [f"--bench=--seconds {options.seconds}"]),
        *(["--idle", "2", "--bench=--seconds 1 --seq 50 --conc 200 --mixed 400"] if options.quick else []),
    ]  # fmt: skip
    if subprocess.run(command, env=env, check=False).returncode:
        subprocess.run([sys.executable, HERE / "ctl.py", "stop"], env=env, check=False)
        raise SystemExit(f"The measurement broke off; the square's log is {WORK / 'square.log'}.")


def _errors(endpoints: dict[str, Any]) -> int:
    """Return the failed requests of one run; an endpoint that could not be measured counts as one."""
    failed = sum(row[c]["errors"] for row in endpoints.values() for c in ("c1", "c16") if c in row)
    return failed + sum("c16" not in endpoints.get(name, {}) for *_, name in READS)


def print_table(found: dict[str, list[dict[str, Any]]]) -> int:
    """Print each figure beside its target; return 1 when a target is missed or a request failed."""
    rows, missed = [], 0
    for what, target, peer, endpoint in READS:
        rows.append((what, target, peer, med(found["bench"], "read", "endpoints", endpoint, "c16", "cpu_ms", "total")))
    for what, target, peer, (kind, *path) in OTHERS:
        rows.append((what, target, peer, med(found[kind], *path)))
    errors = sum(_errors(run["read"]["endpoints"]) for run in found["bench"])
    print(f"\nMedians of {len(found['bench'])} runs at concurrency 16; CPU of the whole process tree per request.\n")
    print("| measure | Parvis | target | GoToSocial 0.20 | |\n|---|--:|--:|--:|---|")
    for what, target, peer, value in rows:
        good = value is not None and value <= target
        missed += not good
        print(f"| {what} | {fmt(value)} | {target} | {peer} | {'' if good else 'MISSED'} |")
    print(f"| errors | {errors} | 0 | | {'MISSED' if errors else ''} |")
    return int(bool(missed or errors))


if __name__ == "__main__":
    sys.exit(main())
