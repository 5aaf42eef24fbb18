#!/usr/bin/env python3
"""Fan-out on write or merge on read: what each costs, and where they cross (ADR-0004).

  .venv/bin/python bench/crossover.py [--followers 100,1000,10000]

For an author with N local followers it measures, in one process on embedded SQLite, the CPU of fanning one post out
(per post, and how long SQLite's only writer is held) and what a home page costs more for each such author merged on read.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


def prepare(followers: int) -> tuple[int, list[int]]:
    """Return an author and the followers, made by SQL."""
    from parvis.network.models import Account, Follow

    author = Account.objects.create(username=f"author{followers}")
    people = [Account(username=f"f{followers}_{i}") for i in range(followers)]
    Account.objects.bulk_create(people, batch_size=500)
    Follow.objects.bulk_create([Follow(follower=p, followee=author) for p in people], batch_size=500)
    return author.id, [p.id for p in people]


def writing(author_id: int, repeats: int = 7) -> tuple[float, float]:
    """Return (CPU ms, wall ms) of fanning one post out."""
    from django.db import transaction

    from parvis.feeds import actions
    from parvis.network.actions.posts import publish
    from parvis.network.queries import posts

    cpu, wall = [], []
    for _ in range(repeats):
        with transaction.atomic():
            post_id = publish(author_id=author_id, text="Bonjour", announce=False)
        post = posts((post_id,))[post_id]
        start, clock = time.process_time(), time.perf_counter()
        with transaction.atomic():
            actions.fan_out(post, merged_on_read=False)
        cpu.append((time.process_time() - start) * 1e3)
        wall.append((time.perf_counter() - clock) * 1e3)
    return median(cpu), median(wall)


def reading(reader_id: int, merged: tuple[int, ...], repeats: int = 400) -> float:
    """Return CPU microseconds of one page of home with these authors merged in."""
    from dataclasses import replace

    from parvis.feeds.queries import timelines
    from parvis.feeds.queries.pages import Cursor
    from parvis.network.queries import viewer

    who: Any = replace(viewer(reader_id), merged_followees=merged, follows={})
    found = []
    for _ in range(5):
        start = time.process_time()
        for _ in range(repeats):
            timelines.home(who, Cursor())
        found.append((time.process_time() - start) / repeats * 1e6)
    return median(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--followers", default="100,1000,10000")
    options = parser.parse_args()
    os.environ.setdefault("PARVIS_DATA", tempfile.mkdtemp(prefix="parvis-crossover-"))
    os.environ["DJANGO_SETTINGS_MODULE"] = "parvis.config.settings"
    import django

    django.setup()
    from django.core.management import call_command

    from parvis.kernel import changes

    call_command("migrate", verbosity=0)
    changes.sync()
    authors: list[int] = []
    readers: list[int] = []
    per_follower = 0.0
    print(f"{'followers':>9} {'fan-out, CPU ms':>16} {'per follower, us':>17} {'writer held, ms':>16}")
    for count in map(int, options.followers.split(",")):
        author_id, readers = prepare(count)
        authors.append(author_id)
        cpu, wall = writing(author_id)
        per_follower = cpu * 1000 / count
        print(f"{count:>9} {cpu:16.2f} {per_follower:17.1f} {wall:16.2f}")
    plain = reading(readers[0], ())
    merged = reading(readers[0], tuple(authors))
    each = (merged - plain) / len(authors)
    print(f"a page of home: {plain:.0f} us; each author merged on read adds {each:.0f} us to every page of every reader")
    times = each and per_follower / each
    print(f"on write is cheaper in CPU as soon as a reader opens home more than {times:.2f} times per post of that author;")
    print("what limits it is how long one post may hold the only writer: PARVIS_FANOUT_LIMIT (5,000) times the cost per follower.")


if __name__ == "__main__":
    main()
