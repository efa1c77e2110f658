import pytest
from pydantic import ValidationError

from app.__main__ import main
from app.database_url import EXAMPLE_URL
from app.settings import DEVELOPMENT_SECRET_KEY, problems_of
from tests.service import environment_of, settings_of

AUTH = "AUTH_SECRET_KEY:"
REQUIRED = f"{AUTH} is required in production"
TOO_SHORT = f"{AUTH} must have at least 32 bytes in production"


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        ("", REQUIRED),
        ("hunter2", TOO_SHORT),
        ("x" * 31, TOO_SHORT),
        (
            DEVELOPMENT_SECRET_KEY,
            f"{AUTH} must not be the published development key in production",
        ),
    ],
)
def test_weak_key_is_refused_in_production(key: str, problem: str) -> None:
    with pytest.raises(ValidationError) as refused:
        settings_of(app_env="production", auth_secret_key=key)
    assert problems_of(refused.value) == [problem]


@pytest.mark.parametrize("key", ["x" * 32, "é" * 16])
def test_length_counts_in_bytes(key: str) -> None:
    settings = settings_of(app_env="production", auth_secret_key=key)
    assert settings.auth_secret_key.get_secret_value() == key


@pytest.mark.parametrize("app_env", ["development", "test"])
def test_development_needs_no_key(app_env: str) -> None:
    settings = settings_of(app_env=app_env, auth_secret_key="")
    assert settings.auth_secret_key.get_secret_value() == DEVELOPMENT_SECRET_KEY
    assert DEVELOPMENT_SECRET_KEY not in repr(settings)


def test_published_key_ends_the_start(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment = environment_of(
        EXAMPLE_URL, app_env="production", auth_secret_key=DEVELOPMENT_SECRET_KEY
    )
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("uvicorn.run", lambda *_, **__: None)
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 78
    [line] = capsys.readouterr().err.splitlines()
    assert line == f"{AUTH} must not be the published development key in production"
