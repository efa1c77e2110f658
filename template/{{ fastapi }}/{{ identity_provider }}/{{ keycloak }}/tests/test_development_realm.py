from pathlib import Path

import pytest
from pydantic import ValidationError

from app.about import SLUG
from app.database_url import EXAMPLE_URL
from app.settings import load_settings, problems_of


@pytest.fixture(autouse=True)
def _nothing_configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", EXAMPLE_URL)


def test_development_has_a_realm_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_ENV", "development")
    settings = load_settings()
    assert settings.oidc_issuer == f"http://localhost:8080/realms/{SLUG}"
    assert settings.oidc_audience == (SLUG,)


def test_production_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_ENV", "production")
    with pytest.raises(ValidationError) as refused:
        load_settings()
    names = [problem.partition(":")[0] for problem in problems_of(refused.value)]
    assert names == ["OIDC_ISSUER", "OIDC_AUDIENCE"]
