"""§2, §4: a database server that is gone, silent, or too busy."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from .accounts import Session, sign_up
from .checks import assert_problem
from .database_proxy import DatabaseProxy
from .service import Service, at_once, eventually
from .target import Target
from .test_items import ITEMS, create

pytestmark = pytest.mark.network_database

TIMEOUT = 1.0
# A connection and a statement may each take the whole time-out.
LONGEST = 2 * TIMEOUT + 1.5
MANY = 64
POOL = 5
UNAVAILABLE = {"status": "unavailable", "checks": {"database": "unavailable"}}
FAULTS: dict[str, Callable[[DatabaseProxy], None]] = {
    "cut": DatabaseProxy.cut,
    "hang": DatabaseProxy.hang,
}


@pytest.fixture(scope="module")
def link(target: Target) -> Iterator[DatabaseProxy]:
    with DatabaseProxy(target.kind, target.database.url) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def remote(target: Target, link: DatabaseProxy) -> Iterator[Service]:
    """A service with a single connection, through the proxy."""
    with Service(
        target,
        DATABASE_URL=link.url,
        DATABASE_POOL_SIZE="1",
        DATABASE_TIMEOUT_SECONDS=f"{TIMEOUT:.0f}",
    ) as running:
        yield running
        link.restore()


@pytest.fixture(params=FAULTS)
def fault(request: pytest.FixtureRequest, remote: Service, link: DatabaseProxy) -> Iterator[str]:
    """Yield with the link broken; mend it and see the service recover by itself."""
    user = sign_up(remote)
    assert remote.get(ITEMS, headers=user.headers).status_code == 200
    FAULTS[request.param](link)
    try:
        yield request.param
    finally:
        link.restore()
    assert_recovers(remote, user)


@pytest.fixture
def user(remote: Service) -> Session:
    return sign_up(remote)


def assert_recovers(service: Service, user: Session) -> None:
    def works() -> bool:
        ready = service.get("/health/ready").status_code == 200
        return ready and service.get(ITEMS, headers=user.headers).status_code == 200

    assert eventually(works, seconds=10)
    assert {service.get(ITEMS, headers=user.headers).status_code for _ in range(5)} == {200}


def assert_ready_answers(answers: Sequence[httpx.Response], allowed: set[int]) -> None:
    """Orchestrators ask from several places, and impatiently."""
    assert {answer.status_code for answer in answers} <= allowed
    assert max(answer.elapsed.total_seconds() for answer in answers) < 2.2


def assert_unavailable(response: httpx.Response) -> None:
    assert_problem(response, 503, "unavailable")
    assert response.elapsed.total_seconds() < LONGEST


def test_ready_says_so_in_time(user: Session, remote: Service, fault: str) -> None:
    for _ in range(2):
        response = remote.get("/health/ready")
        assert (response.status_code, response.json()) == (503, UNAVAILABLE)
        assert response.elapsed.total_seconds() < 2.2


def test_ready_says_so_to_many_at_once(user: Session, remote: Service, fault: str) -> None:
    assert_ready_answers(at_once(MANY, lambda _: remote.get("/health/ready")), {503})


def test_requests_end_with_503(user: Session, remote: Service, fault: str) -> None:
    assert_unavailable(remote.get(ITEMS, headers=user.headers))
    assert_unavailable(remote.post(ITEMS, json={"title": "x"}, headers=user.headers))


def test_waiting_for_the_pool_is_bounded(user: Session, remote: Service, fault: str) -> None:
    for answer in at_once(6, lambda _: remote.get(ITEMS, headers=user.headers)):
        assert_unavailable(answer)


def test_what_needs_no_database_goes_on(user: Session, remote: Service, fault: str) -> None:
    waiting = threading.Thread(target=lambda: remote.get(ITEMS, headers=user.headers))
    waiting.start()
    answers = [
        (remote.get("/health/live"), 200),
        (remote.get("/nothing"), 404),
        (remote.get(ITEMS), 401),
        (remote.post(ITEMS, json={}, headers=user.headers), 422),
        (remote.get("/metrics"), 200),
    ]
    waiting.join()
    assert [answer.status_code for answer, _ in answers] == [status for _, status in answers]
    assert max(answer.elapsed.total_seconds() for answer, _ in answers) < 0.8


@pytest.mark.local_accounts
def test_accounts_end_with_503(user: Session, remote: Service, fault: str) -> None:
    login = {"email": "ann@example.test", "password": "a-password-of-hers"}
    assert_unavailable(remote.post("/api/v1/auth/login", json=login))
    assert_unavailable(remote.post("/api/v1/auth/register", json=login))
    for route in ("refresh", "logout"):
        body = {"refresh_token": "A" * 43}
        assert_unavailable(remote.post(f"/api/v1/auth/{route}", json=body))


def test_faults_are_logged_as_such(user: Session, remote: Service, fault: str) -> None:
    response = remote.get(ITEMS, headers=user.headers)
    remote.wait_for_log(request_id=response.headers["X-Request-ID"], status=503)


def test_pool_is_bounded(target: Target) -> None:
    with (
        DatabaseProxy(target.kind, target.database.url) as link,
        Service(target, DATABASE_URL=link.url, DATABASE_POOL_SIZE=f"{POOL}") as busy,
        ThreadPoolExecutor(6 * POOL) as pool,
    ):
        user = sign_up(busy)
        # How the server wants to be asked (TLS or not) is known from then on.
        assert busy.get(ITEMS, headers=user.headers).status_code == 200
        link.hang()
        reads = [pool.submit(busy.get, ITEMS, headers=user.headers) for _ in range(6 * POOL)]
        time.sleep(0.5)  # until they wait
        link.restore()
        assert {read.result().status_code for read in reads} <= {200, 503}
        # One more is for readiness, and drivers have some to watch the server.
        assert link.accepted <= 2 * POOL


def test_busy_pool_is_ready(target: Target) -> None:
    """What is slow keeps its connections; that is no outage, and no reason to restart anything."""
    with (
        DatabaseProxy(target.kind, target.database.url) as link,
        Service(target, DATABASE_URL=link.url, DATABASE_POOL_SIZE="1") as busy,
    ):
        user = sign_up(busy)
        create(busy, user)
        link.stall()
        waiting = [
            threading.Thread(target=lambda: busy.get(ITEMS, headers=user.headers)) for _ in range(3)
        ]
        for thread in waiting:
            thread.start()
        time.sleep(0.2)  # until they wait
        answers = at_once(MANY, lambda _: busy.get("/health/ready"))
        occupied = all(thread.is_alive() for thread in waiting)
        link.restore()
        for thread in waiting:
            thread.join()
        assert occupied, "the pool was free again before it was asked"
        assert_ready_answers(answers, {200})


@pytest.mark.parametrize("how", ["end", "reset"])
def test_connections_that_were_closed_while_idle_are_replaced(target: Target, how: str) -> None:
    """Servers, firewalls and poolers close idle connections; no request notices."""
    with (
        DatabaseProxy(target.kind, target.database.url) as link,
        Service(target, DATABASE_URL=link.url, DATABASE_POOL_SIZE=f"{POOL}") as idle,
    ):
        user = sign_up(idle)

        def read(_: int) -> int:
            return idle.get(ITEMS, headers=user.headers).status_code

        for _ in range(3):  # as many connections as there may be
            at_once(2 * POOL, read)
        create(idle, user)
        assert idle.get("/health/ready").status_code == 200
        getattr(link, how)()
        time.sleep(0.3)  # until the service has heard of it
        assert idle.get("/health/ready").status_code == 200
        create(idle, user)
        assert set(at_once(2 * POOL, read)) == {200}


@pytest.mark.stoppable
class TestStoppedServer:
    def test_load_sees_only_503_and_recovers(
        self, target: Target, service: Service, proxied: Service
    ) -> None:
        timeout = 2.0
        with Service(target, DATABASE_TIMEOUT_SECONDS=f"{timeout:.0f}") as own:
            user, bystander = sign_up(own), sign_up(service)
            create(own, user)
            done = threading.Event()
            seen: list[tuple[int, float]] = []

            def load(number: int) -> None:
                while not done.is_set():
                    response = (
                        own.get(ITEMS, headers=user.headers)
                        if number % 2
                        else own.post(ITEMS, json={"title": "x"}, headers=user.headers)
                    )
                    seen.append((response.status_code, response.elapsed.total_seconds()))

            def ask(_: int) -> None:
                while not done.is_set():
                    ready.append(own.get("/health/ready"))

            ready: list[httpx.Response] = []
            loads = [threading.Thread(target=load, args=(number,)) for number in range(4)]
            loads += [threading.Thread(target=ask, args=(number,)) for number in range(4)]
            for thread in loads:
                thread.start()
            try:
                command(target, target.database.stop)
                try:
                    assert eventually(lambda: own.get("/health/ready").status_code == 503)
                    assert own.get("/health/ready").elapsed.total_seconds() < 2.2
                    assert own.get("/health/live").status_code == 200
                    assert_problem(own.get(ITEMS, headers=user.headers), 503, "unavailable")
                    time.sleep(0.5)  # some more load on a dead database
                finally:
                    command(target, target.database.start)
                assert_recovers(own, user)
            finally:
                done.set()
                for thread in loads:
                    thread.join()
            # The services that other tests share lost their connections too.
            assert_recovers(service, bystander)
            assert eventually(lambda: proxied.get("/health/ready").status_code == 200)
            assert_ready_answers(ready, {200, 503})
            assert {status for status, _ in seen} <= {200, 201, 503}
            assert max(seconds for _, seconds in seen) < 2 * timeout + 1.5


def command(target: Target, argv: tuple[str, ...]) -> None:
    done = subprocess.run(argv, cwd=target.directory, timeout=60, stdin=subprocess.DEVNULL)
    assert done.returncode == 0
