"""Starts every role of a square from one preloaded process, restarts what dies, and stops all of it cleanly.

The parent never opens a connection, a socket to others or a thread, so that a fork is always a clean start; what
it imported is shared memory. The database is migrated by a short-lived child while the parent imports.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import http.client
import json
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from parvis.config import environment
from parvis.console import roles, square
from parvis.console.main import Refused

FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 10.0
SETTLED_S = 10.0
START_LIMIT_S = 120.0
STOP_LIMIT_S = 10.0


@dataclass
class Child:
    """One role's process. `pause_s` grows each time it dies young, and is forgotten once it has settled."""

    role: str
    run: Callable[[], None]
    pid: int = 0
    born: float = 0.0
    pause_s: float = FIRST_PAUSE_S
    due: float = 0.0


class Supervisor:
    """The processes of one square on this machine."""

    def __init__(self, on_ready: Callable[[dict[str, Any]], None]) -> None:
        self.on_ready = on_ready
        self.children = {role: Child(role, run) for role, run in roles.roles().items()}
        self.stopping = 0
        self.ready = False
        self.restarts = 0
        self.started = time.time()
        self.owner_link = ""
        self._lifeline, self._heart = os.pipe()
        self._wake_out, self._wake_in = os.pipe()
        for fd in (self._wake_out, self._wake_in):
            os.set_blocking(fd, False)

    def run(self, prepare: Callable[[], dict[str, Any]]) -> int:
        """Prepare the database, start every role, and stay until told to stop; return the exit status."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._asked_to_stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake_in, warn_on_full_buffer=False)
        self._write_state()
        preparing = _Preparation(prepare, self._become_child)
        roles.preload()
        found = preparing.result()
        self.owner_link = found.get("owner_link", "")
        gc.collect()
        gc.freeze()
        deadline = time.monotonic() + START_LIMIT_S
        while not self.stopping:
            self._reap()
            self._start_due()
            if not self.ready:
                if self._healthy():
                    self.ready = True
                    self._write_state()
                    self.on_ready(self._state())
                elif time.monotonic() > deadline:
                    self._stop_all()
                    raise Refused("the square did not answer in time.", "Its errors are above. Then type: parvis doctor")
            self._wait(0.02 if not self.ready else self._until_due())
        self._stop_all()
        return 0

    def _asked_to_stop(self, number: int, frame: Any) -> None:
        self.stopping += 1

    def _until_due(self) -> float:
        waiting = [child.due - time.monotonic() for child in self.children.values() if not child.pid]
        return max(0.0, min([5.0, *waiting]))

    def _wait(self, seconds: float) -> None:
        """Sleep until a signal comes (a child died, somebody asks to stop) or the time is over."""
        select.select([self._wake_out], [], [], seconds)
        with contextlib.suppress(BlockingIOError):
            while os.read(self._wake_out, 4096):
                pass

    def _start_due(self) -> None:
        moment = time.monotonic()
        started = False
        for child in self.children.values():
            if not child.pid and moment >= child.due:
                self._start(child)
                started = True
        if started and self.ready:
            self._write_state()

    def _start(self, child: Child) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            status = 70
            try:
                self._become_child()
                roles.end_with(self._lifeline)
                child.run()
                status = 0
            except SystemExit as leaving:
                status = leaving.code if isinstance(leaving.code, int) else 1
            except BaseException:
                sys.excepthook(*sys.exc_info())
            finally:
                with contextlib.suppress(Exception):
                    sys.stderr.flush()
                os._exit(status)
        child.pid, child.born = pid, time.monotonic()

    def _become_child(self) -> None:
        """Undo in a forked child what belongs to the supervisor alone."""
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        for fd in (self._heart, self._wake_in, self._wake_out):
            os.close(fd)
        os.setpgid(0, 0)  # Ctrl-C reaches the supervisor alone, which then stops everyone in order
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.dup2(2, 1)  # the ready line stays alone on stdout

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            for child in self.children.values():
                if child.pid == pid:
                    self._died(child, status)

    def _died(self, child: Child, status: int) -> None:
        moment = time.monotonic()
        if moment - child.born > SETTLED_S:
            child.pause_s = FIRST_PAUSE_S
        child.pid, child.due = 0, moment + child.pause_s
        if not self.stopping:
            self.restarts += 1
            cause = f"signal {-code}" if (code := os.waitstatus_to_exitcode(status)) < 0 else f"status {code}"
            print(f"parvis: {child.role} ended ({cause}); starting it again in {child.pause_s:.1f} s", file=sys.stderr, flush=True)
        child.pause_s = min(child.pause_s * 2, LONGEST_PAUSE_S)

    def _healthy(self) -> bool:
        """Return whether every web address answers, and streaming listens."""
        host = _reachable(environment.text("PARVIS_HOST"))
        try:
            connection = http.client.HTTPConnection(host, environment.number("PARVIS_PORT"), timeout=2)
            connection.request("GET", "/health", headers={"Host": environment.domain()})
            if connection.getresponse().status != 200:
                return False
            connection.close()
            if "realtime" in self.children:
                socket.create_connection((host, environment.streaming_port()), timeout=2).close()
        except (OSError, http.client.HTTPException):
            return False
        return True

    def _state(self) -> dict[str, Any]:
        host, port = environment.text("PARVIS_HOST"), environment.number("PARVIS_PORT")
        return {
            "ready": self.ready,
            "pid": os.getpid(),
            "url": public_url(),
            "streaming": environment.streaming_url() if "realtime" in self.children else None,
            "listen": f"http://{_bracketed(_reachable(host))}:{port}",
            "ports": {"web": port, "streaming": environment.streaming_port()},
            "pids": {"supervisor": os.getpid(), **{child.role: child.pid for child in self.children.values() if child.pid}},
            "restarts": self.restarts,
            "started_at": self.started,
            "data": str(environment.data_dir()),
            "owner_link": self.owner_link or None,
        }

    def _write_state(self) -> None:
        square.write_state(self._state())

    def _stop_all(self) -> None:
        """Ask every child to end, in time; then end it."""
        asked = self.stopping
        for child in self.children.values():
            _signal(child.pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_LIMIT_S
        while any(child.pid for child in self.children.values()):
            self._reap()
            for child in self.children.values():
                if time.monotonic() > deadline or self.stopping > asked:
                    _signal(child.pid, signal.SIGKILL)
            self._wait(0.05)
        square.forget_state()


class _Preparation:
    """The database made ready by a child, so that its memory and its connections are gone afterwards."""

    def __init__(self, prepare: Callable[[], dict[str, Any]], become_child: Callable[[], None]) -> None:
        out, self._in = os.pipe()
        self._out = out
        self.pid = os.fork()
        if self.pid == 0:
            status = 1
            try:
                become_child()
                answer: dict[str, Any] = prepare()
                status = 0
            except Refused as refusal:
                answer = {"refused": str(refusal), "remedy": refusal.remedy}
            except BaseException as error:
                sys.excepthook(*sys.exc_info())
                answer = {"refused": f"the database could not be made ready ({type(error).__name__}).", "remedy": "Type: parvis doctor"}
            with contextlib.suppress(OSError), os.fdopen(self._in, "w") as pipe:
                json.dump(answer, pipe)
            os._exit(status)
        os.close(self._in)

    def result(self) -> dict[str, Any]:
        """Return what the child found. Raises Refused with its reason."""
        with os.fdopen(self._out) as pipe:
            text = pipe.read()
        while True:
            try:
                os.waitpid(self.pid, 0)
                break
            except ChildProcessError:
                break
            except OSError as error:
                if error.errno != errno.EINTR:
                    raise
        answer: dict[str, Any] = json.loads(text) if text else {"refused": "the database was not made ready.", "remedy": ""}
        if "refused" in answer:
            square.forget_state()
            raise Refused(answer["refused"], answer["remedy"])
        return answer


def _signal(pid: int, number: int) -> None:
    if pid:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def public_url() -> str:
    """Return the address to open: the public one, or localhost with the port that is listened on."""
    if environment.domain().split(":")[0] == "localhost":
        return f"http://localhost:{environment.number('PARVIS_PORT')}"
    return environment.base_url()


def _reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
