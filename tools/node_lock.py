"""Writes the lock of all options of Node services together: `uv run poe node-lock`.

A manifest of the template asks for what its options need, and the lock beside it holds what any of
them needs: `npm install` prunes it in the rendered project, without resolving anything anew. This
command belongs to every change of `package.json.jinja`; `--update` resolves everything afresh.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.support.projects import node
from tests.support.render import ROOT, combinations, name_of, render

LAYER = ROOT / "template" / "{{ node }}"
KINDS = ("dependencies", "devDependencies")


def main() -> None:
    parser = argparse.ArgumentParser(prog="node_lock", description=__doc__)
    parser.add_argument("--update", action="store_true", help="forget what is locked now")
    update = parser.parse_args().update
    with tempfile.TemporaryDirectory(prefix="lock-") as name:
        folder = Path(name)
        manifest = manifest_of_all_options(folder / "projects")
        (folder / "package.json").write_text(json.dumps(manifest), encoding="utf-8")
        shutil.copy(LAYER / ".npmrc", folder)
        if not update:
            shutil.copy(LAYER / "package-lock.json", folder)
        environment = {**os.environ, "PATH": f"{node().parent}{os.pathsep}{os.environ['PATH']}"}
        subprocess.run(
            ["npm", "install", "--package-lock-only", "--no-audit"],
            cwd=folder,
            env=environment,
            check=True,
        )
        shutil.copy(folder / "package-lock.json", LAYER)


def manifest_of_all_options(folder: Path) -> dict[str, object]:
    """Return a manifest that asks for whatever some combination of answers asks for."""
    together: dict[str, dict[str, str]] = {kind: {} for kind in KINDS}
    engines: dict[str, str] = {}
    for answers in combinations():
        path = render(folder / name_of(answers), **answers) / "package.json"
        if not path.exists():
            continue
        manifest = json.loads(path.read_text(encoding="utf-8"))
        engines = manifest["engines"]
        for kind in KINDS:
            together[kind] |= manifest[kind]
    return {
        "name": "service",
        "version": "0.1.0",
        **{kind: dict(sorted(packages.items())) for kind, packages in together.items()},
        "engines": engines,
    }


if __name__ == "__main__":
    main()
