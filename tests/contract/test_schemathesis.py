"""§2: the service behaves as its OpenAPI document says, for requests nobody thought of."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .accounts import open_admin, sign_up
from .service import Service

# Left out, because the document cannot say it in a way that every generator understands:
EXCLUDED = (
    # blank titles, control characters and the e-mail grammar are refused but match the schema
    "positive_data_acceptance",
)


def test_generated_requests_find_no_contradiction(
    service: Service, config: pytest.Config, tmp_path: Path
) -> None:
    # An administrator may call everything.
    user = open_admin(service) if service.target.auth == "local" else sign_up(service)
    long = bool(config.getoption("--all", default=False))
    command = [
        sys.executable, "-m", "schemathesis.cli", "run", f"{service.url}/openapi.json",
        "--header", f"Authorization: Bearer {user.access_token}",
        "--include-path-regex", "^/api/",
        "--checks", "all",
        "--exclude-checks", ",".join(EXCLUDED),
        "--max-examples", "300" if long else "25",
        "--generation-deterministic",
        # One thread: Python 3.11's parser, which the generator uses, is not safe in two.
        "--workers", "1",
        "--no-color",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=900)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]


@pytest.fixture
def config(request: pytest.FixtureRequest) -> pytest.Config:
    return request.config
