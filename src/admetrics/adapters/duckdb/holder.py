"""The process that has a file, as messages name it."""

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

_OURS: Final = re.compile(r"(?:^|\0|/)admetrics\0([a-z][a-z-]*)\0").search
"""The command in the arguments of a process, as the system keeps them. What follows it may be personal."""


def process_named(number: int) -> str:
    """Say what process has a number, as far as the system tells: its command and since when it runs.

    Args:
        number: of a process of this machine.
    """
    try:
        folder = Path("/proc", str(number))
        arguments = os.fsdecode((folder / "cmdline").read_bytes())
        ticks = int((folder / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[19])
        uptime = float(Path("/proc/uptime").read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return f"process {number}"
    began = datetime.now(UTC) - timedelta(seconds=uptime - ticks / os.sysconf("SC_CLK_TCK"))
    ours = _OURS(arguments)
    command = f"`admetrics {ours[1]}`" if ours else Path(arguments.partition("\0")[0]).name
    return f"process {number}, {command}, since {began:%Y-%m-%dT%H:%M:%SZ}"
