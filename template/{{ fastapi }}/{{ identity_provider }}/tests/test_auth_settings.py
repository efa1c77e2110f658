import pytest
from pydantic import ValidationError

from app.__main__ import main
from app.auth import provider
from app.database_url import EXAMPLE_URL
from app.settings import example_settings, problems_of
from tests.provider_tokens import WRONG_ISSUERS
from tests.service import environment_of, settings_of


def problems(**changes: str) -> list[str]:
    with pytest.raises(ValidationError) as refused:
        settings_of(**changes)
    return problems_of(refused.value)


def test_issuer_is_required() -> None:
    [problem] = problems(oidc_issuer="")
    assert problem == f"OIDC_ISSUER: is required, such as {provider.EXAMPLE_ISSUER}"


@pytest.mark.parametrize("audience", [",", " , "])
def test_audience_is_required(audience: str) -> None:
    [problem] = problems(oidc_audience=audience)
    assert problem == f"OIDC_AUDIENCE: is required, such as {provider.EXAMPLE_AUDIENCE}"


@pytest.mark.parametrize("issuer", [*WRONG_ISSUERS, "x", "ftp://issuer.example.com"])
def test_other_issuer_is_refused(issuer: str) -> None:
    [problem] = problems(oidc_issuer=issuer)
    assert problem == f"OIDC_ISSUER: must look like {provider.EXAMPLE_ISSUER}"


@pytest.mark.parametrize(
    "url",
    ["keys", "ftp://keys.example.com", "https://", "https://a:b@c/", "http://keys.example.com"],
)
def test_production_fetches_keys_by_https(url: str) -> None:
    assert problems(app_env="production", oidc_jwks_url=url) == [
        "OIDC_JWKS_URL: must be an https URL"
    ]


@pytest.mark.parametrize(
    "url",
    ["https://keys.example.com", "http://localhost:8080/keys", "http://127.0.0.1/", "http://[::1]"],
)
def test_this_machine_needs_no_https(url: str) -> None:
    assert settings_of(app_env="production", oidc_jwks_url=url).oidc_jwks_url == url


def test_development_needs_no_https() -> None:
    url = "http://keys.internal"
    assert settings_of(app_env="development", oidc_jwks_url=url).oidc_jwks_url == url


def test_examples_are_valid() -> None:
    settings = example_settings()
    assert settings.oidc_issuer == provider.EXAMPLE_ISSUER
    assert settings.oidc_roles_claim == provider.ROLES_CLAIM


def test_missing_settings_end_the_start(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment = environment_of(EXAMPLE_URL, app_env="production", oidc_issuer="")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("uvicorn.run", lambda *_, **__: None)
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 78
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("OIDC_ISSUER: is required")
