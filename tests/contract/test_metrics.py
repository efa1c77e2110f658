"""§2: metrics, whatever the library calls them."""

from __future__ import annotations

import re
import uuid

from .accounts import Session
from .checks import UUID, assert_standard_headers
from .service import Service, eventually
from .test_items import ITEMS, create

SAMPLE = re.compile(r"^([A-Za-z_:][\w:]*)(?:\{(.*)\})? (\S+)(?: \d+)?$")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
Sample = tuple[str, dict[str, str], float]


def scrape(service: Service) -> str:
    response = service.get("/metrics")
    assert response.status_code == 200
    return response.text


def samples(text: str) -> list[Sample]:
    found = (SAMPLE.match(line) for line in text.splitlines() if line and line[0] != "#")
    return [(m[1], dict(LABEL.findall(m[2] or "")), float(m[3])) for m in found if m]


def counted(service: Service, *values: str) -> float:
    """Return the largest request count among the samples with these label values."""
    counts = [
        value
        for name, labels, value in samples(scrape(service))
        if name.endswith(("_total", "_count")) and set(values) <= set(labels.values())
    ]
    return max(counts, default=0)


def kinds(text: str) -> set[tuple[str, str]]:
    return set(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))


def route_of_an_item(service: Service) -> str:
    """Return the label that stands for the route of one item."""
    values = {value for _, labels, _ in samples(scrape(service)) for value in labels.values()}
    [route] = [value for value in values if re.fullmatch(rf"{ITEMS}/[^/]+", value)]
    return route


def test_answer_is_prometheus_text(service: Service) -> None:
    response = service.get("/metrics")
    kind = response.headers["Content-Type"].split(";")[0]
    assert kind in {"text/plain", "application/openmetrics-text"}
    assert_standard_headers(response)


def test_requests_count_by_template_and_status(service: Service, session: Session) -> None:
    path = f"{ITEMS}/{create(service, session)['id']}"
    service.get(path, headers=session.headers)
    route = route_of_an_item(service)
    before = counted(service, "GET", route, "200"), counted(service, "GET", route, "422")
    for _ in range(3):
        service.get(path, headers=session.headers)
    service.get(f"{ITEMS}/x", headers=session.headers)
    after = counted(service, "GET", route, "200"), counted(service, "GET", route, "422")
    assert (after[0] - before[0], after[1] - before[1]) == (3, 1)


def test_durations_are_measured(service: Service, anyone: Session) -> None:
    service.get(ITEMS, headers=anyone.headers)
    text = scrape(service)
    measures = {name for name, kind in kinds(text) if kind in {"histogram", "summary"}}
    assert any(
        name.removesuffix("_sum") in measures and {"GET", ITEMS} <= set(labels.values())
        for name, labels, _ in samples(text)
        if name.endswith("_sum")
    )


def test_requests_in_flight_are_a_gauge(service: Service, anyone: Session) -> None:
    text = scrape(service)
    gauges = {name for name, kind in kinds(text) if kind == "gauge"}
    (gauge,) = (name for name in gauges if re.search(r"in_?flight|in_?progress", name))

    def in_flight() -> float:
        return sum(value for name, _, value in samples(scrape(service)) if name == gauge)

    for path in (ITEMS, "/nothing"):
        service.get(path, headers=anyone.headers)
    # The one that asks is under way itself.
    assert eventually(lambda: in_flight() <= 1), "requests that have ended are in flight"


def test_process_is_measured(service: Service) -> None:
    names = {name for name, _, _ in samples(scrape(service))}
    assert {"process_cpu_seconds_total", "process_resident_memory_bytes"} <= names


def test_unknown_paths_share_one_label(service: Service) -> None:
    words = [uuid.uuid4().hex for _ in range(5)]
    service.get(f"/{words[0]}")
    before = len(samples(scrape(service)))
    for word in words:
        service.get(f"/{word}")
        service.get(f"/api/v1/{word}/{word}")
    text = scrape(service)
    assert len(samples(text)) == before
    assert not any(word in text for word in words)


def test_unknown_methods_add_no_labels(service: Service) -> None:
    methods = [f"BREW{number}" for number in range(30)]
    before = len(samples(scrape(service)))
    for method in methods:
        service.request(method, ITEMS)
        service.request(method, "/nothing")
    text = scrape(service)
    assert "BREW" not in text
    # At most one new value, such as "other", for each route and metric.
    assert len(samples(text)) - before < 60


def test_no_label_holds_an_id(service: Service, session: Session) -> None:
    item = create(service, session)
    for method in ("GET", "PATCH", "DELETE", "PUT"):
        service.request(method, f"{ITEMS}/{item['id']}", json={}, headers=session.headers)
    assert not UUID.search(scrape(service))
