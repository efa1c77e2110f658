"""§1, §7: whose forwarded address is believed."""

from __future__ import annotations

import secrets

import pytest

from .accounts import Session
from .raw import exchange
from .service import Service
from .test_items import ITEMS

CHAINS = {
    "198.51.100.7": "198.51.100.7",
    "203.0.113.9, 198.51.100.7": "198.51.100.7",
    "203.0.113.9,198.51.100.7, 127.0.0.1": "198.51.100.7",
    "2001:db8::7": "2001:db8::7",
    "::ffff:198.51.100.7": "198.51.100.7",
    "::FFFF:c633:6407": "198.51.100.7",
    "::ffff:198.51.100.7, ::ffff:127.0.0.1": "198.51.100.7",
    "garbage, 198.51.100.7": "198.51.100.7",
}
NONSENSE = ["garbage", ", ,", "999.1.1.1", '";DROP', "198.51.100.7" * 300, "\xff"]


def client_of(service: Service, headers: dict[str, str]) -> str:
    request_id = f"id-{secrets.token_hex(8)}"
    service.get("/nothing", headers={**headers, "X-Request-ID": request_id})
    return str(service.wait_for_log(request_id=request_id, status=404)["client"])


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP"])
def test_nobody_is_believed_by_default(service: Service, header: str) -> None:
    value = "for=198.51.100.7" if header == "Forwarded" else "198.51.100.7"
    assert client_of(service, {header: value}) == "127.0.0.1"


@pytest.mark.parametrize(("chain", "client"), CHAINS.items())
def test_nearest_untrusted_address_is_the_client(proxied: Service, chain: str, client: str) -> None:
    assert client_of(proxied, {"X-Forwarded-For": chain}) == client


@pytest.mark.parametrize("value", NONSENSE, ids=range(len(NONSENSE)))
def test_nonsense_is_no_fault(proxied: Service, value: str) -> None:
    response = exchange(proxied, "GET", "/health/live", {"X-Forwarded-For": value})
    assert response.status_code in {200, 400}


def test_forwarded_scheme_is_not_believed(service: Service, session: Session) -> None:
    headers = session.headers | {
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "foreign.example",
    }
    response = service.post(ITEMS, json={"title": "x"}, headers=headers)
    assert not response.headers["Location"].startswith("https:")
    assert "foreign.example" not in response.headers["Location"]
