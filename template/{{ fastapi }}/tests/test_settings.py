from pathlib import Path

import pytest
from dotenv import dotenv_values

from app.database_url import EXAMPLE_URL
from app.settings import EX_CONFIG, Settings, load_settings, settings_or_exit
from tests.service import ROOT, environment_of


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let each test start from a valid environment, in a folder without `.env`."""
    monkeypatch.chdir(tmp_path)
    for name, value in environment_of(EXAMPLE_URL).items():
        monkeypatch.setenv(name, value)


def complaints(capsys: pytest.CaptureFixture[str]) -> list[str]:
    with pytest.raises(SystemExit) as stopped:
        settings_or_exit()
    assert stopped.value.code == EX_CONFIG == 78
    return capsys.readouterr().err.splitlines()


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("APP_ENV", "staging", "must be 'development', 'test' or 'production'"),
        ("PORT", "0", "must be at least 1"),
        ("PORT", "http", "must be a whole number"),
        ("LOG_LEVEL", "loud", "must be 'debug', 'info', 'warning' or 'error'"),
        ("DATABASE_POOL_SIZE", "0", "must be at least 1"),
        ("DATABASE_TIMEOUT_SECONDS", "0", "must be greater than 0"),
        ("CORS_ORIGINS", "https://a.example/", "must be a list of origins such as"),
        ("CORS_ORIGINS", "a.example", "must be a list of origins such as"),
        ("TRUSTED_PROXIES", "10.0.0.0/8, proxy", "must be a comma separated list of addresses"),
        ("RATE_LIMIT_DEFAULT", "many", "must be off or one rate such as 300/minute"),
        ("RATE_LIMIT_STORAGE_URL", "http://cache", "must start with redis:// or rediss://"),
        *(
            ("RATE_LIMIT_STORAGE_URL", url, "must look like redis://:password@host:6379/0")
            for url in (
                "redis://cache:port",
                "redis://cache:65536",
                "redis://cache/orders",
                "redis://:%ZZ@cache",
                "redis://cache?nonsense=1",
            )
        ),
        ("MAX_BODY_BYTES", "0", "must be at least 1"),
        ("REQUEST_TIMEOUT_SECONDS", "0", "must be at least 1"),
        ("REQUEST_TIMEOUT_SECONDS", "1.5", "must be a whole number"),
        ("HSTS_INCLUDE_SUBDOMAINS", "perhaps", "must be true or false"),
        ("METRICS_ENABLED", "perhaps", "must be true or false"),
    ],
)
def test_bad_value_is_refused(
    name: str,
    value: str,
    complaint: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(name, value)
    [line] = complaints(capsys)
    assert line.startswith(f"{name}: {complaint}")


def test_every_problem_is_listed_at_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.setenv("APP_ENV", "staging")
    monkeypatch.setenv("PORT", "70000")
    monkeypatch.setenv("CORS_ORIGINS", "*, nonsense")
    names = [line.partition(":")[0] for line in complaints(capsys)]
    assert {"APP_ENV", "PORT", "DATABASE_URL", "CORS_ORIGINS"} <= set(names)
    assert len(names) == len(set(names))


def test_complaints_hold_no_value(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "http://ada:hunter2@db/orders")
    monkeypatch.setenv("RATE_LIMIT_STORAGE_URL", "http://:hunter2@cache")
    monkeypatch.setenv("PORT", "hunter2")
    lines = complaints(capsys)
    assert len(lines) == 3
    assert "hunter2" not in "".join(lines)


def test_secrets_are_masked_in_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RATE_LIMIT_STORAGE_URL", "redis://:hunter2@cache")
    text = repr(load_settings())
    assert "hunter2" not in text
    assert EXAMPLE_URL not in text


def test_any_origin_is_for_development(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CORS_ORIGINS", "*")
    assert load_settings().cors_origins == ("*",)
    monkeypatch.setenv("APP_ENV", "production")
    assert complaints(capsys) == [
        "CORS_ORIGINS: must list exact origins in production, not *",
    ]


def test_production_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("APP_ENV")
    assert load_settings().production


@pytest.mark.parametrize(
    ("app_env", "log_format", "docs_enabled"),
    [("production", "json", False), ("test", "json", True), ("development", "console", True)],
)
def test_defaults_follow_the_environment(
    app_env: str,
    log_format: str,
    docs_enabled: bool,  # noqa: FBT001
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("APP_ENV", app_env)
    settings = load_settings()
    assert (settings.log_format, settings.docs_enabled) == (log_format, docs_enabled)


def test_empty_value_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "")
    monkeypatch.setenv("CORS_ORIGINS", "")
    settings = load_settings()
    assert (settings.port, settings.cors_origins) == (8000, ())


def test_lists_are_split_at_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_ORIGINS", "https://a.example, http://localhost:5173,")
    monkeypatch.setenv("TRUSTED_PROXIES", "10.1.2.3/8,::1")
    settings = load_settings()
    assert settings.cors_origins == ("https://a.example", "http://localhost:5173")
    assert settings.trusted_proxies == ("10.0.0.0/8", "::1/128")


@pytest.mark.parametrize(
    ("app_env", "port"), [("production", 8000), ("test", 8000), ("development", 9000)]
)
def test_env_file_is_for_development(
    app_env: str, port: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("PORT=9000\n")
    monkeypatch.setenv("APP_ENV", app_env)
    assert load_settings().port == port


@pytest.mark.parametrize(
    "content", [b"\xef\xbb\xbfPORT=9000\n", b"PORT=9000\r\nLOG_LEVEL=debug\r\n", b"PORT=9000"]
)
def test_env_file_is_read_as_editors_save_it(
    content: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_bytes(content)
    monkeypatch.setenv("APP_ENV", "development")
    assert load_settings().port == 9000


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "latin-1"])
def test_env_file_must_be_utf8(
    encoding: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / ".env").write_bytes("# für mich\nPORT=9000\n".encode(encoding))
    monkeypatch.setenv("APP_ENV", "development")
    assert complaints(capsys) == [".env: must be text in UTF-8"]


def test_env_example_lists_every_setting() -> None:
    assert dotenv_values(ROOT / ".env.example").keys() == {
        name.upper() for name in Settings.model_fields
    }


def test_env_example_shows_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    example = dotenv_values(ROOT / ".env.example")
    for name in environment_of(EXAMPLE_URL):
        monkeypatch.delenv(name)
    # What has no default, and the environment in which nothing else is required.
    fixed = {
        **{name: value for name, value in environment_of(EXAMPLE_URL).items() if not example[name]},
        "APP_ENV": "test",
    }

    def load(**environment: str | None) -> Settings:
        for name, value in (environment | fixed).items():
            monkeypatch.setenv(name, value or "")
        return load_settings()

    defaults = load()
    assert load(**example) == defaults
