"""Writes `openapi.json`, or checks that it is up to date. Needs no environment, no database."""

import argparse
import json
import sys
from pathlib import Path

from app.main import create_app
from app.settings import example_settings

TARGET = Path("openapi.json")


def main() -> None:
    """Write the document, or with `--check` exit with 1 when the written one is stale."""
    parser = argparse.ArgumentParser(prog="openapi", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only compare")
    arguments = parser.parse_args()

    text = json.dumps(create_app(example_settings()).openapi(), indent=2, ensure_ascii=False) + "\n"
    if not arguments.check:
        TARGET.write_text(text, encoding="utf-8", newline="\n")
    elif not TARGET.exists() or TARGET.read_text(encoding="utf-8") != text:
        sys.exit(f"{TARGET} is stale: write it with `uv run poe openapi` and commit it.")


if __name__ == "__main__":
    main()
