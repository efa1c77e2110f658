"""§2: health."""

from __future__ import annotations

import pytest

from .checks import assert_problem, assert_standard_headers
from .service import Service, at_once


def test_live_answers_ok(service: Service) -> None:
    response = service.get("/health/live")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert_standard_headers(response)


def test_ready_names_the_database(service: Service) -> None:
    response = service.get("/health/ready")
    assert (response.status_code, response.json()) == (
        200,
        {"status": "ok", "checks": {"database": "ok"}},
    )
    assert_standard_headers(response)


def test_ready_answers_many_at_once(service: Service) -> None:
    answers = at_once(64, lambda _: service.get("/health/ready"))
    assert {answer.status_code for answer in answers} == {200}
    assert max(answer.elapsed.total_seconds() for answer in answers) < 2.2


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_health_offers_only_reading(service: Service, path: str) -> None:
    response = service.post(path)
    assert_problem(response, 405, "method_not_allowed")
    assert "GET" in response.headers["Allow"]


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_head_has_the_status_and_no_body(service: Service, path: str) -> None:
    response = service.request("HEAD", path)
    assert (response.status_code, response.content) == (200, b"")
    assert_standard_headers(response)
    # A body that was sent all the same would be read as the next answer.
    assert service.get(path).status_code == 200
