#!/usr/bin/env python3
"""How reading costs grow: the same pages with 1,000 posts and with 1,000,000, 10,000 accounts, Zipf's law.

  .venv/bin/python bench/growth.py                    sizes 1,000 10,000 100,000 1,000,000 (minutes; about 2 GB of disk)
  .venv/bin/python bench/growth.py --sizes 1000,100000 --accounts 2000

For each size it builds a square by SQL (readers follow authors, both drawn by Zipf's law), starts it, and replays
reads of home, public and notifications with wrk: once right after the start (cold), then warm. It prints CPU per
request of the whole process tree with p50 and p99, then measures fan-out per local follower in one process, and
draws bench/growth.svg. The result is good when the last size costs at most 1.3 times the first.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

PAGES = {
    "home": "/api/v1/timelines/home?limit=20",
    "public": "/api/v1/timelines/public?local=true&limit=20",
    "notifications": "/api/v1/notifications?limit=20",
}
FOLLOWS_EACH = 40
FEED_POSTS = 2_000
MERGED_FROM = 5_000
LIKED_POSTS = 6
PAGE = 20
START_MS = 1_760_000_000_000


def zipf(rng: random.Random, n: int, count: int, s: float = 1.0) -> list[int]:
    """Return `count` draws from 0..n-1 by Zipf's law with exponent s."""
    weights = [1 / (i + 1) ** s for i in range(n)]
    return rng.choices(range(n), weights, k=count)


def token_of(number: int) -> str:
    return f"growth-token-{number}"


def parvis(data: Path, *words: str, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run the console on a data directory."""
    env = {**os.environ, "PARVIS_DATA": str(data), "PARVIS_RATE_LIMITS": "off", **extra}
    code = "import sys; from parvis.console.main import main; sys.exit(main())"
    return subprocess.run([sys.executable, "-c", code, *words], cwd=HERE.parent, env=env, capture_output=True, text=True, check=True)


def build(data: Path, accounts: int, posts: int) -> None:
    """Make a square with this many accounts and posts. Rows are written by SQL: building is not what is measured."""
    parvis(data, "account", "create", "seed", "--email", "seed@example.org", "--password", "Growth-of-a-square-1")
    parvis(data, "token", "create", "seed")
    rng = random.Random(1)
    db = sqlite3.connect(data / "parvis.sqlite3")
    db.executescript("PRAGMA synchronous=OFF; PRAGMA cache_size=-400000;")
    _copy(db, "network_account", [{"id": 10_000 + i, "username": f"p{i}", "display_name": f"Person {i}"} for i in range(accounts)])
    _copy(db, "identity_user", [
        {"id": 10_000 + i, "username": f"p{i}", "email": f"p{i}@example.org", "account_id": 10_000 + i} for i in range(accounts)
    ])
    _copy(db, "identity_accesstoken", [
        {"id": 10_000 + i, "user_id": 10_000 + i, "token_checksum": hashlib.sha256(token_of(i).encode()).hexdigest()}
        for i in range(accounts)
    ])
    edges = {(a, b) for a in range(accounts) for b in zipf(rng, accounts, FOLLOWS_EACH) if a != b}
    db.executemany(
        "INSERT INTO network_follow (id, follower_id, followee_id, show_boosts, notify, languages, created_at)"
        " VALUES (?, ?, ?, 1, 0, '[]', '2026-01-01 00:00:00')",
        ((i, 10_000 + a, 10_000 + b) for i, (a, b) in enumerate(sorted(edges), 1)),
    )
    counted = "(SELECT count(*) FROM network_follow f WHERE f.followee_id = network_account.id)"
    db.execute(f"UPDATE network_account SET followers_count = {counted}")
    db.execute("UPDATE network_account SET merged_on_read = followers_count >= ?", (MERGED_FROM,))
    _write_posts(db, rng, accounts, posts)
    first = post_id(max(0, posts - FEED_POSTS))
    db.execute(
        "INSERT INTO feeds_entry (feed_id, entry_id, author_id, post_id) SELECT f.follower_id, p.id, p.author_id, p.id"
        " FROM network_post p JOIN network_account a ON a.id = p.author_id AND NOT a.merged_on_read"
        " JOIN network_follow f ON f.followee_id = p.author_id WHERE p.id >= ?", (first,),
    )  # fmt: skip
    _notify(db, rng, accounts)
    db.execute("ANALYZE")
    db.commit()
    db.close()


def _notify(db: sqlite3.Connection, rng: random.Random, accounts: int) -> None:
    """Everybody has twenty notifications at any size: favourites of their latest posts, or follows when they wrote nothing."""
    latest: dict[int, list[int]] = {}
    for author, post in db.execute("SELECT author_id, id FROM network_post ORDER BY id DESC"):
        mine = latest.setdefault(author, [])
        if len(mine) < LIKED_POSTS:
            mine.append(post)
    rows = []
    for who in range(accounts):
        posts = latest.get(10_000 + who, [])
        others = rng.sample(range(accounts), PAGE + 1)
        for n, other in enumerate([o for o in others if o != who][:PAGE]):
            post = posts[n % len(posts)] if posts else None
            number = ((START_MS + 400_000_000 + n * 1000) << 16) + who
            rows.append((number, 10_000 + who, "favourite" if post else "follow", 10_000 + other, post, f"ungrouped-{number}"))
    db.executemany(
        "INSERT INTO network_notification (id, account_id, kind, from_account_id, post_id, group_key, filtered, subject_id, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, 0, 0, '2026-01-01 00:00:00')",
        rows,
    )


def post_id(number: int) -> int:
    return (START_MS + number * 60) << 16


def _copy(db: sqlite3.Connection, table: str, rows: list[dict[str, Any]]) -> None:
    """Insert rows like the table's first one, with these columns changed."""
    cursor = db.execute(f"SELECT * FROM {table} LIMIT 1")
    names = [d[0] for d in cursor.description]
    like = dict(zip(names, cursor.fetchone(), strict=True))
    db.executemany(
        f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})",
        ([{**like, **row}[n] for n in names] for row in rows),
    )


def _write_posts(db: sqlite3.Connection, rng: random.Random, accounts: int, posts: int) -> None:
    from common import make_text

    columns = [d[1] for d in db.execute("PRAGMA table_info(network_post)")]
    default = dict.fromkeys(columns, 0) | {c: None for c in columns if c.endswith("_id") and c != "author_id"} | {"edited_at": None}
    default |= dict.fromkeys(("text", "html", "spoiler_text", "language", "uri", "url", "app_name", "app_website"), "")
    default |= {"is_local": 1, "listed": 1, "language": "fr", "created_at": "2026-01-01 00:00:00"}
    texts = [make_text(rng, i) for i in range(500)]

    def rows() -> Any:
        for n, who in enumerate(zipf(rng, accounts, posts)):
            text = texts[n % len(texts)]
            row = default | {
                "id": post_id(n), "author_id": 10_000 + who, "conversation_id": post_id(n), "text": text, "html": f"<p>{text}</p>",
            }  # fmt: skip
            yield [row[c] for c in columns]

    db.executemany(f"INSERT INTO network_post ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", rows())


class Running:
    """A square that is running."""

    def __init__(self, data: Path, port: int) -> None:
        env = {**os.environ, "PARVIS_RATE_LIMITS": "off"}
        code = "import sys; from parvis.console.main import main; sys.exit(main())"
        self.base = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, "up", "--data", str(data), "--port", str(port), "--json"],
            cwd=HERE.parent, env=env, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        for _ in range(600):
            try:
                urllib.request.urlopen(self.base + "/health", timeout=1)
                break
            except OSError:
                time.sleep(0.05)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)


def replay(running: Running, path: str, readers: list[int], seconds: int) -> dict[str, float]:
    """Return CPU per request, p50 and p99 of reading a path as these readers, at concurrency 16."""
    from common import Procs

    with tempfile.NamedTemporaryFile("w", suffix=".tsv", delete=False) as file:
        for who in readers:
            file.write(f"GET\t{path}\tAuthorization: Bearer {token_of(who)}||User-Agent: bench/1\t\n")
    procs = Procs([f"app={running.process.pid}"])
    before = procs.cpu()["total"]
    command = ["wrk", "-t1", "-c16", f"-d{seconds}s", "--timeout", "30s", "-s", str(HERE / "replay.lua"), running.base, "--", file.name]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    time.sleep(0.2)
    found = json.loads(next(line for line in out.splitlines() if line.startswith("JSON "))[5:])
    os.unlink(file.name)
    assert not found["err_status"], f"{found['err_status']} answers were not 200"
    cpu = (procs.cpu()["total"] - before) * 1000 / found["requests"]
    return {"cpu_ms": round(cpu, 4), "p50_ms": found["p50_ms"], "p99_ms": found["p99_ms"], "n": found["requests"]}


def fan_out_us(data: Path) -> float:
    """Return microseconds of CPU per local follower of fanning out a post of the most followed account."""
    code = """
import django, time; django.setup()
from parvis.feeds import actions
from parvis.kernel.ids import new_id
from parvis.network.actions.posts import publish
from django.db.models import Count
from parvis.network.models import Follow
from parvis.network.queries import posts
from django.db import transaction
author = Follow.objects.values("followee_id").annotate(n=Count("id")).order_by("-n")[0]["followee_id"]
followers = Follow.objects.filter(followee_id=author).count()
found = []
for _ in range(5):
    with transaction.atomic():
        post_id = publish(author_id=author, text="Bonjour", announce=False)
    post = posts((post_id,))[post_id]
    start = time.process_time()
    with transaction.atomic():
        actions.fan_out(post, merged_on_read=False)
    found.append((time.process_time() - start) / followers * 1e6)
print(followers, sorted(found)[2])
"""
    env = {**os.environ, "PARVIS_DATA": str(data), "DJANGO_SETTINGS_MODULE": "parvis.config.settings"}
    out = subprocess.run([sys.executable, "-c", code], cwd=HERE.parent, env=env, capture_output=True, text=True, check=True).stdout
    followers, cost = out.split()
    print(f"fan-out: {float(cost):.1f} us of CPU per local follower ({followers} followers; goal 40)")
    return float(cost)


def plot(results: dict[int, dict[str, dict[str, float]]], path: Path) -> None:
    import matplotlib as mpl

    mpl.use("svg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(10, 4))
    sizes = sorted(results)
    for page in PAGES:
        axes[0].plot(sizes, [results[s][page]["cpu_ms"] for s in sizes], marker="o", label=page)
        axes[1].plot(sizes, [results[s][page]["p99_ms"] for s in sizes], marker="o", label=f"{page}, warm")
        axes[1].plot(sizes, [results[s][f"{page}, cold"]["p99_ms"] for s in sizes], marker="x", linestyle=":", label=f"{page}, cold")
    for axis, title in zip(axes, ("CPU per request, ms (whole process tree)", "p99, ms (concurrency 16)"), strict=True):
        axis.set_xscale("log")
        axis.set_ylim(bottom=0)
        axis.set_xlabel("posts")
        axis.set_title(title, fontsize=10)
        axis.legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1000,10000,100000,1000000")
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--port", type=int, default=8190)
    parser.add_argument("--json", help="write the figures here")
    options = parser.parse_args()
    results: dict[int, dict[str, dict[str, float]]] = {}
    rng = random.Random(2)
    readers = zipf(rng, options.accounts, 20_000)
    print(f"{'posts':>9} {'page':<20} {'CPU ms':>8} {'p50 ms':>8} {'p99 ms':>8}")
    for size in map(int, options.sizes.split(",")):
        data = Path(tempfile.mkdtemp(prefix="parvis-growth-"))
        try:
            build(data, options.accounts, size)
            rows: dict[str, dict[str, float]] = {}
            for page, path in PAGES.items():
                running = Running(data, options.port)
                try:
                    rows[f"{page}, cold"] = replay(running, path, readers, 2)
                    rows[page] = replay(running, path, readers, options.seconds)
                finally:
                    running.stop()
            for name, row in sorted(rows.items()):
                print(f"{size:>9} {name:<20} {row['cpu_ms']:8.3f} {row['p50_ms']:8.2f} {row['p99_ms']:8.2f}", flush=True)
            results[size] = rows
            cost = fan_out_us(data)
        finally:
            shutil.rmtree(data, ignore_errors=True)
    sizes = sorted(results)
    for page in PAGES:
        ratio = results[sizes[-1]][page]["cpu_ms"] / results[sizes[0]][page]["cpu_ms"]
        print(f"{page}: {sizes[-1]:,} posts cost {ratio:.2f} times what {sizes[0]:,} cost (goal 1.3)")
    plot(results, HERE / "growth.svg")
    if options.json:
        Path(options.json).write_text(json.dumps({"sizes": results, "fan_out_us": cost}, indent=1))


if __name__ == "__main__":
    main()
