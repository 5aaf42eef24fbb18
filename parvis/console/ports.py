"""Whether a port is free, and who holds it."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
from pathlib import Path

from parvis.console.main import Refused


def require_free(host: str, port: int, *, remedy: str) -> None:
    """Nothing listens on this port. Raises Refused, naming what does."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise Refused(f"{host} is not an address of this machine ({error.strerror}).", "Type: parvis up --host 127.0.0.1") from None
    with socket.socket(family) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(address)
            trial.listen(1)
        except PermissionError:
            raise Refused(f"port {port} is reserved to the system.", remedy) from None
        except OSError as error:
            if error.errno != 98 and "in use" not in str(error.strerror).lower():
                raise Refused(f"{host}:{port} cannot be listened on ({error.strerror}).", remedy) from None
            raise Refused(f"port {port} is held by {holder(port)}.", remedy) from None


def holder(port: int) -> str:
    """Return a description of what listens on a port of this machine."""
    pid = _pid_from_proc(port) or _pid_from_lsof(port)
    if pid is None:
        return "another program (of another user)"
    name = ""
    with contextlib.suppress(OSError):
        name = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    return f"process {pid}" + (f" ({name[:100]})" if name else "")


def _pid_from_proc(port: int) -> int | None:
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError):
            for line in Path(table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == "0A" and int(fields[1].rsplit(":", 1)[1], 16) == port:
                    inodes.add(f"socket:[{fields[9]}]")
    if not inodes:
        return None
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            for fd in os.listdir(process / "fd"):
                with contextlib.suppress(OSError):
                    if os.readlink(process / "fd" / fd) in inodes:
                        return int(process.name)
    return None


def _pid_from_lsof(port: int) -> int | None:
    if shutil.which("lsof") is None:
        return None
    done = subprocess.run(["lsof", "-nP", "-t", f"-iTCP:{port}", "-sTCP:LISTEN"], capture_output=True, text=True, check=False)
    first = done.stdout.split()
    return int(first[0]) if first else None
