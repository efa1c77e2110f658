"""What holds for every error, whatever raised it."""

from typing import Any

from httpx2 import Response


def assert_problem(response: Response, status: int, code: str) -> dict[str, Any]:
    """Return the body of the error that the response must be."""
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert body["code"] == code
    assert body["status"] == status
    assert body["type"] == "about:blank"
    assert body["title"]
    assert body["detail"]
    assert body["instance"] == response.request.url.raw_path.decode().partition("?")[0]
    assert body["request_id"] == response.headers["X-Request-ID"]
    return body


def assert_invalid(response: Response, **place: str) -> None:
    """Check that exactly one field, or one parameter, is what is wrong."""
    [error] = assert_problem(response, 422, "invalid_request")["errors"]
    detail = error.pop("detail")
    assert error == place
    assert detail
