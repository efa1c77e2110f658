"""§2, §4: the documentation page and its files, whatever a browser or a cache asks of them."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

import pytest

from .checks import assert_problem
from .raw import exchange
from .service import Service

ASKED = {
    "range": {"Range": "bytes=0-9"},
    "range-of-the-end": {"Range": "bytes=-9"},
    "range-behind-the-end": {"Range": "bytes=999999999-"},
    "range-of-nothing": {"Range": "bytes=9-0"},
    "ranges": {"Range": "bytes=0-1,5-9"},
    "range-of-other-units": {"Range": "lines=0-9"},
    "range-nonsense": {"Range": "bytes=x-y"},
    "if-match": {"If-Match": '"other"'},
    "if-match-any": {"If-Match": "*"},
    "if-none-match": {"If-None-Match": '"other"'},
    "if-none-match-any": {"If-None-Match": "*"},
    "if-modified-since": {"If-Modified-Since": "Mon, 01 Jan 2035 00:00:00 GMT"},
    "if-unmodified-since": {"If-Unmodified-Since": "Mon, 01 Jan 1990 00:00:00 GMT"},
    "if-unmodified-nonsense": {"If-Unmodified-Since": "yesterday"},
    "if-range": {"If-Range": '"other"', "Range": "bytes=0-9"},
    "accept": {"Accept": "application/json"},
}
NO_FILES = [
    "/docs/nothing.js",
    "/docs/%00",
    "/docs/%ff",
    "/docs/%zz",
    "/docs/..%2f..%2fetc%2fpasswd",
]


@pytest.fixture(scope="module")
def files(service: Service) -> list[str]:
    """The page, and what it loads from here."""
    page = service.get("/docs")
    assert page.status_code == 200
    links = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    urls = [urlsplit(urljoin(f"{service.url}/docs", link)) for link in links]
    return ["/docs", *(url.path for url in urls if url.netloc == f"127.0.0.1:{service.port}")]


def test_files_are_there(service: Service, files: list[str]) -> None:
    for path in files:
        response = service.get(path)
        assert response.status_code == 200, path
        assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("asked", ASKED)
def test_conditions_are_no_fault(service: Service, files: list[str], asked: str) -> None:
    for path in [*files, "/openapi.json"]:
        whole = service.get(path)
        response = service.get(path, headers=ASKED[asked])
        assert response.status_code in {200, 206, 304, 412, 416}, path
        assert len(response.content) <= len(whole.content) + 1000
        codes = {412: "precondition_failed", 416: "range_not_satisfiable"}
        if code := codes.get(response.status_code):
            assert_problem(response, response.status_code, code)


@pytest.mark.parametrize("path", NO_FILES)
def test_other_files_are_not_there(service: Service, path: str) -> None:
    response = exchange(service, "GET", path, {"Range": "bytes=0-9"})
    assert response.status_code in {400, 404}
    assert_problem(response, response.status_code, response.json()["code"])


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_files_are_only_read(service: Service, files: list[str], method: str) -> None:
    for path in files:
        response = service.request(method, path)
        assert response.status_code in {404, 405}, path
        assert_problem(response, response.status_code, response.json()["code"])
