import pytest

from app.database_url import check_url, driver_url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "orders",
        "localhost:5432/orders",
        "http://localhost/orders",
        "file:///orders.db",
        "postgresql://localhost:port/orders",
        "postgresql://[::1/orders",
    ],
)
def test_other_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="must look like postgresql://"):
        check_url(url)


@pytest.mark.parametrize(
    ("pasted", "expected"),
    [
        ("postgres://ada@db/orders", "postgresql://ada@db/orders"),
        ("postgresql+asyncpg://db/orders", "postgresql://db/orders"),
        ("postgresql+psycopg://db/orders", "postgresql://db/orders"),
        (
            "postgres://a:p%40ss@db:5432/orders?sslmode=require&channel_binding=require",
            "postgresql://a:p%40ss@db:5432/orders?sslmode=require",
        ),
    ],
)
def test_pasted_url_reaches_the_driver(pasted: str, expected: str) -> None:
    check_url(pasted)
    assert driver_url(pasted) == expected
