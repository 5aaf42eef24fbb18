"""What a killed worker had claimed is taken at once by the next, not after its lease."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
from django.db import connection

from parvis.kernel import outbox
from parvis.kernel.clock import now_ms
from parvis.kernel.models import OutboxEvent

HOLDER = (
    "import sys, psycopg; c = psycopg.connect(sys.argv[1], autocommit=True);"
    " c.execute('SELECT pg_advisory_lock_shared(7302, 1)'); print('held', flush=True); sys.stdin.read()"
)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_claims_of_a_dead_worker_are_free_and_those_of_a_living_one_are_not() -> None:
    OutboxEvent.objects.create(kind="Nothing", body="{}", created_ms=0, claimed_until_ms=now_ms() + 60_000)
    known = connection.get_connection_params()
    address = f"postgresql://{known['user']}:{known.get('password') or ''}@{known['host']}:{known['port']}/{known['dbname']}"
    other = subprocess.Popen([sys.executable, "-c", HOLDER, address], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert other.stdout is not None
    assert other.stdout.readline() == "held\n"
    assert not outbox.take_over(), "another worker lives"
    assert outbox.run_batch() == 0
    other.kill()
    other.wait()
    for _ in range(50):
        time.sleep(0.05)
        if outbox.take_over():
            break
    else:
        raise AssertionError("the lock of a killed worker was never free")
    assert outbox.run_batch() == 1
    connection.close()
