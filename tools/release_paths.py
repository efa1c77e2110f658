"""Records what projects of the released template hold, so that no update takes it from them.

`uv run poe release-paths` writes `tests/update/released_paths.json`, and does so with every release.

The rule. An output path is a public interface: people edit the file, and an update removes a file
that the template has renamed or dropped, together with their changes. A migration that has run
somewhere is never edited, and a project numbers its own migrations after those of its first day,
so an update brings no new one. Whoever breaks this does so in a major version and names the path
in backticks under "Unreleased" in `CHANGELOG.md`, with what the users of the template do then.
Until the first release everything may change, and only this command has to be run again.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from copier_backend.layers import Layers

from tests.support.render import combinations, default_of, name_of, questions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parent.parent
RECORD = ROOT / "tests" / "update" / "released_paths.json"
CHANGELOG = ROOT / "CHANGELOG.md"
_MIGRATION = re.compile(r"(^|/)migrations/.*\d")

# What a combination of answers writes: its paths; migrations have a hash after the path.
Outputs = frozenset[str]


def known_answers() -> dict[str, dict[str, Any]]:
    """Return every set of answers that writes files of its own, by name."""
    existing = {"scope": "agent_kit"}
    return {
        **{name_of(answers): dict(answers) for answers in combinations()},
        "agent-kit": existing,
        "agent-kit-beside-own-files": {**existing, "own_files": ["AGENTS.md", "CLAUDE.md"]},
    }


def outputs(root: Path, answers: Mapping[str, Any]) -> Outputs:
    """Return what these answers write, for all tools of agents.

    A question that is newer than the answers has its default.
    """
    defaults = {name: default_of(name) for name in questions("stack.yml")}
    tools = list(questions("agents.yml")["agent_tools"]["choices"].values())
    complete = {**defaults, "agent_tools": tools, **answers}
    found = Layers(root).output_paths(complete)
    return frozenset(
        f"{path} {_hash(source)}" if _MIGRATION.search(path) else path
        for path, source in found.items()
    )


def faults(before: Outputs, now: Outputs, changelog: str) -> Iterator[str]:
    """Yield what an update would take away or break, unless the changelog tells its users."""
    for entry in sorted(before - now):
        path, _, edited = entry.partition(" ")
        if not is_named(path, changelog):
            yield f"{path} {'has been edited or removed' if edited else 'is gone'}"
    known = {entry.partition(" ")[0] for entry in before}
    for entry in sorted(now - before):
        path, _, migration = entry.partition(" ")
        if migration and path not in known and not is_named(path, changelog):
            yield f"{path} would come after the migrations of a project"


def is_named(path: str, changelog: str) -> bool:
    """Tell whether the changelog says what happens to the path with the next release."""
    unreleased = re.search(
        r"^## \[Unreleased\]\n(.*?)(?=^## |\Z)", changelog, re.DOTALL | re.MULTILINE
    )
    return unreleased is not None and f"`{path}`" in unreleased[1]


def is_released(changelog: str) -> bool:
    """Tell whether there is a version that somebody may update from."""
    return re.search(r"^## \[\d", changelog, re.MULTILINE) is not None


def read_record() -> list[tuple[dict[str, Any], Outputs]]:
    """Return the recorded combinations of answers, each with what it wrote."""
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    outputs_of = record["outputs"].items()
    return [
        (answers, frozenset(entry for entry, names in outputs_of if {name, "*"} & {*names.split()}))
        for name, answers in record["combinations"].items()
    ]


def write_record() -> None:
    """Write the present state: for each output the combinations that have it, "*" for all."""
    known = known_answers()
    now = {name: outputs(ROOT, answers) for name, answers in known.items()}
    holders = {
        entry: [name for name in known if entry in now[name]]
        for entry in sorted(frozenset().union(*now.values()))
    }
    record = {
        "combinations": known,
        "outputs": {
            entry: "*" if len(names) == len(known) else " ".join(names)
            for entry, names in holders.items()
        },
    }
    RECORD.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def all_faults() -> list[str]:
    """Return what is wrong in any recorded combination, once."""
    changelog = CHANGELOG.read_text(encoding="utf-8")
    return sorted(
        {
            fault
            for answers, before in read_record()
            for fault in faults(before, outputs(ROOT, answers), changelog)
        }
    )


def main() -> None:
    """Record the present state, unless it breaks released projects and nobody tells them."""
    wrong = all_faults() if is_released(CHANGELOG.read_text(encoding="utf-8")) else []
    if wrong:
        sys.exit("\n".join([*wrong, f"Name these in {CHANGELOG.name} under Unreleased."]))
    write_record()


def _hash(source: Path) -> str:
    # The same text, however git writes line ends.
    return hashlib.sha256(source.read_bytes().replace(b"\r\n", b"\n")).hexdigest()[:16]


if __name__ == "__main__":
    main()
