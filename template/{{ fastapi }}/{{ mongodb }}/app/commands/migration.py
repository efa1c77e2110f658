"""Makes the file of a migration, to be filled in."""

import argparse
import re
import sys

from app.migrator import FOLDER, migrations

# File systems allow 255 bytes.
_LONGEST_NAME = 60
_CONTENT = '''"""{title}."""

from app.database import Collections


async def upgrade(db: Collections) -> None:
    raise NotImplementedError
'''


def main() -> None:
    """Write the file with the next number, and say where it is."""
    parser = argparse.ArgumentParser(prog="migration", description=__doc__)
    parser.add_argument("name", help="what it does, for example 'add price to items'")
    arguments = parser.parse_args()

    words = re.findall(r"[a-z0-9]+", arguments.name.lower())
    if not words:
        sys.exit("The name needs letters or digits, for example 'add price to items'.")
    known = migrations()
    number = int(known[-1].name.partition("_")[0]) + 1 if known else 1
    name = "_".join(words)[:_LONGEST_NAME].rstrip("_")
    path = FOLDER / f"{number:04}_{name}.py"
    path.write_text(_CONTENT.format(title=" ".join(words).capitalize()), encoding="utf-8")
    print(f"{path}: write what it does, then apply it.")


if __name__ == "__main__":
    main()
