"""§7: SIGTERM."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException

import httpx

from .accounts import Session, sign_up
from .raw import connect, head, read_answer, send
from .service import Service, at_once, eventually
from .target import Target
from .test_items import ITEMS

BODY = b'{"title": "just in time"}'
TIMEOUT = 2


def begin_request(service: Service, session: Session, length: int) -> socket.socket:
    """Return a connection with a request whose body is on its way, and surely being awaited."""
    connection = connect(service)
    headers = {"Content-Type": "application/json", "Content-Length": str(length)}
    send(connection, head(service, "POST", ITEMS, session.headers | headers) + BODY[:9])
    for _ in range(3):
        service.get("/health/live")
    return connection


def turns_away(service: Service) -> bool:
    """Return whether new clients are refused, or told to go elsewhere."""
    try:
        response = httpx.get(f"{service.url}/health/ready", timeout=2, trust_env=False)
    except httpx.TransportError:
        return True
    return response.status_code == 503


def test_requests_in_flight_finish(target: Target) -> None:
    with Service(target) as service:
        session = sign_up(service)
        idle = connect(service)
        half = begin_request(service, session, len(BODY))
        service.terminate()
        assert eventually(lambda: turns_away(service)), "still accepts new clients"
        send(half, BODY[9:])
        answer = read_answer(half, service, method="POST", target=ITEMS)
        assert (answer.status_code, answer.json()["title"]) == (201, "just in time")
        half.close()
        # An idle connection is no request in flight: the time-out of 20 s does not apply.
        start = time.monotonic()
        assert service.wait() == 0
        assert time.monotonic() - start < 6
        idle.close()


def test_answers_on_their_way_arrive_whole(target: Target) -> None:
    """A client that reads slowly still gets the rest of what was begun."""
    with Service(target) as service:
        session = sign_up(service)
        body = {"title": "x", "description": "\U0001f511" * 2000}
        at_once(100, lambda _: service.post(ITEMS, json=body, headers=session.headers))
        whole = service.get(f"{ITEMS}?limit=100", headers=session.headers).content
        with socket.socket() as slow:
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            slow.settimeout(20)
            slow.connect(("127.0.0.1", service.port))
            # The kernel takes some megabytes; of this many answers, one waits in the service.
            asked = head(service, "GET", f"{ITEMS}?limit=100", session.headers)
            send(slow, asked * 12)
            slow.recv(1, socket.MSG_PEEK)
            time.sleep(0.5)  # until it is full
            service.terminate()
            assert eventually(lambda: turns_away(service)), "still accepts new clients"
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
            received = b"".join(iter(lambda: slow.recv(1 << 20), b""))
        assert service.wait() == 0
    # Those that were asked for on the same connection and not begun may be missing.
    answers = received.split(b"HTTP/1.1 ")[1:]
    assert answers
    for answer in answers:
        assert answer.startswith(b"200 ")
        assert answer.partition(b"\r\n\r\n")[2] == whole


def test_load_ends_without_errors(target: Target) -> None:
    """Every request is answered in full, or its connection was never accepted."""

    def load(_: int) -> set[int]:
        seen = set()
        with httpx.Client(base_url=service.url, timeout=20, trust_env=False) as client:
            for _ in range(2000):
                try:
                    seen.add(
                        client.post(ITEMS, json={"title": "x"}, headers=session.headers).status_code
                    )
                except (httpx.ConnectError, httpx.RemoteProtocolError, httpx.ReadError):
                    # A keep-alive connection may be closed just as the next request leaves.
                    break
        return seen

    with Service(target) as service, ThreadPoolExecutor(6) as pool:
        session = sign_up(service)
        loads = [pool.submit(load, n) for n in range(6)]
        eventually(lambda: len(service.log(route=ITEMS, status=201)) > 50)
        service.terminate()
        assert service.wait() == 0
        seen = set.union(*(done.result() for done in loads))
        assert seen <= {201, 503}
        assert 201 in seen


def test_body_that_never_arrives_is_bounded(target: Target) -> None:
    with Service(target, SHUTDOWN_TIMEOUT_SECONDS=str(TIMEOUT)) as service:
        session = sign_up(service)
        with begin_request(service, session, 500) as half:
            start = time.monotonic()
            service.terminate()
            assert service.wait() == 0
            assert time.monotonic() - start < TIMEOUT + 4
            try:
                answer = read_answer(half, service, method="POST", target=ITEMS)
            except (HTTPException, ConnectionError):
                return  # cut off
            assert answer.status_code in {400, 408, 500, 503}
