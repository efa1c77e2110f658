"""Where Copier renders to, and whether the answers were given before."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import destination

if TYPE_CHECKING:
    from collections.abc import Mapping

RECORDED = "own_files"
"""An answer that every rendering of the agent kit for an existing project records."""


class Rendering:
    """What Copier is about to do; ``context`` has its `_copier_conf` and the answers so far."""

    def __init__(self, context: Mapping[str, Any]) -> None:
        configuration = context["_copier_conf"]
        self.folder = Path(configuration["dst_path"])
        self.overwrites = bool(configuration["overwrite"])
        self.answers_file = Path(configuration["answers_file"])
        self.is_about_existing = context["scope"] == "agent_kit"
        self._data: Mapping[str, Any] = configuration["data"]

    @property
    def is_recorded(self) -> bool:
        """Tell whether the answers come from an earlier rendering, and not from the folder."""
        return (self.folder / self.answers_file).exists() or self.is_apart

    @property
    def is_apart(self) -> bool:
        """Tell whether it is one of those into an empty folder by which an update compares."""
        return RECORDED in self._data and not destination.names_in(self.folder)
