"""A square opens from one command, heals itself, is kept in one file, and stops cleanly."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from parvis.console.tests.squares import Square, alive, get, until

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Square]:
    square = Square(tmp_path_factory.mktemp("running") / "data")
    square.up()
    yield square
    square.close()


@pytest.fixture
def square(tmp_path: Path) -> Iterator[Square]:
    made = Square(tmp_path / "data")
    yield made
    made.close()


def test_ready_line_comes_when_health_answers_on_both_names_of_this_machine(running: Square) -> None:
    assert running.ready["ready"] is True
    assert running.ready["url"] == f"http://localhost:{running.port}"
    for host in ("localhost", "127.0.0.1"):
        assert get(f"http://{host}:{running.port}/health")[0] == 200
    assert {"supervisor", "web-1", "web-2", "worker"} <= running.ready["pids"].keys()
    assert re.fullmatch(rf"http://localhost:{running.port}/welcome/\S{{20,}}", running.ready["owner_link"])


def test_status_names_processes_ports_and_queue(running: Square) -> None:
    status = running.status()
    assert status["running"]
    assert status["healthy"]
    assert status["ports"]["web"] == running.port
    assert status["pids"].keys() == running.ready["pids"].keys()
    assert status["queue"]["dead"] == 0


def test_accounts_and_tokens_are_made_while_it_runs(running: Square) -> None:
    made = running.run("account", "create", "ada", "--email", "ada@example.org", "--password-stdin", given="a long password\n")
    assert made.returncode == 0, made.stderr
    token = running.run("token", "create", "ada", "--scopes", "read write").stdout
    assert re.fullmatch(r"\S{30,}\n", token)
    status, me = get(f"{running.base}/api/v1/accounts/verify_credentials", token.strip())
    assert status == 200, me
    assert (me["id"], me["username"], me["locked"]) == (made.stdout.strip(), "ada", False)


def test_taken_names_and_unknown_ones_are_refused_with_what_to_type(running: Square) -> None:
    first = running.run("account", "create", "Bea", "--email", "bea@example.org", "--password", "pw")
    again = running.run("account", "create", "bea", "--email", "other@example.org", "--password", "pw")
    assert (first.returncode, again.returncode) == (0, 1)
    assert "taken" in again.stderr
    assert again.stdout == ""
    unknown = running.run("token", "create", "nobody")
    assert unknown.returncode == 1
    assert "parvis account create nobody" in unknown.stderr


@pytest.mark.parametrize("role", ["web-1", "web-2", "worker"])
def test_killed_process_is_replaced_within_two_seconds(running: Square, role: str) -> None:
    assert until(lambda: running.pids().get(role) and alive(running.pids()[role]))
    before = running.pids()[role]
    os.kill(before, signal.SIGKILL)
    assert until(lambda: running.pids().get(role) not in (None, before) and alive(running.pids()[role]), 2.0)
    assert until(running.healthy, 2.0)


def test_second_square_on_the_same_directory_is_refused(running: Square) -> None:
    second = running.run("up", "--port", str(running.port + 20))
    assert second.returncode == 4
    assert str(running.ready["pid"]) in second.stderr
    assert "parvis stop" in second.stderr


def test_occupied_port_is_named_with_its_holder(square: Square) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", square.port))
        other.listen()
        refused = square.run("up", "--port", str(square.port))
    assert refused.returncode == 1
    assert f"port {square.port} is held by" in refused.stderr
    if sys.platform == "linux":
        assert f"process {os.getpid()}" in refused.stderr
    assert "parvis up --port" in refused.stderr
    assert not (square.data / "square.json").exists()


def test_backup_is_taken_while_it_runs_and_restored_only_when_it_does_not(running: Square, tmp_path: Path) -> None:
    if "PARVIS_DATABASE_URL" in running.env:
        pytest.skip("on PostgreSQL: test_backup_holds_a_postgresql_database")
    running.run("account", "create", "cleo", "--email", "cleo@example.org", "--password", "pw")
    file = tmp_path / "square.tar.gz"
    taken = running.run("backup", str(file))
    assert taken.returncode == 0, taken.stderr
    assert file.stat().st_mode & 0o077 == 0
    refused = running.run("restore", str(file))
    assert refused.returncode == 4
    assert "parvis stop" in refused.stderr
    other = Square(tmp_path / "other")
    restored = other.run("restore", str(file))
    assert restored.returncode == 0, restored.stderr
    assert "taken" in other.run("account", "create", "cleo", "--email", "c@example.org", "--password", "pw").stderr
    assert json.loads((other.data / "secrets.json").read_text()) == json.loads((running.data / "secrets.json").read_text())


@pytest.mark.postgresql
def test_backup_holds_a_postgresql_database(running: Square, tmp_path: Path) -> None:
    running.run("account", "create", "dora", "--email", "dora@example.org", "--password", "pw")
    file = tmp_path / "square.tar.gz"
    taken = running.run("backup", str(file))
    assert taken.returncode == 0, taken.stderr
    other = Square(tmp_path / "other")
    assert other.run("restore", str(file)).returncode == 0
    assert "taken" in other.run("account", "create", "dora", "--email", "d@example.org", "--password", "pw").stderr


def test_domain_is_fixed_at_the_first_start_and_stop_leaves_nothing_running(square: Square) -> None:
    ready = square.up("--domain", "place.example")
    assert ready["url"] == "https://place.example"
    assert get(f"{square.base}/health")[0] == 200
    pids = list(ready["pids"].values())
    stopped = square.run("stop")
    assert stopped.returncode == 0, stopped.stderr
    assert square.process is not None
    assert square.process.wait(5) == 0
    assert until(lambda: not any(alive(pid) for pid in pids), 3)
    assert square.run("status", "--json").returncode == 3
    refused = square.run("up", "--port", str(square.port), "--domain", "elsewhere.example")
    assert refused.returncode == 1
    assert "place.example" in refused.stderr


def test_ctrl_c_stops_it_and_the_owner_link_stays_the_same_until_used(square: Square) -> None:
    first = square.up()
    assert square.process is not None
    square.process.send_signal(signal.SIGINT)
    assert square.process.wait(10) == 0
    assert not any(alive(pid) for pid in first["pids"].values())
    again = square.up()
    assert again["owner_link"] == first["owner_link"]
    square.run("account", "create", "olga", "--email", "o@example.org", "--password", "pw", "--role", "owner")
    square.close()
    assert square.up()["owner_link"] is None


def test_processes_end_when_the_supervisor_is_killed_and_the_square_opens_again(square: Square) -> None:
    ready = square.up()
    os.kill(ready["pids"]["supervisor"], signal.SIGKILL)
    assert until(lambda: not any(alive(pid) for role, pid in ready["pids"].items() if role != "supervisor"), 8)
    square.close()
    assert square.up()["ready"]


@pytest.mark.skipif(not os.path.exists("/proc/self/smaps_rollup"), reason="memory is read from Linux's /proc")
def test_idle_square_stays_under_180_mb(square: Square) -> None:
    ready = square.up()
    total_kb = 0
    for pid in ready["pids"].values():
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        total_kb += int(re.search(r"^Pss:\s+(\d+)", text, re.M)[1])  # type: ignore[index]
    assert total_kb < 180_000


def test_accounts_are_made_before_the_first_start(square: Square) -> None:
    made = square.run("account", "create", "eve", "--email", "eve@example.org", "--password", "pw", "--role", "moderator")
    assert made.returncode == 0, made.stderr
    token = square.run("token", "create", "eve").stdout.strip()
    square.up()
    assert get(f"{square.base}/api/v1/accounts/verify_credentials", token)[1]["id"] == made.stdout.strip()


def test_doctor_explains_and_fails_only_when_something_is_wrong(square: Square) -> None:
    well = square.run("doctor", "--json")
    findings = json.loads(well.stdout)
    assert well.returncode == 0, findings
    assert any(f["what"] == "rate limits" and f["level"] == "warning" for f in findings)
    square.env["PARVIS_DATABASE_URL"] = "postgresql://nobody@127.0.0.1:1/none"
    ill = square.run("doctor")
    assert ill.returncode == 1
    assert "PARVIS_DATABASE_URL" in ill.stdout
