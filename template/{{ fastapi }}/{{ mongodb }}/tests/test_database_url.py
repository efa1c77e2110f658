import pytest
from pymongo import ReadPreference

from app import about
from app.database import Database
from app.database_url import check_url, place_of


@pytest.mark.parametrize(
    "url",
    [
        "",
        "orders",
        "localhost:27017/orders",
        "http://localhost/orders",
        "mongodb://",
        "mongodb://localhost:port/orders",
        "mongodb://[::1/orders",
        "mongodb://a:b@c:d@localhost/orders",
        "mongodb://localhost/or ders?x",
        "mongodb://localhost/or%00ders",
        "mongodb+srv://one.example.com,two.example.com/orders",
    ],
)
def test_other_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="must look like mongodb://"):
        check_url(url)


def test_missing_file_of_a_url_is_said() -> None:
    with pytest.raises(ValueError, match="names a file that cannot be read"):
        check_url("mongodb://localhost/orders?tls=true&tlsCAFile=nowhere.pem")


@pytest.mark.parametrize(
    ("pasted", "name"),
    [
        ("mongodb://localhost/orders", "orders"),
        ("mongodb://localhost", about.SLUG),
        ("mongodb://a:p%40ss@one:27017,two:27018/orders?replicaSet=rs0&authSource=admin", "orders"),
        ("mongodb+srv://a:b@cluster0.abcde.mongodb.net/?appName=Cluster0", about.SLUG),
        # What the service decides itself.
        ("mongodb://localhost/orders?w=0&timeoutMS=1&minPoolSize=9&maxPoolSize=900", "orders"),
        ("mongodb://localhost/orders?readPreference=secondary", "orders"),
    ],
)
async def test_pasted_url_names_the_database(pasted: str, name: str) -> None:
    check_url(pasted)
    database = Database(pasted, pool_size=3, timeout=2)
    async with database.write() as db:
        assert db.name == name
        assert db.write_concern.document == {"w": "majority"}
        assert db.read_preference == ReadPreference.PRIMARY
        assert db.client.options.pool_options.max_pool_size == 3
        assert db.client.options.timeout == 2
    await database.close()


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("mongodb://a:p%40ss@one:27018,two/orders?w=1", "one:27018,two:27017/orders"),
        ("mongodb+srv://a:b@orders.mongodb.net", f"orders.mongodb.net/{about.SLUG}"),
        ("mongodb://[::1]?tls=true", f"[::1]:27017/{about.SLUG}"),
    ],
)
def test_place_has_no_credentials(url: str, place: str) -> None:
    assert place_of(url) == place
