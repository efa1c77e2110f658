"""Runs a command with the development environment: `python -m scripts.run COMMAND ...`."""

import subprocess
import sys

from scripts.development import development_environment

if __name__ == "__main__":
    with development_environment():
        sys.exit(subprocess.run(sys.argv[1:], check=False).returncode)  # noqa: S603
