"""The limited child: one job, one file on standard input, results in one folder, one line of JSON back.

Started by isolation.py as `python -I -c START PACKAGE_PARENT SPEC`. Whatever goes wrong in here ends this
process and nothing else: memory, processor time, file sizes and open files are limited before the file is read.
"""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any

MEMORY_BYTES = 1_500_000_000
FILE_BYTES = 150_000_000


def limit(cpu_s: int) -> None:
    """From here on this process cannot take more than its share, and is the first to go when memory runs out."""
    import os
    import resource

    os.nice(5)
    try:
        with open("/proc/self/oom_score_adj", "w") as score:
            score.write("1000")
    except OSError:
        pass  # not Linux

    for name, value in (("RLIMIT_AS", MEMORY_BYTES), ("RLIMIT_CPU", cpu_s), ("RLIMIT_FSIZE", FILE_BYTES), ("RLIMIT_CORE", 0)):
        try:
            resource.setrlimit(getattr(resource, name), (value, value))
        except (OSError, ValueError):
            pass  # macOS knows no limit of address space
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))
    except (OSError, ValueError):
        pass


def main(text: str) -> None:
    """Do the job that the JSON text describes, and print what came of it."""
    spec: dict[str, Any] = json.loads(text)
    job, cpu_s = spec.pop("job"), spec.pop("cpu_s")
    limit(cpu_s)
    from parvis.media.isolated.broken import Broken

    try:
        found = _run(job, spec)
    except Broken as problem:
        found = {"broken": problem.code, "values": problem.values}
    except MemoryError:
        found = {"broken": "too_complex", "values": {}}
    sys.stdout.write(json.dumps(found))
    sys.stdout.flush()


def _run(job: str, spec: dict[str, Any]) -> dict[str, Any]:
    """Call `module:function` of this program's own code with the file and the rest of the job."""
    module, _, name = job.partition(":")
    return dict(getattr(importlib.import_module(module), name)(sys.stdin.buffer, **spec))


if __name__ == "__main__":
    main(sys.argv[1])
