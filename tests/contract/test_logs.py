"""§7: log lines and security events."""

from __future__ import annotations

import secrets
import time
import uuid

import pytest

from .accounts import (
    Session,
    change_password,
    fresh_password,
    log_in,
    log_out,
    open_account,
    refresh,
)
from .raw import connect, head
from .service import Service
from .test_items import ITEMS, create
from .test_rate_limits import new_client

MEMBERS = {
    "time", "level", "message", "request_id", "method", "route", "status", "duration_ms", "client",
}  # fmt: skip


def tag() -> dict[str, str]:
    return {"X-Request-ID": f"id-{uuid.uuid4()}"}


class TestRequestLine:
    def test_holds_what_the_contract_names(self, service: Service, anyone: Session) -> None:
        sent = tag()
        service.get(ITEMS, headers=anyone.headers | sent)
        line = service.wait_for_log(request_id=sent["X-Request-ID"], route=ITEMS)
        assert line.keys() >= MEMBERS
        assert (line["method"], line["status"], line["client"]) == ("GET", 200, "127.0.0.1")
        assert str(line["level"]).lower() == "info"
        assert 0 <= line["duration_ms"] < 60_000

    def test_is_written_once(self, service: Service, anyone: Session) -> None:
        sent = tag()
        service.post(ITEMS, json={}, headers=anyone.headers | sent)
        service.wait_for_log(request_id=sent["X-Request-ID"], status=422)
        lines = service.log(request_id=sent["X-Request-ID"])
        assert len([line for line in lines if "duration_ms" in line]) == 1

    def test_duration_is_in_milliseconds(self, service: Service, anyone: Session) -> None:
        sent = tag()
        headers = {**anyone.headers, **sent, "Content-Type": "application/json"}
        with connect(service) as connection:
            connection.sendall(head(service, "POST", ITEMS, {**headers, "Content-Length": "2"}))
            time.sleep(0.3)
            connection.sendall(b"{}")
            line = service.wait_for_log(request_id=sent["X-Request-ID"], status=422)
        assert 200 < line["duration_ms"] < 10_000

    def test_route_is_the_template(self, service: Service, session: Session) -> None:
        item, sent = create(service, session), tag()
        service.get(f"{ITEMS}/{item['id']}", headers=session.headers | sent)
        line = service.wait_for_log(request_id=sent["X-Request-ID"], status=200)
        assert str(line["route"]).startswith(f"{ITEMS}/")
        assert item["id"] not in str(line["route"])

    @pytest.mark.parametrize("status", [404, 405])
    def test_unknown_path_is_not_repeated(self, service: Service, status: int) -> None:
        sent, marker = tag(), uuid.uuid4().hex
        path = f"/api/{marker}" if status == 404 else ITEMS
        service.request("PUT", path, headers=sent)
        line = service.wait_for_log(request_id=sent["X-Request-ID"], status=status)
        assert line.keys() >= MEMBERS
        assert marker not in str(line["route"])
        assert line.get("path") == (path if status == 404 else None)

    def test_path_of_no_route_is_bounded(self, service: Service) -> None:
        sent, marker = tag(), f"mark-{uuid.uuid4().hex}"
        service.remember(marker)
        service.get(f"/{'x' * 3000}?token={marker}", headers=sent)
        line = service.wait_for_log(request_id=sent["X-Request-ID"], status=404)
        assert line["route"] == "unmatched"
        assert len(line["path"]) == 200
        assert f"/{'x' * 199}" == line["path"]

    def test_query_is_not_logged(self, service: Service, anyone: Session) -> None:
        for path in (ITEMS, "/nothing", "/health/live", "/api/v1/items/x"):
            sent, marker = tag(), f"mark-{uuid.uuid4().hex}"
            service.get(f"{path}?token={marker}", headers=anyone.headers | sent)
            service.get("/nothing", headers=(after := tag()))
            service.wait_for_log(request_id=after["X-Request-ID"])
            assert marker not in service.output()

    def test_names_who_was_signed_in(self, service: Service, session: Session) -> None:
        me = service.get("/api/v1/users/me", headers=session.headers).json()
        for body, status in ({"title": "x"}, 201), ({}, 422):
            sent = tag()
            service.post(ITEMS, json=body, headers=session.headers | sent)
            line = service.wait_for_log(request_id=sent["X-Request-ID"], status=status)
            assert line["subject"] == me["id"]

    @pytest.mark.parametrize("token", [None, "e30.e30.e30"])
    def test_names_nobody_who_was_not(self, service: Service, token: str | None) -> None:
        sent = tag() | ({"Authorization": f"Bearer {token}"} if token else {})
        service.get(ITEMS, headers=sent)
        line = service.wait_for_log(request_id=sent["X-Request-ID"], status=401)
        assert "subject" not in line

    def test_client_that_goes_away_is_no_error(self, service: Service, anyone: Session) -> None:
        sent = tag()
        headers = {**anyone.headers, **sent, "Content-Type": "application/json"}
        with connect(service) as connection:
            connection.sendall(head(service, "POST", ITEMS, {**headers, "Content-Length": "9"}))
            connection.sendall(b"{")
        service.wait_for_log(request_id=sent["X-Request-ID"], route=ITEMS)
        levels = {line["level"] for line in service.log(request_id=sent["X-Request-ID"])}
        assert levels == {"info"}

    def test_every_line_is_json(self, service: Service, session: Session) -> None:
        create(service, session, title="line\u2028separator")
        service.get("/nothing", headers={"User-Agent": 'x"\\{}', **tag()})
        lines = [line for line in service.stdout().splitlines() if line.strip()]
        assert lines
        assert all(line.startswith("{") for line in lines)


class TestHealthLine:
    @pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics"])
    def test_is_absent_at_info(self, service: Service, path: str) -> None:
        sent, after = tag(), tag()
        service.get(path, headers=sent)
        service.get("/nothing", headers=after)
        service.wait_for_log(request_id=after["X-Request-ID"])
        assert service.log(request_id=sent["X-Request-ID"], status=200) == []

    @pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics"])
    def test_is_there_at_debug(self, proxied: Service, path: str) -> None:
        sent = tag()
        proxied.get(path, headers=sent)
        line = proxied.wait_for_log(request_id=sent["X-Request-ID"], status=200)
        assert str(line["level"]).lower() == "debug"


@pytest.mark.local_accounts
class TestSecurityEvent:
    def test_login_is_logged(self, service: Service) -> None:
        account, sent = open_account(service), tag()
        log_in(service, account.email, account.password, headers=sent)
        service.wait_for_log(event="login_succeeded", request_id=sent["X-Request-ID"])

    def test_failed_login_is_logged(self, service: Service) -> None:
        account = open_account(service)
        for email in (account.email, f"no-{account.email}"):
            sent = tag()
            log_in(service, email, fresh_password(), headers=sent)
            service.wait_for_log(event="login_failed", request_id=sent["X-Request-ID"])

    def test_what_is_stored_is_not_logged_at_debug(self, proxied: Service) -> None:
        client, sent = new_client(), tag()
        account = open_account(proxied, headers=client)
        refresh(proxied, account.refresh_token, headers=client)
        proxied.get("/health/live", headers=sent)
        proxied.wait_for_log(request_id=sent["X-Request-ID"])
        output = proxied.output()
        # The database knows them, and its driver sees them go by.
        assert account.email not in output
        assert "$argon2" not in output

    def test_nothing_secret_is_logged(self, service: Service) -> None:
        account, sent = open_account(service), tag()
        marks = [f"mark-{secrets.token_hex(8)}" for _ in range(6)]
        service.remember(*marks)
        service.get(
            ITEMS, headers={"Authorization": f"Bearer {marks[0]}", "Cookie": f"s={marks[1]}"}
        )
        service.get(ITEMS, headers={"Authorization": f"Basic {marks[2]}"})
        service.post("/api/v1/auth/login", json={"email": 5, "password": marks[3]})
        service.post("/api/v1/auth/login", content=f'{{"password": "{marks[4]}"')
        service.post("/api/v1/auth/refresh", json={"refresh_token": [marks[5]]})
        change_password(service, account, fresh_password(), fresh_password())
        log_out(service, refresh(service, account.refresh_token).json()["refresh_token"])
        service.get("/nothing", headers=sent)
        service.wait_for_log(request_id=sent["X-Request-ID"])
        service.assert_no_secret_in_output()
