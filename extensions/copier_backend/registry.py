"""The registry: one YAML file per technology."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from pathlib import Path

STATUSES = ("rendered", "described", "detected")


@dataclass(frozen=True)
class Technology:
    """One technology that the project can speak about.

    ``names`` are the words by which text names it: the leak test looks for them.
    """

    id: str
    field: str
    label: str
    status: str
    docs: str
    version: str = ""
    names: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()


def load_registry(folder: Path) -> dict[str, Technology]:
    """Return every technology by id; raise ``ValueError`` naming the file that is wrong."""
    registry = {}
    for path in sorted(folder.glob("*.yml")):
        try:
            technology = _technology(yaml.safe_load(path.read_text(encoding="utf-8")))
        except (TypeError, yaml.YAMLError) as error:
            message = f"{path.name}: {error}"
            raise ValueError(message) from error
        if technology.id != path.stem or technology.status not in STATUSES:
            message = f"{path.name}: the id must be the file's name, the status one of {STATUSES}"
            raise ValueError(message)
        registry[technology.id] = technology
    return registry


def _technology(fields: dict[str, object]) -> Technology:
    lists = {key: tuple(fields.pop(key, ()) or ()) for key in ("names", "packages")}  # type: ignore[arg-type]
    return Technology(**fields, **lists)  # type: ignore[arg-type]
