"""§8: migrations."""

from __future__ import annotations

from .service import Service, at_once, run_command
from .target import Target


def test_applying_again_changes_nothing(target: Target, service: Service) -> None:
    for done in at_once(2, lambda _: run_command(target, target.migrate)):
        assert done.returncode == 0, done.stdout + done.stderr
    assert service.get("/health/ready").status_code == 200
