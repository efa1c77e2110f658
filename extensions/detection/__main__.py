"""`python extensions/detection FOLDER [--json]`: what the folder's project is written in and with."""

from __future__ import annotations

import argparse
import sys
from contextlib import suppress
from pathlib import Path

if __package__ in {None, ""}:
    # Run as a folder: its parent is what Python has to find the package in.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from detection import detect
from detection.report import as_json, as_table
from detection.rules import load_labels


def main() -> int:
    """Print the report about a folder; return 2 for what is no folder."""
    parser = argparse.ArgumentParser(prog="python extensions/detection", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", action="store_true", help="as JSON, for programs")
    arguments = parser.parse_args()
    if not arguments.folder.is_dir():
        parser.error(f"{arguments.folder} is no folder")
    report = detect(arguments.folder)
    text = as_json(report) if arguments.json else as_table(report, load_labels())
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    with suppress(BrokenPipeError):  # as of `head`
        print(text, flush=True)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
