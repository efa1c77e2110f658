"""The real `copier` command, as a user runs it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def copier(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run Copier without a terminal."""
    return subprocess.run(
        [sys.executable, "-m", "copier", *map(str, arguments)],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def last_line(finished: subprocess.CompletedProcess[str]) -> str:
    """Return the last line that the user sees: it has to say what to do."""
    lines = [line for line in finished.stderr.splitlines() if line.strip()]
    return lines[-1] if lines else ""
